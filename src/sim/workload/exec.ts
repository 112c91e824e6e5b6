// A command run beside the program of a container: `kubectl exec` and exec probes. It runs at one moment; what it
// would wait for is added up and told, so that a probe's timeout can judge it.
import { type CommandWorld, runCommand } from './commands.ts';
import { inside } from './inside.ts';
import type { Instance } from './instance.ts';
import { launch, type Program } from './programs/index.ts';
import type { Host } from './service.ts';
import { createShell, runShell, type ShellState } from './shell.ts';

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Infinity when it would never end. */
  readonly waitedMs: number;
}

/** With only a time instead of a whole host, nothing outside the container's files can change. */
export type ExecHost = Pick<Host, 'now'> & Partial<Host> & { readonly epochMs?: number };

export function execute(instance: Instance, program: Program, host: ExecHost, argv: readonly string[]): ExecResult {
  const what = launch(program, argv);
  if (what.kind === 'error') return result(127, '', `${OCI}: ${what.message}: unknown\n`);
  if (what.kind === 'program') {
    const port = instance.service?.settings.port ?? 0;
    return result(1, '', `${program.name}: listen tcp :${String(port)}: bind: address already in use\n`);
  }
  const world = (variables: Readonly<Record<string, string>>) => inside(instance, program, host, variables);
  const option = what.argv.findIndex((arg) => /^-[eux]*c$/.test(arg));
  if (/(^|\/)(ba)?sh$/.test(what.argv[0] ?? ''))
    return option > 0
      ? shell(createShell(what.argv[option + 1] ?? '', instance.spec.env), program, world)
      : result(0, '', '');
  const ran = runCommand(what.argv, world(instance.spec.env));
  if (!ran) return result(127, '', `${what.argv[0] ?? ''}: not simulated\n`);
  if (ran.kind === 'sleep') return result(0, '', '', ran.ms);
  if (ran.kind !== 'done') return result(0, '', '', Infinity);
  return result(ran.exitCode, ran.stdout, ran.stderr, ran.waitedMs ?? 0);
}

const OCI = 'OCI runtime exec failed: exec failed: unable to start container process';

/** Pauses that one command may take before we take it for endless. */
const PAUSES = 1000;

function shell(
  from: ShellState,
  program: Program,
  world: (variables: Readonly<Record<string, string>>) => CommandWorld,
): ExecResult {
  const out = { stdout: '', stderr: '', waitedMs: 0 };
  let state = from;
  for (let i = 0; i < PAUSES; i++) {
    const pause = runShell(state, {
      command(argv, variables) {
        const what = launch(program, argv);
        const ran = what.kind === 'command' ? runCommand(what.argv, world(variables)) : undefined;
        if (!ran) return { kind: 'done', exitCode: 127, stdout: '', stderr: `sh: ${argv[0] ?? ''}: not found\n` };
        out.waitedMs += ran.waitedMs ?? 0;
        return ran;
      },
      print(text, stream) {
        if (stream === 1) out.stdout += text;
        else out.stderr += text;
      },
      write(path, text, append) {
        const at = world({});
        return at.write(path, append ? (at.read(path) ?? '') + text : text);
      },
    });
    state = pause.state;
    if (pause.why.kind === 'end') return { ...out, exitCode: pause.why.exitCode };
    if (pause.why.kind !== 'sleep') break;
    out.waitedMs += pause.why.ms;
  }
  return { ...out, exitCode: 0, waitedMs: Infinity };
}

function result(exitCode: number, stdout: string, stderr: string, waitedMs = 0): ExecResult {
  return { exitCode, stdout, stderr, waitedMs };
}
