// What differs between an overlay and its lower layers, as `docker diff` says it. Models ChangesDirs and addChanges of
// moby's pkg/archive/changes.go (28.x), which overlay2 uses: attributes are compared, of files also size and time; a
// directory in which something changed has changed; what was in a deleted directory is not told. Order: by bytes of the
// path, where the original's depends on the order of a Go map.
import { compareBytes } from './bytes.ts';
import { kernel, type Attributes, type Ref } from './file-system.ts';
import { Overlay } from './overlay.ts';

export interface Change {
  readonly path: string;
  readonly kind: 'added' | 'changed' | 'deleted';
}

export function changes(overlay: Overlay): readonly Change[] {
  return below(overlay, new Overlay(overlay.lowers), '/', '/', '');
}

function below(after: Overlay, before: Overlay, now: Ref, then: Ref | undefined, above: string): readonly Change[] {
  const { upper, lowers } = after.parts(now);
  // What was not copied up has not changed.
  if (upper === undefined || !after.upper) return [];
  // In a merged directory only what the upper one names can differ.
  const names = new Set(lowers.length > 0 ? after.upper.fs.list(upper) : after.list(now));
  if (lowers.length === 0 && then !== undefined) for (const name of before.list(then)) names.add(name);
  const found: Change[] = [];
  for (const name of [...names].sort(compareBytes)) {
    const path = `${above}/${name}`;
    const a = after.lookup(now, name);
    const b = then === undefined ? undefined : before.lookup(then, name);
    if (a === undefined) {
      if (b !== undefined) found.push({ path, kind: 'deleted' });
      continue;
    }
    const fresh = after.attributes(a, kernel);
    const old = b === undefined ? undefined : before.attributes(b, kernel);
    const isDirectory = fresh.type === 'directory';
    const inside = isDirectory ? below(after, before, a, old?.type === 'directory' ? b : undefined, path) : [];
    if (!old) found.push({ path, kind: 'added' });
    else if (inside.length > 0 || differs(old, fresh)) found.push({ path, kind: 'changed' });
    found.push(...inside);
  }
  return found;
}

function differs(old: Attributes, fresh: Attributes): boolean {
  if (old.type !== fresh.type || old.mode !== fresh.mode || old.uid !== fresh.uid || old.gid !== fresh.gid) return true;
  if (old.device?.major !== fresh.device?.major || old.device?.minor !== fresh.device?.minor) return true;
  return fresh.type !== 'directory' && (old.mtimeMs !== fresh.mtimeMs || old.sizeBytes !== fresh.sizeBytes);
}
