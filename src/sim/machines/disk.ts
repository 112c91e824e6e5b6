// The disk of a machine before the world begins: its packages unpacked, and the files that the author laid beside them.
import { diskTree } from '../linux/distribution/index.ts';
import { standardDevices } from '../linux/files/devices.ts';
import type { Plain } from '../linux/files/populate.ts';
import { populate } from '../linux/files/populate.ts';
import { Tree } from '../linux/files/tree.ts';
import type { MachineSetup } from './scenario.ts';

export function diskOf(setup: MachineSetup, epochMs: number): Tree {
  const { name, packages, manual, suites, user } = setup;
  const directory = (mode = 0o755, uid = 0): Plain => ({ directory: true, mode, uid, gid: uid });
  const devices = standardDevices.map(({ name: device, mode, device: char }) => [`/dev/${device}`, { char, mode }]);
  const tree = new Tree({ capacityBytes: setup.diskBytes, mtimeMs: epochMs });
  populate(
    tree,
    {
      ...diskTree({
        machine: setup.architecture ?? 'x86_64',
        packages,
        ...(manual && { manual }),
        ...(suites && { suites }),
        hostname: name,
        unixMs: epochMs,
      }),
      ...(Object.fromEntries(devices) as Readonly<Record<string, Plain>>),
      ...Object.fromEntries(['/proc', '/sys', '/run', '/srv', '/mnt', '/opt'].map((path) => [path, directory()])),
      '/tmp': directory(0o1777),
      '/var/tmp': directory(0o1777),
      '/root': directory(0o700),
      [user.home]: directory(user.uid === 0 ? 0o700 : 0o755, user.uid),
      ...setup.files,
    },
    epochMs,
  );
  return tree;
}
