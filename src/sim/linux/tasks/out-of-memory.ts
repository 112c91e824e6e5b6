// What happens at the moment when memory is out, in a group or on the machine, or passes memory.high. Models mm/oom_kill.c
// and mm/memcontrol.c of Linux 6.1; the choice itself is in `oom.ts`.
import { slowed } from './accounts.ts';
import type { Kernel } from './kernel.ts';
import { end } from './life.ts';
import { type Candidate, chooseVictim, killLine, shortageLines } from './oom.ts';
import { type Cgroup, isWithin, type MemoryEvents, parentGroup, type TaskRecord } from './state.ts';

const PAGE = 4096;

export function candidateOf(kernel: Kernel, task: TaskRecord): Candidate {
  const wanted = kernel.accounts.taskMemory(task);
  const total = kernel.accounts.groupMemory(task.cgroup) + kernel.accounts.groupSwap(task.cgroup);
  const swapBytes = total > 0 ? Math.floor((wanted * kernel.accounts.groupSwap(task.cgroup)) / total) : 0;
  return {
    pid: task.pid,
    uid: task.uid,
    comm: task.comm,
    anonBytes: wanted - swapBytes,
    fileBytes: task.memory.fileBytes,
    swapBytes,
    oomScoreAdj: task.oomScoreAdj,
    cgroup: task.cgroup,
    exempt: task.pid === 1 || task.role === 'kernel',
  };
}

/** Pages that the badness is measured against. */
export function totalPages(kernel: Kernel, group: string): number {
  const limit = group === '' ? kernel.hardware.memoryBytes + kernel.hardware.swapBytes : kernel.accounts.limitOf(group);
  return Math.max(1, Math.floor(limit / PAGE));
}

/** Kills until nothing is short any more, and slows growth above memory.high. */
export function relieve(kernel: Kernel): void {
  kernel.settle();
  for (const path of kernel.accounts.aboveHigh()) {
    count(kernel, path, { high: 1 });
    for (const task of [...kernel.state.tasks.values()]) {
      if (task.exit || !isWithin(task.cgroup, path)) continue;
      const bytes = kernel.accounts.taskMemory(task);
      const memory = { ...task.memory, at: kernel.sim.now, bytes, growthPerSecond: slowed(task) };
      kernel.put({ ...task, memory });
    }
  }
  for (;;) {
    const path = kernel.accounts.shortages()[0];
    const alive = living(kernel);
    // Where nobody dies (of the machine only its init is left) there is nothing more to be done.
    if (path === undefined || !killIn(kernel, path) || living(kernel) === alive) break;
  }
}

function living({ state }: Kernel): number {
  let count = 0;
  for (const task of state.tasks.values()) if (!task.exit) count++;
  return count;
}

/** False when nobody can be killed. */
function killIn(kernel: Kernel, path: string): boolean {
  const { accounts, state } = kernel;
  const within = [...state.tasks.values()].filter(
    (task) => !task.exit && (path === '' || isWithin(task.cgroup, path)) && task.role !== 'kernel',
  );
  const candidates = within.map((task) => candidateOf(kernel, task)).sort((a, b) => a.pid - b.pid);
  const fastest = [...within].sort((a, b) => b.memory.growthPerSecond - a.memory.growthPerSecond || a.pid - b.pid)[0];
  if (!fastest) return false;
  const invoker = candidateOf(kernel, fastest);
  const victim = chooseVictim(candidates, totalPages(kernel, path));
  const group = state.cgroups.get(path);
  const limit = group?.memoryMax ?? 0;
  const shortage = {
    invoker,
    candidates,
    ...(group && { cgroup: { path, usageBytes: accounts.groupMemory(path), limitBytes: limit } }),
  };
  const lines = shortageLines(shortage, victim);
  for (const [i, line] of lines.entries()) kernel.log(i === 0 ? 4 : 6, line);
  if (group) count(kernel, path, { max: 1, oom: 1 });
  if (!victim) {
    // A group waits for memory that will not come; the machine panics, which is not simulated.
    for (const task of within) freeze(kernel, task);
    return false;
  }
  const where = group ? `control group ${path}` : 'the machine';
  const cause = kernel.record(
    kernel.get(fastest.pid),
    'linux.oom',
    'OutOfMemory',
    `${where} is out of memory (${String(group ? limit : kernel.hardware.memoryBytes)} bytes), asked for by ${invoker.comm}`,
    fastest.cause,
  );
  const together = groupToKill(kernel, victim.cgroup, path);
  const doomed = together === undefined ? [victim] : candidates.filter((one) => isWithin(one.cgroup, together));
  if (together !== undefined) kernel.log(6, `Tasks in ${together} are going to be killed due to memory.oom.group set`);
  kernel.sim.because(cause, () => {
    for (const one of doomed) {
      if (one.oomScoreAdj === -1000 || one.exempt) continue;
      const task = state.tasks.get(one.pid);
      if (!task || task.exit) continue;
      kernel.log(3, killLine(one, group !== undefined));
      count(kernel, one.cgroup, { oom_kill: 1 });
      const killed = kernel.record(
        task,
        'linux.oom-kill',
        'OOMKilled',
        `the kernel kills ${one.comm} (${String(one.pid)}), which has most points`,
      );
      kernel.sim.because(killed, () => {
        end(kernel, one.pid, { code: 0, signal: 'KILL', oomKilled: true });
      });
      kernel.log(6, `oom_reaper: reaped process ${String(one.pid)} (${one.comm}), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB`); // prettier-ignore
    }
    if (together !== undefined) count(kernel, together, { oom_group_kill: 1 });
  });
  return true;
}

/** The highest group, up to the one that is short, that asks to be killed as a whole. */
function groupToKill(kernel: Kernel, from: string, top: string): string | undefined {
  let found: string | undefined;
  for (let at: string | undefined = from; at !== undefined && at !== '/'; at = parentGroup(at)) {
    if (top !== '' && !isWithin(at, top)) break;
    if (kernel.state.cgroups.get(at)?.oomGroup === true) found = at;
  }
  return found;
}

function freeze(kernel: Kernel, task: TaskRecord): void {
  const bytes = kernel.accounts.taskMemory(task);
  kernel.put({ ...task, memory: { ...task.memory, at: kernel.sim.now, bytes, growthPerSecond: 0 } });
}

/** memory.events counts what happens below too. */
function count(kernel: Kernel, path: string, what: Partial<MemoryEvents>): void {
  const { cgroups } = kernel.state;
  const added = (events: MemoryEvents): MemoryEvents => {
    const next: Record<string, number> = { ...events };
    for (const [name, by] of Object.entries(what)) next[name] = (next[name] ?? 0) + by;
    return next as unknown as MemoryEvents;
  };
  for (let at: string | undefined = path; at !== undefined; at = parentGroup(at)) {
    const group: Cgroup | undefined = cgroups.get(at);
    if (!group) continue;
    const local = at === path ? { localEvents: added(group.localEvents) } : {};
    cgroups.set(at, { ...group, events: added(group.events), ...local });
  }
}
