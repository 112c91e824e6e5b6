// The picture of a cluster, live: the scene of src/draw written as SVG elements. It holds no state of the world; the
// same props always give the same picture.
import { useMemo } from 'preact/hooks';
import type { Room } from '../../draw/layout.ts';
import { createMemo, scene } from '../../draw/scene.ts';
import type { DrawWords } from '../../draw/words.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import { SceneSvg } from './SceneSvg.tsx';
import { layoutWidth } from './widths.ts';

export interface PictureProps {
  readonly snapshot: ClusterSnapshot;
  /** Width of the room it has, px; the picture lays itself out for it ({@link layoutWidth}) and fills it. */
  readonly room: number;
  /** Lays out for this width instead. */
  readonly width?: number | undefined;
  readonly words: DrawWords;
  /** Unique in the page; names the hatch. */
  readonly id: string;
  /** Subject that is asked about: `pods/default/payments-1`, `nodes/node-a`, `services/default/payments`. */
  readonly chosen?: string | undefined;
  /** Subjects that changed since the last step: outlined in magenta. For readers who want less motion. */
  readonly changed?: ReadonlySet<string> | undefined;
  /** The reader's guess, dashed in the picture. */
  readonly guess?: string | undefined;
  /** Draws requests on their way. Default true; at high speed they only flicker, and `queues` draws those that wait. */
  readonly flights?: boolean | 'queues' | undefined;
  /** Probe clocks under the nodes. Default true. */
  readonly clocks?: boolean | undefined;
  /** The fullest moment of the run (`roomOf`, `mostRoom`), so that the picture keeps its height. */
  readonly keep?: Room | undefined;
  /** With it, everything that has a subject can be clicked, reached with Tab and the arrow keys, and chosen with Enter. */
  readonly onChoose?: ((subject: string) => void) | undefined;
}

export function Picture({ room, width = layoutWidth(room), id, onChoose, ...props }: PictureProps) {
  const { snapshot, words, chosen, changed, guess, flights, clocks, keep } = props;
  const memo = useMemo(createMemo, []);
  const drawn = scene(snapshot, { width, words, chosen, changed, guess, flights, clocks, room: keep, memo });
  return <SceneSvg drawn={drawn} id={id} order={onChoose ? readingOrder(snapshot) : []} onChoose={onChoose} />;
}

/** Services, then each node with its pods from left to right, then who waits on the quay. */
export function readingOrder({ services, nodes, pods }: ClusterSnapshot): readonly string[] {
  const byPlace = [...pods].sort(
    (a, b) => (a.berth?.x ?? 0) - (b.berth?.x ?? 0) || (a.berth?.y ?? 0) - (b.berth?.y ?? 0),
  );
  return [
    ...services.map(({ key }) => `services/${key}`),
    ...nodes.flatMap(({ name }) => [
      `nodes/${name}`,
      ...byPlace.filter((pod) => pod.node === name).map(({ key }) => `pods/${key}`),
    ]),
    ...pods.filter((pod) => pod.node === null && pod.phase === 'Pending').map(({ key }) => `pods/${key}`),
  ];
}
