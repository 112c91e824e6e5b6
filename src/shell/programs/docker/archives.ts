// Images and containers as archives: save, load, import, export (docker/cli 28.2, cli/command/image and container).

import type { DockerAnswer } from '../../program.ts';
import { readAll } from '../../streams.ts';
import type { Context } from './context.ts';
import { DockerError, notSimulated } from './errors.ts';
import { platformQuery } from './images.ts';
import { showProgress } from './progress.ts';

export async function run(context: Context): Promise<void> {
  switch (context.path) {
    case 'image save':
      return save(context);
    case 'image load':
      return load(context);
    case 'container export':
      return write(context, 'export', () => context.engine.request('GET', `/containers/${context.arg(0)}/export`));
    default:
      throw notSimulated('the import of a file tree as an image');
  }
}

/** Files here are text, one character a byte where they hold an archive. */
async function write(context: Context, what: string, ask: () => Promise<DockerAnswer>): Promise<void> {
  const { flags, proc } = context;
  const output = flags.text('output');
  if (output === '' && proc.stdout.isTTY) {
    throw new DockerError('cowardly refusing to save to a terminal. Use the -o flag or redirect');
  }
  if (output !== '') {
    const path = context.file(output);
    const directory = path.slice(0, path.lastIndexOf('/')) || '/';
    if (!proc.fs.isDirectory(directory)) {
      throw new DockerError(
        `failed to ${what} ${what === 'save' ? 'image' : 'container'}: invalid output path: directory ${JSON.stringify(directory)} does not exist`,
      );
    }
  }
  const archive = await (await ask()).text();
  if (output === '') await context.out(archive);
  else proc.fs.write(context.file(output), archive);
}

async function save(context: Context): Promise<void> {
  const platform = platformQuery(context.flags.text('platform'));
  await write(context, 'save', () =>
    context.engine.request('GET', '/images/get', { query: { names: context.args, platform } }),
  );
}

async function load(context: Context): Promise<void> {
  const { flags, proc } = context;
  const input = flags.text('input');
  let archive: string;
  if (input === '') {
    if (proc.stdin.isTTY) throw new DockerError('requested load from stdin, but stdin is empty');
    archive = await readAll(proc.stdin);
  } else {
    const path = context.file(input);
    if (!proc.fs.exists(path)) throw new DockerError(`open ${input}: no such file or directory`);
    archive = proc.fs.read(path);
  }
  const quiet = flags.bool('quiet') || !proc.stdout.isTTY;
  const answer = await context.engine.request('POST', '/images/load', {
    query: { platform: platformQuery(flags.text('platform')), quiet: quiet ? 1 : 0 },
    body: archive,
    contentType: 'application/x-tar',
  });
  await showProgress(answer, { write: (text) => context.out(text), isTTY: proc.stdout.isTTY, columns: proc.columns });
}
