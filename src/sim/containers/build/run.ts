// RUN: what a command's cache key is, and what comes of it. Models moby 28 dispatchRun and buildkit's dispatchRun.
import { canonicalJson, digestOf, shortId } from '../images/digest.ts';
import type { RunConfig } from '../images/image.ts';
import { type Layer, makeLayer } from '../images/layer.ts';
import { runEnvironment } from './arguments.ts';
import type { Bench } from './builds.ts';
import { closeVertex, stepName } from './buildkit.ts';
import { commandOf } from './configure.ts';
import type { Instruction } from './instructions.ts';
import type { Job, Pending, RunResult, StageState } from './job.ts';
import { commit, NEEDS_BUILDKIT, removed, StepError, stream, vertexStep } from './results.ts';

function runKey({ cache }: Bench, job: Job, argv: readonly string[], extra: readonly string[]): string {
  const state = job.state as StageState;
  if (job.request.style === 'classic')
    return cache.classicKey(state.imageId, state.platform, runConfig(state, argv, extra));
  const { Env, User, WorkingDir } = state.config;
  return digestOf(canonicalJson([state.key, 'run', argv, Env ?? [], extra, User ?? '', WorkingDir ?? '']));
}

/** As the classic builder notes a command: build arguments stand before it. */
function runConfig(state: StageState, argv: readonly string[], extra: readonly string[]): RunConfig {
  const Cmd = extra.length === 0 ? argv : [`|${String(extra.length)}`, ...extra, ...argv];
  return { ...state.config, Cmd, Entrypoint: null };
}

function cached(bench: Bench, job: Job, key: string, by: string): boolean {
  const state = job.state as StageState;
  if (job.request.noCache === true) return false;
  if (job.request.style === 'buildkit') return bench.cache.layer(key) !== undefined;
  if (state.missed) return false;
  const { cacheFrom = [] } = job.request;
  if (cacheFrom.length === 0) return bench.cache.image(key, state.imageId) !== undefined;
  return bench.cache.imageFrom(cacheFrom, state.history, by) !== undefined;
}

export function afterRun(
  bench: Bench,
  job: Job,
  instruction: Extract<Instruction, { kind: 'run' }>,
  pending: Pending,
): void {
  const state = job.state as StageState;
  const argv = commandOf(instruction.command, state.config);
  const extra = runEnvironment(job, state);
  const classic = job.request.style === 'classic';
  const result = pending.kind === 'run' ? pending.result : undefined;
  const key = runKey(bench, job, argv, extra);
  if (result && pending.kind === 'run') tell(bench, job, key, result, instruction, argv, pending);
  const make = (): Layer => makeLayer(result?.changes ?? []);
  if (classic) {
    commit(bench, job, runConfig(state, argv, extra), make, false);
    if (result && pending.kind === 'run') removed(bench, job, pending.request.containerId);
    return;
  }
  const words = [...(extra.length === 0 ? [] : [`|${String(extra.length)}`, ...extra]), ...argv];
  vertexStep(
    bench,
    job,
    instruction,
    key,
    `RUN ${words.join(' ')} # buildkit`,
    make,
    pending.kind === 'pull' ? 0 : pending.startedAt,
  );
}

/** What the command has printed; throws when it failed. */
function tell(
  bench: Bench,
  job: Job,
  key: string,
  result: RunResult,
  instruction: Instruction,
  argv: readonly string[],
  pending: Extract<Pending, { kind: 'run' }>,
): void {
  const { stdout, stderr, exitCode, startError } = result;
  const classic = job.request.style === 'classic';
  const at = bench.sim.now;
  if (classic) {
    if (stdout !== '') bench.say(job, { kind: 'stream', text: stdout });
    // The daemon paints it red.
    if (stderr !== '') bench.say(job, { kind: 'stream', text: `\x1b[91m${stderr}\x1b[0m` });
  } else {
    if (stdout !== '') bench.say(job, { kind: 'log', vertex: key, stream: 1, text: stdout, at });
    if (stderr !== '') bench.say(job, { kind: 'log', vertex: key, stream: 2, text: stderr, at });
  }
  if (exitCode === 0 && startError === undefined) return;
  if (classic)
    throw startError === undefined
      ? new StepError(
          `The command '${argv.join(' ')}' returned a non-zero code: ${String(exitCode)}`,
          instruction.line,
          exitCode,
        )
      : new StepError(startError, instruction.line);
  const error = `process ${JSON.stringify(argv.join(' '))} did not complete successfully: ${startError ?? `exit code: ${String(exitCode)}`}`;
  const { vertex } = job.state as StageState;
  closeVertex(bench, job, {
    digest: key,
    name: stepName(job, instruction),
    inputs: [vertex],
    startedAt: pending.startedAt,
    completedAt: at,
    error,
  });
  throw new StepError(error, instruction.line, exitCode);
}

/** Milliseconds; Infinity when somebody else runs it. */
export function beginRun(bench: Bench, job: Job, instruction: Extract<Instruction, { kind: 'run' }>): number {
  const { sim } = bench;
  const state = job.state as StageState;
  const [flag] = instruction.flags;
  if (flag !== undefined)
    throw new StepError(
      job.request.style === 'classic' ? `the --${flag} option ${NEEDS_BUILDKIT}` : `RUN --${flag} is not simulated`,
      instruction.line,
    );
  const argv = commandOf(instruction.command, state.config);
  const extra = runEnvironment(job, state);
  const key = runKey(bench, job, argv, extra);
  const by = (runConfig(state, argv, extra).Cmd ?? []).join(' ');
  if (cached(bench, job, key, by)) return 0;
  const containerId = bench.newContainerId();
  if (job.request.style === 'classic') stream(bench, job, ` ---> Running in ${shortId(containerId)}`);
  else
    closeVertex(bench, job, {
      digest: key,
      name: stepName(job, instruction),
      inputs: [state.vertex],
      startedAt: sim.now,
    });
  const request = {
    layers: state.layers,
    argv,
    env: [...(state.config.Env ?? []), ...extra],
    user: state.config.User ?? '',
    cwd: state.config.WorkingDir ?? '',
    platform: state.platform,
    containerId,
    imageId: job.request.style === 'classic' ? state.imageId : '',
  };
  job.pending = { kind: 'run', request, key, startedAt: sim.now };
  const result = bench.run(job.id, request);
  if (!result) return Infinity;
  job.pending = { ...job.pending, result };
  return result.tookMs;
}
