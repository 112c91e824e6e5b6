// A large cell in the worker, as its figure holds it. Frames only leave their numbers here; the picture takes the newest
// at the next animation frame, so however many come, each screen is drawn once.
import { batch, signal } from '@preact/signals';
import { RemoteWorld } from '../../../hosts/client.ts';
import type { Frame, WorldCalls } from '../../../hosts/protocol.ts';
import type { CellLoad, CellMap } from '../../../sim/cell-snapshot.ts';
import { apply } from '../../../sim/diff.ts';
import type { ClusterSnapshot } from '../../../sim/snapshot.ts';
import { Film, type CellPicture } from './film.ts';

/** A cell may run for so long. Virtual ms. */
const END_MS = 1_800_000;
/** So many nodes can be rewound at once; of more, pictures are kept (film.ts). */
const REWOUND_NODES = 50;
/** Words and numbers change at most so often while time passes, real ms: nobody reads faster. */
const TELL_MS = 250;
/** One step in time, virtual ms. */
const STEP_MS = 10_000;
/** The slider reaches as far as the first of these that lies ahead of the cell, virtual ms. */
const REACHES = [60_000, 120_000, 300_000, 600_000, 1_200_000] as const;

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
  /** What is drawn: the present, or a picture of the past. */
  readonly load = signal<CellLoad | undefined>(undefined);
  /** The same for words and numbers, which need not follow so fast. */
  readonly told = signal<CellLoad | undefined>(undefined);
  readonly clock = signal<CellClock>({ at: 0, playing: false });
  /** The nodes that are looked at. */
  readonly looked = signal<ClusterSnapshot | undefined>(undefined);
  /** The picture that is looked back at; undefined in the present. */
  readonly past = signal<CellPicture | undefined>(undefined);
  /** How far the slider reaches. */
  readonly reach = signal<number>(REACHES[0]);
  readonly trouble = signal<CellTrouble | undefined>(undefined);
  readonly film = new Film();
  readonly #rewinds: boolean;
  #told = 0;
  #newest: Frame | undefined;
  #looked: ClusterSnapshot | undefined;
  #map: CellMap | undefined;
  #turn: number | undefined;
  #closed = false;

  constructor(nodes: number, seed: number) {
    this.#rewinds = nodes <= REWOUND_NODES;
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

  /** The cell where it stands, whatever is looked at. */
  get at(): number {
    return this.#newest?.at ?? 0;
  }

  /** To a moment: a small cell is rewound, a large one shows the picture it left; ahead of the present lies nothing. */
  seek(to: number): void {
    if (this.#rewinds) this.do('seek', Math.max(0, Math.round(to)));
    else if (to >= this.at) this.present();
    else this.#lookAt(this.film.at(to));
  }

  step(direction: 1 | -1): void {
    const seen = this.past.peek()?.at;
    if (this.#rewinds || (direction > 0 && seen === undefined)) this.do('seek', Math.max(0, this.#stepFrom(direction)));
    else {
      const to = this.#stepFrom(direction);
      if (to >= this.at) this.present();
      else {
        // Where pictures are kept further apart than a step, the step goes to the next of them.
        const there = this.film.at(to);
        this.#lookAt(there && there.at > (seen ?? -1) === direction > 0 ? there : this.film.beside(to, direction));
      }
    }
  }

  present(): void {
    this.past.value = undefined;
    this.#show();
  }

  /** The next moment on the grid of steps, in this direction. */
  #stepFrom(direction: 1 | -1): number {
    const from = (this.past.peek()?.at ?? this.at) / STEP_MS;
    const on = direction > 0 ? Math.floor(from) + 1 : Math.ceil(from) - 1;
    return Math.min(END_MS, Math.max(0, on * STEP_MS));
  }

  #lookAt(picture: CellPicture | undefined): void {
    if (!picture) return;
    if (this.clock.peek().playing) this.do('pause');
    this.past.value = picture;
    this.#show();
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
    // The world was made anew.
    if (frame.at < this.at) this.past.value = undefined;
    this.#newest = frame;
    if (frame.cell) this.film.add({ at: frame.at, load: frame.cell.load });
    this.#turn ??= requestAnimationFrame(() => {
      this.#turn = undefined;
      this.#show();
    });
  }

  #show(): void {
    const frame = this.#newest;
    if (!frame?.cell) return;
    batch(() => {
      const past = this.past.value;
      this.map.value = this.#map;
      this.load.value = past?.load ?? frame.cell?.load;
      this.looked.value = past ? undefined : this.#looked;
      const { playing } = frame;
      const now = performance.now();
      if (playing && past === undefined && now - this.#told < TELL_MS) return;
      this.#told = now;
      this.told.value = this.load.value;
      this.clock.value = { at: past?.at ?? frame.at, playing };
      this.reach.value = REACHES.find((reach) => reach > frame.at) ?? END_MS;
    });
  }
}
