// All command lines that the real kubectl and the page's are compared by, each subject with the worlds it is run in.
import { build } from '../../../src/content/scenarios/crash-loop.ts';
import type { Lines, ParityOptions } from './harness.ts';
import * as kinds from './kinds-world.ts';
import { access } from './lines/access.ts';
import { applying } from './lines/apply.ts';
import { basic } from './lines/basic.ts';
import { changing } from './lines/objects.ts';
import { configuring } from './lines/config.ts';
import { connecting } from './lines/connecting.ts';
import { creating } from './lines/create.ts';
import { debugging } from './lines/debug.ts';
import { draining } from './lines/drain.ts';
import { rollingOut } from './lines/rollout.ts';
import { watching } from './lines/watching.ts';
import { manifests } from './manifests.ts';
import * as read from './read-world.ts';
import { moreManifests } from './write-manifests.ts';

export interface Suite {
  readonly title: string;
  readonly world: ParityOptions;
  readonly lines: Lines;
  /** The client itself counts ages in what it prints. */
  readonly aged: boolean;
  /** Virtual ms that pass after a line. */
  readonly thenMs: number;
}

/** Longer than any of the pods needs to show what is wrong with it. */
const START_MS = 400_000;
const readWorld: ParityOptions = { scenario: read.scenario, startMs: START_MS, files: read.files };
const kindsWorld: ParityOptions = { scenario: kinds.scenario, startMs: START_MS, files: read.files };
export const writingWorld: ParityOptions = {
  scenario: build({ replicas: 2 }),
  startMs: 120_000,
  files: { ...manifests, ...moreManifests },
};

export const reading: readonly Suite[] = [
  { title: 'kubectl that reads', world: readWorld, lines: read.plain, aged: false, thenMs: 0 },
  { title: 'kubectl that reads every kind', world: kindsWorld, lines: kinds.plain, aged: false, thenMs: 0 },
  { title: 'kubectl that talks to containers', world: kindsWorld, lines: connecting, aged: false, thenMs: 1000 },
  { title: 'kubectl that watches', world: readWorld, lines: watching, aged: false, thenMs: 1000 },
  { title: 'kubectl that counts ages', world: readWorld, lines: read.aged, aged: true, thenMs: 0 },
  { title: 'kubectl that describes every kind', world: kindsWorld, lines: kinds.aged, aged: true, thenMs: 0 },
];

const writing: Lines = {
  ...basic,
  ...creating,
  ...changing,
  ...applying,
  ...access,
  ...configuring,
  ...rollingOut,
  ...draining,
  ...debugging,
};

export const suites: readonly Suite[] = [
  ...reading,
  ...Object.entries(writing).map(([title, lines]): Suite => {
    return { title, world: writingWorld, lines: { [title]: lines }, aged: false, thenMs: 1000 };
  }),
];
