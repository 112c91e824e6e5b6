// Layers: what changes in a file tree, as an ordered list of entries, addressed by content. Models OCI image-spec 1.1
// layer.md: an entry replaces what lies under it, `.wh.NAME` takes it away, `.wh..wh..opq` hides all that a directory had.
//
// A layer's diffID is the SHA-256 of a canonical description (a line an entry: path, type, mode, owner, time, and the
// SHA-256 of the content's own description), not of a tar archive; its digest is the SHA-256 of a line that names that
// description as compressed. So equal files give equal digests and everything else is as with real ones, except that the
// digits are this project's own. Sizes are computed: the tar size from headers and blocks, the compressed size by one
// stated ratio for all content.
import type { Content } from '../../linux/contract.ts';
import { contentBytes } from '../../linux/files/bytes.ts';
import { entriesOf, layerTree, type LayerEntry } from '../../linux/files/layer.ts';
import type { Tree } from '../../linux/files/tree.ts';
import { canonicalJson, digestOf } from './digest.ts';

export interface Layer {
  /** Of the uncompressed description; what an image config lists. */
  readonly diffId: string;
  /** Of the compressed one; what a manifest lists and a registry stores. */
  readonly digest: string;
  /** Parents first, names in byte order. */
  readonly entries: readonly LayerEntry[];
  /** Bytes of file contents: what `docker history` and `docker images` count. */
  readonly sizeBytes: number;
  readonly tarBytes: number;
  /** Bytes that travel. */
  readonly compressedBytes: number;
}

/**
 * Three eighths: Debian's slim base image travels as 28 MB and weighs 75 MB on disk, and images made on it stay near
 * that. Real ratios differ by content.
 */
const COMPRESSED = { of: 8, to: 3 } as const;
const BLOCK = 512;

/** Entries in any order that a tar could have; a later one of the same path wins. */
export function makeLayer(given: readonly LayerEntry[]): Layer {
  const tree = layerTree(given);
  const entries = entriesOf(tree);
  let sizeBytes = 0;
  let tarBytes = 2 * BLOCK;
  for (const { content } of entries) {
    const size = content ? contentBytes(content) : 0;
    sizeBytes += size;
    tarBytes += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  const diffId = digestOf(entries.map(describe).join(''));
  const layer: Layer = {
    diffId,
    digest: digestOf(`gzip ${diffId}\n`),
    entries,
    sizeBytes,
    tarBytes,
    compressedBytes: Math.ceil((tarBytes * COMPRESSED.to) / COMPRESSED.of),
  };
  trees.set(layer, tree);
  return layer;
}

/** The frozen tree of a layer, for overlays: the same object for all who ask. */
export function treeOf(layer: Layer): Tree {
  let tree = trees.get(layer);
  if (!tree) {
    tree = layerTree(layer.entries);
    trees.set(layer, tree);
  }
  return tree;
}

const trees = new WeakMap<Layer, Tree>();

function describe({ path, type, mode, uid, gid, mtimeMs, content, target, device }: LayerEntry): string {
  const what = content
    ? contentDigest(content)
    : target !== undefined
      ? JSON.stringify(target)
      : device
        ? `${String(device.major)}:${String(device.minor)}`
        : '-';
  const owner = `${mode.toString(8)} ${String(uid)}:${String(gid)}`;
  return `${JSON.stringify(path)} ${type} ${owner} ${String(mtimeMs)} ${what}\n`;
}

/** Contents are values that nobody changes, so each is described once. */
const digests = new WeakMap<Content, string>();

export function contentDigest(content: Content): string {
  let digest = digests.get(content);
  if (digest === undefined) {
    digest = digestOf(content.kind === 'text' ? `text ${content.text}` : canonicalJson(content));
    digests.set(content, digest);
  }
  return digest;
}

/**
 * The digest of a stack of layers, bottom first (OCI config.md): two images share what lies on disk as far as their
 * chains agree.
 */
export function chainIds(diffIds: readonly string[]): readonly string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`));
  }
  return chain;
}
