// The registries of a world: repositories with tags, manifests and blobs, by domain. Models the distribution
// specification 1.1 as far as push and pull see it, and what the Docker daemon says of each refusal
// (moby 28 distribution/errors.go). Blobs are stored once a registry; a repository can give out those that were pushed
// to it or mounted into it. Left out: accounts (a repository is open, read-only or closed), deletion, referrers.
import type { Simulation } from '../../engine/simulation.ts';
import { DaemonError } from '../images/errors.ts';
import {
  type Document,
  type Image,
  type ImageConfig,
  type ImageIndex,
  indexOf,
  type Manifest,
  manifestOf,
  mediaTypes,
} from '../images/image.ts';
import type { Layer } from '../images/layer.ts';
import { familiarName, familiarString, parseReference, type Reference, withDefaultTag } from '../images/reference.ts';

/** Whether connections come through: `refused`: nobody listens; `silent`: no answer ever comes. */
export type Reach = 'up' | 'refused' | 'silent';

/** What strangers may do with a repository. */
type Access = 'open' | 'read-only' | 'closed';

interface Repository {
  readonly access: Access;
  /** Digests of manifests or indexes. */
  readonly tags: ReadonlyMap<string, string>;
  readonly manifests: ReadonlyMap<string, Document>;
  /** Digests of layers and configs. */
  readonly blobs: ReadonlySet<string>;
}

interface RegistryState {
  readonly address: string;
  readonly reach: Reach;
  /** Unknown repositories: a hub denies access to them, others do not know the manifest. */
  readonly hub: boolean;
  /** Whether a push makes a new repository. */
  readonly creates: boolean;
  readonly repositories: ReadonlyMap<string, Repository>;
  readonly layers: ReadonlyMap<string, Layer>;
  readonly configs: ReadonlyMap<string, string>;
}

export interface RegistryOptions {
  /** Where its name leads: `10.10.0.5:443`. */
  readonly address: string;
  readonly hub?: boolean;
  /** Default true. */
  readonly creates?: boolean;
}

type State = ReadonlyMap<string, RegistryState>;

export class Registries {
  #state: State = new Map();

