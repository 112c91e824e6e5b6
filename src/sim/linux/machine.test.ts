import { describe, expect, it } from 'vitest';
import { Random } from '../engine/random.ts';
import type { Command } from './contract.ts';
import type { Program } from './machine.ts';
import { qemuFor } from './tasks/binfmt.ts';
import { echo, elfFile, testMachine } from './tasks/test-machine.ts';
import type { KernelSys } from './tasks/system-calls.ts';

const cat: Command = (sys) => {
  for (const path of sys.argv.slice(1)) sys.out(sys.files.readText(path));
  return 0;
};
const write: Command = (sys) => {
  sys.files.write(sys.argv[1] ?? '', `${sys.argv.slice(2).join(' ')}\n`);
  return 0;
};
const kernelCommand =
  (act: (sys: KernelSys) => ReturnType<Command>): Command =>
  (sys) =>
    act(sys as KernelSys);
const unshare = kernelCommand((sys) => {
  const [, kinds = '', ...argv] = sys.argv;
  sys.calls.unshare(kinds.split(',') as Parameters<KernelSys['calls']['unshare']>[0]);
  return kinds.includes('pid') ? sys.forkExec(argv) : sys.exec(argv);
});
const asks: Command = (sys) => {
  sys.out('Continue? ');
  const line = sys.readLine();
  sys.out(`${line ?? 'nothing'}\n`);
  return 0;
};
const env: Command = (sys) => sys.exec(sys.argv.slice(1));
const server: Program = {
  handles: ['TERM'],
  start(sys) {
    sys.keep({ hits: 0 });
    sys.listen(8080);
    sys.demand(500);
    sys.memory(64 << 20);
    sys.out('listening\n');
  },
  signal(sys) {
    sys.out('bye\n');
    sys.exit(0);
  },
  ask(sys) {
    const { hits } = sys.data as { hits: number };
    sys.keep({ hits: hits + 1 });
    return hits + 1;
  },
};
const sleeper: Program = {
  start(sys) {
    sys.wakeIn(1000 * Number(sys.argv[1] ?? 1));
  },
  wake(sys) {
    sys.exit(0);
  },
};
const commands = { echo, cat, write, unshare, asks, env };
const programs = { server, sleep: sleeper };
const create = (options: Parameters<typeof testMachine>[1] = {}) => testMachine(commands, { programs, ...options });

