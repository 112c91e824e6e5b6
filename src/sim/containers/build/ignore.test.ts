import { describe, expect, it } from 'vitest';
import { cleanPath, globMatcher, ignoring, readIgnoreFile } from './ignore.ts';

describe('a pattern', () => {
  // The tables of moby/patternmatcher's tests.
  it.each([
    ['**', 'file', true],
    ['**/', 'file', true],
    ['**', 'dir/file', true],
    ['**/**', 'dir/file', true],
    ['dir/**', 'dir/file', true],
    ['dir/**', 'dir/dir2/file', true],
    ['**/dir', 'dir', true],
    ['**/dir', 'dir/file', true],
    ['**/dir2/*', 'dir/dir2/file', true],
    ['**/dir2/**', 'dir/dir2/dir3/file', true],
    ['**file', 'dir/dir/file', true],
    ['**/file*txt', 'dir/dir/file.txt', true],
    ['**/**/*.txt', 'dir/dir/file.txt', true],
    ['**/**/*.txt2', 'dir/dir/file.txt', false],
    ['**/*.txt', 'file.txt', true],
    ['a**/*.txt', 'a/dir/dir/file.txt', true],
    ['a/*.txt', 'a/dir/file.txt', false],
    ['a/*.txt**', 'a/file.txt', true],
    ['a[b-d]e', 'ae', false],
    ['a[b-d]e', 'ace', true],
    ['a[^b-d]e', 'aze', true],
    ['.*', '.foo', true],
    ['.*', 'foo', false],
    ['abc.def', 'abcZdef', false],
    ['abc?def', 'abcZdef', true],
    ['abc?def', 'abcdef', false],
    ['a\\\\', 'a\\', true],
    ['a\\*b', 'a*b', true],
    ['**/foo/bar', 'dir/dir2/foo/bar', true],
    ['abc/**', 'abc', false],
    ['**/.foo', 'bar.foo', false],
    ['a(b)c/def', 'a(b)c/def', true],
    ['a.|)$(}+{bc', 'a.|)$(}+{bc', true],
    ['dist/*.whl', 'dist/proxy.py-2.4.0rc3.dev36+g08acad9-py3-none-any.whl', true],
    ['docs', 'docs/a/b', true],
  ])('%s against %s: %s', (pattern, path, expected) => expect(ignoring([pattern])(path)).toBe(expected));

  it.each([
    [['docs', '!docs/README.md'], 'docs/README.md', false],
    [['docs/*', '!docs/README.md'], 'docs/README.md', false],
    [['!fileutils.go', '*.go'], 'fileutils.go', true],
    [['*.go', '!fileutils.go'], 'fileutils.go', false],
    [['**', '!util/docker/web'], 'util/docker/web/foo', false],
    [['**', '!util/docker/web', 'util/docker/web/foo'], 'util/docker/web/foo', true],
    [['  docs  ', ''], 'docs/x', true],
  ])('%j against %s: %s', (patterns, path, expected) => expect(ignoring(patterns)(path)).toBe(expected));

  it('that is none is refused', () => {
    expect(() => ignoring(['!'])).toThrow('illegal exclusion pattern: "!"');
    expect(() => ignoring(['['])).toThrow('syntax error in pattern');
  });
});

it('the file has comments and slashes that do not count', () => {
  expect(readIgnoreFile('\uFEFF# no\n/node_modules/\n\n! ./keep/../x \n  a/b  \n')).toEqual([
    'node_modules',
    '!x',
    'a/b',
  ]);
});

it.each([
  ['a//b/./c', 'a/b/c'],
  ['a/../..', '..'],
  ['/..', '/'],
  ['', '.'],
])('%s is %s', (path, expected) => expect(cleanPath(path)).toBe(expected));

it('a glob of COPY stops at slashes', () => {
  expect(globMatcher('*.txt')('a.txt')).toBe(true);
  expect(globMatcher('*.txt')('d/a.txt')).toBe(false);
});
