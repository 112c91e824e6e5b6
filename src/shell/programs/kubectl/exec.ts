// `kubectl exec` (kubectl/pkg/cmd/exec, 1.32). A command without input runs at one moment of virtual time; with `-i` it
// is a conversation that lasts as long as the command does.

import { sessionStatus } from '../../../sim/kubernetes/api/connect.ts';
import type { Context } from './context.ts';
import { checkConnect, checkRunning, defaultContainer, endedWith, talk } from './conversation.ts';
import { Exit, KubectlError } from './errors.ts';
import { type JsonObject, kindOf, nameOf, namespaceOf } from './object.ts';
import { byActivity, goType, podsBehind } from './pods.ts';
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
  checkRunning(pod);
  const quiet = flags.bool('quiet');
  const say = quiet ? () => Promise.resolve() : (text: string) => context.err(text);
  const container = flags.text('container') || (await defaultContainer(pod, say));
  if (flags.bool('stdin')) {
    const { stdin } = context.proc;
    const tty = flags.bool('tty') && stdin.isTTY;
    if (flags.bool('tty') && !stdin.isTTY && !quiet) {
      await context.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
    }
    const out = (text: string) => context.out(text);
    const err = (text: string) => context.err(text);
    return endedWith(context, await talk(context, { pod, container, command, input: stdin, tty, out, err }));
  }
  await checkConnect(context, pod, 'exec');
  const target = { namespace: namespaceOf(pod), pod: nameOf(pod), container };
  const { exitCode, stdout, stderr } = await context.proc.host.exec(target, command);
  await context.out(stdout);
  return ended(context, exitCode, stderr);
}

/** The pod of `POD`, `TYPE/NAME` or a file; of several the best. */
export async function podNamed(context: Context, name: string | undefined, waitMs = POD_WAIT_MS): Promise<JsonObject> {
  const args = name === undefined ? [] : name.includes('/') ? [name] : ['pods', name];
  const { items, errors } = await find(context, { args, latest: true });
  if (errors[0]) throw errors[0];
  if (items.length > 1) throw new KubectlError('cannot exec into multiple objects at a time');
  const object = items[0]?.object ?? {};
  if (kindOf(object) === 'Pod') return object;
  try {
    const pods = await podsBehind(context, object, waitMs);
    return [...pods].sort(byActivity)[0] ?? {};
  } catch (error) {
    if (!(error instanceof KubectlError) || error.message.startsWith('timed out')) throw error;
    throw new KubectlError(`cannot attach to ${goType(object)}: ${error.message}`);
  }
}

/** A command that failed: what it said, then kubectl's own sentence. */
async function ended(context: Context, exitCode: number, stderr: string): Promise<number> {
  const runtime = stderr.startsWith('OCI runtime exec failed: ');
  if (runtime) {
    throw new KubectlError(sessionStatus({ kind: 'error', message: stderr.trimEnd() }).message ?? stderr);
  }
  await context.err(stderr);
  if (exitCode === 0) return 0;
  // The container could not be reached at all: the text has said so.
  if (/^(?:error: |Error from server)/.test(stderr)) throw new Exit(1);
  return endedWith(context, exitCode);
}