describe('running programs', () => {
  it('searches PATH and runs commands to their end', () => {
    const { sh, machine, shell } = create();
    const before = machine.tasks().length;
    expect(sh('echo hello')).toBe('hello\n');
    expect(machine.tasks().length).toBe(before);
    expect(machine.task(shell)?.comm).toBe('bash');
  });

  it('says why a file cannot be executed, and leaves no process behind', () => {
    const { start, machine } = create({
      files: {
        '/usr/bin/locked': { text: '#!/usr/bin/echo\n', mode: 0o644 },
        '/usr/bin/data': { text: 'just text\n', mode: 0o755 },
        '/usr/bin/mips': elfFile('echo', 0o755, 'mips64'),
        '/usr/bin/orphan': { text: '#!/opt/none\n', mode: 0o755 },
      },
    });
    const before = machine.tasks().length;
    const errno = (line: string) => {
      try {
        start(line);
      } catch (error) {
        return (error as { errno?: string }).errno;
      }
      return 'none';
    };
    expect(errno('nothere')).toBe('ENOENT');
    expect(errno('locked')).toBe('EACCES');
    expect(errno('data')).toBe('ENOEXEC');
    expect(errno('mips')).toBe('ENOEXEC');
    expect(errno('orphan')).toBe('ENOENT');
    expect(errno('/usr/bin')).toBe('EACCES');
    expect(machine.tasks().length).toBe(before);
  });

  it('follows #! with one argument', () => {
    const { sh } = create({ files: { '/usr/bin/script': { text: '#!/usr/bin/echo -a b\n', mode: 0o755 } } });
    expect(sh('script x')).toBe('-a b /usr/bin/script x\n');
  });

  it('gives another machine’s program to QEMU once it is registered, also without QEMU’s file in sight (flag F)', () => {
    const { sh, start, machine } = create({ files: { '/usr/bin/arm': elfFile('echo', 0o755, 'aarch64') } });
    expect(() => start('arm hi')).toThrow('Exec format error');
    const shell = machine.tasks().find((task) => task.comm === 'bash')?.pid ?? 0;
    machine.files(shell).write('/usr/bin/qemu-aarch64-static', 'binary', { mode: 0o755 });
    machine
      .files(shell)
      .write(
        '/proc/sys/fs/binfmt_misc/register',
        ':qemu-aarch64:M::\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00:\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:/usr/bin/qemu-aarch64-static:F',
      );
    expect(machine.binfmt()[0]).toMatchObject({ name: 'qemu-aarch64', machine: 'aarch64', fixed: true });
    expect(sh('arm hi')).toBe('hi\n');
    machine.files(shell).write('/proc/sys/fs/binfmt_misc/qemu-aarch64', '0\n');
    expect(() => start('arm hi')).toThrow('Exec format error');
  });

  it('has the registrations that Debian’s QEMU packages make', () => {
    const { machine, sh } = create({ files: { '/usr/bin/arm': elfFile('echo', 0o755, 'aarch64') } });
    const handler = qemuFor('aarch64');
    machine.setBinfmt(handler.name, handler);
    expect(sh('arm hi')).toBe('hi\n');
    expect(sh('cat /proc/sys/fs/binfmt_misc/qemu-aarch64')).toBe(
      'enabled\ninterpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P\nflags: F\noffset 0\n' +
        'magic 7f454c460201010000000000000000000200b700\nmask ffffffffffffff00fffffffffffffffffeffffff\n',
    );
  });

  it('asks for input without having done anything', () => {
    const { machine, shell } = create();
    const run = (stdin: string, stdinOpen: boolean) => machine.run(shell, ['asks'], { stdin, stdinOpen, env: { PATH: '/usr/bin' } }); // prettier-ignore
    const first = run('', true);
    expect(first).toEqual({ kind: 'asks', wants: 'line', stdout: 'Continue? ', stderr: '' });
    const before = machine.tasks();
    expect(run('yes\n', true)).toMatchObject({ kind: 'done', stdout: 'Continue? yes\n' });
    expect(run('', false)).toMatchObject({ stdout: 'Continue? nothing\n' });
    expect(machine.tasks()).toEqual(before);
  });

  it('runs set-user-ID programs as their owner, in secure mode', () => {
    const seen: unknown[] = [];
    const whoami: Command = (sys) => {
      sys.out(`${String(sys.task.uid)}\n`);
      return 0;
    };
    const { sh, login } = testMachine(
      { whoami },
      {
        files: { '/usr/bin/whoami': elfFile('whoami', 0o4755) },
        load: (_files, _exe, _env, { secure }) => {
          seen.push(secure);
          return { kind: 'loaded', objects: [], stderr: '', stderrAtExit: '' };
        },
      },
    );
    expect(sh('whoami', login(1000))).toBe('0\n');
    expect(seen).toEqual([true]);
  });

  it('stops at the loader’s words', () => {
    const { start } = testMachine(
      { echo },
      { load: () => ({ kind: 'failed', stderr: 'echo: error while loading shared libraries\n', exitCode: 127 }) },
    );
    expect(start('echo x')).toMatchObject({
      kind: 'done',
      exitCode: 127,
      stderr: expect.stringContaining('loading') as string,
    });
  });
});

describe('programs that stay', () => {
  it('keep state, listen, and handle signals', () => {
    const { sim, machine, start, shell } = create();
    const exits: unknown[] = [];
    const lines: string[] = [];
    machine.onExit((exit) => exits.push(exit));
    machine.onOutput((_pid, _stream, text) => lines.push(text));
    const started = start('server');
    expect(started).toMatchObject({ kind: 'running', stdout: 'listening\n' });
    const pid = started.kind === 'running' ? started.pid : 0;
    expect(machine.ask(pid, '/')).toBe(1);
    expect(machine.ask(pid, '/')).toBe(2);
    expect(start('server')).toMatchObject({ exitCode: 1, stderr: 'server: Address already in use\n' });
    machine.kill(pid, 'TERM', shell);
    sim.run(10);
    expect(lines).toEqual(['bye\n']);
    expect(exits).toMatchObject([{ code: 1 }, { pid, code: 0 }]);
    expect(machine.task(pid)).toBeUndefined();
    expect(start('server')).toMatchObject({ kind: 'running' });
  });

  it('end by themselves, and are in a checkpoint with all they have', () => {
    const { sim, machine, start } = create();
    const started = start('sleep 5');
    const pid = started.kind === 'running' ? started.pid : 0;
    sim.run(2000);
    const saved = sim.checkpoint();
    sim.run(6000);
    expect(machine.task(pid)).toBeUndefined();
    sim.restore(saved);
    expect(machine.task(pid)?.state).toBe('S');
    sim.run(4999);
    expect(machine.task(pid)).toBeDefined();
    sim.run(5000);
    expect(machine.task(pid)).toBeUndefined();
  });
});

