// One step of a build: what it costs, and what it leaves. `begin` says for how long the step takes (Infinity while
// somebody else works on it), `complete` does the rest when that time is over.
import { canonicalJson, digestOf, shortId } from '../images/digest.ts';
import { DaemonError } from '../images/errors.ts';
import { type HistoryItem, platformOfImage, type RunConfig } from '../images/image.ts';
import type { Layer } from '../images/layer.ts';
import { parsePlatform, type Platform } from '../images/platform.ts';
import { familiarString, parseReference, withDefaultTag } from '../images/reference.ts';
import type { StoredImage } from '../images/store.ts';
import { argument, environment, NO_LAYERS } from './arguments.ts';
import { openContext, openVertex } from './buildkit.ts';
import type { Bench } from './builds.ts';
import { DEFAULT_PATH, configure, expandInstruction, setVariable, shellOf, workdirOf } from './configure.ts';
import { type CopySource, contextSource, copyInto, filesSource, findSources, hashOf, mkdirs } from './copy.ts';
import { readOne, type Instruction, type Stage } from './instructions.ts';
import type { BuildOutcome, Item, Job, Pending, StageState } from './job.ts';
import { stageIndex } from './plan.ts';
import { commit, finish, fromImage, NEEDS_BUILDKIT, remember, StepError, stream, vertexStep } from './results.ts';
import { openRootFs } from './rootfs.ts';
import { afterRun, beginRun } from './run.ts';
import { expandWord } from './words.ts';

/** Milliseconds: of a step that writes a configuration, of one that writes files, and of reading a context. */
const COST = { note: 20, files: 60, open: 40 } as const;

export function begin(bench: Bench, job: Job, item: Item): number {
  const { sim } = bench;
  job.pending = { kind: 'item', startedAt: sim.now };
  if (item.kind === 'open') return job.request.style === 'classic' ? 0 : COST.open;
  if (item.kind === 'global') {
    announce(bench, job, globalOf(job, item.index).source);
    return 0;
  }
  if (item.kind === 'from') {
    const { source, platform } = stageOf(job, item.stage);
    announce(bench, job, source);
    return wantImage(bench, job, baseName(job, item.stage), platformOf(bench, job, platform)) ? Infinity : 0;
  }
  if (item.kind === 'step') return beginStep(bench, job, item.instruction, item.silent);
  return item.kind === 'export' ? COST.note : 0;
}

/** The build's outcome when this was the last step. */
export function complete(bench: Bench, job: Job, item: Item): BuildOutcome | undefined {
  const pending = job.pending as Pending;
  job.pending = null;
  if (pending.kind === 'pull') {
    if (pending.error !== undefined) throw new DaemonError(404, pending.error);
    job.pulled = [...job.pulled, pending.name];
    return undefined;
  }
  job.todo = job.todo.slice(1);
  job.announced = false;
  switch (item.kind) {
    case 'open':
      if (job.request.style === 'buildkit') openContext(bench, job, startOf(pending));
      return undefined;
    case 'global': {
      const { args } = expandInstruction(
        globalOf(job, item.index),
        environment(job, undefined),
        job.file.escape,
      ) as ReturnType<typeof globalOf>;
      for (const { key, value } of args) {
        job.globals = { ...job.globals, [key]: argument(job, key, value ?? null) };
        job.referenced = [...job.referenced, key];
      }
      return undefined;
    }
    case 'from':
      startStage(bench, job, item.stage);
      return undefined;
    case 'step':
      completeStep(bench, job, item.instruction, pending);
      if (!item.silent || !isSilent(job.todo[0])) arrow(bench, job);
      return undefined;
    case 'close': {
      const state = job.state as StageState;
      job.done = { ...job.done, [String(item.stage)]: state };
      if (job.request.style === 'classic' && state.imageId !== '') bench.say(job, { kind: 'aux', id: state.imageId });
      return undefined;
    }
    case 'export':
      return finish(bench, job, startOf(pending));
  }
}

function isSilent(item: Item | undefined): boolean {
  return item?.kind === 'step' && item.silent;
}

function stageOf(job: Job, index: number): Stage {
  return job.file.stages[index] as Stage;
}

function globalOf(job: Job, index: number) {
  return job.file.globals[index] as (typeof job.file.globals)[number];
}

/** Once, also when the step begins again after a pull. */
function announce(bench: Bench, job: Job, source: string): void {
  if (job.announced) return;
  job.announced = true;
  if (job.request.style === 'classic')
    bench.say(job, { kind: 'stream', text: `Step ${String(job.step)}/${String(job.steps)} : ${source}\n` });
  job.step++;
}

