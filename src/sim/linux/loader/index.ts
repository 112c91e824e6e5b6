// The loader of programs and the tools around it.
import type { Commands } from '../contract.ts';
import { file, nm, objdump, strings } from './binary-tools.ts';
import { ldconfig } from './ldconfig.ts';
import { ldd } from './ldd.ts';
import { readelf } from './readelf.ts';

export const loaderCommands: Commands = { file, ldconfig, ldd, nm, objdump, readelf, strings };
