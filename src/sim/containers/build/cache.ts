// What earlier builds have left for later ones. Classic: an image that was made from the same parent by the same
// configuration (moby 28 image/cache). BuildKit: a layer by the digest of all that it depends on; it outlives the images
// and goes with `docker builder prune`.
import type { Simulation } from '../../engine/simulation.ts';
import { canonicalJson, digestOf } from '../images/digest.ts';
import type { HistoryItem, RunConfig } from '../images/image.ts';
import type { Layer } from '../images/layer.ts';
import type { Platform } from '../images/platform.ts';
import type { ImageStore } from '../images/store.ts';

export interface CacheRecord {
  readonly key: string;
  /** What `docker buildx du` calls it. */
  readonly description: string;
  readonly layer: Layer;
  readonly createdAt: number;
  readonly usedAt: number;
  readonly uses: number;
}

interface State {
  /** Ids of images by key. */
  readonly images: ReadonlyMap<string, string>;
  readonly layers: ReadonlyMap<string, CacheRecord>;
}

export class BuildCache {
  #state: State = { images: new Map(), layers: new Map() };
  readonly #sim: Simulation;
  readonly #store: ImageStore;

  constructor(sim: Simulation, name: string, store: ImageStore) {
    this.#sim = sim;
    this.#store = store;
    sim.register<State>({
      name: `build cache ${name}`,
      save: () => this.#state,
      load: (state) => (this.#state = state),
    });
  }

  classicKey(parent: string, platform: Platform, config: RunConfig): string {
    return digestOf(canonicalJson(['classic', parent, platform, config]));
  }

  /** The image that this step has made before, as long as it is here. */
  image(key: string, parent: string): string | undefined {
    const id = this.#state.images.get(key);
    const stored = id === undefined ? undefined : this.#store.byId(id);
    return stored && (stored.parent ?? '') === parent ? id : undefined;
  }

  /** `--cache-from`: an image that went the same way up to here and then did this. */
  imageFrom(names: readonly string[], history: readonly HistoryItem[], by: string): string | undefined {
    const found = names
      .map((name) => this.#store.find(name))
      .find((stored) => {
        const own = stored?.image.config.history ?? [];
        return (
          own[history.length]?.created_by === by &&
          canonicalJson(own.slice(0, history.length)) === canonicalJson(history)
        );
      });
    return found?.image.id;
  }

  addImage(key: string, id: string): void {
    this.#state = { ...this.#state, images: new Map(this.#state.images).set(key, id) };
  }

  layer(key: string): Layer | undefined {
    const record = this.#state.layers.get(key);
    if (!record) return undefined;
    const used = { ...record, usedAt: this.#sim.now, uses: record.uses + 1 };
    this.#state = { ...this.#state, layers: new Map(this.#state.layers).set(key, used) };
    return record.layer;
  }

  addLayer(key: string, description: string, layer: Layer): void {
    const { now } = this.#sim;
    const record = { key, description, layer, createdAt: now, usedAt: now, uses: 0 };
    this.#state = { ...this.#state, layers: new Map(this.#state.layers).set(key, record) };
  }

  /** What BuildKit keeps, oldest first. */
  records(): readonly CacheRecord[] {
    return [...this.#state.layers.values()];
  }

  /** `docker builder prune`. What an image has too frees nothing. */
  prune(): { readonly keys: readonly string[]; readonly freedBytes: number } {
    const onDisk = new Set([...this.#store.layersOnDisk().values()].map(({ diffId }) => diffId));
    const records = this.records();
    this.#state = { ...this.#state, layers: new Map() };
    return {
      keys: records.map(({ key }) => key),
      freedBytes: records.reduce((sum, { layer }) => sum + (onDisk.has(layer.diffId) ? 0 : layer.sizeBytes), 0),
    };
  }
}
