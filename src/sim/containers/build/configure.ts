// Instructions that only change an image's configuration, and how both builders write them into its history. Models moby 28
// builder/dockerfile/dispatchers.go and buildkit's dockerfile2llb.
import { DaemonError } from '../images/errors.ts';
import type { RunConfig } from '../images/image.ts';
import { cleanPath } from './ignore.ts';
import type { CommandLine, Instruction } from './instructions.ts';
import { expandWord, expandWords, goQuote, type Environment, WordError } from './words.ts';

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const DEFAULT_SHELL = ['/bin/sh', '-c'];

export interface Change {
  readonly config: RunConfig;
  /** As the classic builder notes it after `#(nop)`. */
  readonly note: string;
  /** As BuildKit notes it. */
  readonly by: string;
  readonly author?: string;
  /** The classic builder says it on its own line. */
  readonly remark?: string;
}

/** An instruction with variables put in, where that is done. */
export function expandInstruction(instruction: Instruction, env: Environment, escape: string): Instruction {
  const one = (word: string): string => {
    try {
      return expandWord(word, env, escape);
    } catch (error) {
      if (error instanceof WordError) throw new DaemonError(400, error.message);
      throw error;
    }
  };
  switch (instruction.kind) {
    case 'env':
    case 'label':
      return {
        ...instruction,
        pairs: instruction.pairs.map(({ key, value }) => ({ key: one(key), value: one(value) })),
      };
    case 'arg':
      return {
        ...instruction,
        args: instruction.args.map(({ key, value }) => ({
          key: one(key),
          ...(value !== undefined && { value: one(value) }),
        })),
      };
    case 'copy':
    case 'add':
      return {
        ...instruction,
        sources: instruction.sources.map(one),
        target: one(instruction.target),
        ...(instruction.chown !== undefined && { chown: one(instruction.chown) }),
        ...(instruction.chmod !== undefined && { chmod: one(instruction.chmod) }),
      };
    case 'expose':
      return { ...instruction, ports: instruction.ports.flatMap((port) => expandWords(port, env, escape)) };
    case 'volume':
      return { ...instruction, paths: instruction.paths.map(one) };
    case 'user':
    case 'workdir':
    case 'stopsignal':
      return { ...instruction, text: one(instruction.text) };
    default:
      return instruction;
  }
}

/** A command line as the process gets it. */
export function commandOf({ words, shell }: CommandLine, config: RunConfig): readonly string[] {
  return shell && words.length > 0 ? [...(config.Shell ?? DEFAULT_SHELL), ...words] : words;
}

export function shellOf(config: RunConfig): readonly string[] {
  return config.Shell ?? DEFAULT_SHELL;
}

