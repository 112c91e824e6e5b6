// A container whose command is not the image's program: a shell script, `sleep infinity`, `echo`. Runs it from pause
// to pause. Leaves out what a second process would need: background jobs and pipes.
import { runCommand } from './commands.ts';
import { inside } from './inside.ts';
import { type Instance, NEVER, type Running } from './instance.ts';
import { launch, type Program } from './programs/index.ts';
import type { Host } from './service.ts';
import { createShell, runShell, type ShellWorld } from './shell.ts';

/** How long a script that never pauses computes before we look at it again. */
const BUSY_MS = 100;

export function startScript(argv: readonly string[], env: Readonly<Record<string, string>>): Running {
  const isShell = /^(\/bin\/)?(ba)?sh$/.test(argv[0] ?? '');
  const option = argv.findIndex((arg) => /^-[eux]*c$/.test(arg));
  let text: string;
  if (!isShell) text = argv.map(quote).join(' ');
  else if (option > 0) text = (argv[option]?.includes('e') === true ? 'set -e; ' : '') + (argv[option + 1] ?? '');
  // A shell without a script reads its input, which is at its end: nobody types.
  else if (argv.length === 1) text = '';
  else text = `echo ${quote(`sh: ${argv[1] ?? ''}: scripts in files are not simulated`)} >&2; exit 2`;
  return { state: createShell(text, env), resumesAt: 0, busy: false, trapped: false };
}

/** Runs it up to its next pause. True when the script has given way to the image's own program. */
export function resume(instance: Instance, running: Running, program: Program, host: Host): boolean {
  const trap = running.state.onTerm;
  if (instance.termAt !== NEVER && trap !== null) {
    const ended = runShell(createShell(trap, running.state.variables), shellWorld(instance, program, host));
    if (ended.why.kind === 'end' && /\bexit\b/.test(trap)) {
      finish(instance, ended.why.exitCode, host);
      return false;
    }
    instance.termAt = NEVER;
  }
  const { state, why } = runShell(running.state, shellWorld(instance, program, host));
  if (instance.exit) return false;
  running.state = state;
  running.trapped = state.onTerm !== null;
  running.busy = why.kind === 'busy';
  switch (why.kind) {
    case 'end':
      finish(instance, why.exitCode, host);
      return false;
    case 'sleep':
      running.resumesAt = host.now + why.ms;
      return false;
    case 'forever':
    case 'input':
      running.resumesAt = NEVER;
      return false;
    case 'busy':
      running.resumesAt = host.now + BUSY_MS;
      return false;
    case 'program':
      return true;
  }
}

function finish(instance: Instance, exitCode: number, host: Host): void {
  host.exit(instance, { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' });
}

function shellWorld(instance: Instance, program: Program, host: Host): ShellWorld {
  const world = (variables: Readonly<Record<string, string>>) => inside(instance, program, host, variables);
  return {
    command(argv, variables) {
      const what = launch(program, argv);
      if (what.kind === 'program') return { kind: 'program' };
      if (what.kind === 'error')
        return { kind: 'done', exitCode: 127, stdout: '', stderr: `sh: ${argv[0] ?? ''}: not found\n` };
      if (/^(\/bin\/)?(ba)?sh$/.test(what.argv[0] ?? ''))
        return { kind: 'done', exitCode: 2, stdout: '', stderr: 'sh: a shell in a shell is not simulated\n' };
      const result = runCommand(what.argv, world(variables));
      if (!result) return { kind: 'done', exitCode: 127, stdout: '', stderr: `sh: ${argv[0] ?? ''}: not simulated\n` };
      return result;
    },
    print(text) {
      for (const line of text.replace(/\n$/, '').split('\n')) host.log(instance, line);
    },
    write: (path, text, append) => {
      const at = world({});
      return at.write(path, append ? (at.read(path) ?? '') + text : text);
    },
  };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
