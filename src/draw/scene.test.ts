// Laws of the picture, held against the snapshots of every scenario at many moments and at several widths.
import { beforeAll, describe, expect, it } from 'vitest';
import { draw as words } from '../content/strings/en/draw.ts';
import { loadScenario, scenarioNames } from '../content/scenarios/index.ts';
import { deployment, get, machines, morning, service } from '../content/scenarios/harbour.ts';
import { readScenario, Timeline } from '../sim/index.ts';
import { snapshot, type ClusterSnapshot } from '../sim/snapshot.ts';
import { mostRoom, roomOf } from './layout.ts';
import { labelBoxes } from './measure.ts';
import { createMemo, scene } from './scene.ts';
import type { Box, Group, Point, Scene, Shape, Text } from './shapes.ts';
import { toSvg } from './svg.ts';

const WIDTHS = [318, 340, 390, 640, 760, 900, 1080, 1100];
const MOMENTS = [
  0, 300, 1_200, 3_000, 9_000, 30_000, 61_000, 75_300, 96_000, 152_000, 200_000, 245_000, 310_000, 384_000,
];
/** Settings that fill the picture: more pods than fit, so that some wait on the quay. */
const crowded: Readonly<Record<string, Readonly<Record<string, number | string | boolean>>>> = {
  'crash-loop': { replicas: 20 },
  deadlock: { story: true },
};

interface Moment {
  readonly name: string;
  readonly at: ClusterSnapshot;
}

const moments: Moment[] = [];
beforeAll(async () => {
  // The cell is never drawn by the box; the heat-map has its own laws.
  for (const name of scenarioNames.filter((one) => one !== 'cell'))
    for (const settings of [{}, crowded[name]]) {
      if (!settings) continue;
      const timeline = new Timeline(await loadScenario(name, settings), 7);
      for (const ms of MOMENTS) {
        timeline.seek(ms);
        moments.push({ name: `${name} ${JSON.stringify(settings)} at ${String(ms)}`, at: snapshot(timeline.world) });
      }
    }
  // Boxes on boxes: channels have to find their way past those on top.
  const crowd = readScenario({
    name: 'crowd',
    startsAt: morning,
    nodes: machines,
    objects: [
      deployment('storefront', 'harbour/storefront:2.0', {
        replicas: 24,
        cpu: '300m',
        memory: '128Mi',
        readinessProbe: get('/readyz'),
      }),
      service('storefront'),
    ],
    clients: [],
    script: [],
  });
  if ('error' in crowd) throw new Error(crowd.error);
  const timeline = new Timeline(crowd.scenario, 7);
  timeline.seek(40_000);
  moments.push({ name: 'crowd {} at 40000', at: snapshot(timeline.world) });
}, 120_000);

/** Every moment at every width, with what broke the law in it. */
function broken(
  law: (drawn: Scene, at: ClusterSnapshot) => readonly string[],
  widths: readonly number[] = WIDTHS,
): readonly string[] {
  return moments.flatMap(({ name, at }) =>
    widths.flatMap((width) => {
      const drawn = scene(at, { width, words, guess: 'It restarts the container about half a minute later.' });
      return law(drawn, at).map((problem) => `${name}, ${String(width)} px: ${problem}`);
    }),
  );
}

describe('every picture', () => {
  it('draws every pod exactly once', () => {
    expect(
      broken((drawn, { pods }) => {
        const subjects = groups(drawn.shapes).map((one) => one.subject);
        return pods
          .filter((pod) => pod.phase !== 'Succeeded' && pod.phase !== 'Failed')
          .map(({ key }) => ({ key, times: subjects.filter((subject) => subject === `pods/${key}`).length }))
          .filter(({ key, times }) => times !== 1 && !tooMany(drawn, key))
          .map(({ key, times }) => `${key} is drawn ${String(times)} times`);
      }),
    ).toEqual([]);
  });

  it('has no label below 12 px', () => {
    expect(
      broken((drawn) =>
        texts(drawn.shapes)
          .filter(({ size }) => size < 12)
          .map(({ text }) => text),
      ),
    ).toEqual([]);
  });

  it('keeps every label inside', () => {
    expect(
      broken((drawn) =>
        labelBoxes(drawn.shapes)
          .filter(
            (b) => b.x < -0.5 || b.y < -0.5 || b.x + b.width > drawn.width + 0.5 || b.y + b.height > drawn.height + 0.5,
          )
          .map(boxText),
      ),
    ).toEqual([]);
  });

  it('has no two labels that overlap', () => {
    expect(
      broken((drawn) => {
        const labels = labelBoxes(drawn.shapes);
        return labels.flatMap((a, i) =>
          labels
            .slice(i + 1)
            .filter((b) => overlap(a, b))
            .map((b) => `${boxText(a)} and ${boxText(b)}`),
        );
      }),
    ).toEqual([]);
  });

  it('leads no channel across a label', () => {
    expect(
      broken((drawn) => {
        const labels = labelBoxes(drawn.shapes);
        return drawn.routes.flatMap((route) =>
          legs(route).flatMap(([a, b]) => labels.filter((label) => crosses(a, b, label)).map(boxText)),
        );
      }),
    ).toEqual([]);
  });

  it('leads a channel to each ready pod that has a box, and to no other', () => {
    expect(
      broken((drawn, { services, pods }) => {
        const ready = services.reduce(
          (sum, service) =>
            sum + service.ready.filter((key) => pods.some((pod) => pod.key === key && pod.berth)).length,
          0,
        );
        return drawn.routes.length === ready
          ? []
          : [`${String(drawn.routes.length)} channels to ${String(ready)} ready pods`];
      }),
    ).toEqual([]);
  });

  it('has unique keys among siblings, so that a live picture can follow its parts', () => {
    expect(
      broken(
        (drawn) => {
          const twice: string[] = [];
          const look = (shapes: readonly Shape[]) => {
            const keys = shapes.map((shape, i) => shape.key ?? String(i));
            twice.push(...keys.filter((key, i) => keys.indexOf(key) !== i));
            for (const shape of shapes) if (shape.kind === 'group') look(shape.children);
          };
          look(drawn.shapes);
          return twice;
        },
        [318, 900],
      ),
    ).toEqual([]);
  });

  it('is the same for the same snapshot, with and without a memo', () => {
    const memo = createMemo();
    for (const { at } of moments)
      for (const width of [318, 900]) {
        const once = toSvg(scene(at, { width, words, memo }));
        expect(toSvg(scene(at, { width, words, memo }))).toBe(once);
        expect(toSvg(scene(structuredClone(at), { width, words }))).toBe(once);
      }
  });

  it('keeps its height when it is told the fullest moment of the run', () => {
    const runs = new Map<string, Moment[]>();
    for (const moment of moments) {
      const run = moment.name.slice(0, moment.name.indexOf(' at '));
      runs.set(run, [...(runs.get(run) ?? []), moment]);
    }
    for (const [name, run] of runs) {
      const room = run.map(({ at }) => roomOf(at)).reduce(mostRoom);
      const heights = run.map(({ at }) => scene(at, { width: 900, words, room }).height);
      expect({ name, heights: [...new Set(heights)] }).toEqual({ name, heights: [heights[0]] });
    }
  });
});

