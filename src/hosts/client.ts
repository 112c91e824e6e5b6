// The page's end of the worker: one worker for all figures and exercises of a page, made when the first one needs it.
import type { ClusterSnapshot } from '../sim/snapshot.ts';
import type { FromWorker, Frame, ToWorker, WorldCalls } from './protocol.ts';

type Answer<M extends keyof WorldCalls> = Promise<Awaited<ReturnType<WorldCalls[M]>>>;

export interface WorldHandlers<S = ClusterSnapshot> {
  readonly onFrame: (frame: Frame<S>) => void;
  readonly onEdit?: (fileName: string, text: string) => void;
  /** The simulator broke one of its own rules; the world stands still. */
  readonly onBroken?: (message: string, seed: number) => void;
}

let start: (() => Worker) | undefined;
let shared: Connection | undefined;

/** Says how to start the worker; the page's own entry knows its file. Nothing starts yet. */
export function provideWorker(make: () => Worker): void {
  start ??= make;
}

/** One world in the worker. */
export class RemoteWorld<S = ClusterSnapshot> {
  readonly #connection: Connection;
  readonly #id: number;

  constructor(handlers: WorldHandlers<S>) {
    if (!start) throw new Error('no worker was provided');
    shared ??= new Connection(start());
    this.#connection = shared;
    this.#id = this.#connection.add(handlers);
  }

  call<M extends keyof WorldCalls>(method: M, ...args: Parameters<WorldCalls[M]>): Answer<M> {
    return this.#connection.call(this.#id, method, args) as Answer<M>;
  }

  /** A channel to this world's shell. */
  shell(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#connection.post({ kind: 'shell', world: this.#id, port: port2 }, [port2]);
    return port1;
  }

  close(): void {
    void this.call('close');
    this.#connection.remove(this.#id);
  }
}

class Connection {
  readonly #worker: Worker;
  readonly #handlers = new Map<number, WorldHandlers>();
  readonly #waiting = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
  >();
  #next = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      this.#hear(data);
    };
  }

  add<S>(handlers: WorldHandlers<S>): number {
    const id = this.#next++;
    // What a world's frames hold is the word of whoever opens it; here they only pass through.
    this.#handlers.set(id, handlers as unknown as WorldHandlers);
    return id;
  }

  remove(id: number): void {
    this.#handlers.delete(id);
  }

  post(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  call(world: number, method: keyof WorldCalls, args: readonly unknown[]): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.post({ kind: 'call', id, world, method, args });
    });
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'answer': {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        if (message.error === undefined) waiting?.resolve(message.value);
        else waiting?.reject(new Error(message.error));
        return;
      }
      case 'frame':
        this.#handlers.get(message.world)?.onFrame(message.frame);
        return;
      case 'edit':
        this.#handlers.get(message.world)?.onEdit?.(message.fileName, message.text);
        return;
      case 'broken':
        this.#handlers.get(message.world)?.onBroken?.(message.message, message.seed);
        return;
      default:
        message satisfies never;
    }
  }
}
