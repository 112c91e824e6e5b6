// What a push or a pull under way is made of, and how fast its parts move.
import type { Document, Image } from '../images/image.ts';
import type { Layer } from '../images/layer.ts';
import type { Platform } from '../images/platform.ts';
import type { Reference } from '../images/reference.ts';

/**
 * Bytes in a millisecond. The network: 100 Mbit/s each way, shared by all that moves. Unpacking: compressed bytes, at
 * what gzip and a small disk do together. Neither is taken from a measurement; both are stated where they show.
 */
export const rates = { network: 12_500, unpack: 25_000 } as const;

/** Milliseconds for a question and its answer. */
export const ROUND_TRIP = 20;
/** Docker's defaults: `max-concurrent-downloads`, `max-concurrent-uploads`. */
export const slots = { pull: 3, push: 5 } as const;
/** Between two lines of progress of one part. */
export const REPORT_EVERY = 200;

export interface Part {
  readonly layer: Layer;
  /** How it is called in lines of progress: twelve digits. */
  readonly name: string;
  stage: 'queued' | 'opening' | 'moving' | 'moved' | 'unpacking' | 'done';
  /** Compressed bytes of the stage it is in. */
  moved: number;
  /** When `opening` ends. */
  until: number;
  reportedAt: number;
  /** Whether it has moved at all, and not been found on the other side. */
  travelled: boolean;
  /** Compressed bytes of unpacking after which the disk is full. */
  fullAt?: number;
}

export interface Job {
  readonly id: number;
  readonly kind: 'pull' | 'push';
  readonly reference: Reference;
  readonly platform?: Platform;
  stage: 'asking' | 'layers' | 'finishing';
  /** When `asking` or `finishing` ends. */
  until: number;
  parts: Part[];
  image?: Image;
  /** What the tag points to in the registry. */
  document?: Document;
  /** More references to push after this one. */
  more: readonly Reference[];
}

/** A line of the stream that the engine sends to its client. The keys are those of the API. */
export interface ProgressMessage {
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly id?: string;
  readonly aux?: { readonly Tag: string; readonly Digest: string; readonly Size: number };
}

export type Outcome =
  | { readonly ok: true; readonly imageId: string; readonly digest: string; readonly movedBytes: number }
  | { readonly ok: false; readonly status: number; readonly message: string };

/** What the steps of a job need of the transfers they are part of. */
export interface Desk {
  readonly now: number;
  say(job: Job, message: ProgressMessage): void;
  /** Whether one more part may start. */
  slotFree(kind: Job['kind']): boolean;
  /** Bytes that still fit on the disk, with all that is under way counted. */
  room(): number;
}

export function newPart(layer: Layer, name: string, stage: Part['stage']): Part {
  return { layer, name, stage, moved: 0, until: 0, reportedAt: 0, travelled: false };
}

export function movedBytes(job: Job): number {
  return job.parts.reduce((sum, part) => sum + (part.travelled ? part.layer.compressedBytes : 0), 0);
}

/** What a job's parts take of the disk while they are under way. */
export function heldBytes(job: Job): number {
  if (job.kind === 'push') return 0;
  let bytes = 0;
  for (const part of job.parts) {
    const { sizeBytes, compressedBytes } = part.layer;
    if (part.stage === 'moving') bytes += part.moved;
    else if (part.stage === 'moved') bytes += compressedBytes;
    else if (part.stage === 'unpacking')
      bytes += compressedBytes + Math.floor((sizeBytes * part.moved) / Math.max(1, compressedBytes));
    else if (part.stage === 'done' && part.travelled) bytes += sizeBytes;
  }
  return bytes;
}

/** A line of progress, not more often than {@link REPORT_EVERY}. */
export function report(desk: Desk, job: Job, part: Part, status: string, current: number, total: number): void {
  if (desk.now - part.reportedAt < REPORT_EVERY) return;
  part.reportedAt = desk.now;
  desk.say(job, { status, progressDetail: { current, total }, id: part.name });
}

export function line(status: string, id?: string): ProgressMessage {
  return id === undefined ? { status } : { status, progressDetail: {}, id };
}
