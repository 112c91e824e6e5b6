// unshare(1) and nsenter(1) of util-linux 2.38.1 and chroot(8) of coreutils 9.1, with their words.
import { type Command, LinuxError, type NamespaceKind, type Sys } from '../contract.ts';
import type { ExecWords, Failure, KernelSys, SystemCalls } from '../tasks/system-calls.ts';
import { type OptionSpec, parseOptions, tryHelp, withCalls } from './common.ts';

const kindOptions: readonly (readonly [string, string, NamespaceKind])[] = [
  ['m', 'mount', 'mnt'],
  ['u', 'uts', 'uts'],
  ['i', 'ipc', 'ipc'],
  ['n', 'net', 'net'],
  ['p', 'pid', 'pid'],
  ['U', 'user', 'user'],
  ['C', 'cgroup', 'cgroup'],
  ['T', 'time', 'time'],
];

const failedExec =
  (command: string): ExecWords =>
  (name, error) => ({
    text: `${command}: failed to execute ${name}: ${error.message}\n`,
    exitCode: error.errno === 'ENOENT' ? 127 : 126,
  });

/** What runs when nothing is named: `$SHELL`, without it /bin/sh; as a login shell's name. */
function shellOf(sys: Sys): readonly string[] {
  return [sys.env['SHELL'] ?? '/bin/sh'];
}

const unshareOptions: readonly OptionSpec[] = [
  ...kindOptions.map(([letter, long]): OptionSpec => ({ names: [letter, long], value: 'optional' })),
  { names: ['f', 'fork'] },
  { names: ['r', 'map-root-user'] },
  { names: ['c', 'map-current-user'] },
  { names: ['mount-proc'], value: 'optional' },
  { names: ['propagation'], value: 'required' },
  { names: ['kill-child'], value: 'optional' },
  { names: ['R', 'root'], value: 'required' },
  { names: ['w', 'wd'], value: 'required' },
  { names: ['S', 'setuid'], value: 'required' },
  { names: ['G', 'setgid'], value: 'required' },
  { names: ['setgroups'], value: 'required' },
  { names: ['map-user'], value: 'required' },
  { names: ['map-group'], value: 'required' },
  { names: ['monotonic'], value: 'required' },
  { names: ['boottime'], value: 'required' },
  { names: ['map-auto'], refused: true },
  { names: ['map-users'], value: 'required', refused: true },
  { names: ['map-groups'], value: 'required', refused: true },
  { names: ['keep-caps'], refused: true },
  { names: ['V', 'version'] },
];

/** Short options of unshare take no value: `-fp` is `-f -p`. */
function expandShort(sys: KernelSys): KernelSys {
  const argv: string[] = [];
  const letters = new Set(kindOptions.map(([letter]) => letter));
  let open = true;
  for (const [i, word] of sys.argv.entries()) {
    if (!open || i === 0 || !/^-[a-zA-Z]{2,}$/.test(word)) {
      if (i > 0 && (!word.startsWith('-') || word === '--')) open = false;
      argv.push(word);
      continue;
    }
    let at = 1;
    while (at < word.length && (letters.has(word[at] ?? '') || 'frc'.includes(word[at] ?? ''))) at++;
    for (const letter of word.slice(1, at)) argv.push(`-${letter}`);
    if (at < word.length) argv.push(`-${word.slice(at)}`);
  }
  return Object.create(sys, { argv: { value: argv } }) as KernelSys;
}