/** The instruction has its variables already. Undefined: it is one that changes files. */
export function configure(config: RunConfig, instruction: Instruction, cmdSet: boolean): Change | undefined {
  switch (instruction.kind) {
    case 'env': {
      const words = instruction.pairs.map(({ key, value }) => `${key}=${value}`);
      const Env = instruction.pairs.reduce((all, { key, value }) => setVariable(all, key, value), config.Env ?? []);
      return same({ ...config, Env }, `ENV ${words.join(' ')}`);
    }
    case 'label': {
      const words = instruction.pairs.map(({ key, value }) => `${key}=${value}`);
      const Labels = {
        ...config.Labels,
        ...Object.fromEntries(instruction.pairs.map(({ key, value }) => [key, value])),
      };
      return same({ ...config, Labels }, `LABEL ${words.join(' ')}`);
    }
    case 'arg':
      return same(
        config,
        `ARG ${instruction.args.map(({ key, value }) => (value === undefined ? key : `${key}=${value}`)).join(' ')}`,
      );
    case 'cmd': {
      const Cmd = commandOf(instruction.command, config);
      return { ...same({ ...config, Cmd }, `CMD ${quoted(Cmd)}`) };
    }
    case 'entrypoint': {
      const Entrypoint = commandOf(instruction.command, config);
      // A base image's arguments are not for this program.
      const { Cmd: _cmd, ...rest } = config;
      const next = { ...(cmdSet ? config : rest), Entrypoint: Entrypoint.length === 0 ? null : Entrypoint };
      return same(next, `ENTRYPOINT ${quoted(Entrypoint)}`);
    }
    case 'healthcheck': {
      const { health } = instruction;
      const before = config.Healthcheck?.Test ?? [];
      const note = `HEALTHCHECK ${healthText(health)}`;
      const remark =
        before.length > 0 && before[0] !== 'NONE'
          ? `Note: overriding previous HEALTHCHECK: [${before.join(' ')}]`
          : undefined;
      return { ...same({ ...config, Healthcheck: health }, note), ...(remark !== undefined && { remark }) };
    }
    case 'expose': {
      const ports = instruction.ports.flatMap(portsOf);
      const ExposedPorts = { ...config.ExposedPorts, ...Object.fromEntries(ports.map((port) => [port, {}])) };
      const all = `EXPOSE map[${ports
        .sort()
        .map((port) => `${port}:{}`)
        .join(' ')}]`;
      return { config: { ...config, ExposedPorts }, note: `EXPOSE ${instruction.ports.join(' ')}`, by: all };
    }
    case 'volume': {
      const Volumes = { ...config.Volumes, ...Object.fromEntries(instruction.paths.map((path) => [path, {}])) };
      return same({ ...config, Volumes }, `VOLUME [${instruction.paths.join(' ')}]`);
    }
    case 'user':
      return same({ ...config, User: instruction.text }, `USER ${instruction.text}`);
    case 'stopsignal':
      return same({ ...config, StopSignal: signal(instruction.text) }, `STOPSIGNAL ${instruction.text}`);
    case 'maintainer':
      return { ...same(config, `MAINTAINER ${instruction.text}`), author: instruction.text };
    case 'onbuild':
      return same(
        { ...config, OnBuild: [...(config.OnBuild ?? []), instruction.expression] },
        `ONBUILD ${instruction.expression}`,
      );
    case 'shell':
      return same({ ...config, Shell: instruction.words }, `SHELL [${instruction.words.join(' ')}]`);
    case 'workdir':
    case 'copy':
    case 'add':
    case 'run':
      return undefined;
  }
}

function same(config: RunConfig, text: string): Change {
  return { config, note: text, by: text };
}

export function workdirOf(config: RunConfig, text: string): string {
  return cleanPath(text.startsWith('/') ? text : `${config.WorkingDir ?? ''}/${text}`.replace(/^(?!\/)/, '/'));
}

export function setVariable(env: readonly string[], key: string, value: string): readonly string[] {
  const at = env.findIndex((held) => held.startsWith(`${key}=`));
  return at < 0 ? [...env, `${key}=${value}`] : env.with(at, `${key}=${value}`);
}

/** `80`, `80/udp`, `8000-8002`; as `80/tcp`. */
function portsOf(text: string): readonly string[] {
  const [range = '', protocol = 'tcp'] = text.split('/');
  if (!['tcp', 'udp', 'sctp'].includes(protocol.toLowerCase()))
    throw new DaemonError(400, `invalid proto: ${protocol}`);
  const match = /^(\d+)(?:-(\d+))?$/.exec(range);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (!match || first < 1 || last > 65_535 || last < first)
    throw new DaemonError(400, range === '' ? `no port specified: ${text}<empty>` : `invalid containerPort: ${range}`);
  return Array.from({ length: last - first + 1 }, (_, i) => `${String(first + i)}/${protocol.toLowerCase()}`);
}

const SIGNALS =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );

function signal(text: string): string {
  const known = /^\d+$/.test(text)
    ? Number(text) > 0 && Number(text) <= 64
    : SIGNALS.includes(text.toUpperCase().replace(/^SIG/, ''));
  if (!known) throw new DaemonError(400, `invalid signal: ${text}`);
  return text;
}

/** As Go's %q writes a list. */
function quoted(words: readonly string[]): string {
  return `[${words.map(goQuote).join(' ')}]`;
}

function healthText(health: NonNullable<RunConfig['Healthcheck']>): string {
  const { Test = [], Interval = 0, Timeout = 0, StartPeriod = 0, StartInterval = 0, Retries = 0 } = health;
  const times = [Interval, Timeout, StartPeriod, StartInterval].map((ns) => `"${goDuration(ns)}"`);
  return `&{${quoted(Test)} ${times.join(' ')} '\\x${Retries.toString(16).padStart(2, '0')}'}`;
}

function goDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  const seconds = nanoseconds / 1e9;
  if (seconds < 1) return `${String(nanoseconds / 1e6)}ms`;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${String(Number((seconds % 60).toFixed(9)))}s`;
  return `${hours > 0 ? `${String(hours)}h` : ''}${hours > 0 || minutes > 0 ? `${String(minutes)}m` : ''}${rest}`;
}
