// Background jobs of one shell. They have no process ids of a kernel; the numbers shown are made up from 1001.

/** The most commands that may run at once, so that `:(){ :|:& };:` ends in bash's own words. */
export const PROCESS_COUNT_MAX = 256;

const REMEMBERED_MAX = 600;

export interface Job {
  readonly id: number;
  /** The shell or subshell that started it; others neither see it nor wait for it. */
  readonly owner: object;
  readonly processId: string;
  readonly text: string;
  readonly done: Promise<number>;
  readonly stop: AbortController;
  state: 'running' | 'done' | 'terminated';
  exitCode: number;
  /** Whether its end has been told at a prompt. */
  reported: boolean;
}

export class Jobs {
  readonly #list: Job[] = [];
  /** Subshells that run now: pipeline stages, background jobs, substitutions. */
  running = 0;
  #lastProcessId = 1000;

  /** Jobs of `owner` whose end nobody has been told yet. */
  of(owner: object): readonly Job[] {
    return this.#list.filter((job) => job.owner === owner && !job.reported);
  }

  start(text: string, owner: object, run: (signal: AbortSignal) => Promise<number>): Job {
    const stop = new AbortController();
    this.#lastProcessId++;
    const job: Job = {
      id: Math.max(0, ...this.of(owner).map((other) => other.id)) + 1,
      owner,
      processId: String(this.#lastProcessId),
      text,
      stop,
      state: 'running',
      exitCode: 0,
      reported: false,
      done: run(stop.signal).then((exitCode) => {
        job.state = stop.signal.aborted ? 'terminated' : 'done';
        job.exitCode = stop.signal.aborted ? 143 : exitCode;
        return job.exitCode;
      }),
    };
    this.#list.push(job);
    // What has ended long ago is forgotten, told or not.
    if (this.#list.length > REMEMBERED_MAX)
      this.#list.splice(
        0,
        REMEMBERED_MAX / 2,
        ...this.#list.slice(0, REMEMBERED_MAX / 2).filter((j) => j.state === 'running'),
      );
    return job;
  }

  stopAll(): void {
    for (const job of this.#list) if (job.state === 'running') job.stop.abort();
  }

  /** By `%1`, `%%`, `%+`, `%name`, or a process id. */
  find(name: string, owner: object): Job | undefined {
    const live = this.of(owner);
    if (name === '%%' || name === '%+' || name === '%') return live.at(-1);
    if (name === '%-') return live.at(-2) ?? live.at(-1);
    if (/^%\d+$/.test(name)) return live.findLast((job) => String(job.id) === name.slice(1));
    if (name.startsWith('%')) return live.findLast((job) => job.text.startsWith(name.slice(1)));
    return this.#list.findLast((job) => job.processId === name);
  }

  describe(job: Job): string {
    const live = this.of(job.owner);
    const mark = job === live.at(-1) ? '+' : job === live.at(-2) ? '-' : ' ';
    const state =
      job.state === 'running'
        ? 'Running'
        : job.state === 'terminated'
          ? 'Terminated'
          : job.exitCode === 0
            ? 'Done'
            : `Exit ${job.exitCode}`;
    return `[${job.id}]${mark}  ${state.padEnd(22)}  ${job.text}${job.state === 'running' ? ' &' : ''}\n`;
  }
}
