// Background jobs: jobs, wait, kill, fg, disown.
// Left out: stopping and continuing (Ctrl-Z, bg); every signal of `kill` ends the job. On a simulated machine `kill PID`
// sends its signal to that process.

import { LinuxError } from '../../sim/linux/contract.ts';
import { stderrOf, stdoutOf } from '../frame.ts';
import { ShellError } from '../state.ts';
import { orInterrupted } from '../streams.ts';
import type { Builtin } from '../builtins.ts';

export const jobBuiltins: Readonly<Record<string, Builtin>> = {
  async jobs(args, frame) {
    const { jobs } = frame.shell;
    for (const job of jobs.of(frame.state)) {
      await stdoutOf(frame).write(args.includes('-p') ? `${job.processId}\n` : jobs.describe(job));
      if (job.state !== 'running') job.reported = true;
    }
  },

  async wait(args, frame) {
    const { jobs } = frame.shell;
    if (args.includes('-n')) throw new ShellError("option '-n' is not simulated here", 2);
    let exitCode = 0;
    const wanted = args.length === 0 ? jobs.of(frame.state).filter((job) => job.state === 'running') : args;
    for (const one of wanted) {
      const job = typeof one === 'string' ? jobs.find(one, frame.state) : one;
      if (!job) {
        await stderrOf(frame).write(`bash: wait: ${typeof one === 'string' ? one : one.processId}: no such job\n`);
        exitCode = 127;
        continue;
      }
      const code = await orInterrupted(job.done, frame.signal);
      exitCode = args.length === 0 ? 0 : code;
      if (!frame.state.interactive) job.reported = true;
    }
    return exitCode;
  },

  async kill(args, frame) {
    const { jobs } = frame.shell;
    if (args[0] === '-l') {
      await stdoutOf(frame).write('HUP INT QUIT KILL TERM\n');
      return 0;
    }
    const names = args.filter((arg, i) => !/^-(?:[A-Z]+|\d+|s|n)$/.test(arg) && !/^-[sn]$/.test(args[i - 1] ?? ''));
    if (names.length === 0) throw new ShellError('usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec', 2);
    let exitCode = 0;
    for (const name of names) {
      const job = jobs.find(name, frame.state);
      const { host, task } = frame.shell;
      if (job?.state === 'running') job.stop.abort();
      else if (task && /^\d+$/.test(name)) {
        try {
          host.machines?.kill(task, Number(name), signalOf(args));
        } catch (error) {
          if (!(error instanceof LinuxError)) throw error;
          await stderrOf(frame).write(`bash: kill: (${name}) - ${error.message}\n`);
          exitCode = 1;
        }
      } else {
        const reason = name.startsWith('%') ? `${name}: no such job` : `(${name}) - No such process`;
        await stderrOf(frame).write(`bash: kill: ${reason}\n`);
        exitCode = 1;
      }
    }
    return exitCode;
  },

  async fg(args, frame) {
    const job = frame.shell.jobs.find(args[0] ?? '%%', frame.state);
    if (!job || job.reported) throw new ShellError(`${args[0] ?? 'current'}: no such job`);
    await stdoutOf(frame).write(`${job.text}\n`);
    const stop = () => {
      job.stop.abort();
    };
    frame.signal.addEventListener('abort', stop, { once: true });
    try {
      return await orInterrupted(job.done, frame.signal);
    } finally {
      job.reported = true;
      frame.signal.removeEventListener('abort', stop);
    }
  },

  bg() {
    throw new ShellError('stopping and continuing a job is not simulated', 2);
  },

  disown(args, frame) {
    const job = frame.shell.jobs.find(args[0] ?? '%%', frame.state);
    if (!job) throw new ShellError(`${args[0] ?? 'current'}: no such job`);
    job.reported = true;
  },
};

const NUMBERS: Readonly<Record<string, string>> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  9: 'KILL',
  15: 'TERM',
  18: 'CONT',
  19: 'STOP',
};

/** Of `-9`, `-KILL`, `-SIGKILL`, `-s KILL` and `-n 9`; TERM without. */
function signalOf(args: readonly string[]): string {
  const [first = '', second = ''] = args;
  const given = first === '-s' || first === '-n' ? second : first.startsWith('-') ? first.slice(1) : 'TERM';
  return NUMBERS[given] ?? given.replace(/^SIG/, '');
}
