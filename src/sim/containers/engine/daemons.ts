// The engine's own processes: dockerd, containerd, a shim for each container and a proxy for each published port. They are
// tasks of the machine, so `ps` shows them; what they do is done by this folder.
import type { Dockerd } from './dockerd.ts';

const MIB = 1_048_576;
const weights: Readonly<Record<string, number>> = {
  dockerd: 68 * MIB,
  containerd: 38 * MIB,
  'containerd-shim-runc-v2': 11 * MIB,
  'docker-proxy': 3 * MIB,
};

/** A process of root's that is there and waits. Returns its number. */
export function spawnDaemon(
  { machine, sim }: Dockerd,
  parent: number,
  exe: string,
  args: readonly string[],
  cgroup?: string,
): number {
  const pid = machine.fork(parent);
  const { kernel } = machine.calls(pid);
  const task = kernel.get(pid);
  const name = exe.slice(exe.lastIndexOf('/') + 1);
  kernel.settle();
  kernel.put({
    ...task,
    argv: [exe, ...args],
    comm: name.slice(0, 15),
    exe,
    program: name,
    session: pid,
    group: pid,
    tty: '',
    reaps: true,
    handles: ['TERM', 'INT', 'HUP'],
    memory: {
      ...task.memory,
      at: sim.now,
      bytes: weights[name] ?? MIB,
      fileBytes: Math.floor((weights[name] ?? MIB) / 2),
    },
  });
  if (cgroup !== undefined) {
    machine.cgroups.ensure(cgroup);
    machine.cgroups.attach(cgroup, pid);
  }
  kernel.replan();
  return pid;
}

export function startDaemons(engine: Dockerd): void {
  const { state } = engine;
  state.containerdPid = spawnDaemon(engine, 1, '/usr/bin/containerd', [], '/system.slice/containerd.service');
  state.dockerdPid = spawnDaemon(
    engine,
    1,
    '/usr/bin/dockerd',
    ['-H', 'fd://', '--containerd=/run/containerd/containerd.sock'],
    '/system.slice/docker.service',
  );
}

export function startShim(engine: Dockerd, containerId: string): number {
  const args = ['-namespace', 'moby', '-id', containerId, '-address', '/run/containerd/containerd.sock'];
  return spawnDaemon(engine, 1, '/usr/bin/containerd-shim-runc-v2', args, '/system.slice/containerd.service');
}
