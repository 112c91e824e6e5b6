// What tasks and control groups use of the machine: processor time and memory, at any moment, computed from rates that
// hold until something changes. Reading changes nothing; whoever changes a demand, a limit, a weight or a membership
// calls `settle` first, which writes down what was used so far.
//
// cpu.max: a group that would use R without its ceiling C runs in every period until its quota is used up and then
// stands still for the rest, so it is throttled (R - C) / R of the time. memory.high: above it a task that asks for more
// memory is made to sleep up to two seconds for every 64 pages (mm/memcontrol.c), so growth falls to 128 KiB/s.
// Departures: throttled_usec counts the group and not each processor; page cache is charged to nobody.
import { type Competitor, shareCpu } from './cpu-shares.ts';
import { type Cgroup, isWithin, type KernelState, parentGroup, type TaskRecord } from './state.ts';

/** What a group with memory.high lets a task grow by, once it is above. */
const SLOWED_BYTES_PER_SECOND = 131_072;

export interface Hardware {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly swapBytes: number;
  /** What the kernel keeps for itself. */
  readonly kernelBytes: number;
}

interface CpuStat {
  readonly usageUs: number;
  readonly periods: number;
  readonly throttled: number;
  readonly throttledUs: number;
}

export interface Accounts {
  settle(): void;
  /** Thousandths of a processor that a task gets now. */
  taskRate(pid: number): number;
  groupRate(path: string): number;
  taskCpuUs(task: TaskRecord): number;
  groupCpu(path: string): CpuStat;
  taskMemory(task: TaskRecord, at?: number): number;
  /** Private memory of all tasks in it and below; what is in swap is not in it. */
  groupMemory(path: string): number;
  groupSwap(path: string): number;
  groupPeak(path: string): number;
  /** The groups (`''`: the machine) that are out of memory now, the innermost first. */
  shortages(): readonly string[];
  /** When the next one will be, or a group passes memory.high; Infinity if nothing changes. */
  nextShortage(): number;
  /** Groups that stand above memory.high and whose tasks still grow as they like. */
  aboveHigh(): readonly string[];
  /** Bytes at which a group is out of memory, swap included. */
  limitOf(path: string): number;
  forget(): void;
}

