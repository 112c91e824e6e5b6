// The small programs, loaded together: nearly every session needs one of them.

import { cat, less, rev, tac, tee, yes } from './cat.ts';
import { base64, column, cut, paste, tr } from './cut.ts';
import { basename, chmod, cp, dirname, mkdir, mv, realpath, rm, rmdir, touch } from './files.ts';
import { grep } from './grep.ts';
import { head, tail, wc } from './head.ts';
import { ls } from './ls.ts';
import { clear, edit, env, hostname, nproc, printenv, timeout, uname, which, whoami, xargs } from './run.ts';
import { sort, uniq } from './sort.ts';
import { date, seq, sleep } from './time.ts';
import type { Program } from '../program.ts';

export const common = {
  base64,
  basename,
  cat,
  chmod,
  clear,
  column,
  cp,
  cut,
  date,
  dirname,
  egrep: grep,
  env,
  fgrep: grep,
  grep,
  head,
  hostname,
  less,
  ls,
  mkdir,
  more: less,
  mv,
  nano: edit,
  nproc,
  paste,
  printenv,
  realpath,
  rev,
  rm,
  rmdir,
  seq,
  sleep,
  sort,
  tac,
  tail,
  tee,
  timeout,
  touch,
  tr,
  uname,
  uniq,
  vi: edit,
  vim: edit,
  wc,
  which,
  whoami,
  xargs,
  yes,
} satisfies Record<string, Program>;

export type CommonName = keyof typeof common;
