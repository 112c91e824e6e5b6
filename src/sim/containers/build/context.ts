// The files that a build can copy from: a directory of the machine, or the archive that a client has sent, without what
// `.dockerignore` leaves out. A checksum of a file says its type, mode and content and not its time, so touching a file
// does not spoil the cache. Models moby 28 builder/remotecontext.
import type { LayerEntry } from '../../linux/files/layer.ts';
import { compareBytes, contentBytes } from '../../linux/files/bytes.ts';
import { readArchive } from '../images/archive.ts';
import { digestOf } from '../images/digest.ts';
import { DaemonError } from '../images/errors.ts';
import { contentDigest } from '../images/layer.ts';
import { cleanPath, ignoring, PatternError, readIgnoreFile } from './ignore.ts';

/** Entries by path without a slash in front. A value. */
export type BuildContext = ReadonlyMap<string, LayerEntry>;

export function contextFromArchive(archive: string): BuildContext {
  return fromEntries(readArchive(archive));
}

function fromEntries(entries: readonly LayerEntry[]): BuildContext {
  const byPath = new Map<string, LayerEntry>();
  for (const entry of entries) {
    const path = entry.path.slice(1);
    // Directories that the archive does not name.
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const above = path.slice(0, slash);
      if (!byPath.has(above))
        byPath.set(above, {
          path: `/${above}`,
          type: 'directory',
          mode: 0o755,
          uid: 0,
          gid: 0,
          mtimeMs: entry.mtimeMs,
        });
    }
    const linked = entry.type === 'hardlink' ? byPath.get((entry.target ?? '').slice(1)) : undefined;
    byPath.set(path, linked ? { ...linked, path: entry.path } : { ...entry, uid: 0, gid: 0 });
  }
  return new Map([...byPath].sort(([a], [b]) => compareBytes(a, b)));
}

/** Without what `.dockerignore` names. The Dockerfile and the list itself can always be read by the builder. */
export function withoutIgnored(context: BuildContext): BuildContext {
  const list = context.get('.dockerignore')?.content;
  if (list?.kind !== 'text') return context;
  let ignored: (path: string) => boolean;
  try {
    ignored = ignoring(readIgnoreFile(list.text));
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new DaemonError(400, `error checking context: ${error.message}`);
  }
  const kept = new Map([...context].filter(([path]) => !ignored(path)));
  // Directories on the way to what is kept stay.
  for (const path of [...kept.keys()])
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const above = path.slice(0, slash);
      const entry = context.get(above);
      if (entry && !kept.has(above)) kept.set(above, entry);
    }
  return new Map([...kept].sort(([a], [b]) => compareBytes(a, b)));
}

export function contextText(context: BuildContext, path: string): string | undefined {
  const content = context.get(cleanPath(path).replace(/^\//, ''))?.content;
  return content?.kind === 'text' ? content.text : undefined;
}

/** What `docker build` says it sends: bytes of the archive. */
export function contextBytes(context: BuildContext): number {
  let bytes = 1024;
  for (const { content } of context.values())
    bytes += 512 + Math.ceil((content ? contentBytes(content) : 0) / 512) * 512;
  return bytes;
}

/** Of a file, or of a directory with all that is in it; the name of the thing itself does not count. */
export function checksum(entries: readonly LayerEntry[], root: string): string {
  return digestOf(
    entries
      .map(({ path, type, mode, content, target }) => {
        const what = content ? contentDigest(content) : (target ?? '');
        return `${path.slice(root.length)} ${type} ${mode.toString(8)} ${what}\n`;
      })
      .join(''),
  ).slice('sha256:'.length);
}
