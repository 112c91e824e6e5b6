// `kubectl cp` (kubectl/pkg/cmd/cp, 1.32): an archive of `tar` over a conversation with a container, both ways.
// Departures: no links, modes and times (files here have none), and of a glob pattern nothing is made.

import { fromBytes, toBytes } from '../../../sim/workload/bytes.ts';
import { readTar, type TarEntry, writeTar } from '../../../sim/workload/tar.ts';
import { resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { checkRunning, defaultContainer, endedWith, talk } from './conversation.ts';
import { KubectlError, notSimulated } from './errors.ts';

interface Spec {
  readonly namespace: string;
  /** Empty for a file of the reader's. */
  readonly pod: string;
  readonly path: string;
}

export async function run(context: Context): Promise<number> {
  const { args, flags } = context;
  const [from, to] = args;
  if (from === undefined || to === undefined || args.length > 2) {
    throw new KubectlError('source and destination are required');
  }
  if (flags.int('retries') !== 0) throw notSimulated('the flag --retries');
  const [source, target] = [specOf(from), specOf(to)];
  if (source.pod !== '' && target.pod !== '') {
    throw new KubectlError('one of src or dest must be a local file specification');
  }
  if (source.path === '' || target.path === '') throw new KubectlError('filepath can not be empty');
  if (source.pod !== '') return fromPod(context, source, target.path);
  if (target.pod !== '') return toPod(context, source.path, target);
  throw new KubectlError('one of src or dest must be a remote file specification');
}

function specOf(text: string): Spec {
  const colon = text.indexOf(':');
  const wrong = 'filespec must match the canonical format: [[namespace/]pod:]file/path';
  if (colon === 0) throw new KubectlError(wrong);
  if (colon < 0) return { namespace: '', pod: '', path: text };
  const parts = text.slice(0, colon).split('/');
  if (parts.length > 2) throw new KubectlError(wrong);
  return {
    namespace: parts.length === 2 ? (parts[0] ?? '') : '',
    pod: parts.at(-1) ?? '',
    path: text.slice(colon + 1),
  };
}

interface Streams {
  readonly input?: string;
  readonly out: (text: string) => Promise<void>;
  readonly err: (text: string) => Promise<void>;
}

async function execute(context: Context, spec: Spec, command: readonly string[], streams: Streams): Promise<number> {
  const namespace = spec.namespace || (await context.namespace());
  const resource = await context.client.resource('pods');
  const pod = await context.client.request('GET', resourcePath(resource, namespace, spec.pod));
  checkRunning(pod);
  const container = context.flags.text('container') || (await defaultContainer(pod, streams.err));
  return talk(context, { pod, container, command, binary: true, ...streams });
}

const clean = (path: string): string => {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !path.startsWith('/')) parts.push(part);
  }
  return (path.startsWith('/') ? '/' : '') + parts.join('/') || '.';
};
const base = (path: string): string => clean(path).split('/').at(-1) ?? '';
const parent = (path: string): string => {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash) || '/';
};
const silent = (): Promise<void> => Promise.resolve();

// ---- Into a pod

async function toPod(context: Context, source: string, target: Spec): Promise<number> {
  const { fs, cwd } = context.proc;
  const from = fs.resolve(cwd, source);
  if (!fs.exists(from)) throw new KubectlError(`${source} doesn't exist in local filesystem`);
  const isDirectory = await execute(context, target, ['test', '-d', target.path], { out: silent, err: silent }).catch(
    (error: unknown) => {
      if (error instanceof Error && error.name === 'Interrupted') throw error;
      return 1;
    },
  );
  const path = isDirectory === 0 ? `${target.path.replace(/\/+$/, '')}/${base(source)}` : target.path;
  const entries: TarEntry[] = [];
  pack(context, from, base(clean(path)), entries);
  const preserve = context.flags.bool('no-preserve') ? ['--no-same-permissions', '--no-same-owner'] : [];
  const command = ['tar', ...preserve, '-xmf', '-', '-C', parent(path.replace(/\/+$/, ''))];
  const exitCode = await execute(context, target, command, {
    input: writeTar(entries),
    out: (text) => context.out(fromBytes(text)),
    err: (text) => context.err(fromBytes(text)),
  });
  return endedWith(context, exitCode);
}

function pack(context: Context, path: string, name: string, entries: TarEntry[]): void {
  const { fs } = context.proc;
  if (!fs.isDirectory(path)) {
    entries.push({ name, bytes: toBytes(fs.read(path)) });
    return;
  }
  const inside = fs.list(path);
  if (inside.length === 0) entries.push({ name, bytes: null });
  for (const one of inside) pack(context, `${path}/${one}`, `${name}/${one}`, entries);
}

// ---- Out of a pod

async function fromPod(context: Context, source: Spec, target: string): Promise<number> {
  const { fs, cwd } = context.proc;
  let archive = '';
  const exitCode = await execute(context, source, ['tar', 'cf', '-', source.path], {
    out: (bytes) => {
      archive += bytes;
      return Promise.resolve();
    },
    // The real one, too, lets the container's complaints out on its standard output.
    err: (text) => context.out(fromBytes(text)),
  });
  if (exitCode !== 0) return endedWith(context, exitCode);
  const entries = readTar(archive);
  if ('error' in entries) throw new KubectlError(entries.error);
  const prefix = clean(source.path.replace(/^\/+/, ''))
    .replace(/^(?:\.\.\/)+/, '')
    .replace(/^\.\.$/, '');
  for (const { name, bytes } of entries) {
    if (!name.startsWith(prefix)) throw new KubectlError('tar contents corrupted');
    const shown = clean(`${target}/${name.slice(prefix.length)}`);
    const path = fs.resolve(cwd, shown);
    if (bytes === null) fs.makeDirectories(path);
    else {
      fs.makeDirectories(fs.resolve(cwd, parent(shown)));
      if (fs.isDirectory(path)) throw new KubectlError(`open ${shown}: is a directory`);
      fs.write(path, fromBytes(bytes));
    }
  }
  return 0;
}
