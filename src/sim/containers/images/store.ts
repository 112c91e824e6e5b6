// The images of one engine: what lies on its disk, and the names for it. Models moby 28 with the overlay2 driver
// (image/store.go, reference/store.go, daemon/images): an image is stored by its id, names point to ids, a layer lies on
// the disk once for each chain that it is the top of, and goes when the last image above it goes.
import type { Simulation } from '../../engine/simulation.ts';
import { DaemonError } from './errors.ts';
import { chainOf, type Image, platformOfImage } from './image.ts';
import type { Layer } from './layer.ts';
import { formatPlatform, type Platform, samePlatform } from './platform.ts';
import {
  familiarName,
  familiarString,
  fullName,
  fullString,
  parseAnyReference,
  parseReference,
  type Reference,
  withDefaultTag,
} from './reference.ts';

interface State {
  readonly images: ReadonlyMap<string, StoredImage>;
  /** Ids by the name in full. */
  readonly names: ReadonlyMap<string, string>;
  /** Digests of layers that a repository (its full name) is known to have, by diffID. */
  readonly origins: ReadonlyMap<string, readonly Origin[]>;
}

export interface StoredImage {
  readonly image: Image;
  /** The image that a build went on from, when it is here by name of its own. */
  readonly parent?: string;
  /** Virtual milliseconds of the last name it got; `Metadata.LastTagTime`. */
  readonly taggedAt?: number;
}

/** Where a layer has come from or been pushed to. */
export interface Origin {
  readonly digest: string;
  readonly repository: string;
}

export class ImageStore {
  #state: State = { images: new Map(), names: new Map(), origins: new Map() };
  readonly #sim: Simulation;

