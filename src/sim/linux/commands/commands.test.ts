import { describe, expect, it } from 'vitest';
import golden from '../../../../tests/data/linux/commands.json' with { type: 'json' };
import type { Command } from '../contract.ts';
import type { Program } from '../tasks/program.ts';
import { testMachine } from '../tasks/test-machine.ts';
import { commands } from './index.ts';

const cat: Command = (sys) => {
  for (const path of sys.argv.slice(1)) sys.out(sys.files.readText(path));
  return 0;
};
const server: Program = {
  handles: ['TERM'],
  memoryBytes: 16 << 20,
  start: (sys) => {
    sys.listen(Number(sys.argv[1] ?? 8080));
  },
  signal: (sys) => {
    sys.exit(0);
  },
};
/** `sleep` is the machine's own; here it needs a file. */
const sleep: Command = () => 0;
const create = () =>
  testMachine({ ...commands, cat, sleep }, { programs: { server }, files: { '/mnt': { directory: true } } });

describe('beside the real programs', () => {
  const { machine, daemon } = (() => {
    const made = create();
    return { ...made, daemon: made.login(0, '') };
  })();
  it.each(golden.runs.map((run) => [run.line, run] as const))('%s', (line, { exitCode, stdout, stderr }) => {
    const result = machine.run(daemon, line.split(' '), {
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' },
      cwd: '/tmp',
    });
    expect(result).toMatchObject({ kind: 'done', exitCode, stdout, stderr });
  });
});

const hosted = (result: ReturnType<ReturnType<typeof create>['start']>) => {
  if (result.kind !== 'hosted') throw new Error(`it is ${result.kind}`);
  return result.pid;
};

describe('a shell behind walls', () => {
  it('is process 1 inside and an ordinary process outside; with it unshare ends with its code', () => {
    const { machine, start, sh, shell } = create();
    const exits: unknown[] = [];
    machine.onExit((exit, task) => {
      if (exit.code !== 0) exits.push([task.comm, exit.code]);
    });
    const inside = hosted(start('unshare --fork --pid --mount-proc bash'));
    expect(sh('ps -o pid,ppid,args', inside)).toBe(
      '    PID    PPID COMMAND\n      1       0 bash\n      2       1 ps -o pid,ppid,args\n',
    );
    expect(sh('ps -eo pid,ppid,args --forest', shell)).toContain(
      `    582       1 -bash\n    583     582  \\_ unshare --fork --pid --mount-proc bash\n    584     583  |   \\_ bash\n`,
    );
    expect(sh('lsns -t pid', shell)).toMatch(/\n40265322\d\d pid +1 +584 root +bash\n/);
    machine.exit(inside, 3);
    expect(exits).toEqual([
      ['bash', 3],
      ['unshare', 3],
    ]);
  });

  it('sees the machine’s processes without a /proc of its own', () => {
    const { start, sh } = create();
    const inside = hosted(start('unshare --fork --pid bash'));
    expect(sh('ps -e', inside)).toContain('systemd');
  });

  it('has its own host name, and the machine keeps its', () => {
    const { start, sh } = create();
    const inside = hosted(start('unshare --uts bash'));
    sh('hostname island', inside);
    expect(sh('hostname', inside)).toBe('island\n');
    expect(sh('uname -n', inside)).toBe('island\n');
    expect(sh('hostname')).toBe('harbour\n');
    expect(sh(`nsenter -t ${String(inside)} --uts hostname`)).toBe('island\n');
  });

  it('has its own mounts', () => {
    const { start, sh } = create();
    const inside = hosted(start('unshare -m bash'));
    sh('mount -t tmpfs -o size=1m scratch /mnt', inside);
    expect(sh('findmnt /mnt', inside)).toBe(
      'TARGET SOURCE  FSTYPE OPTIONS\n/mnt   scratch tmpfs  rw,relatime,size=1m\n',
    );
    expect(start('findmnt /mnt')).toMatchObject({ exitCode: 1, stdout: '' });
    sh('umount /mnt', inside);
    expect(start('umount /mnt', inside)).toMatchObject({ exitCode: 32, stderr: 'umount: /mnt: not mounted.\n' });
  });

  it('has its own ports and interfaces, which a veth pair joins to the machine’s', () => {
    const { machine, start, sh } = create();
    start('server 8080');
    const inside = hosted(start('unshare -n bash'));
    expect(start('server 8080', inside).kind).toBe('running');
    expect(start('server 8080')).toMatchObject({ exitCode: 1, stderr: 'server: Address already in use\n' });
    sh('ip link add v0 type veth peer name v1');
    sh(`ip link set v1 netns ${String(inside)}`);
    sh('ip addr add 10.9.0.1/24 dev v0');
    sh('ip link set v0 up');
    expect(sh('ip link show v0')).toMatch(
      /^\d+: v0@if\d+: <NO-CARRIER,BROADCAST,MULTICAST,UP> .* state LOWERLAYERDOWN /,
    );
    sh('ip link set v1 up', inside);
    expect(sh('ip -br addr', inside)).toMatch(/^lo +DOWN +\nv1@if\d+ +UP +\n$/);
    expect(sh('ip route')).toContain('10.9.0.0/24 dev v0 proto kernel scope link src 10.9.0.1 \n');
    expect(machine.net(machine.task(inside)!.namespaces.net).sockets).toHaveLength(1);
  });

  it('lets an ordinary user be root in a user namespace and nowhere else', () => {
    const { start, sh, login } = create();
    const mara = login(1000);
    expect(sh('id', mara)).toBe('uid=1000(mara) gid=1000(mara) groups=1000(mara),27(sudo)\n');
    const inside = hosted(start('unshare --user --map-root-user bash', mara));
    expect(sh('id', inside)).toContain('uid=0(root) gid=0(root)');
    expect(start('hostname x', inside)).toMatchObject({
      exitCode: 1,
      stderr: 'hostname: you must be root to change the host name\n',
    });
    sh('unshare -u hostname x', inside);
    expect(start('kill 521', inside)).toMatchObject({ stderr: 'kill: (521): Operation not permitted\n' });
    expect(start('unshare -m true', mara)).toMatchObject({
      stderr: 'unshare: unshare failed: Operation not permitted\n',
    });
    expect(start('dmesg', mara)).toMatchObject({
      stderr: 'dmesg: read kernel buffer failed: Operation not permitted\n',
    });
  });

  it('cannot kill its process 1 from inside', () => {
    const { machine, start, sh } = create();
    const inside = hosted(start('unshare -fp --mount-proc bash'));
    sh('kill -9 1', inside);
    expect(machine.task(inside)).toBeDefined();
    sh(`kill -9 ${String(inside)}`);
    expect(machine.task(inside)).toBeUndefined();
  });
});

