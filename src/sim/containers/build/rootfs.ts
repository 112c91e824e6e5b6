// The file tree that an image's layers make, with a fresh layer on top that takes changes: what COPY and WORKDIR work on.
import type { Files } from '../../linux/contract.ts';
import { entriesOf, type LayerEntry } from '../../linux/files/layer.ts';
import { Mounts } from '../../linux/files/mounts.ts';
import { Overlay } from '../../linux/files/overlay.ts';
import { Tree } from '../../linux/files/tree.ts';
import { createFiles } from '../../linux/files/view.ts';
import { type Layer, makeLayer, treeOf } from '../images/layer.ts';

export interface RootFs {
  /** As root sees it, from the root. */
  readonly files: Files;
  /** What has changed. */
  entries(): readonly LayerEntry[];
  layer(): Layer;
}

/** Of layers from the bottom up. */
export function openRootFs(layers: readonly Layer[], unixMs: number): RootFs {
  const mounts = new Mounts();
  const upper = new Tree({ mtimeMs: unixMs });
  const lowers = layers.toReversed().map((layer) => ({ fs: treeOf(layer), root: treeOf(layer).root }));
  const overlay = new Overlay(lowers, { fs: upper, root: upper.root });
  mounts.mount(1, overlay, undefined, 'overlay', {}, overlay.root);
  const root = mounts.root(1);
  const files = createFiles({
    mounts,
    root,
    cwd: root,
    uid: 0,
    gid: 0,
    groups: [],
    pid: 1,
    umask: 0,
    now: () => unixMs,
  });
  const entries = (): readonly LayerEntry[] => entriesOf(upper);
  return { files, entries, layer: () => makeLayer(entries()) };
}