  constructor(sim: Simulation) {
    sim.register<State>({
      name: 'registries',
      save: () => this.#state,
      load: (state) => (this.#state = state),
    });
  }

  add(domain: string, options: RegistryOptions): void {
    const { address, hub = false, creates = true } = options;
    const empty = { repositories: new Map(), layers: new Map(), configs: new Map() };
    this.#set(domain, { address, hub, creates, reach: 'up', ...empty });
  }

  has(domain: string): boolean {
    return this.#state.has(domain);
  }

  setReach(domain: string, reach: Reach): void {
    this.#set(domain, { ...this.#need(domain), reach });
  }

  /** Gives a tag to images that were made elsewhere: one manifest, or an index of several platforms. */
  publish(name: string, images: readonly Image[], access: Access = 'open'): Document {
    const reference = withDefaultTag(parseReference(name));
    const manifests = images.map(manifestOf);
    const top = images.length === 1 ? (manifests[0] as Document) : indexOf(images);
    for (const image of images) {
      for (const layer of image.layers) this.putLayer(reference, layer);
      this.putConfig(reference, image);
    }
    for (const manifest of manifests) this.putManifest(reference, manifest);
    this.putManifest(reference, top, reference.tag);
    this.#change(reference, (repository) => ({ ...repository, access }));
    return top;
  }

  /** What stands in the way of asking at all; undefined when the registry answers. */
  unreachable(domain: string): { readonly message: string; readonly afterMs: number } | undefined {
    const registry = this.#state.get(domain);
    const host = domain === 'docker.io' ? 'registry-1.docker.io' : domain;
    const asked = `Get "https://${host}/v2/": `;
    if (!registry)
      return { message: `${asked}dial tcp: lookup ${host.replace(/:\d+$/, '')}: no such host`, afterMs: 0 };
    if (registry.reach === 'refused')
      return { message: `${asked}dial tcp ${registry.address}: connect: connection refused`, afterMs: 0 };
    if (registry.reach === 'up') return undefined;
    const words =
      'net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)';
    return { message: asked + words, afterMs: 15_000 };
  }

  /** The manifest or index that a name points to. Throws the daemon's words for a failed pull. */
  resolve(reference: Reference): Document {
    const wanted = withDefaultTag(reference);
    const registry = this.#need(wanted.domain);
    const repository = registry.repositories.get(wanted.path);
    if ((!repository && registry.hub) || repository?.access === 'closed')
      throw new DaemonError(
        404,
        `pull access denied for ${familiarName(wanted)}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
      );
    const digest = wanted.digest ?? repository?.tags.get(wanted.tag ?? '');
    const found = digest === undefined ? undefined : repository?.manifests.get(digest);
    if (!found)
      throw new DaemonError(
        404,
        `manifest for ${familiarString(wanted)} not found: manifest unknown: manifest unknown`,
      );
    return found;
  }

  /** A manifest by its digest; undefined when the repository does not have it. */
  manifest(reference: Reference, digest: string): Document | undefined {
    return this.#repository(reference)?.manifests.get(digest);
  }

  /** The image that a manifest of this repository describes. */
  image(reference: Reference, document: Document): Image {
    const manifest = JSON.parse(document.text) as Manifest;
    const registry = this.#need(reference.domain);
    const configText = registry.configs.get(manifest.config.digest) ?? '';
    return {
      id: manifest.config.digest,
      configText,
      config: JSON.parse(configText) as ImageConfig,
      layers: manifest.layers.map(({ digest }) => registry.layers.get(digest) as Layer),
    };
  }

  /** All images of a document: of an index one for each platform. */
  images(reference: Reference, document: Document): readonly Image[] {
    if (document.mediaType !== mediaTypes.index) return [this.image(reference, document)];
    const { manifests } = JSON.parse(document.text) as ImageIndex;
    return manifests.flatMap(({ digest }) => {
      const manifest = this.manifest(reference, digest);
      return manifest ? [this.image(reference, manifest)] : [];
    });
  }

  hasBlob(reference: Reference, digest: string): boolean {
    return this.#repository(reference)?.blobs.has(digest) ?? false;
  }

  /** Why this repository takes nothing from a stranger; undefined when it does. */
  refusesPush(reference: Reference): string | undefined {
    const { creates } = this.#need(reference.domain);
    const repository = this.#repository(reference);
    const open = repository ? repository.access === 'open' : creates;
    return open ? undefined : 'denied: requested access to the resource is denied';
  }

  putLayer(reference: Reference, layer: Layer): void {
    const registry = this.#need(reference.domain);
    const layers = new Map(registry.layers).set(layer.digest, layer);
    this.#set(reference.domain, { ...registry, layers });
    this.#link(reference, layer.digest);
  }

  putConfig(reference: Reference, image: Image): void {
    const registry = this.#need(reference.domain);
    const configs = new Map(registry.configs).set(image.id, image.configText);
    this.#set(reference.domain, { ...registry, configs });
    this.#link(reference, image.id);
  }

  /** Makes a blob that another repository of the registry has known in this one too. */
  mount(reference: Reference, digest: string, fromPath: string): boolean {
    if (!this.#need(reference.domain).repositories.get(fromPath)?.blobs.has(digest)) return false;
    this.#link(reference, digest);
    return true;
  }

  putManifest(reference: Reference, document: Document, tag?: string): void {
    this.#change(reference, (repository) => ({
      ...repository,
      manifests: new Map(repository.manifests).set(document.digest, document),
      ...(tag !== undefined && { tags: new Map(repository.tags).set(tag, document.digest) }),
    }));
  }

  /** For pictures and `docker search`: repositories of a registry with their tags, in order. */
  list(domain: string): readonly { readonly path: string; readonly tags: readonly (readonly [string, string])[] }[] {
    const repositories = this.#state.get(domain)?.repositories ?? new Map<string, Repository>();
    return [...repositories]
      .map(([path, { tags }]) => ({ path, tags: [...tags].sort(([a], [b]) => (a < b ? -1 : 1)) }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Blobs that the registry keeps, and their bytes. */
  stored(domain: string): { readonly layers: number; readonly bytes: number } {
    const layers = [...(this.#state.get(domain)?.layers.values() ?? [])];
    return { layers: layers.length, bytes: layers.reduce((sum, layer) => sum + layer.compressedBytes, 0) };
  }

  #need(domain: string): RegistryState {
    const registry = this.#state.get(domain);
    if (!registry) throw new DaemonError(500, this.unreachable(domain)?.message ?? domain);
    return registry;
  }

  #repository({ domain, path }: Reference): Repository | undefined {
    return this.#state.get(domain)?.repositories.get(path);
  }

  #link(reference: Reference, digest: string): void {
    this.#change(reference, (repository) => ({ ...repository, blobs: new Set(repository.blobs).add(digest) }));
  }

  #change({ domain, path }: Reference, change: (repository: Repository) => Repository): void {
    const registry = this.#need(domain);
    const repository = registry.repositories.get(path) ?? {
      access: 'open',
      tags: new Map(),
      manifests: new Map(),
      blobs: new Set(),
    };
    const repositories = new Map(registry.repositories).set(path, change(repository));
    this.#set(domain, { ...registry, repositories });
  }

  #set(domain: string, registry: RegistryState): void {
    this.#state = new Map(this.#state).set(domain, registry);
  }
}
