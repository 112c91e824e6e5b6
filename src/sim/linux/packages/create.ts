// The commands of the package system over given repositories.
import type { Commands } from '../contract.ts';
import { apt, aptCache, aptMark } from './apt/commands.ts';
import type { Repository } from './archive.ts';
import { dpkg } from './dpkg.ts';

export function createPackageCommands(repositories: readonly Repository[]): Commands {
  const dpkgCommand = dpkg(repositories);
  return {
    apt: apt(repositories, 'apt'),
    'apt-get': apt(repositories, 'apt-get'),
    'apt-cache': aptCache,
    'apt-mark': aptMark,
    dpkg: dpkgCommand,
    'dpkg-query': dpkgCommand,
  };
}