describe('namespaces', () => {
  it('number processes anew for children, the first is 1, and with it all others end', () => {
    const { sh, start, machine } = create();
    const inside = start('unshare pid,mnt sleep 100');
    expect(inside.kind).toBe('running');
    const child = machine.tasks().find((task) => task.comm === 'sleep')!;
    expect(child.pids).toEqual([child.pid, 1]);
    expect(sh(`cat /proc/${String(child.pid)}/status`)).toContain(`NSpid:\t${String(child.pid)}\t1\n`);
    machine.kill(child.pid, 'TERM');
    expect(machine.task(child.pid)).toBeDefined();
    machine.kill(child.pid, 'KILL');
    expect(machine.task(child.pid)).toBeUndefined();
    expect(machine.tasks().some((task) => task.comm === 'unshare')).toBe(false);
    expect(machine.namespace(child.namespaces.pid)).toBeUndefined();
  });

  it('let an ordinary user have a user namespace and then the others, but nothing without it', () => {
    const { sh, start, login } = create();
    const mara = login(1000);
    expect(start('unshare uts echo hi', mara)).toMatchObject({
      exitCode: 1,
      stderr: 'unshare: Operation not permitted\n',
    });
    expect(sh('unshare user,uts echo hi', mara)).toBe('hi\n');
  });

  it('have the numbers of a Debian kernel', () => {
    const { machine, shell } = create();
    expect(machine.files(shell).readlink('/proc/self/ns/mnt')).toBe('mnt:[4026531841]');
    expect(machine.files(shell).readlink('/proc/1/ns/uts')).toBe('uts:[4026531838]');
  });
});

