// What repositories hold: the versions of packages with their files. A repository is data; time decides which of its
// versions have been published.
import type { Content } from '../contract.ts';
import type { PlainTree } from '../files/populate.ts';
import { showControl, type Control } from './control.ts';
import type { Source } from './solver/universe.ts';

export interface PackageVersion {
  readonly control: Control;
  /** Everything it puts on the machine, by absolute path; directories on the way are implied. */
  readonly files: PlainTree;
  /** Files of these that an administrator may have changed: an upgrade keeps them, only a purge removes them. */
  readonly conffiles?: readonly string[];
  /** Unix milliseconds from which it is in the repository; from the beginning when left out. */
  readonly publishedMs?: number;
  /** Whether the repository still lists it when a later version is there. */
  readonly superseded?: boolean;
}

export interface Repository {
  readonly source: Source;
  readonly versions: readonly PackageVersion[];
}

export const fileName = (control: Control): string =>
  `${control.name}_${control.version.replaceAll(':', '%3a')}_${control.architecture}.deb`;

/** What a `.deb` of this version weighs: the files packed to a third. */
export const debBytes = (control: Control): number => Math.max(1200, Math.round(control.installedKb * 1024 * 0.32));

/** A file ending in `.deb`. */
export function debContent(control: Control): Content {
  return {
    kind: 'opaque',
    sizeBytes: debBytes(control),
    id: `deb:${control.name}=${control.version}:${control.architecture}`,
    magic: 'Debian binary package (format 2.0), with control.tar.xz, data compression xz',
  };
}

/** The versions that a repository lists at a time. */
export const published = (repository: Repository, unixMs: number): readonly PackageVersion[] =>
  repository.versions.filter(({ publishedMs = 0 }) => publishedMs <= unixMs);

/** A stable number of a text, in 64 hexadecimal digits: stands for a checksum that nobody recomputes. */
export function checksum(text: string, digits: number): string {
  let result = '';
  for (let block = 0; result.length < digits; block++) {
    let hash = 0x811c_9dc5 ^ Math.imul(block + 1, 0x9e37_79b9);
    for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x0100_0193);
    result += (hash >>> 0).toString(16).padStart(8, '0');
  }
  return result.slice(0, digits);
}

/** A Packages file. */
export function packagesFile(versions: readonly PackageVersion[]): string {
  return versions
    .map(({ control }) => {
      const pool = `pool/main/${control.name.charAt(0)}/${control.source?.split(' ')[0] ?? control.name}`;
      return showControl(
        control,
        [],
        [
          `Filename: ${pool}/${fileName(control)}`,
          `Size: ${debBytes(control)}`,
          `SHA256: ${checksum(`${control.name}${control.version}`, 64)}`,
        ],
      );
    })
    .join('\n');
}
