// What the files of a package are: contents, sums, and the lines of its list.
import type { Content } from '../contract.ts';
import type { Plain } from '../files/populate.ts';
import { checksum, type PackageVersion } from './archive.ts';

type Spec =
  | Exclude<Plain, string>
  | { readonly text: string; readonly mode?: number; readonly uid?: number; readonly gid?: number };

export function contentOf(spec: Spec): Content | undefined {
  if ('text' in spec) return { kind: 'text', text: spec.text };
  if ('elf' in spec) return { kind: 'elf', elf: spec.elf };
  if ('content' in spec) return spec.content;
  if ('opaque' in spec) return { kind: 'opaque', ...spec.opaque };
  return undefined;
}

export const isScript = (content: Content): boolean => content.kind === 'text' && content.text.startsWith('#!');
export const isRegularFile = (plain: Plain): boolean => typeof plain === 'string' || contentOf(plain) !== undefined;
export const touchesLibraries = (files: PackageVersion['files']): boolean =>
  Object.keys(files).some((path) => /\/lib[^/]*\.so(\.|$)/.test(path));

export function sumOfContent(content: Content): string {
  if (content.kind === 'text') return checksum(content.text, 32);
  return checksum(content.kind === 'elf' ? content.elf.buildId : content.id, 32);
}

export function sumOf(plain: Plain | undefined): string {
  const content =
    plain === undefined
      ? undefined
      : typeof plain === 'string'
        ? { kind: 'text' as const, text: plain }
        : contentOf(plain);
  return content === undefined ? '' : sumOfContent(content);
}

export function withDirectories(paths: readonly string[]): string[] {
  const all = new Set(['/.']);
  for (const path of paths) {
    const parts = path.split('/').filter((part) => part !== '');
    for (let i = 1; i <= parts.length; i++) all.add(`/${parts.slice(0, i).join('/')}`);
  }
  return [...all].sort();
}

/** The lines of a package's list. */
export const listOf = (files: PackageVersion['files']): string[] => withDirectories(Object.keys(files));
