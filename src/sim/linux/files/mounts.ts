// The mounts of one machine and its mount namespaces. Models fs/namespace.c (Linux 6.1): a mount hangs at a place of
// another one and hides what is there; a bind mount shows a part of a file system a second time; each namespace has its own
// mounts. Which file systems exist follows from it: one that is neither mounted, nor held, nor part of an overlay is gone.
// Departures: every mount is private (`MS_PRIVATE`), nothing propagates, where Debian's init makes / shared; a place hides
// by inode, so a mount on one of several hard links hides all of them; options are not per super block and per mount.
import { assert } from '../../engine/assert.ts';
import { refuse, kernel, type Device, type FileSystem, type Place, type Ref } from './file-system.ts';
import { Overlay, type OverlayState } from './overlay.ts';
import { Tree, type TreeState } from './tree.ts';
import { VirtualFs, type VirtualFiles } from './virtual.ts';

export interface MountOptions {
  readonly ro?: boolean;
  readonly nosuid?: boolean;
  readonly nodev?: boolean;
  readonly noexec?: boolean;
  /** Others, as they are shown: `size=65536k`, `lowerdir=…`. */
  readonly data?: readonly string[];
}

/** A mount. Plain data, replaced when it changes. */
export interface Mount {
  readonly id: number;
  /** Inode number of its mount namespace. */
  readonly namespace: number;
  /** Where it hangs; undefined for the root of a namespace. */
  readonly at: Place | undefined;
  /** Number of the file system, st_dev. */
  readonly dev: number;
  /** What of the file system it shows. */
  readonly root: Ref;
  /** What mount(8) calls the source: `/dev/vda1`, `tmpfs`. */
  readonly source: string;
  readonly options: MountOptions;
}

interface SavedSystem {
  readonly dev: number;
  readonly held: number;
  readonly system:
    | { readonly kind: 'tree'; readonly state: TreeState }
    | { readonly kind: 'overlay'; readonly state: OverlayState }
    | { readonly kind: 'virtual'; readonly provider: string; readonly parameters: unknown };
}

export interface MountsState {
  readonly nextMount: number;
  readonly nextMinor: number;
  readonly mounts: readonly Mount[];
  readonly systems: readonly SavedSystem[];
}

/** Makes computed files from parameters that are plain data. */
export type Provider = (parameters: unknown) => VirtualFiles;

interface System {
  readonly fs: FileSystem;
  held: number;
}

/** The first mount of a Debian machine is about number 20; earlier ones are the kernel's own. */
const FIRST_MOUNT = 21;
const FIRST_MINOR = 20;

export class Mounts {
  readonly #providers = new Map<string, Provider>();
  readonly #systems = new Map<number, System>();
  readonly #numbers = new Map<FileSystem, number>();
  readonly #mounts = new Map<number, Mount>();
  readonly #at = new Map<string, number>();
  #nextMount = FIRST_MOUNT;
  #nextMinor = FIRST_MINOR;

  /** Declares where computed files come from; before the first mount and before `load`. */
  provide(name: string, provider: Provider): void {
    this.#providers.set(name, provider);
  }

  virtual(name: string, parameters: unknown = {}): VirtualFs {
    const provider = this.#providers.get(name);
    assert(provider, `no computed files called ${name}`);
    return new VirtualFs(name, parameters, provider(parameters));
  }

  // ------------------------------------------------------------------------------------------------ file systems

  /** Keeps a file system although nothing mounts it. The device is that of a disk: `{major: 254, minor: 1}`. */
  hold(fs: FileSystem, device?: Device): void {
    this.#system(this.#add(fs, device)).held++;
  }

  release(fs: FileSystem): void {
    const dev = this.#numbers.get(fs);
    if (dev === undefined) return;
    const system = this.#system(dev);
    system.held = Math.max(0, system.held - 1);
    this.#sweep();
  }

  fs(mount: number): FileSystem {
    return this.#system(this.mountOf(mount).dev).fs;
  }

  // ------------------------------------------------------------------------------------------------ mounts

  /** The mount of that number; ENOENT when it is gone. */
  mountOf(id: number): Mount {
    return this.#mounts.get(id) ?? refuse('ENOENT');
  }

  has(id: number): boolean {
    return this.#mounts.has(id);
  }