export const unshare: Command = withCalls((given) => {
  const sys = expandShort(given);
  const options = parseOptions(sys, unshareOptions, { stop: true });
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  if (set.has('V')) {
    sys.out('unshare from util-linux 2.38.1\n');
    return 0;
  }
  const kinds = new Set<NamespaceKind>();
  for (const [letter, long, kind] of kindOptions) {
    const value = set.get(letter);
    if (value === undefined) continue;
    if (value !== true) return refused(sys, `--${long}=FILE`);
    kinds.add(kind);
  }
  if (set.has('r') || set.has('c') || set.has('map-user') || set.has('map-group')) kinds.add('user');
  if (set.has('mount-proc')) kinds.add('mnt');
  const forks = set.has('f') || set.has('kill-child');
  if ((set.has('monotonic') || set.has('boottime')) && !kinds.has('time')) {
    sys.err('unshare: options --monotonic and --boottime require unsharing of a time namespace (-T)\n');
    return 1;
  }
  const propagation = set.get('propagation');
  if (typeof propagation === 'string' && !['slave', 'shared', 'private', 'unchanged'].includes(propagation)) {
    sys.err(`unshare: unsupported propagation mode: ${propagation}\n`);
    return 1;
  }
  const before = sys.calls.ids();
  try {
    sys.calls.unshare([...kinds]);
  } catch (error) {
    return failed(sys, 'unshare failed', error);
  }
  try {
    mapIds(sys, set, before);
  } catch (error) {
    return failed(sys, 'write failed /proc/self/uid_map', error);
  }
  setOffsets(sys, set);
  const root = set.get('R');
  if (typeof root === 'string') {
    try {
      sys.calls.chroot(root);
      sys.calls.chdir('/');
    } catch (error) {
      return failed(sys, `cannot change root directory to '${root}'`, error);
    }
  }
  const directory = set.get('w');
  if (typeof directory === 'string') {
    try {
      sys.calls.chdir(directory);
    } catch (error) {
      return failed(sys, `cannot chdir to '${directory}'`, error);
    }
  }
  try {
    if (set.has('G')) sys.calls.setIds({ gid: Number(set.get('G')), groups: [] });
    if (set.has('S')) sys.calls.setIds({ uid: Number(set.get('S')) });
  } catch (error) {
    return failed(sys, set.has('G') ? 'setgroups failed' : 'setuid failed', error);
  }
  const argv = operands.length > 0 ? operands : shellOf(sys);
  const proc = set.get('mount-proc');
  const words = failedExec('unshare');
  if (proc === undefined) return forks ? sys.forkExec(argv, words) : sys.execWith(argv, words);
  const target = proc === true ? '/proc' : proc;
  // The new /proc is that of the PID namespace of whoever mounts it: the child's, if there is one.
  const mount = (calls: SystemCalls): Failure | undefined => {
    try {
      calls.mount({ source: 'proc', target, type: 'proc', options: ['nosuid', 'nodev', 'noexec'] });
      return undefined;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      return { text: `unshare: mount ${target} failed: ${error.message}\n`, exitCode: 1 };
    }
  };
  if (!forks) {
    const failure = mount(sys.calls);
    if (failure) {
      sys.err(failure.text);
      return failure.exitCode;
    }
  }
  return forks ? sys.forkExec(argv, words, mount) : sys.execWith(argv, words);
});

function mapIds(
  sys: KernelSys,
  set: ReadonlyMap<string, string | true>,
  before: { readonly uid: number; readonly gid: number },
): void {
  const root = set.has('r');
  const current = set.has('c');
  const uid = set.get('map-user');
  const gid = set.get('map-group');
  if (!root && !current && uid === undefined && gid === undefined) return;
  const write = (file: string, text: string) => {
    sys.files.write(`/proc/self/${file}`, text);
  };
  const inside = (given: string | true | undefined, own: number) =>
    typeof given === 'string' ? Number(given) : root ? 0 : own;
  if (root || current || uid !== undefined)
    write('uid_map', `${String(inside(uid, before.uid))} ${String(before.uid)} 1`);
  if (root || current || gid !== undefined) {
    write('setgroups', 'deny');
    write('gid_map', `${String(inside(gid, before.gid))} ${String(before.gid)} 1`);
  }
}

function setOffsets(sys: KernelSys, set: ReadonlyMap<string, string | true>): void {
  const { kernel, self } = sys.calls;
  const namespace = kernel.state.namespaces.get(self.forChildren.time);
  if (namespace?.kind !== 'time') return;
  const seconds = (name: string) => (set.has(name) ? Number(set.get(name)) * 1000 : 0);
  if (!set.has('monotonic') && !set.has('boottime')) return;
  kernel.state.namespaces.set(namespace.id, {
    ...namespace,
    monotonicMs: namespace.monotonicMs + seconds('monotonic'),
    boottimeMs: namespace.boottimeMs + seconds('boottime'),
  });
}

function failed(sys: Sys, what: string, error: unknown): number {
  if (!(error instanceof LinuxError)) throw error;
  sys.err(`${(sys.argv[0] ?? '').split('/').pop() ?? ''}: ${what}: ${error.message}\n`);
  return 1;
}

function refused(sys: Sys, option: string): number {
  sys.err(`${(sys.argv[0] ?? '').split('/').pop() ?? ''}: option ${option} is not simulated\n`);
  return 2;
}

const nsenterOptions: readonly OptionSpec[] = [
  ...kindOptions.map(([letter, long]): OptionSpec => ({ names: [letter, long], value: 'optional' })),
  { names: ['a', 'all'] },
  { names: ['t', 'target'], value: 'required' },
  { names: ['S', 'setuid'], value: 'required' },
  { names: ['G', 'setgid'], value: 'required' },
  { names: ['preserve-credentials'] },
  { names: ['r', 'root'], value: 'optional' },
  { names: ['w', 'wd'], value: 'optional' },
  { names: ['W', 'wdns'], value: 'required' },
  { names: ['F', 'no-fork'] },
  { names: ['Z', 'follow-context'], refused: true },
  { names: ['V', 'version'] },
];

