// A command line on a simulated machine: found along PATH, forked and executed there. Most programs end inside the
// machine at once; servers stay; bash and the text tools are programs of this shell, which work on the files of the
// task that the machine made for them.
// Left out: job control signals (Ctrl-Z), file descriptors handed to programs of the machine.
import { LinuxError } from '../sim/linux/contract.ts';
import type { Frame } from './frame.ts';
import { stderrOf, stdinOf, stdoutOf } from './frame.ts';
import { BrokenPipe, Interrupted, type In, type MachineHost, type TaskRef } from './program.ts';

export interface OnMachine {
  readonly machines: MachineHost;
  readonly task: TaskRef;
  readonly columns: number;
  /** Runs a program of the shell's own as that task. `entered`: the reader is in it now, and it ends later. */
  hosted(program: string, argv: readonly string[], task: TaskRef, frame: Frame): Promise<number | 'entered'>;
  /** Runs the text of a file that bash itself has to read. */
  script(path: string, args: readonly string[], frame: Frame): Promise<number>;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** What the kernel's refusals are to bash: words and exit code. */
const CANNOT_EXECUTE = 126;
const NOT_FOUND = 127;

export async function runOnMachine(argv: readonly string[], frame: Frame, on: OnMachine): Promise<number> {
  const [name = '', ...args] = argv;
  const path = name.includes('/') ? frame.shell.fs.resolve(frame.state.cwd, name) : searchPath(name, frame, on);
  const refuse = async (words: string, exitCode: number) => {
    await stderrOf(frame).write(`bash: ${name}: ${words}\n`);
    return exitCode;
  };
  if (path === undefined) return refuse('command not found', NOT_FOUND);
  const stdin = new Input(stdinOf(frame));
  let shown = { stdout: 0, stderr: 0 };
  for (;;) {
    let started;
    try {
      started = on.machines.run(on.task, argv, {
        env: frame.state.environment(),
        cwd: frame.state.cwd,
        stdin: stdin.text,
        stdinOpen: !stdin.ended,
        tty: stdoutOf(frame).isTTY,
        columns: on.columns,
      });
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      const files = on.machines.files(on.task);
      const node = frame.shell.fs.find(path);
      switch (error.errno) {
        case 'ENOENT':
          return refuse(node ? 'cannot execute: required file not found' : error.message, NOT_FOUND);
        case 'EACCES':
          return refuse(node?.kind === 'directory' ? 'Is a directory' : error.message, CANNOT_EXECUTE);
        case 'ENOEXEC':
          // Without `#!` a text is taken for a script of the shell itself.
          if (files.read(path).kind === 'text') return on.script(path, args, frame);
          return refuse(`cannot execute binary file: ${error.message}`, CANNOT_EXECUTE);
        default:
          return refuse(error.message, CANNOT_EXECUTE);
      }
    }
    const say = async (stdout: string, stderr: string) => {
      const [out, err] = [stdout.slice(shown.stdout), stderr.slice(shown.stderr)];
      shown = { stdout: stdout.length, stderr: stderr.length };
      if (err !== '') await stderrOf(frame).write(err);
      if (out !== '') await stdoutOf(frame).write(out);
    };
    switch (started.kind) {
      case 'asks':
        await say(started.stdout, started.stderr);
        await stdin.more(started.wants);
        continue;
      case 'done':
        if (started.tookMs > 0) await on.sleep(started.tookMs, frame.signal);
        await say(started.stdout, started.stderr);
        return started.exitCode;
      case 'running': {
        await say(started.stdout, started.stderr);
        const task = { machine: on.task.machine, pid: started.pid };
        return on.machines.wait(task, frame.signal, (text, stream) => {
          // The world does not wait for whoever reads; where nobody reads any more, the writer gets SIGPIPE.
          const write = async () => (stream === 'stdout' ? stdoutOf(frame) : stderrOf(frame)).write(text);
          write().catch((error: unknown) => {
            if (!(error instanceof BrokenPipe || error instanceof Interrupted)) throw error;
            const own = on.machines.task(task)?.pids.at(-1);
            if (own !== undefined) on.machines.kill(task, own, 'PIPE');
          });
        });
      }
      case 'hosted': {
        const task = { machine: on.task.machine, pid: started.pid };
        let exitCode: number | 'entered' = 130;
        try {
          exitCode = await on.hosted(started.program, started.argv, task, frame);
          return exitCode === 'entered' ? 0 : exitCode;
        } finally {
          // What went back in time is gone already.
          if (exitCode !== 'entered' && on.machines.task(task)) on.machines.exit(task, exitCode);
        }
      }
    }
  }
}

/** The first executable file of that name along PATH; a file that is none is taken when there is nothing better. */
function searchPath(name: string, frame: Frame, on: Pick<OnMachine, 'machines' | 'task'>): string | undefined {
  if (name === '') return undefined;
  const { fs } = frame.shell;
  const files = on.machines.files(on.task);
  let second: string | undefined;
  for (const directory of (frame.state.get('PATH') ?? '').split(':')) {
    const path = fs.resolve(frame.state.cwd, `${directory === '' ? '.' : directory}/${name}`);
    if (fs.find(path)?.kind !== 'file') continue;
    if (files.access(path, 'execute')) return path;
    second ??= path;
  }
  return second;
}

/** Standard input, taken as far as a program asks for it. */
class Input {
  text = '';
  ended = false;
  readonly #from: In;

  constructor(from: In) {
    this.#from = from;
  }

  async more(wanted: 'line' | 'all'): Promise<void> {
    do {
      const chunk = await this.#from.read();
      if (chunk === null) this.ended = true;
      else this.text += chunk;
    } while (wanted === 'all' && !this.ended);
  }
}
