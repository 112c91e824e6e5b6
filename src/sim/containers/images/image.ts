// Images as documents: config, manifest and index of OCI image-spec 1.1, as text whose SHA-256 is their name. An image's
// id is the digest of its config; what a tag in a registry points to is the digest of a manifest or an index.
import { digestOf } from './digest.ts';
import { chainIds, type Layer } from './layer.ts';
import type { Platform } from './platform.ts';

export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/** Nanoseconds in times, as Docker's own extension of the config has them. */
export interface Healthcheck {
  /** `NONE`, `CMD` and arguments, or `CMD-SHELL` and one text. */
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

/** What a container of the image starts with. The keys are those of the document. */
export interface RunConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Healthcheck?: Healthcheck;
  /** The command is one text for a shell that does its own cutting (Windows); kept for the cache. */
  readonly ArgsEscaped?: boolean;
  readonly Volumes?: Readonly<Record<string, Record<string, never>>>;
  readonly WorkingDir?: string;
  readonly OnBuild?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly Shell?: readonly string[];
}

export interface HistoryItem {
  /** RFC 3339. */
  readonly created: string;
  readonly created_by: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

export interface ImageConfig {
  readonly created: string;
  readonly author?: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly os: string;
  readonly config: RunConfig;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly string[] };
  readonly history: readonly HistoryItem[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: Platform;
}

export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: typeof mediaTypes.manifest;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType: typeof mediaTypes.index;
  readonly manifests: readonly Descriptor[];
}

/** One image for one platform, with all that belongs to it. A value. */
export interface Image {
  /** Digest of {@link configText}. */
  readonly id: string;
  readonly configText: string;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
}

/** Puts a config over layers; `rootfs` and the order of keys are made here. */
export function makeImage(config: Omit<ImageConfig, 'rootfs'>, layers: readonly Layer[]): Image {
  const ordered: ImageConfig = {
    created: config.created,
    ...(config.author !== undefined && { author: config.author }),
    architecture: config.architecture,
    ...(config.variant !== undefined && { variant: config.variant }),
    os: config.os,
    config: orderRunConfig(config.config),
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: config.history,
  };
  const configText = JSON.stringify(ordered);
  return { id: digestOf(configText), configText, config: ordered, layers };
}

const ORDER: readonly (keyof RunConfig)[] = [
  'User',
  'ExposedPorts',
  'Env',
  'Entrypoint',
  'Cmd',
  'Healthcheck',
  'ArgsEscaped',
  'Volumes',
  'WorkingDir',
  'OnBuild',
  'Labels',
  'StopSignal',
  'Shell',
];

function orderRunConfig(config: RunConfig): RunConfig {
  const out: Record<string, unknown> = {};
  for (const key of ORDER) {
    const value: unknown = config[key];
    if (value === undefined) continue;
    // Maps of Go are written with their keys in order.
    out[key] = key === 'ExposedPorts' || key === 'Volumes' || key === 'Labels' ? sortKeys(value as object) : value;
  }
  return out;
}

function sortKeys(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** A document with its name. */
export interface Document {
  readonly mediaType: string;
  readonly text: string;
  readonly digest: string;
}

export function manifestOf(image: Image): Document {
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: image.id, size: image.configText.length },
    layers: image.layers.map((layer) => ({
      mediaType: mediaTypes.layer,
      digest: layer.digest,
      size: layer.compressedBytes,
    })),
  };
  return document(mediaTypes.manifest, manifest);
}

/** One name for several platforms; a client takes the first that fits. */
export function indexOf(images: readonly Image[]): Document {
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: images.map((image) => {
      const manifest = manifestOf(image);
      return {
        mediaType: mediaTypes.manifest,
        digest: manifest.digest,
        size: manifest.text.length,
        platform: platformOfImage(image),
      };
    }),
  };
  return document(mediaTypes.index, index);
}

function document(mediaType: string, value: Manifest | ImageIndex): Document {
  // Indented by three, as registries serve what docker and buildkit have written.
  const text = JSON.stringify(value, null, 3);
  return { mediaType, text, digest: digestOf(text) };
}

export function platformOfImage({ config }: Image): Platform {
  const { architecture, os, variant } = config;
  return { architecture, os, ...(variant !== undefined && { variant }) };
}

/** Bytes on disk. */
export function imageSize(image: Image): number {
  return image.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
}

export function chainOf(image: Image): readonly string[] {
  return chainIds(image.config.rootfs.diff_ids);
}

/** Unix milliseconds as Go writes a UTC time, to the nanosecond. */
export function rfc3339(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/\.?0*Z$/, 'Z');
}