/** In this order nsenter opens them. */
const openOrder: readonly NamespaceKind[] = ['user', 'cgroup', 'ipc', 'uts', 'net', 'pid', 'mnt', 'time'];

export const nsenter: Command = withCalls((sys) => {
  const options = parseOptions(sys, nsenterOptions, { stop: true });
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  if (set.has('V')) {
    sys.out('nsenter from util-linux 2.38.1\n');
    return 0;
  }
  const target = set.get('t');
  const wanted: { kind: NamespaceKind; path: string }[] = [];
  for (const kind of openOrder) {
    const [letter] = kindOptions.find(([, , one]) => one === kind) as (typeof kindOptions)[number];
    const value = set.get(letter);
    if (value === undefined && !set.has('a')) continue;
    if (typeof value === 'string') wanted.push({ kind, path: value });
    else if (target === undefined) {
      if (value === undefined) continue;
      sys.err(`nsenter: neither filename nor target pid supplied for ns/${kind}\n`);
      return 1;
    } else wanted.push({ kind, path: `/proc/${String(target)}/ns/${kind}` });
  }
  const entered: { kind: NamespaceKind; id: number }[] = [];
  for (const { kind, path } of wanted) {
    let text: string;
    try {
      text = sys.files.readlink(path);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      sys.err(`nsenter: cannot open ${path}: ${error.message}\n`);
      return 1;
    }
    const id = Number(/\[(\d+)\]/.exec(text)?.[1]);
    // With --all only what differs is entered.
    if (set.has('a') && sys.calls.self.namespaces[kind] === id) continue;
    entered.push({ kind, id });
  }
  const rootOf = set.has('r') && typeof set.get('r') !== 'string' && target !== undefined ? `/proc/${String(target)}/root` : undefined; // prettier-ignore
  const pid = entered.some(({ kind }) => kind === 'pid');
  const directory = set.get('w');
  try {
    if (typeof set.get('r') === 'string') sys.calls.chroot(set.get('r') as string);
    else if (rootOf !== undefined && !entered.some(({ kind }) => kind === 'mnt')) sys.calls.chroot(rootOf);
  } catch (error) {
    return failed(sys, 'cannot change root directory', error);
  }
  for (const { kind, id } of entered) {
    try {
      sys.calls.setns(kind, id);
    } catch (error) {
      return failed(sys, `reassociate to namespace 'ns/${kind}' failed`, error);
    }
  }
  try {
    if (typeof directory === 'string') sys.calls.chdir(directory);
    const user = entered.some(({ kind }) => kind === 'user') && !set.has('preserve-credentials');
    if (set.has('G') || user) sys.calls.setIds({ gid: Number(set.get('G') ?? 0) });
    if (set.has('S') || user) sys.calls.setIds({ uid: Number(set.get('S') ?? 0) });
  } catch (error) {
    return failed(sys, 'setuid failed', error);
  }
  const argv = operands.length > 0 ? operands : shellOf(sys);
  const words = failedExec('nsenter');
  return pid && !set.has('F') ? sys.forkExec(argv, words) : sys.execWith(argv, words);
});

// ---------------------------------------------------------------------------------------------------- chroot

export const chroot: Command = withCalls((sys) => {
  const options = parseOptions(
    sys,
    [
      { names: ['userspec'], value: 'required' },
      { names: ['groups'], value: 'required', refused: true },
      { names: ['skip-chdir'], refused: true },
    ],
    { stop: true, exitCode: 125 },
  );
  if (typeof options === 'number') return options;
  const [root, ...operands] = options.operands;
  if (root === undefined) return tryHelp(sys, 'missing operand', 125);
  try {
    sys.calls.chroot(root);
    sys.calls.chdir('/');
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    sys.err(`chroot: cannot change root directory to '${root}': ${error.message}\n`);
    return 125;
  }
  const user = options.set.get('userspec');
  if (typeof user === 'string') {
    const [uid = '', gid] = user.split(':');
    if (gid !== undefined && gid !== '') sys.calls.setIds({ gid: Number(gid), groups: [] });
    if (uid !== '') sys.calls.setIds({ uid: Number(uid) });
  }
  const argv = operands.length > 0 ? operands : [sys.env['SHELL'] ?? '/bin/sh', '-i'];
  return sys.execWith(argv, (name, error) => ({
    text: `chroot: failed to run command ‘${name}’: ${error.message}\n`,
    exitCode: error.errno === 'ENOENT' ? 127 : 126,
  }));
});
