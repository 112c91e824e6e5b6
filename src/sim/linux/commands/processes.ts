// kill(1), pgrep(1) and pkill(1) of procps-ng 4.0.2.
import { type Command, LinuxError, type Sys } from '../contract.ts';
import { type Signal, signalNamed, signalNames, signalNumbers } from '../tasks/signals.ts';
import type { KernelSys } from '../tasks/system-calls.ts';
import { commandName, notSimulated, type OptionSpec, parseOptions, users, withCalls } from './common.ts';
import { listProcesses, type ProcessInfo } from './process-list.ts';

const killUsage = `
Usage:
 kill [options] <pid> [...]

Options:
 <pid> [...]            send signal to every <pid> listed
 -<signal>, -s, --signal <signal>
                        specify the <signal> to be sent
 -q, --queue <value>    integer value to be sent with the signal
 -l, --list=[<signal>]  list all signal names, or convert one to a name
 -L, --table            list all signal names in a nice table

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see kill(1).
`;

export const kill: Command = withCalls((sys) => {
  const words = sys.argv.slice(1);
  let signal: Signal | 0 = 'TERM';
  const pids: string[] = [];
  const bad = (text: string): number => {
    sys.err(`kill: ${text}\n${killUsage}`);
    return 1;
  };
  const signalOf = (text: string): Signal | 0 | undefined => (text === '0' ? 0 : signalNamed(text));
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === '-l' || word === '--list') {
      const asked = words[i + 1];
      if (asked === undefined) {
        sys.out(`${signalNames.slice(0, 16).join(' ')}\n${signalNames.slice(16).join(' ')}\n`);
        return 0;
      }
      const found = signalNamed(asked);
      if (!found) return bad(`unknown signal name ${asked}`);
      sys.out(`${/^\d+$/.test(asked) ? found : String(signalNumbers[found])}\n`);
      return 0;
    }
    if (word === '-s' || word === '--signal' || word === '-n') {
      const found = signalOf(words[++i] ?? '');
      if (found === undefined) return bad(`unknown signal name ${words[i] ?? ''}`);
      signal = found;
    } else if (word === '--') {
      pids.push(...words.slice(i + 1));
      break;
    } else if (word.startsWith('-') && pids.length === 0 && i === 0) {
      const found = signalOf(word.slice(1));
      if (found === undefined) return bad(`invalid argument ${word.slice(1, 2)}`);
      signal = found;
    } else pids.push(word);
  }
  if (pids.length === 0) {
    sys.err(killUsage);
    return 1;
  }
  let exitCode = 0;
  for (const text of pids) {
    if (!/^-?\d+$/.test(text)) {
      sys.err(`kill: failed to parse argument: '${text}'\n`);
      exitCode = 1;
      continue;
    }
    const pid = Number(text);
    if (pid <= 0) return notSimulated(sys, 'a process group as target');
    try {
      sys.calls.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      sys.err(`kill: (${text}): ${error.message}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
});

const matchOptions: readonly OptionSpec[] = [
  { names: ['f', 'full'] },
  { names: ['x', 'exact'] },
  { names: ['v', 'inverse'] },
  { names: ['n', 'newest'] },
  { names: ['o', 'oldest'] },
  { names: ['c', 'count'] },
  { names: ['P', 'parent'], value: 'required' },
  { names: ['u', 'euid'], value: 'required' },
  { names: ['U', 'uid'], value: 'required' },
  { names: ['i', 'ignore-case'] },
  { names: ['signal'], value: 'required' },
  { names: ['V', 'version'] },
];

function matching(
  sys: Sys,
  set: ReadonlyMap<string, string | true>,
  pattern: string | undefined,
): ProcessInfo[] | string {
  const self = sys.files.readlink('/proc/self');
  let expression: RegExp | undefined;
  if (pattern !== undefined) {
    try {
      expression = new RegExp(set.has('x') ? `^(?:${pattern})$` : pattern, set.has('i') ? 'i' : '');
    } catch {
      return 'Invalid preceding regular expression';
    }
  }
  const list = (name: string) => (typeof set.get(name) === 'string' ? (set.get(name) as string).split(',') : undefined);
  const parents = list('P');
  const ids = (name: string) =>
    list(name)?.map((user) => users(sys.files).find((entry) => entry.name === user)?.id ?? Number(user));
  const [euids, uids] = [ids('u'), ids('U')];
  const found = listProcesses(sys.files).filter((info) => {
    if (String(info.pid) === self) return false;
    const hit =
      (!expression || expression.test(set.has('f') && !info.kernel ? info.args : info.comm)) &&
      (!parents || parents.includes(String(info.ppid))) &&
      (!euids || euids.includes(info.uid)) &&
      (!uids || uids.includes(info.ruid));
    return hit !== set.has('v');
  });
  const byStart = [...found].sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid);
  if (set.has('n')) return byStart.slice(-1);
  return set.has('o') ? byStart.slice(0, 1) : found;
}

function noCriteria(sys: Sys): number {
  const name = commandName(sys);
  sys.err(`${name}: no matching criteria specified\nTry \`${name} --help' for more information.\n`);
  return 2;
}

const narrowing = ['P', 'u', 'U', 'n', 'o'];

export const pgrep: Command = (sys) => {
  const options = parseOptions(
    sys,
    [...matchOptions, { names: ['l', 'list-name'] }, { names: ['a', 'list-full'] }, { names: ['d', 'delimiter'], value: 'required' }], // prettier-ignore
    { exitCode: 2 },
  );
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  if (operands.length === 0 && !narrowing.some((name) => set.has(name))) return noCriteria(sys);
  const found = matching(sys, set, operands[0]);
  if (typeof found === 'string') {
    sys.err(`pgrep: ${found}\n`);
    return 2;
  }
  if (set.has('c')) sys.out(`${String(found.length)}\n`);
  else {
    const delimiter = typeof set.get('d') === 'string' ? (set.get('d') as string) : '\n';
    const lines = found.map(
      (info) =>
      set.has('a') ? `${String(info.pid)} ${info.kernel ? info.comm : info.args}` : set.has('l') ? `${String(info.pid)} ${info.comm}` : String(info.pid), // prettier-ignore
    );
    if (lines.length > 0) sys.out(`${lines.join(delimiter)}\n`);
  }
  return found.length > 0 ? 0 : 1;
};

export const pkill: Command = withCalls((sys) => {
  // `-9` and `-TERM` before anything else name the signal.
  const first = sys.argv[1] ?? '';
  const named = /^-(\d+|[A-Z][A-Z0-9]+)$/.test(first) ? signalNamed(first.slice(1)) : undefined;
  const rest = named ? [sys.argv[0] ?? '', ...sys.argv.slice(2)] : sys.argv;
  const inner = Object.create(sys, { argv: { value: rest } }) as KernelSys;
  const options = parseOptions(inner, [...matchOptions, { names: ['e', 'echo'] }], { exitCode: 2 });
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  if (operands.length === 0 && !narrowing.some((name) => set.has(name))) return noCriteria(sys);
  const given = set.get('signal');
  const signal = typeof given === 'string' ? signalNamed(given) : (named ?? 'TERM');
  if (!signal) {
    sys.err(`pkill: Unknown signal "${String(given)}".\n`);
    return 2;
  }
  const found = matching(sys, set, operands[0]);
  if (typeof found === 'string') {
    sys.err(`pkill: ${found}\n`);
    return 2;
  }
  let killed = 0;
  for (const { pid, comm } of found) {
    try {
      sys.calls.kill(pid, signal);
      killed++;
      if (set.has('e')) sys.out(`${comm} killed (pid ${String(pid)})\n`);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      sys.err(`pkill: killing pid ${String(pid)} failed: ${error.message}\n`);
    }
  }
  return killed > 0 ? 0 : 1;
});