describe('a live picture', () => {
  it('keeps the parts that did not change, by identity', async () => {
    const timeline = new Timeline(await loadScenario('deadlock'), 61);
    timeline.seek(40_000);
    const at = snapshot(timeline.world);
    const memo = createMemo();
    const before = scene(at, { width: 900, words, memo });
    const after = scene({ ...at, at: at.at + 16 }, { width: 900, words, memo });
    const same = (kind: string) => {
      const old = groups(before.shapes).filter((one) => one.class === kind);
      return (
        groups(after.shapes)
          .filter((one) => one.class === kind)
          .every((one) => old.includes(one)) && old.length > 0
      );
    };
    expect({ nodes: same('node'), pods: same('pod'), clocks: same('clock') }).toEqual({
      nodes: true,
      pods: true,
      clocks: false,
    });
  });
});

describe('still images', () => {
  it.each([
    ['deadlock', { story: true }, 61, 75_000, 900],
    ['storm', {}, 11, 150_000, 900],
    ['crash-loop', {}, 5, 60_000, 318],
  ] as const)('%s', async (name, settings, seed, ms, width) => {
    const timeline = new Timeline(await loadScenario(name, settings), seed);
    timeline.seek(ms);
    const svg = toSvg(scene(snapshot(timeline.world), { width, words }), { theme: 'light' });
    await expect(svg.replaceAll('><', '>\n<')).toMatchFileSnapshot(`stills/${name}.svg`);
  });
});

/** On the quay only as many boxes stand as there is room for; of the others the number is told. */
function tooMany(drawn: Scene, key: string): boolean {
  const quay = groups(drawn.shapes).find((one) => one.key === 'quay');
  return (
    quay !== undefined &&
    texts(quay.children).some(({ text }) => text.startsWith('+')) &&
    !groups(drawn.shapes).some((one) => one.subject === `pods/${key}`)
  );
}

function groups(shapes: readonly Shape[]): readonly Group[] {
  return shapes.flatMap((shape) => (shape.kind === 'group' ? [shape, ...groups(shape.children)] : []));
}

function texts(shapes: readonly Shape[]): readonly Text[] {
  return shapes.flatMap((shape) =>
    shape.kind === 'text' ? [shape] : shape.kind === 'group' ? texts(shape.children) : [],
  );
}

function legs(route: readonly Point[]): readonly (readonly [Point, Point])[] {
  return route.slice(1).map((point, i) => [route[i]!, point] as const);
}

function overlap(a: Box, b: Box): boolean {
  return (
    a.x < b.x + b.width - 0.5 && b.x < a.x + a.width - 0.5 && a.y < b.y + b.height - 0.5 && b.y < a.y + a.height - 0.5
  );
}

/** Channels run along the axes only. */
function crosses(a: Point, b: Point, label: Box): boolean {
  const x1 = Math.min(a.x, b.x);
  const x2 = Math.max(a.x, b.x);
  const y1 = Math.min(a.y, b.y);
  const y2 = Math.max(a.y, b.y);
  return x1 < label.x + label.width && x2 > label.x && y1 < label.y + label.height && y2 > label.y;
}

function boxText({ x, y, width, height }: Box): string {
  return `[${[x, y, width, height].map((n) => String(Math.round(n))).join(' ')}]`;
}
