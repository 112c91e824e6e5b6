// dpkg and apt over the repositories of this world.
import type { Commands } from '../contract.ts';
import { repositoriesFor } from '../distribution/index.ts';
import { createPackageCommands } from './create.ts';

export const packageCommands: Commands = createPackageCommands(repositoriesFor('x86_64'));