export function createAccounts(hardware: Hardware, state: () => KernelState, now: () => number): Accounts {
  let rates: ReadonlyMap<string, number> | null = null;
  let groupRates: ReadonlyMap<string, number> | null = null;
  let lifted = new Map<string, number>();

  const running = (task: TaskRecord) => !task.exit && !task.stopped && !frozen(task.cgroup);

  function frozen(path: string): boolean {
    for (let at: string | undefined = path; at !== undefined; at = parentGroup(at))
      if (state().cgroups.get(at)?.frozen === true) return true;
    return false;
  }

  /** @param free a group whose own ceiling is not counted */
  function tree(free: string | null): Competitor {
    const { tasks, cgroups } = state();
    const tasksOf = new Map<string, TaskRecord[]>();
    for (const task of tasks.values()) {
      if (!running(task) || task.demandMilli === 0) continue;
      const there = tasksOf.get(task.cgroup);
      if (there) there.push(task);
      else tasksOf.set(task.cgroup, [task]);
    }
    const childrenOf = new Map<string, Cgroup[]>();
    for (const group of cgroups.values()) {
      const parent = parentGroup(group.path);
      if (parent === undefined) continue;
      const there = childrenOf.get(parent);
      if (there) there.push(group);
      else childrenOf.set(parent, [group]);
    }
    const members = (path: string): Competitor[] => {
      const handsOn = cgroups.get(path)?.subtreeControl.includes('cpu') ?? false;
      const own = (tasksOf.get(path) ?? []).map((task) => ({
        key: `task ${String(task.pid)}`,
        weight: 100,
        demandMilli: task.demandMilli,
      }));
      return own.concat(
        (childrenOf.get(path) ?? []).flatMap((child): Competitor[] => {
          const below = members(child.path);
          if (!handsOn) return below;
          const { quotaUs, periodUs } = child.cpuMax;
          const cap = quotaUs === null || child.path === free ? {} : { capMilli: capOf(quotaUs, periodUs) };
          return [{ key: child.path, weight: child.cpuWeight, members: below, ...cap }];
        }) as typeof own,
      );
    };
    return { key: '/', weight: 100, members: members('/') };
  }

  function ratesNow(): ReadonlyMap<string, number> {
    rates ??= shareCpu(tree(null), hardware.cpuMilli);
    return rates;
  }

  /** What all tasks in and below each group get. */
  function sums(): ReadonlyMap<string, number> {
    if (groupRates) return groupRates;
    const result = new Map<string, number>();
    const given = ratesNow();
    for (const task of state().tasks.values()) {
      const rate = given.get(`task ${String(task.pid)}`) ?? 0;
      if (rate === 0) continue;
      for (let at: string | undefined = task.cgroup; at !== undefined; at = parentGroup(at))
        result.set(at, (result.get(at) ?? 0) + rate);
    }
    groupRates = result;
    return result;
  }

  /** What a group would get without its ceiling. */
  function unlimited(path: string): number {
    let rate = lifted.get(path);
    if (rate === undefined) {
      rate = shareCpu(tree(path), hardware.cpuMilli).get(path) ?? 0;
      lifted.set(path, rate);
    }
    return rate;
  }

  function cpuAt(group: Cgroup, elapsedMs: number): Cgroup {
    const rate = sums().get(group.path) ?? 0;
    const usageUs = group.usageUs + rate * elapsedMs;
    const { quotaUs, periodUs } = group.cpuMax;
    if (quotaUs === null || rate === 0) return { ...group, usageUs };
    const cap = capOf(quotaUs, periodUs);
    const free = unlimited(group.path);
    const active = { usageUs, activeUs: group.activeUs + elapsedMs * 1000 };
    if (free <= cap) return { ...group, ...active };
    return {
      ...group,
      ...active,
      throttledActiveUs: group.throttledActiveUs + elapsedMs * 1000,
      throttledUs: group.throttledUs + Math.floor((elapsedMs * 1000 * (free - cap)) / free),
    };
  }

  function memoryAt({ memory, stopped, cgroup }: TaskRecord, at: number): number {
    if (memory.growthPerSecond === 0 || stopped || frozen(cgroup)) return memory.bytes;
    const grown = memory.bytes + Math.floor((memory.growthPerSecond * (at - memory.at)) / 1000);
    return Math.min(grown, Math.max(memory.bytes, memory.ceilingBytes));
  }

  /** Working sets of all in and below a group, swap included. */
  function demanded(path: string, at: number): number {
    let sum = 0;
    for (const task of state().tasks.values()) if (!task.exit && isWithin(task.cgroup, path)) sum += memoryAt(task, at);
    return sum;
  }

  const machineLimit = () => hardware.memoryBytes - hardware.kernelBytes + hardware.swapBytes;

  function limitOf(path: string): number {
    const group = state().cgroups.get(path);
    if (path === '' || !group) return machineLimit();
    if (group.memoryMax === null) return Infinity;
    return group.memoryMax + Math.min(hardware.swapBytes, group.swapMax ?? Infinity);
  }

  /** Groups with a limit that counts, the innermost first; the machine at the end. */
  function limited(): readonly string[] {
    const groups = [...state().cgroups.values()].filter((group) => group.memoryMax !== null).map((group) => group.path);
    return [...groups.sort((a, b) => b.length - a.length || (a < b ? -1 : 1)), ''];
  }

  const inAll = (path: string) => (path === '' ? '/' : path);

  /** The first millisecond at which a sum that never falls is above a limit. */
  function crossing(path: string, limit: number): number {
    const growing = [...state().tasks.values()].some(
      (task) => !task.exit && task.memory.growthPerSecond > 0 && isWithin(task.cgroup, path),
    );
    const from = now();
    if (demanded(path, from) > limit) return from;
    if (!growing) return Infinity;
    let step = 1024;
    while (demanded(path, from + step) <= limit) {
      step *= 4;
      if (step > HORIZON_MS) return Infinity;
    }
    let low = from;
    let high = from + step;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (demanded(path, middle) > limit) high = middle;
      else low = middle;
    }
    return high;
  }

  function aboveHigh(): readonly string[] {
    return [...state().cgroups.values()]
      .filter(
        ({ path, memoryHigh }) =>
          memoryHigh !== null &&
          demanded(path, now()) > memoryHigh &&
          [...state().tasks.values()].some(
            (task) =>
              !task.exit && isWithin(task.cgroup, path) && task.memory.growthPerSecond > SLOWED_BYTES_PER_SECOND,
          ),
      )
      .map(({ path }) => path);
  }

  const accounts: Accounts = {
    settle() {
      const world = state();
      const elapsed = now() - world.settledAt;
      if (elapsed > 0) {
        for (const group of [...world.cgroups.values()]) world.cgroups.set(group.path, cpuAt(group, elapsed));
        const given = ratesNow();
        for (const task of [...world.tasks.values()]) {
          const rate = given.get(`task ${String(task.pid)}`) ?? 0;
          if (rate > 0) world.tasks.set(task.pid, { ...task, cpuUs: task.cpuUs + rate * elapsed });
        }
        world.settledAt = now();
      }
      for (const group of [...world.cgroups.values()]) {
        const peak = accounts.groupPeak(group.path);
        if (peak > group.memoryPeak) world.cgroups.set(group.path, { ...group, memoryPeak: peak });
      }
      accounts.forget();
    },
    forget() {
      rates = null;
      groupRates = null;
      lifted = new Map();
    },
    taskRate: (pid) => ratesNow().get(`task ${String(pid)}`) ?? 0,
    groupRate: (path) => sums().get(path) ?? 0,
    taskCpuUs: (task) => task.cpuUs + (task.exit ? 0 : accounts.taskRate(task.pid) * (now() - state().settledAt)),
    groupCpu(path) {
      const group = state().cgroups.get(path);
      if (!group) return { usageUs: 0, periods: 0, throttled: 0, throttledUs: 0 };
      const at = cpuAt(group, now() - state().settledAt);
      const { periodUs } = group.cpuMax;
      return {
        usageUs: at.usageUs,
        periods: Math.floor(at.activeUs / periodUs),
        throttled: Math.floor(at.throttledActiveUs / periodUs),
        throttledUs: at.throttledUs,
      };
    },
    taskMemory: (task, at = now()) => (task.exit ? 0 : memoryAt(task, at)),
    groupMemory(path) {
      const wanted = demanded(inAll(path), now());
      return Math.min(wanted, state().cgroups.get(path)?.memoryMax ?? machineLimit() - hardware.swapBytes);
    },
    groupSwap(path) {
      const limit = state().cgroups.get(path)?.memoryMax;
      if (limit === null || limit === undefined) return 0;
      const over = Math.max(0, demanded(path, now()) - limit);
      return Math.min(over, limitOf(path) - limit);
    },
    groupPeak(path) {
      return Math.max(state().cgroups.get(path)?.memoryPeak ?? 0, accounts.groupMemory(path));
    },
    shortages: () => limited().filter((path) => demanded(inAll(path), now()) > limitOf(path)),
    nextShortage() {
      let next = Infinity;
      for (const path of limited()) next = Math.min(next, crossing(inAll(path), limitOf(path)));
      for (const { path, memoryHigh } of state().cgroups.values()) {
        if (memoryHigh === null) continue;
        if (demanded(path, now()) <= memoryHigh) next = Math.min(next, crossing(path, memoryHigh));
        else if (aboveHigh().includes(path)) next = now();
      }
      return next;
    },
    aboveHigh,
    limitOf,
  };
  return accounts;
}

/** Growth as memory.high leaves it. */
export function slowed(task: TaskRecord): number {
  return Math.min(task.memory.growthPerSecond, SLOWED_BYTES_PER_SECOND);
}

/** A quota in thousandths of a processor. */
function capOf(quotaUs: number, periodUs: number): number {
  return Math.floor((quotaUs * 1000) / periodUs);
}

/** Nobody waits longer than a year for a leak. */
const HORIZON_MS = 31_536_000_000;