describe('control groups', () => {
  const setUp = () => {
    const made = create();
    made.machine.files(made.shell).mkdir('/sys/fs/cgroup/lab');
    return made;
  };
  const memory = (text: string) => Number(text.trim());

  it('have files only for controllers that the parent hands on', () => {
    const { machine, shell } = setUp();
    const files = machine.files(shell);
    expect(files.readText('/sys/fs/cgroup/lab/cgroup.controllers')).toBe('cpuset cpu io memory pids\n');
    expect(files.exists('/sys/fs/cgroup/lab/memory.max')).toBe(true);
    files.mkdir('/sys/fs/cgroup/lab/inner');
    expect(files.exists('/sys/fs/cgroup/lab/inner/memory.max')).toBe(false);
    files.write('/sys/fs/cgroup/lab/cgroup.subtree_control', '+memory\n');
    expect(files.exists('/sys/fs/cgroup/lab/inner/memory.max')).toBe(true);
    expect(() => files.rmdir('/sys/fs/cgroup/lab')).toThrow('Device or resource busy');
    files.rmdir('/sys/fs/cgroup/lab/inner');
    files.rmdir('/sys/fs/cgroup/lab');
  });

  it.each([
    ['cpu.max', '500 100000', 'Invalid argument'],
    ['cpu.max', 'fast', 'Invalid argument'],
    ['cpu.weight', '0', 'Invalid argument'],
    ['cpu.weight', '10001', 'Invalid argument'],
    ['memory.max', '64X', 'Invalid argument'],
    ['memory.current', '1', 'Permission denied'],
    ['cgroup.procs', '99999', 'No such process'],
    ['cgroup.procs', 'x', 'Invalid argument'],
    ['cgroup.subtree_control', '+hugetlb', 'No such file or directory'],
    ['cgroup.subtree_control', '+nothing', 'Invalid argument'],
    ['pids.max', '-1', 'Invalid argument'],
  ])('refuse %s = %s with the kernel’s errno', (file, text, message) => {
    const { machine, shell } = setUp();
    expect(() => machine.files(shell).write(`/sys/fs/cgroup/lab/${file}`, `${text}\n`)).toThrow(message);
  });

  it('hold either tasks or children that share memory', () => {
    const { machine, shell } = setUp();
    const files = machine.files(shell);
    files.write('/sys/fs/cgroup/lab/cgroup.procs', `${String(shell)}\n`);
    expect(machine.task(shell)?.cgroup).toBe('/lab');
    expect(() => files.write('/sys/fs/cgroup/lab/cgroup.subtree_control', '+memory')).toThrow(
      'Device or resource busy',
    );
    files.write('/sys/fs/cgroup/lab/cgroup.subtree_control', '+cpu');
    files.mkdir('/sys/fs/cgroup/lab/inner');
    files.write('/sys/fs/cgroup/lab/inner/cgroup.procs', '0\n');
    expect(() => files.write('/sys/fs/cgroup/lab/cgroup.procs', '0\n')).toThrow('Device or resource busy');
  });

  it('throttle by period and count it', () => {
    const { sim, machine, start, shell } = setUp();
    const files = machine.files(shell);
    const pid = (start('sleep 1000') as { pid: number }).pid;
    files.write('/sys/fs/cgroup/lab/cgroup.procs', `${String(pid)}\n`);
    files.write('/sys/fs/cgroup/lab/cpu.max', '50000 100000\n');
    machine.setDemand(pid, 1000);
    sim.run(sim.now + 10_000);
    const stat = files.readText('/sys/fs/cgroup/lab/cpu.stat');
    expect(stat).toContain('usage_usec 5000000\n');
    expect(stat).toContain('nr_periods 100\nnr_throttled 100\nthrottled_usec 5000000\n');
  });

  it('refuse a process more than pids.max', () => {
    const { machine, shell, start, sh } = setUp();
    const files = machine.files(shell);
    files.write('/sys/fs/cgroup/lab/pids.max', '2\n');
    files.write('/sys/fs/cgroup/lab/cgroup.procs', `${String(shell)}\n`);
    start('sleep 100');
    expect(() => start('sleep 100')).toThrow('Resource temporarily unavailable');
    expect(files.readText('/sys/fs/cgroup/lab/pids.events')).toBe('max 1\n');
    expect(() => sh('echo x')).toThrow('Resource temporarily unavailable');
  });

  it('kill at memory.max, in the group only, with the kernel’s words and a cause', () => {
    const { sim, machine, shell, start } = setUp();
    const files = machine.files(shell);
    const [leak, other] = [start('sleep 1000'), start('sleep 2000')].map((one) => (one as { pid: number }).pid);
    const exits: unknown[] = [];
    machine.onExit((exit) => exits.push(exit));
    for (const pid of [leak!, other!]) files.write('/sys/fs/cgroup/lab/cgroup.procs', `${String(pid)}\n`);
    files.write('/sys/fs/cgroup/lab/memory.max', '64M\n');
    machine.setMemory(other!, 10 << 20);
    machine.setMemory(leak!, 20 << 20, 1 << 20);
    sim.run(33_000);
    expect(memory(files.readText('/sys/fs/cgroup/lab/memory.current'))).toBeLessThanOrEqual(64 << 20);
    expect(machine.task(leak!)).toBeDefined();
    sim.run(34_100);
    expect(exits).toMatchObject([{ pid: leak, signal: 'KILL', oomKilled: true }]);
    expect(files.readText('/sys/fs/cgroup/lab/memory.events')).toBe(
      'low 0\nhigh 0\nmax 1\noom 1\noom_kill 1\noom_group_kill 0\n',
    );
    const log = machine.log().map(({ text }) => text);
    expect(log.some((text) => text.startsWith('sleep invoked oom-killer:'))).toBe(true);
    expect(log.find((text) => text.startsWith('Memory cgroup out of memory: Killed process'))).toMatch(
      new RegExp(
        `^Memory cgroup out of memory: Killed process ${String(leak)} \\(sleep\\) total-vm:\\d+kB, anon-rss:\\d+kB, file-rss:\\d+kB, shmem-rss:0kB, UID:0 pgtables:\\d+kB oom_score_adj:0$`,
      ),
    );
    const killed = sim.journal.slice().find((entry) => entry.kind === 'linux.oom-kill');
    const why = killed && sim.journal.get(killed.cause ?? -1);
    expect(why).toMatchObject({ kind: 'linux.oom', reason: 'OutOfMemory' });
  });

  it('grow slower above memory.high and are not killed', () => {
    const { sim, machine, shell, start } = setUp();
    const files = machine.files(shell);
    const pid = (start('sleep 100000') as { pid: number }).pid;
    files.write('/sys/fs/cgroup/lab/cgroup.procs', `${String(pid)}\n`);
    files.write('/sys/fs/cgroup/lab/memory.high', '64M\n');
    machine.setMemory(pid, 20 << 20, 10 << 20);
    sim.run(sim.now + 60_000);
    const current = memory(files.readText('/sys/fs/cgroup/lab/memory.current'));
    expect(current).toBeGreaterThan(64 << 20);
    expect(current).toBeLessThan(75 << 20);
  });
});

