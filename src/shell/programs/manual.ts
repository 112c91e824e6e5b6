// man: one line for each program, and where to read more. Left out: the manual itself.

import { ProgramError } from '../program.ts';
import type { Proc } from '../program.ts';

const PAGES: Readonly<Record<string, string>> = {
  awk: 'pattern scanning and text processing language (mawk; without getline)',
  base64: 'base64 encode/decode data and print to standard output',
  basename: 'strip directory and suffix from filenames',
  bash: 'GNU Bourne-Again SHell',
  cat: 'concatenate files and print on the standard output',
  chmod: 'change file mode bits (here only the x bit counts)',
  clear: 'clear the terminal screen',
  column: 'columnate lists (with -t)',
  cp: 'copy files and directories',
  curl: 'transfer a URL (HTTP to Services and pods)',
  cut: 'remove sections from each line of files',
  date: 'print the date and time of the simulated world',
  diff: 'compare files line by line',
  dirname: 'strip last component from file name',
  echo: 'display a line of text',
  env: 'run a program in a modified environment',
  find: 'search for files in a directory hierarchy',
  grep: 'print lines that match patterns',
  head: 'output the first part of files',
  jq: 'command-line JSON processor',
  kubectl: 'control the Kubernetes cluster (see kubectl --help, kubectl explain)',
  less: 'show a file (here all at once)',
  ls: 'list directory contents',
  man: 'this page',
  mkdir: 'make directories',
  mv: 'move (rename) files',
  nano: "edit a file in the page's editor",
  paste: 'merge lines of files',
  printf: 'format and print data',
  realpath: 'print the resolved path',
  rev: 'reverse lines characterwise',
  rm: 'remove files or directories',
  rmdir: 'remove empty directories',
  sed: 'stream editor for filtering and transforming text',
  seq: 'print a sequence of numbers',
  sleep: 'delay for a specified amount of (simulated) time',
  sort: 'sort lines of text files, in byte order',
  tac: 'concatenate and print files in reverse',
  tail: 'output the last part of files',
  tee: 'read from standard input and write to standard output and files',
  test: 'check file types and compare values',
  timeout: 'run a command with a time limit',
  touch: 'change file timestamps, or make a file',
  tr: 'translate or delete characters',
  uniq: 'report or omit repeated lines',
  vi: "edit a file in the page's editor",
  vim: "edit a file in the page's editor",
  watch: 'execute a program periodically, showing output fullscreen',
  wc: 'print newline, word, and byte counts for each file',
  which: 'locate a command',
  xargs: 'build and execute command lines from standard input',
  yes: 'output a string repeatedly until killed',
};

export async function man(proc: Proc): Promise<number> {
  const names = proc.args.filter((arg) => !/^\d$/.test(arg));
  if (names.length === 0) throw new ProgramError("What manual page do you want?\nFor example, try 'man man'.");
  let exitCode = 0;
  for (const name of names) {
    const line = Object.hasOwn(PAGES, name) ? PAGES[name] : undefined;
    if (line === undefined) {
      await proc.stderr.write(`No manual entry for ${name}\n`);
      exitCode = 16;
      continue;
    }
    const more =
      name === 'kubectl'
        ? 'Commands and flags that are not simulated say so by name.'
        : 'Works as on Debian 12. An option that is not simulated is refused by its name; `help` lists the programs.';
    await proc.stdout.write(`NAME\n       ${name} - ${line}\n\nDESCRIPTION\n       ${more}\n`);
  }
  return exitCode;
}
