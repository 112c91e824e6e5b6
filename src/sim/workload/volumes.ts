// Directories that containers share with each other or get from outside: text by path, one value for each volume, so
// that all who have it mounted see the same. Whoever makes volumes names them; the programs only read and write.
import type { Simulation } from '../engine/simulation.ts';

/** Text by path inside the volume; a path that ends in `/` is an empty directory. */
export type VolumeFiles = ReadonlyMap<string, string>;

export interface Mount {
  /** Without the leading slash. */
  readonly path: string;
  readonly volume: string;
  /** A directory or a file of the volume; empty for all of it. */
  readonly subPath: string;
  readonly readOnly: boolean;
}

export interface Volumes {
  /** Undefined while there is no such volume. */
  get(volume: string): VolumeFiles | undefined;
  set(volume: string, files: VolumeFiles): void;
  remove(volume: string): void;
}

export function createVolumes(sim: Simulation): Volumes {
  let volumes = new Map<string, VolumeFiles>();
  sim.register<ReadonlyMap<string, VolumeFiles>>({
    name: 'workload.volumes',
    save: () => new Map(volumes),
    load: (state) => {
      volumes = new Map(state);
    },
  });
  return {
    get: (volume) => volumes.get(volume),
    set(volume, files) {
      volumes.set(volume, files);
    },
    remove(volume) {
      volumes.delete(volume);
    },
  };
}

/** The mount that a path lies in, and the path inside its volume. The innermost mount wins. */
export function mountOf(
  mounts: readonly Mount[],
  path: string,
): { readonly mount: Mount; readonly inner: string } | undefined {
  let best: Mount | undefined;
  for (const mount of mounts)
    if ((path === mount.path || path.startsWith(`${mount.path}/`)) && mount.path.length >= (best?.path.length ?? 0))
      best = mount;
  if (!best) return undefined;
  const rest = path.slice(best.path.length + 1);
  return { mount: best, inner: [best.subPath, rest].filter((part) => part !== '').join('/') };
}

export function isVolumeDirectory(files: VolumeFiles, path: string): boolean {
  if (path === '' || files.has(`${path}/`)) return true;
  for (const name of files.keys()) if (name.startsWith(`${path}/`)) return true;
  return false;
}
