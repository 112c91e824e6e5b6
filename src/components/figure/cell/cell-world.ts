// A large cell in the worker, as its figure holds it. Frames only leave their numbers here; the picture takes the newest
// at the next animation frame, so however many come, each screen is drawn once.
import { batch, signal } from '@preact/signals';
import { RemoteWorld } from '../../../hosts/client.ts';
import type { Frame, WorldCalls } from '../../../hosts/protocol.ts';
import type { CellLoad, CellMap } from '../../../sim/cell-snapshot.ts';
import { apply } from '../../../sim/diff.ts';
import type { ClusterSnapshot } from '../../../sim/snapshot.ts';

/** A cell may run for so long. Virtual ms. */
const END_MS = 1_800_000;

interface CellClock {
  readonly at: number;
  readonly playing: boolean;
}

interface CellTrouble {
  readonly kind: 'broken' | 'refused';
  readonly message: string;
  readonly seed: number;
}

export class CellWorld {
  readonly #remote: RemoteWorld;
  readonly map = signal<CellMap | undefined>(undefined);
  readonly load = signal<CellLoad | undefined>(undefined);
  readonly clock = signal<CellClock>({ at: 0, playing: false });
  /** The nodes that are looked at. */
  readonly looked = signal<ClusterSnapshot | undefined>(undefined);
  readonly trouble = signal<CellTrouble | undefined>(undefined);
  #newest: Frame | undefined;
  #looked: ClusterSnapshot | undefined;
  #map: CellMap | undefined;
  #turn: number | undefined;
  #closed = false;

  constructor(nodes: number, seed: number) {
    this.#remote = new RemoteWorld({
      onFrame: (frame) => this.#hear(frame),
      onBroken: (message, broken) => (this.trouble.value = { kind: 'broken', message, seed: broken }),
    });
    this.do('open', { scenario: 'cell', settings: { nodes }, seed, startMs: 0, endMs: END_MS, cell: true });
  }

  do<M extends keyof WorldCalls>(method: M, ...args: Parameters<WorldCalls[M]>): void {
    this.#remote.call(method, ...args).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      if (!this.#closed) this.trouble.value ??= { kind: 'refused', message, seed: 0 };
    });
  }

  close(): void {
    this.#closed = true;
    if (this.#turn !== undefined) cancelAnimationFrame(this.#turn);
    this.#remote.close();
  }

  #hear(frame: Frame): void {
    if (this.#closed) return;
    // What changed builds on the frame before, so none of these may be left out.
    if (frame.snapshot) this.#looked = frame.snapshot;
    else if (frame.diff && this.#looked) this.#looked = apply(this.#looked, frame.diff) as ClusterSnapshot;
    if (frame.cell?.map) this.#map = frame.cell.map;
    this.#newest = frame;
    this.#turn ??= requestAnimationFrame(() => {
      this.#turn = undefined;
      this.#show();
    });
  }

  #show(): void {
    const frame = this.#newest;
    if (!frame?.cell) return;
    batch(() => {
      this.map.value = this.#map;
      this.load.value = frame.cell?.load;
      this.looked.value = this.#looked;
      const { at, playing } = frame;
      this.clock.value = { at, playing };
    });
  }
}
