// Small programs of coreutils 9.1, hostname 3.23 and bsdutils that ask the machine or the task: who, what, where.
import { type Command, LinuxError, type Sys } from '../contract.ts';
import { KERNEL_BUILD, KERNEL_RELEASE } from '../tasks/proc/system.ts';
import type { Program } from '../tasks/program.ts';
import { groupName, groups, notSimulated, parseOptions, tryHelp, userName, users, withCalls } from './common.ts';

const extra = (sys: Sys, operand: string) => tryHelp(sys, `extra operand ‘${operand}’`);

export const hostname: Command = withCalls((sys) => {
  const [word, more] = sys.argv.slice(1);
  const net = () => sys.calls.net().interfaces.filter(({ kind }) => kind !== 'loopback');
  switch (word) {
    case undefined:
    case '-f':
    case '--fqdn':
    case '--long':
      sys.out(`${sys.calls.hostname()}\n`);
      return 0;
    case '-s':
    case '--short':
      sys.out(`${sys.calls.hostname().split('.')[0] ?? ''}\n`);
      return 0;
    case '-I':
    case '--all-ip-addresses':
      sys.out(
        `${net()
          .flatMap((one) => (one.up ? one.addresses.map(({ address }) => `${address} `) : []))
          .join('')}\n`,
      );
      return 0;
    case '-i':
    case '--ip-address':
      sys.out('127.0.1.1\n');
      return 0;
    case '-d':
    case '--domain':
      sys.out('\n');
      return 0;
  }
  if (word === '-F' || word === '-b' || word === '-y') return notSimulated(sys, `option ${word}`);
  if (word.startsWith('-')) {
    sys.err(`hostname: invalid option -- '${word.replace(/^-+/, '').slice(0, 1)}'\nUsage: hostname [-b] {hostname|-F file}         set host name (from file)\n`); // prettier-ignore
    return 4;
  }
  if (more !== undefined) return notSimulated(sys, 'more than one operand');
  try {
    sys.calls.sethostname(word);
    return 0;
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    sys.err(
      error.errno === 'EPERM' ? 'hostname: you must be root to change the host name\n' : 'hostname: name too long\n',
    );
    return 1;
  }
});

export const uname: Command = withCalls((sys) => {
  const options = parseOptions(sys, [
    { names: ['a', 'all'] },
    { names: ['s', 'kernel-name'] },
    { names: ['n', 'nodename'] },
    { names: ['r', 'kernel-release'] },
    { names: ['v', 'kernel-version'] },
    { names: ['m', 'machine'] },
    { names: ['p', 'processor'] },
    { names: ['i', 'hardware-platform'] },
    { names: ['o', 'operating-system'] },
  ]);
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  if (operands.length > 0) return extra(sys, operands[0] ?? '');
  const parts: readonly (readonly [string, string])[] = [
    ['s', 'Linux'],
    ['n', sys.calls.hostname()],
    ['r', KERNEL_RELEASE],
    ['v', KERNEL_BUILD],
    ['m', sys.machine.architecture],
    ['p', 'unknown'],
    ['i', 'unknown'],
    ['o', 'GNU/Linux'],
  ];
  const all = set.has('a');
  // --all leaves out what is unknown.
  const chosen = parts.filter(([letter]) =>
    all ? letter !== 'p' && letter !== 'i' : set.size === 0 ? letter === 's' : set.has(letter),
  );
  sys.out(`${chosen.map(([, text]) => text).join(' ')}\n`);
  return 0;
});

export const nproc: Command = withCalls((sys) => {
  const options = parseOptions(sys, [{ names: ['all'] }, { names: ['ignore'], value: 'required' }]);
  if (typeof options === 'number') return options;
  const all = Math.ceil(sys.machine.cpuMilli / 1000);
  const allowed = options.set.has('all') ? all : (cpusOf(sys.calls.kernel.state.cgroups, sys.calls.self.cgroup) ?? all);
  sys.out(`${String(Math.max(1, allowed - Number(options.set.get('ignore') ?? 0)))}\n`);
  return 0;
});

/** How many processors cpuset.cpus leaves; quotas do not count, as on the real machine. */
function cpusOf(cgroups: ReadonlyMap<string, { readonly cpus: string }>, path: string): number | undefined {
  const cpus = cgroups.get(path)?.cpus ?? '';
  if (cpus === '') return undefined;
  return cpus.split(',').reduce((sum, range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return sum + to - from + 1;
  }, 0);
}

export const whoami: Command = withCalls((sys) => {
  const options = parseOptions(sys, []);
  if (typeof options === 'number') return options;
  if (options.operands.length > 0) return extra(sys, options.operands[0] ?? '');
  const { uid } = sys.calls.ids();
  const name = userName(sys.files, uid);
  if (name === undefined) {
    sys.err(`whoami: cannot find name for user ID ${String(uid)}\n`);
    return 1;
  }
  sys.out(`${name}\n`);
  return 0;
});