  constructor(sim: Simulation, name: string) {
    this.#sim = sim;
    sim.register<State>({
      name: `images ${name}`,
      save: () => this.#state,
      load: (state) => (this.#state = state),
    });
  }

  /** All images, intermediate ones too, oldest in the store first. */
  all(): readonly StoredImage[] {
    return [...this.#state.images.values()];
  }

  byId(id: string): StoredImage | undefined {
    return this.#state.images.get(id);
  }

  /** Parses and finds; throws `No such image: …` as the daemon does. */
  get(nameOrId: string, platform?: Platform): StoredImage {
    const reference = parseAnyReference(nameOrId);
    const found =
      'id' in reference ? this.byId(reference.id) : (this.byId(this.idOf(reference) ?? '') ?? this.#byPrefix(nameOrId));
    if (!found)
      throw new DaemonError(
        404,
        `No such image: ${'id' in reference ? reference.id : familiarString(withDefaultTag(reference))}`,
      );
    if (platform !== undefined) checkPlatform(found.image, nameOrId, platform);
    return found;
  }

  find(nameOrId: string): StoredImage | undefined {
    try {
      return this.get(nameOrId);
    } catch (error) {
      if (error instanceof DaemonError) return undefined;
      throw error;
    }
  }

  /** The id that a name points to. A digest wins over a tag beside it. */
  idOf(reference: Reference): string | undefined {
    return this.#state.names.get(fullString(stored(reference)));
  }

  #byPrefix(text: string): StoredImage | undefined {
    const prefix = text.startsWith('sha256:') ? text : `sha256:${text}`;
    if (!/^sha256:[0-9a-f]+$/.test(prefix)) return undefined;
    const found = [...this.#state.images.keys()].filter((id) => id.startsWith(prefix));
    return found.length === 1 ? this.byId(found[0] as string) : undefined;
  }

  /** Names of an image, by their full form: tags and digests mixed as they sort. */
  namesOf(id: string): readonly Reference[] {
    const full: string[] = [];
    for (const [name, held] of this.#state.names) if (held === id) full.push(name);
    return full.sort().map(parseReference);
  }

  tagsOf(id: string): readonly string[] {
    return this.namesOf(id).filter(isTag).map(familiarString);
  }

  digestsOf(id: string): readonly string[] {
    return this.namesOf(id)
      .filter((name) => !isTag(name))
      .map(familiarString);
  }

  childrenOf(id: string): readonly string[] {
    return this.all()
      .filter((stored) => stored.parent === id)
      .map((stored) => stored.image.id);
  }

  /** Tags in one repository with what they point to, in the order of tags. */
  tagsIn(repository: string): readonly { readonly tag: string; readonly id: string }[] {
    return [...this.#state.names]
      .map(([name, id]) => ({ name: parseReference(name), id }))
      .filter(({ name }) => isTag(name) && fullName(name) === repository)
      .map(({ name, id }) => ({ tag: name.tag as string, id }))
      .sort((a, b) => (a.tag < b.tag ? -1 : 1));
  }

  add(image: Image, parent?: string): void {
    if (this.#state.images.has(image.id)) return;
    const images = new Map(this.#state.images);
    images.set(image.id, { image, ...(parent !== undefined && { parent }) });
    this.#state = { ...this.#state, images };
  }

  /** Points a name to an image; a tag moves, a digest never does. */
  name(reference: Reference, id: string): void {
    const at = stored(reference);
    if (familiarName(at) === 'sha256')
      throw new DaemonError(400, 'refusing to create an ambiguous tag using digest algorithm as name');
    const full = fullString(at);
    const held = this.#state.names.get(full);
    if (held === id) return;
    if (held !== undefined && at.digest !== undefined)
      throw new DaemonError(409, `cannot overwrite digest ${at.digest}`);
    const names = new Map(this.#state.names);
    names.set(full, id);
    const images = new Map(this.#state.images);
    const image = images.get(id);
    if (image && at.digest === undefined) images.set(id, { ...image, taggedAt: this.#sim.now });
    this.#state = { ...this.#state, names, images };
  }

  /** `docker tag`. */
  tag(source: string, target: string): string {
    const { image } = this.get(source);
    const reference = parseReference(target);
    if (reference.digest !== undefined) throw new DaemonError(400, 'refusing to create a tag with a digest reference');
    this.name(reference, image.id);
    return image.id;
  }

  forgetName(reference: Reference): void {
    const names = new Map(this.#state.names);
    if (names.delete(fullString(stored(reference)))) this.#state = { ...this.#state, names };
  }

  /** Takes an image away, and says which layers (by chain) went with it. The caller has seen to its names. */
  remove(id: string): readonly { readonly chainId: string; readonly sizeBytes: number }[] {
    const image = this.byId(id)?.image;
    if (!image) return [];
    const images = new Map(this.#state.images);
    images.delete(id);
    this.#state = { ...this.#state, images };
    const kept = this.layersOnDisk();
    return chainOf(image)
      .map((chainId, i) => ({ chainId, sizeBytes: (image.layers[i] as Layer).sizeBytes }))
      .filter(({ chainId }) => !kept.has(chainId))
      .reverse();
  }

  /** Layers by the chain that ends with them. */
  layersOnDisk(): ReadonlyMap<string, Layer> {
    const layers = new Map<string, Layer>();
    for (const { image } of this.#state.images.values())
      chainOf(image).forEach((chainId, i) => layers.set(chainId, image.layers[i] as Layer));
    return layers;
  }

  diskBytes(): number {
    let bytes = 0;
    for (const layer of this.layersOnDisk().values()) bytes += layer.sizeBytes;
    return bytes;
  }

  /** Bytes of an image's layers that another image has too. */
  sharedBytes(id: string): number {
    const uses = new Map<string, number>();
    for (const { image } of this.#state.images.values())
      for (const chainId of chainOf(image)) uses.set(chainId, (uses.get(chainId) ?? 0) + 1);
    const image = this.byId(id)?.image;
    if (!image) return 0;
    return chainOf(image).reduce(
      (sum, chainId, i) => sum + ((uses.get(chainId) ?? 0) > 1 ? (image.layers[i] as Layer).sizeBytes : 0),
      0,
    );
  }

  originsOf(diffId: string): readonly Origin[] {
    return this.#state.origins.get(diffId) ?? [];
  }

  /** Remembers that a repository has a layer. The newest comes last; fifty are kept, as moby keeps. */
  addOrigin(diffId: string, origin: Origin): void {
    const others = this.originsOf(diffId).filter(
      (known) => known.digest !== origin.digest || known.repository !== origin.repository,
    );
    const origins = new Map(this.#state.origins);
    origins.set(diffId, [...others, origin].slice(-50));
    this.#state = { ...this.#state, origins };
  }
}

export function isTag(reference: Reference): boolean {
  return reference.digest === undefined;
}

/** A name with a digest is kept without its tag. */
function stored(reference: Reference): Reference {
  const { domain, path, digest } = reference;
  return digest === undefined ? withDefaultTag(reference) : { domain, path, digest };
}

function checkPlatform(image: Image, name: string, wanted: Platform): void {
  const own = platformOfImage(image);
  if (samePlatform(own, wanted)) return;
  // The config of an image often leaves the variant out.
  if (own.variant === undefined && own.os === wanted.os && own.architecture === wanted.architecture) return;
  throw new DaemonError(
    404,
    `image with reference ${name} was found but its platform (${formatPlatform(own)}) does not match the specified platform (${formatPlatform(wanted)})`,
  );
}
