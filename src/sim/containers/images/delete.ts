// Removing images: `docker rmi`, `docker image prune`. Models moby 28 daemon/images/image_delete.go and image_prune.go.
// Departure: labels and `until` as filters of a prune are the caller's, who passes what is to be looked at.
import { shortId } from './digest.ts';
import { DaemonError } from './errors.ts';
import { familiarString, fullName, parseAnyReference, type Reference, withDefaultTag } from './reference.ts';
import { type ImageStore, isTag, type StoredImage } from './store.ts';

/** What the engine says of its containers. */
export interface ImageUser {
  readonly containerId: string;
  readonly imageId: string;
  readonly running: boolean;
}

export interface DeleteOptions {
  readonly force?: boolean;
  /** `--no-prune`: parents without names stay. */
  readonly noPrune?: boolean;
}

/** One line of `docker rmi`. The keys are those of the API. */
type Deleted = { readonly Untagged: string } | { readonly Deleted: string };

interface Work {
  readonly store: ImageStore;
  readonly users: readonly ImageUser[];
  readonly records: Deleted[];
  freed: number;
}

export interface Deletion {
  readonly records: readonly Deleted[];
  readonly freedBytes: number;
}

export function deleteImage(
  store: ImageStore,
  users: readonly ImageUser[],
  nameOrId: string,
  options: DeleteOptions = {},
): Deletion {
  const work: Work = { store, users, records: [], freed: 0 };
  const { force = false, noPrune = false } = options;
  const { id } = store.get(nameOrId).image;
  let quiet = false;
  if (!isIdPrefix(id, nameOrId)) {
    if (!force && isSingle(store.namesOf(id))) {
      const user = users.find((container) => container.imageId === id);
      if (user)
        throw new DaemonError(
          409,
          `conflict: unable to remove repository reference "${nameOrId}" (must force) - container ${shortId(user.containerId)} is using its referenced image ${shortId(id)}`,
        );
    }
    untag(work, nameOrId, id);
    if (store.namesOf(id).length > 0) return done(work);
    quiet = true;
  } else if (isSingle(store.namesOf(id))) {
    const conflict = conflictOf(work, id, { soft: !force, names: false });
    if (conflict) throw conflict.error;
    for (const name of store.namesOf(id)) dropName(work, name);
  }
  deleteById(work, id, force, !noPrune, quiet);
  return done(work);
}

function done({ records, freed }: Work): Deletion {
  return { records, freedBytes: freed };
}

/** All that have no name and nobody needs; with `all`, every image that no container uses. */
export function pruneImages(
  store: ImageStore,
  users: readonly ImageUser[],
  options: { readonly all: boolean; readonly matches?: (stored: StoredImage) => boolean },
): Deletion {
  const records: Deleted[] = [];
  let freedBytes = 0;
  const attempt = (nameOrId: string): void => {
    try {
      const deletion = deleteImage(store, users, nameOrId);
      records.push(...deletion.records);
      freedBytes += deletion.freedBytes;
    } catch (error) {
      // What is in use stays.
      if (!(error instanceof DaemonError)) throw error;
    }
  };
  for (const stored of store.all()) {
    const { id } = stored.image;
    if (options.matches && !options.matches(stored)) continue;
    const names = store.namesOf(id);
    const children = store.childrenOf(id).length > 0;
    if (names.length === 0) {
      if (!children) attempt(id);
    } else if ((options.all || !names.some(isTag)) && !(children && !options.all))
      for (const name of names) attempt(familiarString(name));
  }
  return { records, freedBytes };
}

/** Dangling: no name and no image that was built on it. */
export function isDangling(store: ImageStore, id: string): boolean {
  return store.namesOf(id).length === 0 && store.childrenOf(id).length === 0;
}

function untag(work: Work, name: string, id: string): void {
  const parsed = parseAnyReference(name);
  if ('id' in parsed) return;
  const reference = withDefaultTag(parsed);
  dropName(work, reference);
  if (!isTag(reference)) return;
  // Digests of a repository go with its last tag.
  const inRepository = work.store.namesOf(id).filter((held) => fullName(held) === fullName(reference));
  if (inRepository.some(isTag)) return;
  for (const held of inRepository) dropName(work, held);
}

function dropName({ store, records }: Work, name: Reference): void {
  store.forgetName(name);
  records.push({ Untagged: familiarString(name) });
}

function deleteById(work: Work, id: string, force: boolean, prune: boolean, quiet: boolean): void {
  const { store, records } = work;
  const conflict = conflictOf(work, id, { soft: !force, names: !force });
  if (conflict) {
    if (quiet && (!isDangling(store, id) || conflict.used)) return;
    throw conflict.error;
  }
  const parent = store.byId(id)?.parent;
  for (const name of store.namesOf(id)) dropName(work, name);
  const layers = store.remove(id);
  records.push({ Deleted: id });
  for (const { chainId, sizeBytes } of layers) {
    records.push({ Deleted: chainId });
    work.freed += sizeBytes;
  }
  if (prune && parent !== undefined && store.byId(parent)) deleteById(work, parent, false, true, true);
}

interface Conflict {
  readonly used: boolean;
  readonly error: DaemonError;
}

function conflictOf(
  { store, users }: Work,
  id: string,
  check: { readonly soft: boolean; readonly names: boolean },
): Conflict | undefined {
  const conflict = (hard: boolean, used: boolean, message: string): Conflict => ({
    used,
    error: new DaemonError(
      409,
      `conflict: unable to delete ${shortId(id)} (${hard ? 'cannot be forced' : 'must be forced'}) - ${message}`,
    ),
  });
  if (store.childrenOf(id).length > 0) return conflict(true, false, 'image has dependent child images');
  const own = users.filter((user) => user.imageId === id);
  const running = own.find((user) => user.running);
  if (running) return conflict(true, true, `image is being used by running container ${shortId(running.containerId)}`);
  if (check.names && store.namesOf(id).length > 0)
    return conflict(false, false, 'image is referenced in multiple repositories');
  const stopped = own.find((user) => !user.running);
  if (check.soft && stopped)
    return conflict(false, true, `image is being used by stopped container ${shortId(stopped.containerId)}`);
  return undefined;
}

/** At most one tag, and all digests in its repository. */
function isSingle(names: readonly Reference[]): boolean {
  if (names.length <= 1) return names.length === 1;
  const tags = names.filter(isTag);
  if (tags.length > 1) return false;
  const repositories = new Set(names.filter((name) => !isTag(name)).map(fullName));
  return repositories.size === 1 && repositories.has(fullName(tags[0] ?? (names[0] as Reference)));
}

function isIdPrefix(id: string, text: string): boolean {
  return id.startsWith(text) || id.slice(id.indexOf(':') + 1).startsWith(text);
}
