// `docker run` and `docker create` (docker/cli 28.2, cli/command/container/run.go and create.go).

import { familiarString, withDefaultTag } from '../../../sim/containers/images/reference.ts';
import { ownSignal } from '../kubectl/context.ts';
import { type ContainerWish, containerWish } from './container-config.ts';
import type { Context } from './context.ts';
import { DockerError, EngineError, Exit } from './errors.ts';
import { platformOf, reference } from './images.ts';
import { listAt, numberAt, parseJson, textAt } from './json.ts';
import { converse } from './stream.ts';
import { pull } from './transfer.ts';

const FAILED = 125;

export async function run(context: Context): Promise<number> {
  const { flags } = context;
  const create = context.path === 'container create';
  checkPull(context);
  const detached = !create && flags.bool('detach');
  let wish: ContainerWish;
  try {
    if (!create && flags.list('attach').length > 0 && detached) {
      throw new Exit(0);
    }
    wish = containerWish(context, detached);
  } catch (error) {
    if (error instanceof Exit) throw new DockerError('conflicting options: cannot specify both --attach and --detach');
    throw withHelp(context, error, FAILED);
  }
  if (create) {
    await context.out(`${await createContainer(context, wish)}\n`);
    return 0;
  }
  if (!detached && wish.tty && wish.attach.stdin && !context.proc.stdin.isTTY) {
    throw new DockerError('the input device is not a TTY');
  }
  let id: string;
  try {
    id = await createContainer(context, wish);
  } catch (error) {
    throw withHelp(context, error);
  }
  return start(context, id, wish, detached);
}

function checkPull(context: Context): void {
  const wanted = context.flags.text('pull');
  if (['always', 'missing', 'never', ''].includes(wanted)) return;
  const message = `invalid pull option: '${wanted}': must be one of "always", "missing" or "never"`;
  throw withHelp(context, new DockerError(message), FAILED);
}

/** What went wrong, with the advice that docker gives; the exit code tells what kept the command from running. */
function withHelp(context: Context, error: unknown, code?: number): unknown {
  if (!(error instanceof DockerError) || error instanceof Exit) return error;
  const { message } = error;
  const found = /executable file not found|no such file or directory/.test(message)
    ? 127
    : /permission denied|is a directory/.test(message)
      ? 126
      : FAILED;
  const help = `Run 'docker ${context.typed.split(' ').at(-1) ?? ''} --help' for more information`;
  return new DockerError(`docker: ${message}\n\n${help}`, code ?? found);
}

/** Creates it, after a pull where the image is not there; its id. */
async function createContainer(context: Context, { body }: ContainerWish): Promise<string> {
  const { flags, engine } = context;
  const image = textAt(body, 'Image');
  // An id in full is no name, and nothing that could be pulled.
  const named = /^(?:sha256:)?[\da-f]{64}$/.test(image) ? undefined : withDefaultTag(reference(image));
  const cidfile = flags.text('cidfile');
  if (cidfile !== '' && context.proc.fs.exists(context.file(cidfile))) {
    throw new DockerError(`container ID file found, make sure the other container isn't running or delete ${cidfile}`);
  }
  const platform = flags.text('platform');
  const fetch = async () => {
    if (!named) return;
    await pull(context, named, { platform, quiet: flags.bool('quiet'), out: (text) => context.err(text) });
  };
  let query: Readonly<Record<string, string | undefined>>;
  try {
    const parts = platform === '' ? undefined : platformOf(platform);
    query = {
      name: flags.text('name') || undefined,
      platform: parts
        ? [parts.os, parts.architecture, parts.variant].filter((one) => one !== undefined).join('/')
        : undefined,
    };
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    throw new DockerError(`error parsing specified platform: ${error.message}`);
  }
  if (flags.text('pull') === 'always') await fetch();
  let made;
  try {
    made = await engine.json('POST', '/containers/create', { query, body });
  } catch (error) {
    const missing = error instanceof EngineError && error.status === 404 && named && flags.text('pull') !== 'never';
    if (!missing || flags.text('pull') === 'always' || !isImage(error)) throw error;
    if (!flags.bool('quiet')) await context.err(`Unable to find image '${familiarString(named)}' locally\n`);
    await fetch();
    made = await engine.json('POST', '/containers/create', { query, body });
  }
  for (const warning of listAt(made, 'Warnings')) await context.err(`WARNING: ${textAt(warning)}\n`);
  const id = textAt(made, 'Id');
  if (cidfile !== '') context.proc.fs.write(context.file(cidfile), id);
  return id;
}

/** A network or a volume that is not there is no reason to pull. */
const isImage = (error: EngineError): boolean => /such image|manifest|image/i.test(error.message);

async function start(context: Context, id: string, wish: ContainerWish, detached: boolean): Promise<number> {
  const { engine, proc } = context;
  const { stdin, stdout, stderr } = wish.attach;
  // The answer of `wait` comes when all is over; asked before the start, it misses nothing.
  const waiting = ownSignal(proc.signal);
  const wait = async () =>
    engine.request('POST', `/containers/${id}/wait`, {
      query: { condition: wish.autoRemove ? 'removed' : 'next-exit' },
      signal: waiting.signal,
    });
  const begin = async () => {
    try {
      await engine.act('POST', `/containers/${id}/start`);
    } catch (error) {
      throw withHelp(context, error);
    }
  };
  try {
    if (detached || (!stdin && !stdout && !stderr)) {
      await wait();
      await begin();
      await context.out(`${id}\n`);
      return 0;
    }
    let ending: Awaited<ReturnType<typeof wait>> | undefined;
    await converse(context, {
      path: `/containers/${id}/attach`,
      options: {
        query: {
          stderr: stderr ? 1 : undefined,
          stdin: stdin ? 1 : undefined,
          stdout: stdout ? 1 : undefined,
          stream: 1,
        },
      },
      stdin,
      tty: wish.tty,
      connected: async () => {
        ending = await wait();
        await begin();
        if (wish.tty && proc.stdout.isTTY) await resize(context, `/containers/${id}`);
      },
      interrupted: (signal) => engine.act('POST', `/containers/${id}/kill`, { query: { signal: 'INT' }, signal }),
    });
    return await exitCodeOf(context, ending);
  } finally {
    waiting.stop();
  }
}

/** What `wait` answers when the container has ended. */
export async function exitCodeOf(context: Context, answer: { text(): Promise<string> } | undefined): Promise<number> {
  const ended = parseJson((await answer?.text()) ?? '') ?? null;
  const message = textAt(ended, 'Error', 'Message');
  if (message === '') return numberAt(ended, 'StatusCode');
  await context.err(`Error waiting for container: ${message}\n`);
  return FAILED;
}

export async function resize({ engine, proc }: Context, path: string): Promise<void> {
  await engine.act('POST', `${path}/resize`, { query: { h: proc.rows, w: proc.columns } }).catch((error: unknown) => {
    // A container that is over already has no window any more.
    if (!(error instanceof DockerError)) throw error;
  });
}
