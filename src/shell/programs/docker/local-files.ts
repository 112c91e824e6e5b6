// The reader's files as entries of an archive and back: of a machine with all that they are, of the page's own small
// system with what that knows.

import { readArchive } from '../../../sim/containers/images/archive.ts';
import { DaemonError } from '../../../sim/containers/images/errors.ts';
import type { Files } from '../../../sim/linux/contract.ts';
import { LinuxError } from '../../../sim/linux/contract.ts';
import type { LayerEntry } from '../../../sim/linux/files/layer.ts';
import type { Proc } from '../../program.ts';
import { DockerError } from './errors.ts';

const machineFiles = ({ host, task }: Proc): Files | undefined => (task ? host.machines?.files(task) : undefined);

/** One file, link or directory, called `name` in the archive; what is in a directory is left out. */
export function entryOf(proc: Proc, path: string, name: string, followLinks = false): LayerEntry | undefined {
  const files = machineFiles(proc);
  const base = { path: name, uid: 0, gid: 0 };
  if (files) {
    const { type, mode, mtimeMs } = followLinks ? files.stat(path) : files.lstat(path);
    if (type === 'symlink') return { ...base, type, mode: 0o777, mtimeMs, target: files.readlink(path) };
    if (type === 'directory') return { ...base, type, mode, mtimeMs };
    return type === 'file' ? { ...base, type, mode, mtimeMs, content: files.read(path) } : undefined;
  }
  const node = proc.fs.find(path);
  if (!node) return undefined;
  const mtimeMs = node.changedAt;
  if (node.kind === 'directory') return { ...base, type: 'directory', mode: 0o755, mtimeMs };
  const content = { kind: 'text', text: node.text } as const;
  return { ...base, type: 'file', mode: node.executable ? 0o755 : 0o644, mtimeMs, content };
}

/** A directory's whole content in the order of its names; `left` says what is left out. */
export function entriesBelow(
  proc: Proc,
  directory: string,
  above: string,
  left: (path: string) => boolean = () => false,
): LayerEntry[] {
  return proc.fs.list(directory).flatMap((name) => {
    const [path, shown] = [`${directory === '/' ? '' : directory}/${name}`, above === '' ? name : `${above}/${name}`];
    const entry = entryOf(proc, path, `/${shown}`);
    if (!entry) return [];
    const inside = entry.type === 'directory' ? entriesBelow(proc, path, shown, left) : [];
    // A directory that is left out still holds what an exception takes back.
    return left(shown) ? inside : [entry, ...inside];
  });
}

/** The entries of an archive that came from outside. */
export function entriesIn(archive: string): readonly LayerEntry[] {
  try {
    return readArchive(archive);
  } catch (error) {
    if (error instanceof DaemonError) throw new DockerError(error.message);
    throw error;
  }
}

/** Writes one entry at a path. */
export function place(proc: Proc, entry: LayerEntry, path: string): void {
  const files = machineFiles(proc);
  try {
    if (entry.type === 'directory') {
      if (!proc.fs.isDirectory(path)) proc.fs.makeDirectories(path);
    } else if (files) {
      if (files.exists(path) && files.lstat(path).type !== 'directory') files.unlink(path);
      if (entry.type === 'symlink') files.symlink(entry.target ?? '', path);
      else files.write(path, entry.content ?? '', { mode: entry.mode });
    } else {
      const { content } = entry;
      proc.fs.write(path, content?.kind === 'text' ? content.text : '');
      if ((entry.mode & 0o111) !== 0) proc.fs.chmod(path, (mode) => mode | 0o111);
    }
  } catch (error) {
    if (error instanceof LinuxError) throw new DockerError(`open ${path}: ${error.message.toLowerCase()}`);
    throw error;
  }
}
