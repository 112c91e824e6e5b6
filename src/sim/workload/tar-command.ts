// The command `tar` in a container: packs to standard output, unpacks standard input, as `kubectl cp` asks. Models
// busybox 1.37; archives in files, compression and lists are refused by name. A file that is read or written is text
// to the rest of the simulator, see `bytes.ts`.
import { fromBytes, toBytes } from './bytes.ts';
import type { CommandWorld } from './commands.ts';
import type { CommandResult } from './shell.ts';
import { readTar, type TarEntry, writeTar } from './tar.ts';

export function runTar(args: readonly string[], world: CommandWorld): CommandResult {
  const read = options(args);
  if ('error' in read) return done('', 2, `tar: ${read.error}\n`);
  const { letters, directory, paths } = read;
  const asked = ['c', 'x', 't'].filter((letter) => letters.includes(letter));
  if (asked.length !== 1) return done('', 2, 'tar: need at least one option of -c, -x\n');
  if (read.archive !== '-' || asked[0] === 't')
    return done('', 2, `tar: only standard input and output are simulated, and no lists\n`);
  return asked[0] === 'c' ? create(paths, directory, world) : extract(directory, world);
}

interface Options {
  readonly letters: string;
  readonly archive: string;
  readonly directory: string;
  readonly paths: readonly string[];
}

function options(args: readonly string[]): Options | { readonly error: string } {
  let letters = '';
  let archive = '-';
  let directory = '';
  const paths: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--no-same-owner' || arg === '--no-same-permissions') continue;
    if (arg.startsWith('--')) return { error: `option ${arg} is not simulated` };
    // The first word is a bundle of letters even without a dash.
    if (!(arg.startsWith('-') && arg !== '-') && i > 0) {
      paths.push(arg);
      continue;
    }
    for (const letter of arg.replace(/^-/, '')) {
      if (!'cxtfCmvop'.includes(letter)) return { error: `option -${letter} is not simulated` };
      letters += letter;
      if (letter === 'f') archive = args[++i] ?? '-';
      if (letter === 'C') directory = args[++i] ?? '';
    }
  }
  return { letters, archive, directory, paths };
}

function create(paths: readonly string[], directory: string, world: CommandWorld): CommandResult {
  const entries: TarEntry[] = [];
  let stderr = '';
  const add = (path: string) => {
    const full = path.startsWith('/') ? path : `${directory}/${path}`;
    const text = world.read(full);
    const name = path.replace(/^\/+/, '');
    if (text !== undefined) entries.push({ name, bytes: toBytes(text) });
    else if (world.isDirectory(full)) {
      entries.push({ name: `${name.replace(/\/+$/, '')}/`, bytes: null });
      for (const entry of world.entries(full)) add(`${path.replace(/\/+$/, '')}/${entry}`);
    } else stderr += `tar: ${path}: No such file or directory\n`;
  };
  if (paths.some((path) => path.startsWith('/'))) stderr += "tar: removing leading '/' from member names\n";
  for (const path of paths) add(path);
  const missing = stderr.includes('No such file');
  if (missing) stderr += 'tar: error exit delayed from previous errors\n';
  return done(fromBytes(writeTar(entries)), missing ? 1 : 0, stderr);
}

function extract(directory: string, world: CommandWorld): CommandResult {
  const { text, ended } = world.stdin ?? { text: '', ended: true };
  if (!ended) return { kind: 'input' };
  if (directory !== '' && !world.isDirectory(directory))
    return done('', 1, `tar: can't change directory to '${directory}': No such file or directory\n`);
  const entries = readTar(toBytes(text));
  if ('error' in entries) return done('', 1, `tar: ${entries.error}\n`);
  for (const { name, bytes } of entries) {
    const path = name.startsWith('/') ? name : `${directory}/${name}`;
    const parents = path.split('/').slice(0, bytes === null ? undefined : -1);
    parents.forEach((_, i) => {
      const parent = parents.slice(0, i + 1).join('/');
      if (parent !== '' && !world.isDirectory(parent)) world.makeDirectory(parent);
    });
    if (bytes !== null && !world.write(path, fromBytes(bytes)))
      return done('', 1, `tar: can't open '${path}': No such file or directory\n`);
  }
  return done('');
}

function done(stdout: string, exitCode = 0, stderr = ''): CommandResult {
  return { kind: 'done', exitCode, stdout, stderr };
}
