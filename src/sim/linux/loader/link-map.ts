// One object of a process as the loader keeps it, and the orders in which objects are gone through.
import type { Elf } from '../elf.ts';
import type { SearchList } from './search.ts';

export interface LinkMap {
  readonly kind: 'program' | 'vdso' | 'interpreter' | 'library';
  /** Not found, and kept only for the list that ldd prints. */
  readonly missing: boolean;
  /** Its path; empty for the program itself. */
  readonly path: string;
  /** All names it has been asked for, the first one first. */
  readonly names: string[];
  readonly elf: Elf;
  /** What asked for it first. */
  readonly loader: LinkMap | undefined;
  readonly identity: string;
  /** The directory that `$ORIGIN` stands for. */
  readonly origin: string;
  readonly address: number;
  readonly needed: LinkMap[];
  rpath?: SearchList;
  runpath?: SearchList;
}

/** The order in which objects are initialised: what is needed first. */
export function initialisationOrder(scope: readonly LinkMap[]): readonly LinkMap[] {
  const seen = new Set<LinkMap>();
  const order: LinkMap[] = [];
  const visit = (map: LinkMap): void => {
    if (seen.has(map)) return;
    seen.add(map);
    for (const other of map.needed) visit(other);
    order.push(map);
  };
  for (const map of scope.toReversed()) visit(map);
  return order;
}

export const hexadecimal = (value: number): string => `0x${value.toString(16).padStart(16, '0')}`;
