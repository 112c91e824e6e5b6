// `kubectl exec` (kubectl/pkg/cmd/exec, 1.32). A command runs at one moment of virtual time, with no input of its own.
// `-it … sh` gives a shell in which each line runs as `sh -c` does, after those lines before it that only set something.
// Left out: constructs over several lines, standard input for other programs (refused by name), and Ctrl-C for the
// command inside, which here ends kubectl itself.

import { fnv1a32 } from '../../../sim/engine/hash.ts';
import { readLine } from '../../streams.ts';
import type { Context } from './context.ts';
import { Exit, KubectlError, notSimulated } from './errors.ts';
import { readStdin } from './files.ts';
import { type JsonObject, kindOf, nameOf, namespaceOf, textAt } from './object.ts';
import { annotatedContainer, byActivity, firstContainer, goType, hasContainer, podsBehind } from './pods.ts';
import { find } from './visit.ts';

const POD_WAIT_MS = 60_000;

export async function run(context: Context): Promise<number> {
  const { args, parsed, flags } = context;
  const { dash } = parsed;
  const name = dash === 0 ? undefined : args[0];
  const command = dash >= 0 ? args.slice(dash) : [];
  if (dash < 0 && (args.length > 1 || (args.length > 0 && context.filenames.length > 0))) {
    throw context.usage('exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead');
  }
  if (name === undefined && context.filenames.length === 0) {
    throw new KubectlError('pod, type/name or --filename must be specified');
  }
  if (command.length === 0) throw new KubectlError('you must specify at least one command for the container');
  const pod = await podNamed(context, name);
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') {
    throw new KubectlError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  }
  const container = flags.text('container') || (await defaultContainer(context, pod));
  const target = { namespace: namespaceOf(pod), pod: nameOf(pod), container };
  const exec = (argv: readonly string[]) => context.proc.host.exec(target, argv);

  if (flags.bool('stdin') && flags.bool('tty') && !context.proc.stdin.isTTY && !flags.bool('quiet')) {
    await context.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  }
  if (flags.bool('stdin') && isShell(command)) return shell(context, exec, command);
  if (flags.bool('stdin') && readsInput(command)) {
    throw notSimulated(`standard input for ${command[0] ?? ''} in a container`);
  }
  const { exitCode, stdout, stderr } = await exec(command);
  await context.out(stdout);
  return ended(context, exitCode, stderr);
}

async function podNamed(context: Context, name: string | undefined): Promise<JsonObject> {
  const args = name === undefined ? [] : name.includes('/') ? [name] : ['pods', name];
  const { items, errors } = await find(context, { args, latest: true });
  if (errors[0]) throw errors[0];
  if (items.length > 1) throw new KubectlError('cannot exec into multiple objects at a time');
  const object = items[0]?.object ?? {};
  if (kindOf(object) === 'Pod') return object;
  try {
    const pods = await podsBehind(context, object, POD_WAIT_MS);
    return [...pods].sort(byActivity)[0] ?? {};
  } catch (error) {
    if (!(error instanceof KubectlError) || error.message.startsWith('timed out')) throw error;
    throw new KubectlError(`cannot attach to ${goType(object)}: ${error.message}`);
  }
}

async function defaultContainer(context: Context, pod: JsonObject): Promise<string> {
  const annotated = annotatedContainer(pod);
  if (annotated !== '' && hasContainer(pod, annotated)) return annotated;
  const { name, note } = firstContainer(pod);
  if (!context.flags.bool('quiet')) await context.err(note);
  return name;
}

/** A command that failed: what it said, then kubectl's own sentence. */
async function ended(context: Context, exitCode: number, stderr: string): Promise<number> {
  const runtime = stderr.startsWith('OCI runtime exec failed: ');
  if (runtime) {
    // The runtime numbers its attempts by chance; here the number follows from what was asked and when.
    const id = attemptId(`${context.proc.args.join(' ')} ${context.proc.host.now()}`);
    throw new KubectlError(
      `Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "${id}": ${stderr.trimEnd()}`,
    );
  }
  await context.err(stderr);
  if (exitCode === 0) return 0;
  // The container could not be reached at all: the text has said so.
  if (/^(?:error: |Error from server)/.test(stderr)) throw new Exit(1);
  await context.err(`command terminated with exit code ${exitCode}\n`);
  throw new Exit(exitCode);
}

/** 64 hexadecimal digits. */
function attemptId(text: string): string {
  return Array.from({ length: 8 }, (_, part) => fnv1a32(`${part} ${text}`).toString(16).padStart(8, '0')).join('');
}

// ---- A shell to talk to

type Exec = (argv: readonly string[]) => ReturnType<Context['proc']['host']['exec']>;

const isShell = (command: readonly string[]): boolean =>
  /^(?:\/(?:usr\/)?bin\/)?(?:ba|da)?sh$/.test(command[0] ?? '') &&
  command.slice(1).every((word) => /^-[il]+$/.test(word));

/** Lines that only set something for the lines after them. */
const settings =
  /^\s*(?:(?:export\s+)?[A-Za-z_]\w*=(?:[^\s;&|<>"'`$()]*|"[^"`$]*"|'[^']*')|unset(?:\s+\w+)+|set\s+[-+][eux]+)\s*$/;

async function shell(context: Context, exec: Exec, command: readonly string[]): Promise<number> {
  const { proc } = context;
  const [program = 'sh'] = command;
  const { exitCode, stdout, stderr } = await exec([program, '-c', 'whoami']);
  if (exitCode !== 0 && stdout === '') return ended(context, exitCode, stderr);
  const prompt = context.flags.bool('tty') && proc.stdin.isTTY ? (stdout === 'root\n' ? '# ' : '$ ') : '';
  if (prompt === '') return script(context, exec, program);
  let before = '';
  let status = 0;
  for (;;) {
    await context.out(prompt);
    const line = await readLine(proc.stdin);
    if (line === null) break;
    const exit = /^\s*exit(?:\s+(\d+))?\s*$/.exec(line);
    if (exit) {
      status = exit[1] === undefined ? status : Number(exit[1]) & 255;
      break;
    }
    if (settings.test(line)) {
      before += line.endsWith('\n') ? line : `${line}\n`;
      status = 0;
    } else if (line.trim() !== '') {
      const result = await exec([program, '-c', before + line]);
      // On a terminal both streams are one.
      await context.out(result.stdout + result.stderr);
      status = result.exitCode;
    }
  }
  if (status === 0) return 0;
  await context.err(`command terminated with exit code ${status}\n`);
  throw new Exit(status);
}

/** Without a terminal all of the input is one script. */
async function script(context: Context, exec: Exec, program: string): Promise<number> {
  const { exitCode, stdout, stderr } = await exec([program, '-c', await readStdin(context.proc)]);
  await context.out(stdout);
  return ended(context, exitCode, stderr);
}

/** Programs that would wait for input, which a command in a container has none of here. */
function readsInput([program = '', ...words]: readonly string[]): boolean {
  const name = program.slice(program.lastIndexOf('/') + 1);
  const operands = words.filter((word) => !/^-./.test(word));
  return (name === 'cat' || name === 'tail') && (operands.length === 0 || operands.includes('-'));
}