  /** The mounts of a namespace, oldest first. */
  list(namespace: number): readonly Mount[] {
    return [...this.#mounts.values()].filter((mount) => mount.namespace === namespace);
  }

  /** The root of a namespace. */
  root(namespace: number): Place {
    for (const { id, root, namespace: owner, at } of this.#mounts.values()) {
      if (owner === namespace && !at) return { mount: id, ref: root };
    }
    return refuse('ENOENT');
  }

  /** The topmost mount at a place; the place itself where nothing is mounted. */
  down(place: Place): Place {
    let here = place;
    for (;;) {
      const id = this.#at.get(key(here));
      if (id === undefined) return here;
      here = { mount: id, ref: this.mountOf(id).root };
    }
  }

  isMountpoint(place: Place): boolean {
    return this.#at.has(key(place));
  }

  /** Mounts a file system at a resolved place, or as the root of a new namespace. */
  mount(
    namespace: number,
    fs: FileSystem,
    at: Place | undefined,
    source: string,
    options: MountOptions = {},
    root: Ref = fs.root,
    device?: Device,
  ): number {
    if (at) {
      const over = this.fs(at.mount).attributes(at.ref, kernel).type === 'directory';
      if (over !== (fs.attributes(root, kernel).type === 'directory')) refuse('ENOTDIR');
    }
    const dev = this.#add(fs, device);
    return this.#hang({ id: this.#nextMount++, namespace, at: at && this.down(at), dev, root, source, options });
  }

  /** Shows `from` also at `at`; with all that is mounted below it if `recursive`. */
  bind(namespace: number, from: Place, at: Place, options: MountOptions = {}, recursive = false): number {
    const origin = this.mountOf(from.mount);
    const below = recursive ? this.#below(from) : [];
    const merged = { ...origin.options, ...options };
    const id = this.mount(namespace, this.fs(from.mount), at, origin.source, merged, from.ref);
    const numbers = new Map([[from.mount, id]]);
    for (const mount of below) this.#copy(mount, namespace, numbers);
    return id;
  }

  /** `mount -o remount`: other options for one mount. */
  remount(id: number, options: MountOptions): void {
    this.#mounts.set(id, { ...this.mountOf(id), options });
  }

  /**
   * Takes the mount at the place away. EINVAL: it is not the root of a mount; EBUSY: something is mounted below, or `busy`
   * says that a task stands in it. `detach` (umount -l) takes what is below along and asks nobody.
   */
  umount(place: Place, busy: (mount: number) => boolean = () => false, detach = false): void {
    const mount = this.mountOf(place.mount);
    if (mount.root !== place.ref || !mount.at) refuse('EINVAL');
    const below = this.#children(mount.id);
    if (detach) for (const child of below) this.umount({ mount: child.id, ref: child.root }, busy, true);
    else if (below.length > 0 || busy(mount.id)) refuse('EBUSY');
    this.#drop(mount);
    this.#sweep();
  }

  /** A copy of all mounts for a new namespace (unshare, clone). Translates the places of the task that goes there. */
  copyNamespace(from: number, to: number): (place: Place) => Place {
    const numbers = new Map<number, number>();
    for (const mount of this.list(from)) this.#copy(mount, to, numbers);
    return (place) => ({ mount: numbers.get(place.mount) ?? place.mount, ref: place.ref });
  }

  /** The last task of a namespace is gone. */
  dropNamespace(namespace: number): void {
    for (const mount of this.list(namespace)) this.#drop(mount);
    this.#sweep();
  }

  /**
   * pivot_root(2): the mount whose root is `newRoot` becomes the namespace's root; the old one hangs at `putOld`. As the
   * kernel does, whoever had the old root as root or working directory is to be moved by the caller.
   */
  pivotRoot(namespace: number, newRoot: Place, putOld: Place): void {
    const fresh = this.mountOf(newRoot.mount);
    const old = this.root(namespace);
    if (fresh.root !== newRoot.ref || !fresh.at) refuse('EINVAL');
    if (newRoot.mount === old.mount) refuse('EBUSY');
    // `pivot_root . .` stacks the old root on the new one.
    this.#drop(fresh);
    this.#hang({ ...fresh, at: undefined });
    const oldMount = this.mountOf(old.mount);
    this.#drop(oldMount);
    this.#hang({ ...oldMount, at: this.down(putOld) });
  }

  // ------------------------------------------------------------------------------------------------ saving

  save(): MountsState {
    const systems = [...this.#systems].map(([dev, { fs, held }]): SavedSystem => {
      if (fs instanceof Tree) return { dev, held, system: { kind: 'tree', state: fs.save() } };
      if (fs instanceof VirtualFs) {
        return { dev, held, system: { kind: 'virtual', provider: fs.provider, parameters: fs.parameters } };
      }
      assert(fs instanceof Overlay, `a file system of type ${fs.type} cannot be saved`);
      return { dev, held, system: { kind: 'overlay', state: fs.save((part) => this.#number(part)) } };
    });
    return { nextMount: this.#nextMount, nextMinor: this.#nextMinor, mounts: [...this.#mounts.values()], systems };
  }

  load(state: MountsState): void {
    const before = new Map(this.#systems);
    this.#systems.clear();
    this.#numbers.clear();
    for (const { dev, held, system } of state.systems) {
      const known = before.get(dev)?.fs;
      let fs: FileSystem;
      if (system.kind === 'virtual') fs = this.virtual(system.provider, system.parameters);
      else if (system.kind === 'overlay') fs = Overlay.from(system.state, (part) => this.#system(part).fs, known);
      else if (known instanceof Tree && !known.frozen && !system.state.frozen) {
        known.load(system.state);
        fs = known;
      } else fs = Tree.from(system.state);
      this.#enter(dev, fs, held);
    }
    this.#mounts.clear();
    this.#at.clear();
    for (const mount of state.mounts) this.#hang(mount);
    this.#nextMount = state.nextMount;
    this.#nextMinor = state.nextMinor;
  }

  // ------------------------------------------------------------------------------------------------ inside

  #add(fs: FileSystem, device?: Device): number {
    const known = this.#numbers.get(fs);
    if (known !== undefined) return known;
    // What an overlay is made of comes first, so that it is there again when the overlay is loaded.
    if (fs instanceof Overlay) for (const layer of fs.layers()) this.#add(layer.fs);
    const dev = device ? device.major * 256 + device.minor : this.#nextMinor++;
    assert(!this.#systems.has(dev), `two file systems with number ${dev}`);
    this.#enter(dev, fs, 0);
    return dev;
  }

  #enter(dev: number, fs: FileSystem, held: number): void {
    if (fs instanceof Tree && !fs.frozen) {
      fs.others = () => {
        let textBytes = 0;
        let inodes = 0;
        for (const { fs: other } of this.#systems.values()) {
          if (!(other instanceof Tree) || other === fs) continue;
          textBytes += other.textBytes;
          inodes += other.inodes;
        }
        return { textBytes, inodes };
      };
    }
    this.#systems.set(dev, { fs, held });
    this.#numbers.set(fs, dev);
  }

  #number(fs: FileSystem): number {
    const dev = this.#numbers.get(fs);
    assert(dev !== undefined, 'a file system without a number');
    return dev;
  }

  #system(dev: number): System {
    const system = this.#systems.get(dev);
    assert(system, `no file system ${dev}`);
    return system;
  }

  #hang(mount: Mount): number {
    this.#mounts.set(mount.id, mount);
    if (mount.at) this.#at.set(key(mount.at), mount.id);
    return mount.id;
  }

  #drop(mount: Mount): void {
    this.#mounts.delete(mount.id);
    if (mount.at && this.#at.get(key(mount.at)) === mount.id) this.#at.delete(key(mount.at));
  }

  #children(id: number): Mount[] {
    return [...this.#mounts.values()].filter((mount) => mount.at?.mount === id);
  }

  /** All mounts that hang below a place, parents first. */
  #below(place: Place): Mount[] {
    const fs = this.fs(place.mount);
    const inside = (ref: Ref): boolean => {
      for (let here: Ref | undefined = ref; here !== undefined; here = fs.parent(here)?.ref) {
        if (here === place.ref) return true;
        if (fs.attributes(here, kernel).type !== 'directory') return false;
      }
      return false;
    };
    const found: Mount[] = [];
    for (const child of this.#children(place.mount)) {
      if (place.ref === fs.root || inside((child.at as Place).ref)) found.push(child, ...this.#descendants(child.id));
    }
    return found;
  }

  #descendants(id: number): Mount[] {
    return this.#children(id).flatMap((child) => [child, ...this.#descendants(child.id)]);
  }

  #copy(mount: Mount, namespace: number, numbers: Map<number, number>): void {
    const id = this.#nextMount++;
    numbers.set(mount.id, id);
    const at = mount.at && { mount: numbers.get(mount.at.mount) ?? mount.at.mount, ref: mount.at.ref };
    this.#hang({ ...mount, id, namespace, at });
  }

  /** Forgets file systems that nothing needs any more. */
  #sweep(): void {
    const needed = new Set<FileSystem>();
    const need = (fs: FileSystem): void => {
      needed.add(fs);
      if (fs instanceof Overlay) for (const layer of fs.layers()) need(layer.fs);
    };
    for (const { fs, held } of this.#systems.values()) if (held > 0) need(fs);
    for (const { dev } of this.#mounts.values()) need(this.#system(dev).fs);
    for (const [dev, { fs }] of this.#systems) {
      if (needed.has(fs)) continue;
      this.#systems.delete(dev);
      this.#numbers.delete(fs);
    }
  }
}

function key(place: Place): string {
  return `${String(place.mount)} ${typeof place.ref} ${String(place.ref)}`;
}
