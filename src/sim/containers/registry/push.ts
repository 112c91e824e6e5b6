// `docker push`, step by step. Models moby 28 distribution/push_v2.go: a layer that the repository has is not sent, one
// that another repository of the same registry has is mounted, the rest goes up five at a time. Departure: the manifest is
// an OCI one where moby's overlay2 store still writes Docker's own media types.
import { shortId } from '../images/digest.ts';
import { DaemonError } from '../images/errors.ts';
import { type Image, manifestOf } from '../images/image.ts';
import { familiarName, familiarString, fullName, type Reference, withDigest } from '../images/reference.ts';
import type { ImageStore } from '../images/store.ts';
import { type Desk, type Job, line, movedBytes, newPart, type Outcome, type Part, report, ROUND_TRIP } from './job.ts';
import type { Registries } from './registries.ts';

export interface PushWorld {
  readonly store: ImageStore;
  readonly registries: Registries;
}

/** The references that a push of a name sends: one tag, or all that are here. Throws when there is nothing. */
export function pushedReferences(store: ImageStore, reference: Reference): readonly [Reference, ...Reference[]] {
  if (reference.digest !== undefined) throw new DaemonError(400, 'cannot push a digest reference');
  const tags = store.tagsIn(fullName(reference));
  if (tags.length === 0)
    throw new DaemonError(404, `An image does not exist locally with the tag: ${familiarName(reference)}`);
  const wanted = reference.tag === undefined ? tags : tags.filter(({ tag }) => tag === reference.tag);
  const [first, ...more] = wanted.map(({ tag }) => ({ domain: reference.domain, path: reference.path, tag }));
  if (!first) throw new DaemonError(404, `tag does not exist: ${familiarString(reference)}`);
  return [first, ...more];
}

/** Goes as far as it can at this moment; the outcome when it has ended. Throws what the daemon says of a failure. */
export function stepPush(world: PushWorld, desk: Desk, job: Job): Outcome | undefined {
  const { store, registries } = world;
  const gone = registries.unreachable(job.reference.domain);
  if (job.stage === 'asking') {
    if (desk.now < job.until) return undefined;
    if (gone) throw new DaemonError(500, gone.message);
    prepare(store, desk, job);
  }
  if (gone) throw new DaemonError(500, 'unexpected EOF');
  if (job.stage === 'layers') {
    for (const part of job.parts) stepPart(world, desk, job, part);
    if (!job.parts.every((part) => part.stage === 'done')) return undefined;
    job.stage = 'finishing';
    job.until = desk.now + 2 * ROUND_TRIP;
  }
  return desk.now < job.until ? undefined : finish(world, desk, job);
}

function prepare(store: ImageStore, desk: Desk, job: Job): void {
  const image = store.byId(store.idOf(job.reference) ?? '')?.image;
  if (!image) throw new DaemonError(404, `tag does not exist: ${familiarString(job.reference)}`);
  job.image = image;
  job.stage = 'layers';
  // The top layer first.
  job.parts = image.layers.map((layer) => newPart(layer, shortId(layer.diffId), 'queued')).reverse();
  for (const part of job.parts) desk.say(job, line('Preparing', part.name));
  for (const part of job.parts)
    if (desk.slotFree('push')) open(desk, part);
    else desk.say(job, line('Waiting', part.name));
}

function open(desk: Desk, part: Part): void {
  part.stage = 'opening';
  part.until = desk.now + ROUND_TRIP;
}

function stepPart(world: PushWorld, desk: Desk, job: Job, part: Part): void {
  const { compressedBytes: total, sizeBytes, diffId, digest } = part.layer;
  if (part.stage === 'queued' && desk.slotFree('push')) open(desk, part);
  if (part.stage === 'opening' && desk.now >= part.until) offer(world, desk, job, part);
  if (part.stage !== 'moving') return;
  if (part.moved < total) {
    report(desk, job, part, 'Pushing', Math.floor((sizeBytes * part.moved) / Math.max(1, total)), sizeBytes);
    return;
  }
  part.stage = 'done';
  world.registries.putLayer(job.reference, part.layer);
  world.store.addOrigin(diffId, { digest, repository: fullName(job.reference) });
  desk.say(job, line('Pushed', part.name));
}

/** Asks the registry whether it has the layer, here or in a repository that this engine knows to have it. */
function offer({ store, registries }: PushWorld, desk: Desk, job: Job, part: Part): void {
  const { reference } = job;
  const { diffId, digest } = part.layer;
  const own = fullName(reference);
  if (registries.hasBlob(reference, digest)) {
    part.stage = 'done';
    store.addOrigin(diffId, { digest, repository: own });
    desk.say(job, line('Layer already exists', part.name));
    return;
  }
  const refusal = registries.refusesPush(reference);
  if (refusal !== undefined) throw new DaemonError(403, refusal);
  const domain = `${reference.domain}/`;
  const from = store
    .originsOf(diffId)
    .filter((origin) => origin.repository.startsWith(domain) && origin.repository !== own)
    .map((origin) => origin.repository.slice(domain.length))
    .findLast((path) => registries.mount(reference, digest, path));
  if (from === undefined) {
    part.stage = 'moving';
    part.travelled = true;
    return;
  }
  part.stage = 'done';
  store.addOrigin(diffId, { digest, repository: own });
  desk.say(job, line(`Mounted from ${from}`, part.name));
}

function finish({ store, registries }: PushWorld, desk: Desk, job: Job): Outcome | undefined {
  const { reference } = job;
  const tag = reference.tag ?? '';
  const image = job.image as Image;
  const manifest = manifestOf(image);
  const refusal = registries.refusesPush(reference);
  if (refusal !== undefined) throw new DaemonError(403, refusal);
  registries.putConfig(reference, image);
  registries.putManifest(reference, manifest, tag);
  const size = manifest.text.length;
  desk.say(job, { status: `${tag}: digest: ${manifest.digest} size: ${String(size)}` });
  const digested = withDigest(reference, manifest.digest);
  if (store.idOf(digested) === undefined) store.name(digested, image.id);
  desk.say(job, { progressDetail: {}, aux: { Tag: tag, Digest: manifest.digest, Size: size } });
  return { ok: true, imageId: image.id, digest: manifest.digest, movedBytes: movedBytes(job) };
}
