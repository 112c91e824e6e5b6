// The programs of the shell. The small ones come in one piece; those with a language of their own each by itself.

import type { CommonName } from './common.ts';
import type { ProgramEntry, Programs } from '../program.ts';

// Named here and not read from the table, so that asking for the names loads nothing.
const COMMON: readonly CommonName[] = [
  'base64',
  'basename',
  'cat',
  'chmod',
  'clear',
  'column',
  'cp',
  'cut',
  'date',
  'dirname',
  'egrep',
  'env',
  'fgrep',
  'grep',
  'head',
  'hostname',
  'less',
  'ls',
  'mkdir',
  'more',
  'mv',
  'nano',
  'nproc',
  'paste',
  'printenv',
  'realpath',
  'rev',
  'rm',
  'rmdir',
  'seq',
  'sleep',
  'sort',
  'tac',
  'tail',
  'tee',
  'timeout',
  'touch',
  'tr',
  'uname',
  'uniq',
  'vi',
  'vim',
  'wc',
  'which',
  'whoami',
  'xargs',
  'yes',
];

const common = (name: CommonName): ProgramEntry => ({
  load: async () => (await import('./common.ts')).common[name],
});

export const programs: Programs = {
  ...Object.fromEntries(COMMON.map((name) => [name, common(name)])),
  awk: { load: async () => (await import('./awk/index.ts')).awk },
  curl: { load: async () => (await import('./curl.ts')).curl },
  diff: { load: async () => (await import('./diff.ts')).diff },
  docker: {
    load: async () => (await import('./docker/index.ts')).docker,
    complete: async () => (await import('./docker/index.ts')).complete,
  },
  find: { load: async () => (await import('./find.ts')).find },
  jq: { load: async () => (await import('./jq/index.ts')).jq },
  kubectl: {
    load: async () => (await import('./kubectl/index.ts')).kubectl,
    complete: async () => (await import('./kubectl/index.ts')).complete,
  },
  man: { load: async () => (await import('./manual.ts')).man },
  sed: { load: async () => (await import('./sed/index.ts')).sed },
  watch: { load: async () => (await import('./watch.ts')).watch },
};