function arrow(bench: Bench, job: Job): void {
  if (job.request.style === 'classic') stream(bench, job, ` ---> ${shortId(job.state?.imageId ?? '')}`);
}

// ---------------------------------------------------------------------------------------------------- stages

function baseName(job: Job, stage: number): string {
  const { base } = stageOf(job, stage);
  const name = expandWord(base, environment(job, undefined), job.file.escape);
  if (name === '') throw new StepError(`base name (${base}) should not be blank`, stageOf(job, stage).line);
  return name;
}

function platformOf({ host }: Bench, job: Job, given: string | undefined): Platform | undefined {
  if (given === undefined) return job.request.platform;
  return parsePlatform(expandWord(given, environment(job, undefined), job.file.escape), host);
}

/** An earlier stage that this one names. */
function namedStage(job: Job, name: string, numbers: boolean): StageState | undefined {
  const index = stageIndex(job.file.stages, name);
  if (index < 0 || (!numbers && /^\d+$/.test(name))) return undefined;
  return job.done[String(index)];
}

/** Whether a pull has been started for it. */
function wantImage(bench: Bench, job: Job, name: string, platform: Platform | undefined): boolean {
  if (name === 'scratch' || namedStage(job, name, false)) return false;
  const reference = familiarString(withDefaultTag(parseReference(name)));
  if (job.pulled.includes(reference)) return false;
  if (job.request.pull !== true && lookup(bench, name, platform)) return false;
  job.pending = { kind: 'pull', name: reference };
  bench.pull(job.id, reference, platform);
  return true;
}

function lookup({ store }: Bench, name: string, platform: Platform | undefined): StoredImage | undefined {
  try {
    return store.get(name, platform);
  } catch (error) {
    if (error instanceof DaemonError && error.status === 404) return undefined;
    throw error;
  }
}

function startStage(bench: Bench, job: Job, index: number): void {
  const name = baseName(job, index);
  const stage = stageOf(job, index);
  const platform = platformOf(bench, job, stage.platform);
  const known = namedStage(job, name, false);
  const stored = known || name === 'scratch' ? undefined : bench.store.get(name, platform);
  const { args: _args, ...before } = known ?? emptyState(index, platform ?? bench.host);
  const image = stored?.image;
  const config: RunConfig = image?.config.config ?? before.config;
  const env = config.Env ?? [];
  const Env = env.some((variable) => variable.startsWith('PATH=')) ? env : setVariable(env, 'PATH', DEFAULT_PATH);
  const { OnBuild, ...rest } = config;
  const vertex = openVertex(
    bench,
    job,
    index,
    name,
    image,
    stored ? bench.store.digestsOf(stored.image.id)[0] : undefined,
  );
  job.state = {
    ...before,
    ...(image && fromImage(image)),
    stage: index,
    config: { ...rest, Env },
    platform: image ? platformOfImage(image) : before.platform,
    cmdSet: false,
    missed: false,
    args: {},
    key: image ? digestOf(image.config.rootfs.diff_ids.join(' ')) : before.key,
    vertex: known ? known.vertex : vertex,
  };
  const triggers = OnBuild ?? [];
  if (triggers.length === 0) {
    arrow(bench, job);
    return;
  }
  if (job.request.style === 'classic')
    stream(bench, job, `# Executing ${String(triggers.length)} build trigger${triggers.length > 1 ? 's' : ''}`);
  job.todo = [
    ...triggers.map((text): Item => ({ kind: 'step', instruction: readOne(text), silent: true })),
    ...job.todo,
  ];
}

function emptyState(stage: number, platform: Platform): StageState {
  const history: HistoryItem[] = [];
  return {
    stage,
    imageId: '',
    layers: [],
    history,
    config: {},
    platform,
    cmdSet: false,
    args: {},
    key: NO_LAYERS,
    vertex: '',
    missed: false,
  };
}

// ---------------------------------------------------------------------------------------------------- steps

function beginStep(bench: Bench, job: Job, instruction: Instruction, silent: boolean): number {
  if (!silent) announce(bench, job, instruction.source);
  if (instruction.kind === 'copy' || instruction.kind === 'add') {
    const { from } = instruction;
    if (instruction.kind === 'copy' && from !== undefined && !namedStage(job, from, true) && !isOwnStage(job, from))
      if (wantImage(bench, job, from, job.request.platform)) return Infinity;
    return COST.files;
  }
  if (instruction.kind !== 'run') return job.request.style === 'classic' ? COST.note : 0;
  return beginRun(bench, job, instruction);
}

function isOwnStage(job: Job, name: string): boolean {
  const own = job.state?.stage ?? -1;
  return stageIndex(job.file.stages, name) === own;
}

