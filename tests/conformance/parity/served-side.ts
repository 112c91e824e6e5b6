// One of the two worlds behind HTTP: it stands still while a client talks to it, and goes on while the client waits.
import { type HttpHost, serveHttp } from '../../../src/hosts/http.ts';
import { openApi } from '../../../src/hosts/http/openapi.ts';
import { ownPath } from '../../../src/hosts/http/own-paths.ts';
import { createUpgrades, type Upgrades } from '../../../src/hosts/http/upgrade.ts';
import { Waiters } from '../../../src/hosts/waiters.ts';
import type { ApiRequest, ApiResponse, Timeline } from '../../../src/sim/index.ts';

/** A client is given this long to answer something before its world goes on. */
const QUIET_MS = 40;
/** Virtual time that passes at once while a client sleeps on its own. */
const POLLED_MS = 5000;
/** No command needs longer. */
const PATIENCE_MS = 30_000;

export class ServedSide {
  readonly #timeline: Timeline;
  readonly #upgrades: Upgrades;
  readonly #waiters = new Waiters();
  #host: HttpHost | undefined;
  /** Open watches, logs and connections. */
  #streams = 0;
  #written = 0;
  #requestAt = 0;

  private constructor(timeline: Timeline) {
    this.#timeline = timeline;
    this.#upgrades = createUpgrades(timeline, () => this.#touched());
  }

  static async start(timeline: Timeline): Promise<ServedSide> {
    const side = new ServedSide(timeline);
    const nothing = () => undefined;
    const clock = { begin: nothing, end: nothing, touched: nothing, wanted: nothing, stop: nothing };
    side.#host = await serveHttp((request) => side.#answer(request), {
      before: (request) => {
        const own = ownPath({ timeline, waiters: side.#waiters, clock, speed: 1 }, request);
        if (own) return own;
        const schemas = request.method === 'GET' ? openApi(request.path) : undefined;
        return schemas && Promise.resolve(schemas);
      },
      upgrade: (message, socket, head) => {
        side.#touched();
        side.#streams++;
        socket.once('close', () => side.#streams--);
        side.#upgrades.upgrade(message, socket, head);
      },
    });
    return side;
  }

  get url(): string {
    return this.#host?.url ?? '';
  }

  /** Lets time pass whenever the client waits; what it returns ends that. `giveUp` is called when it takes too long. */
  pump(giveUp: () => void, polls = false): () => void {
    this.#touched();
    const startedAt = this.#requestAt;
    const timer = setInterval(() => {
      const quiet = Date.now() - this.#requestAt;
      if ((this.#streams > 0 || this.#waiters.needTime) && quiet > QUIET_MS) this.#goOn();
      else if (polls && quiet > 5 * QUIET_MS) this.#pass();
      if (Date.now() - startedAt > PATIENCE_MS) giveUp();
    }, 10);
    return () => {
      clearInterval(timer);
    };
  }

  async close(): Promise<void> {
    this.#upgrades.close();
    await this.#host?.close();
  }

  #touched(): void {
    this.#requestAt = Date.now();
  }

  #answer(request: ApiRequest): ApiResponse {
    this.#touched();
    const { sim } = this.#timeline.world;
    const { headers, ...response } = this.#timeline.api(request);
    const answer = { ...response, headers: { ...headers, 'bayplan-now': String(sim.epochMs + sim.now) } };
    const { stream } = response;
    if (!stream) return answer;
    return {
      ...answer,
      stream: {
        open: (write, end) => {
          this.#streams++;
          const stop = stream.open((text) => {
            this.#written++;
            write(text);
          }, end);
          return () => {
            this.#streams--;
            stop();
          };
        },
      },
    };
  }

  #pass(): void {
    this.#touched();
    this.#timeline.run(this.#timeline.now + POLLED_MS);
  }

  /** Goes on until there is something to tell, or somebody has slept long enough. */
  #goOn(): void {
    const before = this.#written;
    this.#touched();
    for (let n = 0; n < 2000 && this.#written === before; n++) {
      const at = this.#waiters.nextAt ?? Infinity;
      const next = Math.min(this.#timeline.nextAt ?? Infinity, at);
      if (next === Infinity) return;
      if (next > this.#timeline.now) this.#timeline.run(next);
      else this.#timeline.world.sim.run(next);
      this.#waiters.wake(this.#timeline.now);
      if (next === at) return;
    }
  }
}
