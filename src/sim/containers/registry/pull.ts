// `docker pull`, step by step. Models moby 28 distribution/pull_v2.go and xfer/download.go: three downloads at a time,
// unpacking one after the other from the bottom, and nothing kept of a pull that fails. Departure: a registry that
// stops answering half-way ends the pull at once, without five more tries.
import type { Simulation } from '../../engine/simulation.ts';
import { contentBytes } from '../../linux/files/bytes.ts';
import { shortId } from '../images/digest.ts';
import { DaemonError } from '../images/errors.ts';
import { chainOf, type Document, type Image, type ImageIndex, mediaTypes } from '../images/image.ts';
import type { Layer } from '../images/layer.ts';
import { formatPlatform, type Platform, samePlatform } from '../images/platform.ts';
import { familiarString, fullName, type Reference, withDigest } from '../images/reference.ts';
import type { ImageStore } from '../images/store.ts';
import { type Desk, type Job, line, movedBytes, newPart, type Outcome, type Part, report, ROUND_TRIP } from './job.ts';
import type { Registries } from './registries.ts';

export interface PullWorld {
  readonly sim: Simulation;
  readonly store: ImageStore;
  readonly registries: Registries;
  /** Of the machine that the engine runs on. */
  readonly host: Platform;
}

/** Goes as far as it can at this moment; the outcome when it has ended. Throws what the daemon says of a failure. */
export function stepPull(world: PullWorld, desk: Desk, job: Job): Outcome | undefined {
  const gone = world.registries.unreachable(job.reference.domain);
  if (job.stage === 'asking') {
    if (desk.now < job.until) return undefined;
    if (gone) throw new DaemonError(500, gone.message);
    ask(world, desk, job);
  }
  if (job.stage === 'layers') {
    if (gone) throw new DaemonError(500, 'unexpected EOF');
    for (const part of job.parts) stepPart(desk, job, part);
    if (!job.parts.every((part) => part.stage === 'done')) return undefined;
    job.stage = 'finishing';
  }
  return finish(world, desk, job);
}

function ask({ store, registries, host }: PullWorld, desk: Desk, job: Job): void {
  const { reference, platform } = job;
  const document = registries.resolve(reference);
  // Pulled by digest, the whole name stands before the colon.
  const label = reference.digest === undefined ? (reference.tag ?? '') : `${fullName(reference)}@${reference.digest}`;
  desk.say(job, { status: `Pulling from ${reference.path}`, id: label });
  const image = choose(registries, reference, document, platform ?? host);
  job.document = document;
  job.image = image;
  job.stage = 'layers';
  if (store.byId(image.id)) return;
  const have = store.layersOnDisk();
  const chain = chainOf(image);
  let known = true;
  job.parts = image.layers.map((layer, i) => {
    known &&= have.has(chain[i] as string);
    const part = newPart(layer, shortId(layer.digest), known ? 'done' : 'queued');
    desk.say(job, line(known ? 'Already exists' : 'Pulling fs layer', part.name));
    return part;
  });
  for (const part of job.parts) {
    if (part.stage !== 'queued') continue;
    if (desk.slotFree('pull')) open(desk, part);
    else desk.say(job, line('Waiting', part.name));
  }
}

/** The only image of a manifest, whatever it is for; of an index the first that fits. */
function choose(registries: Registries, reference: Reference, document: Document, wanted: Platform): Image {
  if (document.mediaType !== mediaTypes.index) return registries.image(reference, document);
  const { manifests } = JSON.parse(document.text) as ImageIndex;
  const found = manifests.find(({ platform }) => !platform || samePlatform(platform, wanted));
  const manifest = found && registries.manifest(reference, found.digest);
  if (!manifest)
    throw new DaemonError(404, `no matching manifest for ${formatPlatform(wanted)} in the manifest list entries`);
  return registries.image(reference, manifest);
}

function open(desk: Desk, part: Part): void {
  part.stage = 'opening';
  part.until = desk.now + ROUND_TRIP;
  part.travelled = true;
}

function stepPart(desk: Desk, job: Job, part: Part): void {
  const { compressedBytes: total } = part.layer;
  if (part.stage === 'queued' && desk.slotFree('pull')) open(desk, part);
  if (part.stage === 'opening' && desk.now >= part.until) part.stage = 'moving';
  if (part.stage === 'moving') {
    if (desk.room() < 0) {
      const number = Number.parseInt(part.layer.digest.slice(7, 15), 16) % 1_000_000_000;
      throw new DaemonError(500, `write /var/lib/docker/tmp/GetImageBlob${String(number)}: no space left on device`);
    }
    if (part.moved < total) report(desk, job, part, 'Downloading', part.moved, total);
    else {
      part.stage = 'moved';
      desk.say(job, line('Verifying Checksum', part.name));
      desk.say(job, line('Download complete', part.name));
    }
  }
  if (part.stage === 'moved' && below(job, part).every((other) => other.stage === 'done')) startUnpacking(desk, part);
  if (part.stage === 'unpacking') {
    if (part.fullAt !== undefined && part.moved >= part.fullAt)
      throw new DaemonError(
        500,
        `failed to register layer: write ${fileAt(part.layer, part.fullAt)}: no space left on device`,
      );
    if (part.moved < total) report(desk, job, part, 'Extracting', part.moved, total);
    else {
      part.stage = 'done';
      // The last line of progress says that all of it is unpacked.
      desk.say(job, { status: 'Extracting', progressDetail: { current: total, total }, id: part.name });
      desk.say(job, line('Pull complete', part.name));
    }
  }
}

function below(job: Job, part: Part): readonly Part[] {
  return job.parts.slice(0, job.parts.indexOf(part));
}

function startUnpacking(desk: Desk, part: Part): void {
  const { sizeBytes, compressedBytes } = part.layer;
  const room = desk.room();
  part.stage = 'unpacking';
  part.moved = 0;
  if (sizeBytes > room) part.fullAt = Math.floor((compressedBytes * Math.max(0, room)) / sizeBytes);
}

/** The file that no longer fits when so many compressed bytes have been unpacked. */
function fileAt(layer: Layer, compressed: number): string {
  let left = Math.floor((layer.sizeBytes * compressed) / Math.max(1, layer.compressedBytes));
  for (const { path, content } of layer.entries) {
    left -= content ? contentBytes(content) : 0;
    if (left < 0) return path;
  }
  return '/';
}

function finish({ store }: PullWorld, desk: Desk, job: Job): Outcome {
  const { reference } = job;
  const image = job.image as Image;
  const { digest } = job.document as { readonly digest: string };
  store.add(image);
  for (const layer of image.layers)
    store.addOrigin(layer.diffId, { digest: layer.digest, repository: fullName(reference) });
  desk.say(job, { status: `Digest: ${digest}` });
  const same = store.idOf(reference) === image.id;
  if (reference.digest === undefined) store.name(reference, image.id);
  if (store.idOf(withDigest(reference, digest)) === undefined) store.name(withDigest(reference, digest), image.id);
  const name = familiarString(reference);
  desk.say(job, { status: `Status: ${same ? 'Image is up to date' : 'Downloaded newer image'} for ${name}` });
  return { ok: true, imageId: image.id, digest, movedBytes: movedBytes(job) };
}
