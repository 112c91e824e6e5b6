// The voyage: every lesson in order. `ready` says whether it can be read; the others are named and marked, never linked.

export interface Lesson {
  /** `4.3` */
  readonly number: string;
  readonly title: string;
  /** With slashes at both ends. */
  readonly path: string;
  readonly minutes: number;
  readonly ready: boolean;
}

export interface Leg {
  readonly title: string;
  readonly line: string;
  readonly lessons: readonly Lesson[];
}

const READY: ReadonlySet<string> = new Set(['1.2', '4.2', '4.3']);

function leg(
  part: number,
  folder: string,
  title: string,
  line: string,
  lessons: readonly (readonly [string, string, number])[],
): Leg {
  return {
    title,
    line,
    lessons: lessons.map(([slug, lesson, minutes], i) => {
      const number = `${String(part)}.${String(i + 1)}`;
      const path = `/${String(part)}-${folder}/${String(i + 1)}-${slug}/`;
      return { number, title: lesson, path, minutes, ready: READY.has(number) };
    }),
  };
}

export const course: readonly Leg[] = [
  leg(1, 'one-machine', 'One machine', 'Four programs share everything, and one upgrade breaks another.', [
    ['what-a-program-needs', 'What a program needs to run', 12],
    ['the-library-market', 'The library market', 15],
    ['the-old-remedies', 'The old remedies', 12],
  ]),
  leg(2, 'containers', 'Containers', 'One kernel, private worlds.', [
    ['a-process-with-walls', 'A process with walls', 15],
    ['a-share-of-the-machine', 'A share of the machine', 12],
    ['images-are-layers', 'Images are layers', 12],
    ['ship-it', 'Ship it', 15],
    ['container-or-virtual-machine', 'Container or virtual machine', 10],
    ['older-than-it-looks', 'Older than it looks', 10],
  ]),
  leg(3, 'fleet', 'A fleet', 'Many machines managed as one: Borg, Omega, Kubernetes.', [
    ['stow-it-by-hand', 'Stow it by hand', 10],
    ['borg', 'Borg', 15],
    ['packing', 'Packing', 15],
    ['omega', 'Omega', 15],
    ['kubernetes', 'Kubernetes', 12],
  ]),
  leg(4, 'kubernetes', 'Kubernetes', 'Hands on: every part of the cluster, typed and watched.', [
    ['desired-state', 'Desired state', 12],
    ['how-the-scheduler-chooses', 'How the scheduler chooses', 15],
    ['is-it-alive', 'Is it alive?', 15],
    ['one-name-many-pods', 'One name, many pods', 15],
    ['requests-and-limits', 'Requests and limits', 12],
    ['new-version-old-version', 'New version, old version', 15],
    ['as-many-as-needed', 'As many as needed', 12],
    ['when-a-machine-dies', 'When a machine dies', 15],
  ]),
  leg(5, 'gke', 'GKE', 'The same cluster, run for you, with a bill.', [
    ['from-container-engine-to-gke', 'From Container Engine to GKE', 10],
    ['a-cluster-in-one-command', 'A cluster in one command', 15],
    ['machines-on-demand', 'Machines on demand', 12],
    ['upgrades-and-repair', 'Upgrades and repair', 12],
    ['what-it-costs', 'What it costs', 12],
    ['black-friday', 'Black Friday', 20],
  ]),
];

/** The lesson at `path`, when there is one. */
export function lessonAt(path: string): { readonly leg: Leg; readonly lesson: Lesson } | undefined {
  for (const leg of course) for (const lesson of leg.lessons) if (lesson.path === path) return { leg, lesson };
  return undefined;
}

/** `04-03`: the chart-like index above a title. */
export function chartIndex(lesson: Lesson): string {
  return lesson.number
    .split('.')
    .map((part) => part.padStart(2, '0'))
    .join('-');
}
