// The whole picture of a cluster at one moment: shore and sea, ships with their boxes, channels, clocks, our remarks.
// The same snapshot and options always give the same scene. A `memo` lets a live figure keep the parts whose inputs did
// not change, so that whoever writes the scene can tell by identity what to leave alone.
import type { ClusterSnapshot, PodSnapshot } from '../sim/snapshot.ts';
import { BAY, hull, nodeLabel, water, type BayPlace } from './bay.ts';
import { markAround, podBox, workloadOf } from './box.ts';
import { channelLines, channelsOf, traffic } from './channels.ts';
import { CLOCK, CLOCKS_MOST, clockHeight, podClocks } from './clocks.ts';
import { clockedPods, layout, roomOf, type Layout, type Room } from './layout.ts';
import { labelBoxes, wrap } from './measure.ts';
import { quay, services, shore } from './shore.ts';
import { group, rect, text, type Box, type Group, type Scene, type Shape } from './shapes.ts';
import { boxState } from './status.ts';
import { podLabel } from './twin.ts';
import { clock, say, type DrawWords } from './words.ts';

export interface SceneOptions {
  readonly width: number;
  readonly words: DrawWords;
  /** Subject of the thing that the reader asks about: outlined in magenta. */
  readonly chosen?: string | undefined;
  /** Subjects that changed since the last step: outlined where nothing may travel. */
  readonly changed?: ReadonlySet<string> | undefined;
  /** The reader's guess, in the picture beside what happens. */
  readonly guess?: string | undefined;
  /** Requests on their way; at high speed only those that wait (`queues`); without, only the channels. Default true. */
  readonly flights?: boolean | 'queues' | undefined;
  /** Probe clocks under the nodes. Default true. */
  readonly clocks?: boolean | undefined;
  /** Limits as dashed outlines. */
  readonly limits?: boolean | undefined;
  /** Keeps the height of the fullest moment of a run. */
  readonly room?: Room | undefined;
  readonly memo?: Memo | undefined;
}

/** Gives back what `make` made last time under this key when no input has changed since, by identity. */
export type Memo = <T>(key: string, inputs: readonly unknown[], make: () => T) => T;

export function createMemo(): Memo {
  const kept = new Map<string, { readonly inputs: readonly unknown[]; readonly made: unknown }>();
  return <T>(key: string, inputs: readonly unknown[], make: () => T): T => {
    const before = kept.get(key);
    if (before?.inputs.length === inputs.length && before.inputs.every((one, i) => Object.is(one, inputs[i])))
      return before.made as T;
    const made = make();
    kept.set(key, { inputs, made });
    return made;
  };
}

const always: Memo = (_key, _inputs, make) => make();
const NOTHING: ReadonlySet<string> = new Set();

export function scene(snapshot: ClusterSnapshot, options: SceneOptions): Scene {
  const { width, words, chosen, changed = NOTHING, guess, flights = true, clocks = true, memo = always } = options;
  const guessLines = guess === undefined ? [] : wrap(guess, Math.min(GUESS_WIDTH, width - 48), 14);
  const needed = roomOf(snapshot, clocks);
  const place = layout(snapshot, width, needed, options.room, guessLines.length);
  const size = `${String(width)}x${String(place.height)}`;

  const hulls = place.bays.map((bay) =>
    memo(
      `hull-${bay.node.name}`,
      [
        bay.node,
        size,
        place.bays.length,
        words,
        chosen === `nodes/${bay.node.name}`,
        changed.has(`nodes/${bay.node.name}`),
      ],
      () => [
        water(bay),
        hull(bay, words, {
          chosen: chosen === `nodes/${bay.node.name}`,
          changed: changed.has(`nodes/${bay.node.name}`),
          label: nodeLabel(bay.node, words),
        }),
      ],
    ),
  );
  const standing = standingPods(snapshot, place);
  const boxes = standing.map(({ pod, box, node }) => {
    const state = boxState(pod, node.node);
    const workload = workloadOf(snapshot, pod);
    const inputs = [pod, workload, size, state, words, options.limits, box.x, box.y];
    return memo(`pod-${pod.uid}`, inputs, () =>
      podBox(pod, box, {
        state,
        workload,
        label: podLabel(pod, words, node.node),
        limits: options.limits === true,
      }),
    );
  });
  // Above all boxes, or a neighbour would cover them.
  const outlines = standing.flatMap(({ pod, box }) => {
    const subject = `pods/${pod.key}`;
    return [
      ...(changed.has(subject) ? [markAround(box, `changed-${pod.uid}`, false)] : []),
      ...(chosen === subject ? [markAround(box, 'chosen', true)] : []),
    ];
  });
  const labels: readonly Box[] = labelBoxes([...hulls.flat(), ...boxes]);
  const routes = channelsOf(
    place,
    standing.map(({ pod, box, node }) => ({ key: pod.key, node: node.node.name, box })),
    labels,
  );
  const label = (pod: PodSnapshot) => podLabel(pod, words, undefined);
  const shapes: Shape[] = [
    memo('shore', [size], () =>
      group([rect(0, 0, place.width, place.height, { fill: 'sheet', key: 'ground' }), shore(place)], { key: 'ground' }),
    ),
    ...hulls.map(([sea]) => sea as Group),
    ...hulls.map(([, ship]) => ship as Group),
    channelLines(routes, false),
    ...boxes,
    channelLines(routes, true),
    group(outlines, { key: 'outlines', class: 'outlines' }),
    ...(flights === false ? [] : [traffic(snapshot, routes, place, flights === true)]),
    ...services(snapshot, place, words, chosen),
    quay(snapshot, place, words, { chosen, label, changed }),
    ...(clocks ? place.bays.map((bay) => clocksUnder(snapshot, bay, words)) : []),
  ];
  if (place.remark && guessLines.length > 0) shapes.push(remark(place.remark, guessLines, words));
  return {
    width,
    height: place.height,
    title: title(snapshot, words),
    shapes,
    routes: routes.flatMap(({ channels }) => channels.map(({ points }) => points)),
  };
}

