// Runs shell scripts on a timeline without a reader: time jumps to the next event whenever the script waits for the
// world, and stands still while it does not. Used by `npm run shell`, by the proofs of the exercises and by "show me".
import { createShell, type Shell, type ShellOptions } from '../shell/session.ts';
import { emptyIn } from '../shell/streams.ts';
import type { AnyTimeline, ShellKind } from './kind.ts';
import { Waiters } from './waiters.ts';

export interface ScriptRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both in the order in which they were written, as a terminal would show them. */
  readonly output: string;
}

export interface HeadlessOptions extends ShellOptions {
  /** A script that is still waiting at this virtual time is interrupted. */
  readonly untilMs: number;
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void;
  /** Answers `kubectl edit`: what the reader would have saved. */
  readonly edit?: (fileName: string, text: string) => Promise<string | null>;
}

export class Headless<T extends AnyTimeline = AnyTimeline> {
  readonly timeline: T;
  readonly #waiters = new Waiters();
  readonly #shell: Shell;
  readonly #options: HeadlessOptions;
  readonly #home: string;

  constructor(timeline: T, kind: ShellKind<T>, options: HeadlessOptions) {
    this.timeline = timeline;
    this.#options = options;
    const host = kind.shellHost(timeline, this.#waiters, options.edit ? { edit: options.edit } : {});
    // On a machine the files are the world's own.
    this.#home = host.machines ? '' : '/home/user';
    this.#shell = createShell(host, { interactive: false, columns: 120, ...options });
  }

  /** Whether `source` cannot stand alone yet. */
  needsMore(source: string): boolean {
    return this.#shell.needsMore(source);
  }

  /** The files of the home directory as they are now, by path. */
  get files(): Readonly<Record<string, string>> {
    const { fs } = this.#shell;
    const found: Record<string, string> = {};
    const look = (path: string) => {
      for (const name of fs.list(path)) {
        const below = `${path}/${name}`;
        if (fs.isDirectory(below)) look(below);
        else found[below] = fs.read(below);
      }
    };
    if (this.#home !== '') look(this.#home);
    return found;
  }

  async run(script: string): Promise<ScriptRun> {
    const stop = new AbortController();
    let stdout = '';
    let stderr = '';
    let output = '';
    const ended: { exitCode?: number; failure?: Error } = {};
    const say = (stream: 'stdout' | 'stderr') => ({
      isTTY: false,
      write: (text: string) => {
        if (stream === 'stdout') stdout += text;
        else stderr += text;
        output += text;
        this.#options.onOutput?.(text, stream);
      },
    });
    this.#shell
      .run(script, {
        stdin: emptyIn,
        stdout: say('stdout'),
        stderr: say('stderr'),
        signal: stop.signal,
      })
      .then(
        (exitCode) => {
          ended.exitCode = exitCode;
        },
        (error: unknown) => {
          ended.failure = error instanceof Error ? error : new Error(String(error));
        },
      );
    for (let idle = 0; ;) {
      await turn();
      if (ended.failure) throw ended.failure;
      if (ended.exitCode !== undefined) return { exitCode: ended.exitCode, stdout, stderr, output };
      if (!this.#waiters.needTime || this.#shell.loading) {
        idle = 0;
        continue;
      }
      // A few turns more, so that everything that can go on without time has done so.
      if (++idle < 3) continue;
      idle = 0;
      const event = this.timeline.nextAt;
      const waiter = this.#waiters.nextAt;
      const next = event === undefined ? waiter : waiter === undefined ? event : Math.min(event, waiter);
      if (next === undefined || next > this.#options.untilMs) {
        this.timeline.run(this.#options.untilMs);
        this.#waiters.wake(this.timeline.now);
        stop.abort();
        continue;
      }
      if (next > this.timeline.now) this.timeline.run(next);
      else this.timeline.world.sim.run(next);
      this.#waiters.wake(this.timeline.now);
    }
  }
}

/** Lets every promise that can settle do so. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(0);
  });
}