describe('chroot', () => {
  it('changes the root and nothing else', () => {
    const { machine, sh, start, shell } = create();
    const files = machine.files(shell);
    files.mkdirs('/srv/jail/usr/bin');
    files.write('/srv/jail/usr/bin/ps', files.read('/usr/bin/ps'), { mode: 0o755 });
    files.write('/srv/jail/usr/bin/pwd', files.read('/usr/bin/pwd'), { mode: 0o755 });
    expect(sh('chroot /srv/jail pwd')).toBe('/\n');
    expect(start('chroot /srv/jail ps')).toMatchObject({
      exitCode: 47,
      stderr: 'Error, do this: mount -t proc proc /proc\n',
    });
    files.mkdirs('/srv/jail/proc');
    sh('mount -t proc proc /srv/jail/proc');
    expect(sh('chroot /srv/jail ps -e')).toContain('systemd');
  });
});

describe('services', () => {
  it('start in a group of their own, stop, and fail with a reason', () => {
    const { machine, sh, start, shell, sim } = create();
    const files = machine.files(shell);
    files.mkdirs('/etc/systemd/system');
    files.write(
      '/etc/systemd/system/shop.service',
      '[Unit]\nDescription=Shop\n[Service]\nExecStart=/usr/bin/server 8080\n',
    );
    expect(start('systemctl status shop')).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('inactive (dead)') as string,
    });
    sh('systemctl start shop');
    expect(sh('systemctl is-active shop')).toBe('active\n');
    const pid = Number(sh('pgrep server'));
    expect(machine.task(pid)).toMatchObject({ cgroup: '/system.slice/shop.service', ppid: 1 });
    expect(sh('systemctl status shop')).toContain('Active: active (running) since Tue 2026-11-24 09:00:00 UTC; 0s ago');
    sh('systemctl stop shop');
    sim.run(sim.now + 1);
    expect(start('systemctl is-active shop')).toMatchObject({ exitCode: 3, stdout: 'inactive\n' });
    expect(start('systemctl start nothere')).toMatchObject({
      exitCode: 5,
      stderr: 'Failed to start nothere.service: Unit nothere.service not found.\n',
    });
  });
});

describe('a container', () => {
  it('is made from namespaces, a group and a root of its own', () => {
    const { machine, sh, sim } = create();
    const net = machine.createNamespace('net');
    const uts = machine.createNamespace('uts', { hostname: 'c0ffee' });
    const pid = machine.createNamespace('pid');
    const mnt = machine.createNamespace('mnt');
    machine.mountIn({ mnt, pid }, { source: 'proc', target: '/proc', type: 'proc', options: [] });
    machine.cgroups.ensure('/system.slice/docker-c0ffee.scope');
    machine.cgroups.set('/system.slice/docker-c0ffee.scope', { memoryMax: 64 << 20 });
    const started = machine.spawnTask({
      argv: ['server', '80'],
      env: { PATH: '/usr/bin' },
      cwd: '/',
      parent: 1,
      namespaces: { net, uts, pid, mnt },
      cgroup: '/system.slice/docker-c0ffee.scope',
      uid: 0,
      gid: 0,
      groups: [],
      capabilities: ['NET_BIND_SERVICE', 'KILL'],
    });
    const main = started.kind === 'running' ? started.pid : 0;
    expect(machine.task(main)?.pids[1]).toBe(1);
    const exec = (line: string) =>
      machine.spawnTask({
        argv: line.split(' '),
        env: { PATH: '/usr/bin' },
        cwd: '/',
        parent: 1,
        namespaces: { net, uts, pid, mnt },
        cgroup: '/system.slice/docker-c0ffee.scope',
        uid: 0,
        gid: 0,
        groups: [],
        capabilities: ['NET_BIND_SERVICE', 'KILL'],
      });
    expect(exec('ps -eo pid,args')).toMatchObject({
      stdout: '    PID COMMAND\n      1 server 80\n      2 ps -eo pid,args\n',
    });
    expect(exec('hostname')).toMatchObject({ stdout: 'c0ffee\n' });
    expect(exec('hostname other')).toMatchObject({ exitCode: 1 });
    expect(exec('mount -t tmpfs x /mnt')).toMatchObject({
      exitCode: 32,
      stderr: expect.stringContaining('permission denied') as string,
    });
    expect(exec('ss -ltn')).toMatchObject({ stdout: expect.stringContaining('0.0.0.0:80') as string });
    expect(sh('ps -ef')).toContain('server 80');
    machine.setMemory(main, 65 << 20);
    sim.run(sim.now + 1);
    expect(machine.task(main)).toBeUndefined();
  });
});
