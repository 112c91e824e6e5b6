// docker 28.2, a client of the Docker Engine API that talks through `ShellHost.docker` alone. What the real one prints,
// it prints to the byte; what it cannot do here, it says by name.

import type { Completer, Proc, Program } from '../../program.ts';
import { FileError } from '../../file-system.ts';
import { refusalOf } from '../../refusals.ts';
import { DEFAULT_HOST, Engine } from './client.ts';
import { canonical, commandOf, flagsOf, subcommand, subcommandsOf, usageOf } from './commands.ts';
import { Context } from './context.ts';
import { DockerError, notSimulated } from './errors.ts';
import { type Flags, parseFlags } from './flags.ts';

const NOT_FOUND = 127;

export const docker: Program = async (proc) => {
  const { host } = proc;
  // A world of clusters only, whose containers are the kubelets'.
  if (!host.docker && !host.machines) {
    await proc.stderr.write(`${refusalOf('docker') ?? 'docker: not simulated'}\n`);
    return NOT_FOUND;
  }
  try {
    return await runCommand(proc);
  } catch (error) {
    if (!(error instanceof DockerError) && !(error instanceof FileError)) throw error;
    if (error.message !== '') await proc.stderr.write(`${error.message}\n`);
    return error instanceof DockerError ? error.exitCode : 1;
  }
};

/** Loaded with the program, at work only when Tab is pressed. */
export const complete: Completer = async (words, host) => (await import('./completion.ts')).complete(words, host);

async function runCommand(proc: Proc): Promise<number> {
  const first = parseFlags(proc.args, flagsOf(''), { mixed: false, usage: usageLines('') });
  const { flags: global, args } = first;
  const { path, rest } = findCommand(args);
  if (global.bool('version')) {
    await proc.stdout.write('Docker version 28.2.2, build e6534b4\n');
    return 0;
  }
  if (path === '' && args[0] === 'help') return helpOn(proc, args.slice(1));
  if (first.help || (path === '' && rest.length === 0)) return printHelp(proc, path, first.help);
  if (path === '') throw unknownCommand(args[0] ?? '');
  checkGlobal(global);
  await announce(proc, path);

  const group = subcommandsOf(path).length > 0;
  const command = commandOf(path);
  const options = { mixed: command?.ordered !== true, usage: usageLines(path) };
  const parsed = parseFlags(rest, flagsOf(path), options);
  if (parsed.help) return printHelp(proc, path, true);
  if (group) {
    const [word] = parsed.args;
    if (word === undefined) return printHelp(proc, path, false);
    throw new DockerError(`docker: unknown command: docker ${path} ${word}\n\n${usageLines(path)}`);
  }
  if (!command) throw notSimulated(`the command docker ${path}`);
  checkArity(path, command.arity, parsed.args.length);
  const loaded = await command.load();
  const engine = new Engine(proc, endpointOf(proc, global));
  const context = new Context(proc, { path: canonical(path), typed: path }, parsed, global, engine);
  return (await loaded.run(context)) ?? 0;
}

function findCommand(words: readonly string[]): { path: string; rest: readonly string[] } {
  let path = '';
  let at = 0;
  for (; at < words.length; at++) {
    const next = subcommand(path, words[at] ?? '');
    if (next === undefined) break;
    path = next;
  }
  return { path, rest: words.slice(at) };
}

/** What docker says of builds while the plugin is missing. */
async function announce(proc: Proc, path: string): Promise<void> {
  if (canonical(path) !== 'image build' && !path.startsWith('builder')) return;
  const { legacyNotice } = await import('./builder.ts');
  await legacyNotice(proc);
}

export const usageLines = (path: string, verb = 'Run'): string =>
  `Usage:  ${usageOf(path)}\n\n${verb} 'docker${path && ` ${path}`} --help' for more information`;

const plugins: Readonly<Record<string, string>> = {
  compose: 'several containers are started one by one here',
  scout: 'vulnerabilities of images are looked up with scan reports of the lessons',
  scan: 'vulnerabilities of images are looked up with scan reports of the lessons',
  desktop: 'the engine here stands on a Linux machine',
};

function unknownCommand(word: string): DockerError {
  const reason = Object.hasOwn(plugins, word) ? `\n(the plugin ${word} is not simulated: ${plugins[word] ?? ''})` : '';
  return new DockerError(
    `docker: unknown command: docker ${word}\n\nRun 'docker --help' for more information${reason}`,
  );
}

function checkGlobal(flags: Flags): void {
  const level = flags.text('log-level');
  if (!/^(panic|fatal|error|warn|warning|info|debug|trace)$/i.test(level)) {
    throw new DockerError(`Unable to parse logging level: ${level}`);
  }
  for (const name of ['tls', 'tlsverify', 'tlscacert', 'tlscert', 'tlskey']) {
    if (flags.changed(name)) throw notSimulated(`the flag --${name}`);
  }
}

function endpointOf(proc: Proc, global: Flags): string {
  const given = global.list('host');
  if (given.length > 1) throw new DockerError('Specify only one -H');
  const host = given[0] ?? proc.env['DOCKER_HOST'] ?? '';
  if (host === '') return DEFAULT_HOST;
  if (/^(unix|tcp|ssh|http|npipe|fd):\/\//.test(host)) return host;
  return `tcp://${host.includes(':') ? host : `${host}:2375`}`;
}

function checkArity(path: string, arity: string, count: number): void {
  const fail = (words: string, verb = 'Run'): never => {
    throw new DockerError(`docker: 'docker ${path}' ${words}\n\n${usageLines(path, verb)}`);
  };
  const argument = (n: number) => `${String(n)} argument${n === 1 ? '' : 's'}`;
  const [, least = '0', dash, most] = /^(\d+)(?:([-+])(\d*))?$/.exec(arity) ?? [];
  const [min, max] = [Number(least), Number(most)];
  if (dash === '+') {
    if (count < min) fail(`requires at least ${argument(min)}`, 'See');
  } else if (dash === '-') {
    // The stray letter is the real one's.
    if (min === 0 && count > max) fail(`requires at most ${argument(max)}`, 'SRun');
    if (count < min || count > max) fail(`requires at least ${String(min)} and at most ${argument(max)}`);
  } else if (count !== min) fail(min === 0 ? 'accepts no arguments' : `requires ${argument(min)}`);
}

/** On standard output when it was asked for; the reader who typed too little gets it on standard error. */
async function printHelp(proc: Proc, path: string, asked: boolean): Promise<number> {
  const { help, notSimulatedNote } = await import('./help.ts');
  await (asked ? proc.stdout : proc.stderr).write(help(path, proc.env['HOME'] ?? '/root'));
  await proc.stderr.write(notSimulatedNote(path));
  return 0;
}

async function helpOn(proc: Proc, words: readonly string[]): Promise<number> {
  const { path, rest } = findCommand(words);
  if (rest.length > 0) throw new DockerError(`unknown help topic: ${words.join(' ')}`);
  return printHelp(proc, path, true);
}
