// Forms that apt's output is made of: lists of names, sizes, notes on progress.
// Source: apt 2.6.1 in the C.UTF-8 locale, where numbers have no thousands separators.
import type { Sys } from '../../contract.ts';
import type { Source, Version } from '../solver/universe.ts';

/** Bytes or bits as apt writes them, without the unit's `B`. */
export function size(bytes: number): string {
  let value = Math.abs(bytes);
  for (const unit of ['', 'k', 'M', 'G', 'T']) {
    if (value < 100 && unit !== '') return `${value.toFixed(1)} ${unit}`;
    if (value < 10_000) return `${value.toFixed(0)} ${unit}`;
    value /= 1000;
  }
  return `${value.toFixed(0)} P`;
}

/** A title and names under it, broken at the width of the terminal. */
export function nameList(title: string, names: readonly string[], columns: number): string {
  if (names.length === 0) return '';
  let text = `${title}\n`;
  let line = ' ';
  for (const name of names) {
    if (line.length > 1 && line.length + name.length + 2 > columns) {
      text += `${line}\n`;
      line = ' ';
    }
    line += ` ${name}`;
  }
  return `${text}${line}\n`;
}

/** `Reading package lists... Done`; without the word when nobody watches. */
export const progress = (sys: Sys, title: string): void => sys.out(`${title}...${sys.tty ? ' Done' : ''}\n`);

const labelOf = (source: Source): string => `${source.label}:${source.suite}`;
/** `(1.0 Harbour:stable [amd64])`. */
export const versionWithSource = (version: Version): string =>
  `(${[version.control.version, version.sources.map(labelOf).join(', '), `[${version.control.architecture}]`].filter((part) => part !== '').join(' ')})`;

/** `http://deb.debian.org/debian bookworm/main amd64`. */
export const sourceName = (source: Source, architecture = 'amd64'): string =>
  `${source.uri} ${source.codename}/${source.component} ${architecture}`;