export const id: Command = withCalls((sys) => {
  const options = parseOptions(sys, [
    { names: ['u', 'user'] },
    { names: ['g', 'group'] },
    { names: ['G', 'groups'] },
    { names: ['n', 'name'] },
    { names: ['r', 'real'] },
    { names: ['z', 'zero'], refused: true },
    { names: ['Z', 'context'], refused: true },
  ]);
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  let { uid, gid, groups: others } = sys.calls.ids();
  const asked = operands[0];
  if (asked !== undefined) {
    const user = users(sys.files).find(({ name, id: number }) => name === asked || String(number) === asked);
    if (!user) {
      sys.err(`id: ‘${asked}’: no such user\n`);
      return 1;
    }
    uid = user.id;
    gid = Number(user.fields[3]);
    others = groups(sys.files).filter(({ fields }) => (fields[3] ?? '').split(',').includes(user.name)).map((group) => group.id); // prettier-ignore
  }
  const all = [gid, ...others.filter((group) => group !== gid)];
  const named = (number: number, name: string | undefined) => (name === undefined ? String(number) : `${String(number)}(${name})`); // prettier-ignore
  const plain = (number: number, name: string | undefined) =>
    set.has('n') ? (name ?? String(number)) : String(number);
  if (set.has('u')) sys.out(`${plain(uid, userName(sys.files, uid))}\n`);
  else if (set.has('g')) sys.out(`${plain(gid, groupName(sys.files, gid))}\n`);
  else if (set.has('G')) sys.out(`${all.map((group) => plain(group, groupName(sys.files, group))).join(' ')}\n`);
  else if (set.has('n')) {
    sys.err('id: cannot print only names or real IDs in default format\n');
    return 1;
  } else
    sys.out(
      `uid=${named(uid, userName(sys.files, uid))} gid=${named(gid, groupName(sys.files, gid))} ` +
        `groups=${all.map((group) => named(group, groupName(sys.files, group))).join(',')}\n`,
    );
  return 0;
});

export const env: Command = withCalls((sys) => {
  const options = parseOptions(
    sys,
    [
      { names: ['i', 'ignore-environment'] },
      { names: ['u', 'unset'], value: 'required' },
      { names: ['C', 'chdir'], value: 'required' },
      { names: ['0', 'null'], refused: true },
      { names: ['S', 'split-string'], value: 'required', refused: true },
      { names: ['v', 'debug'], refused: true },
    ],
    { stop: true, exitCode: 125 },
  );
  if (typeof options === 'number') return options;
  const { set } = options;
  const operands = [...options.operands];
  const next: Record<string, string> = set.has('i') || operands[0] === '-' ? {} : { ...sys.env };
  if (operands[0] === '-') operands.shift();
  const unset = set.get('u');
  if (typeof unset === 'string') delete next[unset];
  while (operands[0]?.includes('=') === true) {
    const word = operands.shift() as string;
    next[word.slice(0, word.indexOf('='))] = word.slice(word.indexOf('=') + 1);
  }
  if (operands.length === 0) {
    for (const [name, value] of Object.entries(next)) sys.out(`${name}=${value}\n`);
    return 0;
  }
  const directory = set.get('C');
  if (typeof directory === 'string') {
    try {
      sys.calls.chdir(directory);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      sys.err(`env: cannot change directory to '${directory}': ${error.message}\n`);
      return 125;
    }
  }
  return sys.execWith(
    operands,
    (name, error) => ({
      text: `env: ‘${name}’: ${error.message}\n`,
      exitCode: error.errno === 'ENOENT' ? 127 : 126,
    }),
    next,
  );
});

export const echo: Command = (sys) => {
  const words = sys.argv.slice(1);
  let newline = true;
  let escapes = false;
  while (/^-[neE]+$/.test(words[0] ?? '')) {
    const letters = words.shift() as string;
    if (letters.includes('n')) newline = false;
    if (letters.includes('e')) escapes = true;
    if (letters.includes('E')) escapes = false;
  }
  const text = words.join(' ');
  const shown = escapes ? text.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\\\', '\\') : text;
  sys.out(`${shown}${newline ? '\n' : ''}`);
  return 0;
};

export const pwd: Command = (sys) => {
  const options = parseOptions(sys, [{ names: ['L', 'logical'] }, { names: ['P', 'physical'] }]);
  if (typeof options === 'number') return options;
  sys.out(`${sys.task.cwd}\n`);
  return 0;
};

export const succeed: Command = () => 0;
export const fail: Command = () => 1;

// ---------------------------------------------------------------------------------------------------- sleep

const units: Readonly<Record<string, number>> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** sleep(1): stays until its time has come. */
export const sleep: Program = {
  memoryBytes: 180_224,
  start(sys) {
    const words = sys.argv.slice(1);
    const bad = (text: string) => {
      sys.err(`sleep: ${text}\nTry 'sleep --help' for more information.\n`);
      sys.exit(1);
    };
    if (words.length === 0) {
      bad('missing operand');
      return;
    }
    let ms = 0;
    for (const word of words) {
      const match = /^(?:(\d+(?:\.\d*)?|\.\d+)([smhd]?)|(inf|infinity))$/.exec(word);
      if (!match) {
        bad(
          word.startsWith('-') && word.length > 1
            ? `invalid option -- '${word[1] ?? ''}'`
            : `invalid time interval ‘${word}’`,
        );
        return;
      }
      ms += match[3] === undefined ? Number(match[1]) * (units[match[2] ?? ''] ?? 1000) : Infinity;
    }
    if (ms === 0) sys.exit(0);
    else if (ms !== Infinity) sys.wakeIn(Math.ceil(ms));
  },
  wake(sys) {
    sys.exit(0);
  },
};
