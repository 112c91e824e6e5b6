// kubectl 1.32, a client of the Kubernetes API that talks through `ShellHost.api` alone. What the real one prints, it
// prints to the byte; what it cannot do here, it says by name.

import type { Completer, Program, Proc } from '../../program.ts';
import { commandPaths, flagsOf, globalFlags, moduleOf, subcommand, subcommandsOf } from './commands.ts';
import { Context } from './context.ts';
import { ApiError, Errors, errorText, KubectlError, notSimulated, usageError } from './errors.ts';
import { parseFlags } from './flags.ts';

export const kubectl: Program = async (proc) => {
  try {
    return await runCommand(proc);
  } catch (error) {
    if (!(error instanceof KubectlError) && !(error instanceof ApiError) && !(error instanceof Errors)) {
      if (!(error instanceof Error) || error.name !== 'FileError') throw error;
    }
    await proc.stderr.write(errorText(error));
    return error instanceof KubectlError ? error.exitCode : 1;
  }
};

/** Loaded with the program, at work only when Tab is pressed. */
export const complete: Completer = async (words, host) => (await import('./completion.ts')).complete(words, host);

/** Why a command is not here, where the reason helps. */
const WHY_NOT: Readonly<Record<string, string>> = {
  kustomize: ' (its bases and plugins are files of a disk that the page does not have)',
  proxy: ' (the page has no port to listen on; use kubectl get --raw)',
};

async function runCommand(proc: Proc): Promise<number> {
  const { path, argv } = commandOf(proc.args);
  const parent = subcommandsOf(path).length > 0;
  const module = moduleOf(path);
  if (!module && !parent && path !== '' && !argv.includes('--help') && !argv.includes('-h')) {
    throw notSimulated(`the command kubectl ${path}${WHY_NOT[path] ?? ''}`);
  }
  const parsed = parseFlags(argv, flagsOf(path), path);
  if (parsed.help || path === '') {
    const unknown = path === '' && !parsed.help ? parsed.args[0] : undefined;
    if (unknown === 'help') return helpOn(proc, parsed.args.slice(1));
    if (unknown === 'options') return printHelp(proc, 'options');
    if (unknown !== undefined) throw new KubectlError(unknownCommand(unknown));
    return printHelp(proc, path);
  }
  if (!module && parent) {
    const word = parsed.args[0];
    if (word !== undefined) throw usageErrorOf(path, word);
    const { help } = await import('./help.ts');
    // The real one prints the help of a group on standard error, or on standard output where it has a usage function.
    await (path === 'rollout' ? proc.stdout : proc.stderr).write(help(path));
    return 1;
  }
  if (!module) throw notSimulated(`the command kubectl ${path}`);
  const { run } = await module();
  const context = new Context(proc, path, parsed);
  await context.checkImpersonation();
  return (await run(context)) ?? 0;
}

/** What the real one would print; what of it is not simulated is said beside it. */
async function printHelp(proc: Proc, path: string): Promise<number> {
  const { help, notSimulatedNote } = await import('./help.ts');
  await proc.stdout.write(help(path));
  await proc.stderr.write(notSimulatedNote(path));
  return 0;
}

async function helpOn(proc: Proc, words: readonly string[]): Promise<number> {
  const { path, argv } = commandOf(words);
  if (argv.length === 0) return printHelp(proc, path);
  const { help } = await import('./help.ts');
  const topics = words.map((word) => `\`${word}\``).join(' ');
  // The usage of the real one leaves out its own first words.
  await proc.stderr.write(`Unknown help topic [${topics}]\n${help('').replace(/^[^]*?(?=\n\nBasic Commands)/, '')}`);
  return 0;
}

function usageErrorOf(path: string, word: string): KubectlError {
  return usageError(path, `unknown command "${word}"`);
}

/** Finds the command among the words: flags, and the values of global ones, may stand before it. */
export function commandOf(words: readonly string[]): { path: string; argv: string[] } {
  let path = '';
  const argv: string[] = [];
  const valued = new Set(
    globalFlags.filter(({ bare }) => bare === undefined).flatMap(({ name, short }) => [`--${name}`, `-${short}`]),
  );
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') break;
    if (word.startsWith('-')) {
      argv.push(word);
      if (valued.has(word) && at + 1 < words.length) argv.push(words[++at] ?? '');
      continue;
    }
    const next = subcommand(path, word);
    if (next === undefined) break;
    path = next;
    if (subcommandsOf(path).length === 0) {
      at++;
      break;
    }
  }
  return { path, argv: [...argv, ...words.slice(at)] };
}

function unknownCommand(word: string): string {
  const near = commandPaths.filter(
    (one) =>
      !one.includes(' ') &&
      (distance(word.toLowerCase(), one.toLowerCase()) <= 2 || one.toLowerCase().startsWith(word.toLowerCase())),
  );
  const message = `unknown command "${word}" for "kubectl"`;
  return near.length === 0 ? message : `${message}\n\nDid you mean this?\n${near.map((one) => `\t${one}\n`).join('')}`;
}

/** Levenshtein distance, for suggestions. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