describe('processes', () => {
  it('go to process 1 when their parent ends; an init that does not wait leaves zombies', () => {
    const spawner: Program = {
      start(sys) {
        sys.spawn(['sleep', '5'], { env: sys.env });
        sys.wakeIn(1000);
      },
      wake(sys) {
        sys.exit(0);
      },
    };
    const { sim, machine, start } = create({ programs: { ...programs, spawner, idle: { start: () => undefined } } });
    start('spawner');
    const child = machine.tasks().find((task) => task.comm === 'sleep')!;
    sim.run(2000);
    expect(machine.task(child.pid)?.ppid).toBe(1);
    sim.run(6000);
    expect(machine.task(child.pid)).toBeUndefined();
    const quiet = machine.createNamespace('pid');
    const init = machine.spawnTask({
      argv: ['idle'],
      env: { PATH: '/usr/bin' },
      cwd: '/',
      parent: 1,
      namespaces: { pid: quiet },
      cgroup: '/',
      uid: 0,
      gid: 0,
      groups: [],
    }) as { pid: number };
    const orphan = machine.run(init.pid, ['sleep', '1'], { env: { PATH: '/usr/bin' } }) as { pid: number };
    sim.run(8000);
    expect(machine.task(orphan.pid)?.state).toBe('Z');
    machine.kill(init.pid, 'KILL');
    expect(machine.task(orphan.pid)).toBeUndefined();
  });
});

describe('laws', () => {
  it('no group stands above memory.max or uses more than cpu.max, in any mix of tasks and limits', () => {
    const draws = new Random(5).stream('machines');
    for (let round = 0; round < 12; round++) {
      const { sim, machine, shell, start } = create();
      const files = machine.files(shell);
      const limits = [0, 1, 2].map((i) => {
        const path = `/sys/fs/cgroup/g${String(i)}`;
        files.mkdir(path);
        const max = (32 + draws.int(200)) << 20;
        const quota = 1000 * (5 + draws.int(200));
        files.write(`${path}/memory.max`, `${String(max)}\n`);
        files.write(`${path}/cpu.max`, `${String(quota)} 100000\n`);
        return { path, max, quota };
      });
      for (let i = 0; i < 9; i++) {
        const { pid } = start('sleep 100000') as { pid: number };
        files.write(`${limits[i % 3]!.path}/cgroup.procs`, `${String(pid)}\n`);
        machine.setDemand(pid, draws.int(2000));
        machine.setMemory(pid, draws.int(30) << 20, draws.int(4 << 20));
      }
      let kills = 0;
      machine.onExit(({ oomKilled }) => {
        kills += Number(oomKilled);
      });
      const begun = sim.now;
      for (let second = 1; second <= 60; second++) {
        sim.run(begun + second * 1000);
        for (const { path, max, quota } of limits) {
          expect(Number(files.readText(`${path}/memory.current`))).toBeLessThanOrEqual(max);
          const usage = Number(/usage_usec (\d+)/.exec(files.readText(`${path}/cpu.stat`))?.[1]);
          expect(usage).toBeLessThanOrEqual(second * 10 * quota);
        }
      }
      const counted = limits.reduce(
        (sum, { path }) => sum + Number(/oom_kill (\d+)/.exec(files.readText(`${path}/memory.events`))?.[1]),
        0,
      );
      expect(counted).toBe(kills);
    }
  });

  it('a checkpoint holds everything: what follows is the same twice', () => {
    const { sim, machine, shell, start } = create();
    const files = machine.files(shell);
    files.mkdir('/sys/fs/cgroup/lab');
    const { pid } = start('sleep 1000') as { pid: number };
    files.write('/sys/fs/cgroup/lab/cgroup.procs', `${String(pid)}\n`);
    files.write('/sys/fs/cgroup/lab/memory.max', '64M\n');
    machine.setDemand(pid, 700);
    machine.setMemory(pid, 1 << 20, 1 << 20);
    const saved = sim.checkpoint();
    const run = () => {
      sim.run(saved.at + 100_000);
      return [sim.journal.slice().slice(saved.journalLength), machine.log(), machine.tasks(), files.readText('/sys/fs/cgroup/lab/cpu.stat')]; // prettier-ignore
    };
    const first = run();
    sim.restore(saved);
    expect(run()).toEqual(first);
    expect(JSON.stringify(first)).toContain('OOMKilled');
  });
});
