// How BuildKit names its steps, and the steps that stand in no Dockerfile. Models buildkit's frontend/dockerfile
// (convert.go) and Docker's image exporter.
import { digestOf } from '../images/digest.ts';
import type { Image } from '../images/image.ts';
import { fullString, parseReference, type Reference, withDefaultTag } from '../images/reference.ts';
import type { Bench } from './builds.ts';
import { contextBytes } from './context.ts';
import type { Instruction } from './instructions.ts';
import type { Item, Job, StageState, Vertex } from './job.ts';

export function closeVertex(bench: Bench, job: Job, vertex: Vertex): void {
  bench.say(job, { kind: 'vertex', vertex: { ...vertex, inputs: vertex.inputs.filter((input) => input !== '') } });
}

/** `[builder 2/4] RUN make`. */
export function stepName(job: Job, instruction: Instruction): string {
  const words = instruction.source.replace(/^\S+/, (command) => command.toUpperCase());
  return `[${place(job, (job.state as StageState).stage, instruction)}] ${words}`;
}

const LAYERED = ['run', 'copy', 'add', 'workdir'];

function place(job: Job, stage: number, instruction: Instruction | undefined): string {
  const { name, instructions } = job.file.stages[stage] as Job['file']['stages'][number];
  const steps = instructions.filter(({ kind }) => LAYERED.includes(kind));
  const total = steps.length + 1;
  const at = instruction ? steps.findIndex(({ line }) => line === instruction.line) + 2 : 1;
  const count = `${String(at).padStart(String(total).length)}/${String(total)}`;
  if (job.file.stages.length === 1) return count;
  return `${name === '' ? `stage-${String(stage)}` : name} ${count}`;
}

/** The steps before the first one: the Dockerfile, what bases are, and the context. */
export function openContext(bench: Bench, job: Job, startedAt: number): void {
  const at = bench.sim.now;
  const path = job.request.dockerfile ?? 'Dockerfile';
  const internal = (name: string, bytes: number | undefined, what: string): void => {
    const vertex = { digest: digestOf(`${String(job.id)} ${name}`), name: `[internal] ${name}`, inputs: [], startedAt };
    closeVertex(bench, job, vertex);
    if (bytes !== undefined)
      bench.say(job, {
        kind: 'status',
        vertex: vertex.digest,
        id: `transferring ${what}:`,
        current: bytes,
        total: bytes,
        at,
        done: true,
      });
    closeVertex(bench, job, { ...vertex, completedAt: at });
  };
  const size = (file: string): number => {
    const content = job.request.context.get(file)?.content;
    return content?.kind === 'text' ? content.text.length : 2;
  };
  internal(`load build definition from ${path}`, size(path), 'dockerfile');
  for (const name of bases(job)) internal(`load metadata for ${name}`, undefined, '');
  internal('load .dockerignore', size('.dockerignore'), 'context');
  const copies = job.todo.some(
    (item) =>
      item.kind === 'step' &&
      (item.instruction.kind === 'copy' || item.instruction.kind === 'add') &&
      item.instruction.from === undefined,
  );
  if (copies) internal('load build context', contextBytes(job.context), 'context');
}

/** Images that the stages at hand start from, as registries call them. */
function bases(job: Job): readonly string[] {
  const names = job.todo.flatMap((item: Item) => {
    if (item.kind !== 'from') return [];
    const { base } = job.file.stages[item.stage] as Job['file']['stages'][number];
    const earlier = job.file.stages.some(({ name }) => name !== '' && name === base.toLowerCase());
    return earlier || base === 'scratch' || base.includes('$')
      ? []
      : [fullString(withDefaultTag(parseReference(base)))];
  });
  return [...new Set(names)].sort();
}

/** The step of `FROM`; nothing for a stage that another stage is the base of, and for scratch. */
export function openVertex(
  bench: Bench,
  job: Job,
  stage: number,
  name: string,
  image: Image | undefined,
  digested: string | undefined,
): string {
  if (job.request.style !== 'buildkit' || !image) return '';
  const digest = digestOf(`from ${image.id}`);
  const at = digested?.slice(digested.indexOf('@')) ?? '';
  const full = fullString(withDefaultTag(parseReference(name)));
  const now = bench.sim.now;
  const words = `[${place(job, stage, undefined)}] FROM ${full}${full.includes('@') ? '' : at}`;
  closeVertex(bench, job, { digest, name: words, inputs: [], cached: true, startedAt: now, completedAt: now });
  return digest;
}

export function exportVertex(
  bench: Bench,
  job: Job,
  id: string,
  names: readonly Reference[],
  layers: number,
  startedAt: number,
  unused: readonly string[],
): void {
  const { vertex: last } = job.state as StageState;
  const at = bench.sim.now;
  const vertex = {
    digest: digestOf(`export ${String(job.id)}`),
    name: 'exporting to image',
    inputs: [last],
    startedAt,
  };
  closeVertex(bench, job, vertex);
  const status = (words: string, count = 0): void =>
    bench.say(job, { kind: 'status', vertex: vertex.digest, id: words, current: count, total: count, at, done: true });
  status('exporting layers', layers);
  status(`writing image ${id}`);
  for (const name of names) status(`naming to ${fullString(name)}`);
  if (unused.length > 0)
    bench.say(job, {
      kind: 'log',
      vertex: vertex.digest,
      stream: 2,
      at,
      text: `[Warning] One or more build-args [${unused.join(' ')}] were not consumed\n`,
    });
  closeVertex(bench, job, { ...vertex, completedAt: at });
  bench.say(job, { kind: 'aux', id });
}
