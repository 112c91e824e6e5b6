// What a step of a build leaves: an image in the store (classic), or a layer in the cache (BuildKit); and the image of the
// whole build.
import { contentBytes } from '../../linux/files/bytes.ts';
import { shortId } from '../images/digest.ts';
import { DaemonError } from '../images/errors.ts';
import { type Image, makeImage, rfc3339, type RunConfig } from '../images/image.ts';
import type { Layer } from '../images/layer.ts';
import { familiarString, parseReference, withDefaultTag } from '../images/reference.ts';
import type { StoredImage } from '../images/store.ts';
import { unused } from './arguments.ts';
import type { Bench } from './builds.ts';
import { closeVertex, exportVertex, stepName } from './buildkit.ts';
import type { Instruction } from './instructions.ts';
import type { BuildOutcome, Job, StageState } from './job.ts';

export const NEEDS_BUILDKIT =
  'requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled';

/** A step that failed, with its line of the Dockerfile and the code of its command. */
export class StepError extends DaemonError {
  readonly code: number | undefined;
  readonly line: number;
  constructor(message: string, line: number, code?: number, status: DaemonError['status'] = 500) {
    super(status, message);
    this.line = line;
    this.code = code;
  }
}

export function stream(bench: Bench, job: Job, line: string): void {
  bench.say(job, { kind: 'stream', text: `${line}\n` });
}

export function fromImage({ id, layers, config }: Image) {
  const { history, author } = config;
  return { imageId: id, layers, history, ...(author !== undefined && { author }) };
}

/** Classic: the image of this step, from the cache or made. */
export function commit(
  bench: Bench,
  job: Job,
  by: RunConfig,
  make: (() => Layer) | undefined,
  container: boolean,
  always = false,
): void {
  const { cache, store, sim } = bench;
  const state = job.state as StageState;
  const { noCache = false, cacheFrom = [] } = job.request;
  const key = cache.classicKey(state.imageId, state.platform, by);
  const created_by = (by.Cmd ?? []).join(' ');
  const hit =
    noCache || state.missed
      ? undefined
      : cacheFrom.length > 0
        ? cache.imageFrom(cacheFrom, state.history, created_by)
        : cache.image(key, state.imageId);
  if (hit !== undefined && cacheFrom.length === 0) {
    stream(bench, job, ' ---> Using cache');
    job.state = { ...state, ...fromImage((store.byId(hit) as StoredImage).image) };
    return;
  }
  const from = hit === undefined ? undefined : store.byId(hit)?.image;
  if (from) stream(bench, job, ' ---> Using cache');
  const id = container && !from ? bench.newContainerId() : undefined;
  if (id !== undefined) stream(bench, job, ` ---> Running in ${shortId(id)}`);
  const made = from ? undefined : make && fitting(bench, make());
  const taken = from && make ? takenLayer(from, state) : undefined;
  const layer = taken ?? (made && (always || made.entries.length > 0) ? made : undefined);
  const layers = layer ? [...state.layers, layer] : state.layers;
  const item = from?.config.history[state.history.length] ?? {
    created: rfc3339(sim.epochMs + sim.now),
    ...(state.author !== undefined && { author: state.author }),
    created_by,
    ...(!layer && { empty_layer: true }),
  };
  const history = [...state.history, item];
  const image = imageOf({ ...state, layers, history }, item.created);
  store.add(image, state.imageId === '' ? undefined : state.imageId);
  cache.addImage(key, image.id);
  job.state = { ...state, layers, history, imageId: image.id, missed: from ? state.missed : true };
  if (id !== undefined) removed(bench, job, id);
}

/** Throws when the disk has no room for it. */
function fitting({ freeBytes }: Bench, layer: Layer): Layer {
  let room = freeBytes?.() ?? Infinity;
  for (const { path, content } of layer.entries) {
    room -= content ? contentBytes(content) : 0;
    if (room < 0) throw new DaemonError(500, `write ${path}: no space left on device`);
  }
  return layer;
}

function takenLayer(from: Image, state: StageState): Layer | undefined {
  return from.config.history[state.history.length]?.empty_layer === true ? undefined : from.layers[state.layers.length];
}

export function removed(bench: Bench, job: Job, containerId: string): void {
  if (job.request.remove !== false) stream(bench, job, ` ---> Removed intermediate container ${shortId(containerId)}`);
}

/** BuildKit: a step that makes a layer, from the cache or anew. */
export function vertexStep(
  bench: Bench,
  job: Job,
  instruction: Instruction,
  key: string,
  by: string,
  make: () => Layer,
  startedAt: number,
): void {
  const state = job.state as StageState;
  const name = stepName(job, instruction);
  const known = job.request.noCache === true ? undefined : bench.cache.layer(key);
  const layer = known ?? fitting(bench, make());
  if (!known) bench.cache.addLayer(key, name, layer);
  const times = { startedAt: known ? bench.sim.now : startedAt, completedAt: bench.sim.now };
  closeVertex(bench, job, { digest: key, name, inputs: [state.vertex], ...(known && { cached: true }), ...times });
  job.state = { ...state, key, vertex: key };
  remember(bench, job, by, layer);
}

export function remember(bench: Bench, job: Job, by: string, layer: Layer | undefined): void {
  const state = job.state as StageState;
  const created = rfc3339(bench.sim.epochMs + bench.sim.now);
  const item = { created, created_by: by, comment: 'buildkit.dockerfile.v0', ...(!layer && { empty_layer: true }) };
  const layers = layer ? [...state.layers, layer] : state.layers;
  job.state = { ...state, layers, history: [...state.history, item] };
}

function imageOf(state: StageState, created: string): Image {
  const { architecture, os, variant } = state.platform;
  const { author, config, history, layers } = state;
  return makeImage(
    {
      created,
      ...(author !== undefined && { author }),
      architecture,
      ...(variant !== undefined && { variant }),
      os,
      config,
      history,
    },
    layers,
  );
}

export function finish(bench: Bench, job: Job, startedAt: number): BuildOutcome {
  const { store, sim } = bench;
  const state = job.state as StageState;
  const classic = job.request.style === 'classic';
  const left = unused(job);
  let id = state.imageId;
  if (classic) {
    if (left.length > 0) stream(bench, job, `[Warning] One or more build-args [${left.join(' ')}] were not consumed`);
    if (id === '') throw new DaemonError(500, 'No image was generated. Is your Dockerfile empty?');
    stream(bench, job, `Successfully built ${shortId(id)}`);
  } else {
    const image = imageOf(state, rfc3339(sim.epochMs + sim.now));
    store.add(image);
    id = image.id;
  }
  const names = (job.request.tags ?? []).map((tag) => withDefaultTag(parseReference(tag)));
  for (const name of names) {
    store.name(name, id);
    if (classic) stream(bench, job, `Successfully tagged ${familiarString(name)}`);
  }
  if (!classic) exportVertex(bench, job, id, names, state.layers.length, startedAt, left);
  return { ok: true, imageId: id };
}