const GUESS_WIDTH = 430;

interface StandingPod {
  readonly pod: PodSnapshot;
  readonly node: BayPlace;
  readonly box: Box;
}

function standingPods(snapshot: ClusterSnapshot, place: Layout): readonly StandingPod[] {
  const out: StandingPod[] = [];
  for (const pod of snapshot.pods) {
    const node = place.bays.find((bay) => bay.node.name === pod.node);
    if (!node || !pod.berth) continue;
    const { hold } = node;
    const { x, y, width, height } = pod.berth;
    // Equal berths give equal boxes, to the pixel.
    const box = {
      x: Math.round(hold.x + (hold.width * x) / 1000),
      y: Math.round(hold.y + hold.height - (hold.height * y) / 1000) - Math.round((hold.height * height) / 1000),
      width: Math.round((hold.width * width) / 1000),
      height: Math.round((hold.height * height) / 1000),
    };
    out.push({ pod, node, box });
  }
  return out;
}

function clocksUnder(snapshot: ClusterSnapshot, bay: BayPlace, words: DrawWords): Group {
  const pods = clockedPods(snapshot, bay.node);
  const x = bay.hold.x - BAY.wall;
  const width = bay.slot.x + bay.slot.width - x - 2;
  let y = bay.slot.y + bay.slot.height + 6;
  const shapes: Shape[] = [];
  for (const pod of pods.slice(0, CLOCKS_MOST)) {
    const clocks = podClocks(pod, { workload: workloadOf(snapshot, pod), at: snapshot.at, width, words });
    shapes.push({ ...clocks, x, y });
    y += clockHeight(pod);
  }
  if (pods.length > CLOCKS_MOST)
    shapes.push(
      text(x, y + CLOCK.header - 8, say(words.clocksMore, { n: pods.length - CLOCKS_MOST }), {
        fill: 'ink-3',
        key: 'more',
      }),
    );
  return group(shapes, { key: `clocks-${bay.node.name}`, class: 'clocks' });
}

/** Ours, not the world's: magenta, dashed. */
function remark(box: Box, lines: readonly string[], words: DrawWords): Group {
  const width = Math.min(box.width, GUESS_WIDTH + 24);
  const height = 26 + lines.length * 18;
  return group(
    [
      rect(0, 0, width, height, { fill: 'sheet', stroke: 'note', strokeWidth: 1.5, dash: '5 4', key: 'box' }),
      text(12, 18, words.guess, { size: 12, bold: true, fill: 'note', key: 'head' }),
      ...lines.map((value, i) => text(12, 36 + i * 18, value, { size: 14, fill: 'note', key: `l${String(i)}` })),
    ],
    { key: 'guess', class: 'guess', x: box.x, y: box.y },
  );
}

function title(snapshot: ClusterSnapshot, words: DrawWords): string {
  return say(words.picture, {
    nodes: say(words.nodes, { n: snapshot.nodes.length }),
    pods: say(words.pods, { n: snapshot.pods.length }),
    time: clock(snapshot.at),
  });
}