function completeStep(bench: Bench, job: Job, given: Instruction, pending: Pending): void {
  const before = job.state as StageState;
  const instruction = expandInstruction(given, environment(job, before), job.file.escape);
  if (instruction.kind === 'arg') {
    const args = Object.fromEntries(instruction.args.map(({ key, value }) => [key, value ?? null]));
    job.state = { ...before, args: { ...before.args, ...args } };
    job.referenced = [...job.referenced, ...Object.keys(args)];
  }
  const state = job.state as StageState;
  const change = configure(state.config, instruction, state.cmdSet);
  if (change) {
    if (change.remark !== undefined && job.request.style === 'classic') stream(bench, job, change.remark);
    const cmdSet = state.cmdSet || (instruction.kind === 'cmd' && instruction.command.words.length > 0);
    job.state = {
      ...state,
      config: change.config,
      cmdSet,
      ...(change.author !== undefined && { author: change.author }),
    };
    const Cmd = [...shellOf(change.config), '#(nop) ', change.note];
    if (job.request.style === 'classic') commit(bench, job, { ...change.config, Cmd }, undefined, true);
    else remember(bench, job, change.by, undefined);
    return;
  }
  if (instruction.kind === 'workdir') workdir(bench, job, instruction, startOf(pending));
  else if (instruction.kind === 'run') afterRun(bench, job, instruction, pending);
  else if (instruction.kind === 'copy' || instruction.kind === 'add')
    copy(bench, job, instruction, given, startOf(pending));
}

function workdir(bench: Bench, job: Job, instruction: Extract<Instruction, { text: string }>, startedAt: number): void {
  const state = job.state as StageState;
  const path = workdirOf(state.config, instruction.text);
  const config = { ...state.config, WorkingDir: path };
  const by = `WORKDIR ${path}`;
  job.state = { ...state, config };
  const make = (): Layer => {
    const root = openRootFs(state.layers, bench.sim.epochMs + bench.sim.now);
    mkdirs(root.files, path, { uid: 0, gid: 0 });
    return root.layer();
  };
  if (job.request.style === 'classic')
    commit(bench, job, { ...config, Cmd: [...shellOf(config), `#(nop) ${by}`] }, make, true);
  else vertexStep(bench, job, instruction, digestOf(`${state.key} ${by}`), by, make, startedAt);
}

function copy(
  bench: Bench,
  job: Job,
  instruction: Extract<Instruction, { sources: readonly string[] }>,
  given: Instruction,
  startedAt: number,
): void {
  const state = job.state as StageState;
  const { style } = job.request;
  const { sources, target, from, chown, chmod, other, line } = instruction;
  const command = instruction.kind.toUpperCase();
  const classic = style === 'classic';
  if (classic && chmod !== undefined) throw new StepError(`the --chmod option ${NEEDS_BUILDKIT}`, line);
  const [flag] = other;
  if (flag !== undefined) throw new StepError(`${command} --${flag} is not simulated`, line);
  const source = from === undefined ? contextSource(job.context) : imageSource(bench, job, from, line);
  const found = located(line, () => findSources(source, sources, { command, fromContext: from === undefined, style }));
  const options = {
    command,
    workdir: state.config.WorkingDir ?? '',
    keepOwner: from !== undefined,
    unpack: command === 'ADD',
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
  };
  const make = (): Layer => {
    const root = openRootFs(state.layers, bench.sim.epochMs + bench.sim.now);
    located(line, () => copyInto(root, found, target, options));
    return root.layer();
  };
  if (found.length > 1 && !target.endsWith('/') && classic) make();
  const hash = hashOf(found);
  if (classic) {
    const words = `${command} ${chown === undefined ? '' : `--chown=${chown} `}${hash} in ${target} `;
    const Cmd = [...shellOf(state.config), `#(nop) ${words}`];
    commit(bench, job, { ...state.config, Cmd }, make, false, true);
    return;
  }
  const key = digestOf(canonicalJson([state.key, command, hash, target, options]));
  vertexStep(bench, job, given, key, `${instruction.source.replace(/^\S+/, command)} # buildkit`, make, startedAt);
}

function located<T>(line: number, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof DaemonError && !(error instanceof StepError)) throw new StepError(error.message, line);
    throw error;
  }
}

function imageSource(bench: Bench, job: Job, from: string, line: number): CopySource {
  if (isOwnStage(job, from))
    throw new StepError(`invalid from flag value ${from}: refers to current build stage`, line);
  const stage = namedStage(job, from, true);
  const layers = stage ? stage.layers : bench.store.get(from, job.request.platform).image.layers;
  return filesSource(openRootFs(layers, 0).files);
}

function startOf(pending: Pending): number {
  return pending.kind === 'pull' ? 0 : pending.startedAt;
}
