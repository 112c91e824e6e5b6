// `docker stats`: what a container uses, from its control group. Models moby 28 daemon/stats and cgroup version 2.
// Departures: block devices and networks count nothing here.
import type { ApiStream } from '../../api/http.ts';
import { rfc3339 } from '../images/image.ts';
import { nowMs } from '../engine/dockerd.ts';
import type { Engine } from '../engine/index.ts';
import type { Container } from '../engine/state.ts';
import { follow } from './response.ts';

interface Cpu {
  readonly cpu_usage: Readonly<Record<string, number>>;
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
  readonly throttling_data: Readonly<Record<string, number>>;
}

const noCpu: Cpu = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

/** @param before the reading before this one */
export function statsOf(
  engine: Engine,
  container: Container,
  before: { readonly read: string; readonly cpu: Cpu } | null,
): Readonly<Record<string, unknown>> {
  const { machine, sim } = engine;
  const { id, name, sandbox, endpoints, state } = container;
  const base = { name: `/${name}`, id, read: state.running ? rfc3339(nowMs(engine)) : '0001-01-01T00:00:00Z', preread: before?.read ?? '0001-01-01T00:00:00Z' }; // prettier-ignore
  if (!sandbox || !machine.cgroups.has(sandbox.cgroupPath))
    return { ...base, pids_stats: {}, blkio_stats: noBlocks, num_procs: 0, storage_stats: {}, cpu_stats: noCpu, precpu_stats: before?.cpu ?? noCpu, memory_stats: {} }; // prettier-ignore
  const path = sandbox.cgroupPath;
  const { usageUs, periods, throttled, throttledUs } = machine.accounts.groupCpu(path);
  const user = Math.floor((usageUs * 9) / 10);
  const cpus = Math.ceil(machine.cpuMilli / 1000);
  const cpu: Cpu = {
    cpu_usage: { total_usage: usageUs * 1000, usage_in_kernelmode: (usageUs - user) * 1000, usage_in_usermode: user * 1000 }, // prettier-ignore
    system_cpu_usage: (sim.now + 98_520_000) * 1_000_000 * cpus,
    online_cpus: cpus,
    throttling_data: { periods, throttled_periods: throttled, throttled_time: throttledUs * 1000 },
  };
  const memory = machine.accounts.groupMemory(path);
  const count = machine.tasks().filter((task) => task.cgroup === path && task.state !== 'Z').length;
  return {
    ...base,
    pids_stats: { current: count },
    blkio_stats: noBlocks,
    num_procs: 0,
    storage_stats: {},
    cpu_stats: cpu,
    precpu_stats: before?.cpu ?? noCpu,
    memory_stats: {
      usage: memory,
      stats: { anon: memory, file: 0, inactive_file: 0 },
      limit: container.hostConfig.Memory > 0 ? container.hostConfig.Memory : machine.memoryBytes,
    },
    ...(endpoints.some(({ device }) => device !== '') && {
      networks: Object.fromEntries(
        endpoints.filter(({ device }) => device !== '').map(({ device }) => [device, noTraffic]),
      ),
    }),
  };
}

const noTraffic = { rx_bytes: 0, rx_packets: 0, rx_errors: 0, rx_dropped: 0, tx_bytes: 0, tx_packets: 0, tx_errors: 0, tx_dropped: 0 }; // prettier-ignore
const noBlocks = {
  io_service_bytes_recursive: null,
  io_serviced_recursive: null,
  io_queue_recursive: null,
  io_service_time_recursive: null,
  io_wait_time_recursive: null,
  io_merged_recursive: null,
  io_time_recursive: null,
  sectors_recursive: null,
};

const EVERY_MS = 1000;

/**
 * A reading a second. Nobody in the world needs it, so it is no event of the world: whoever lets time pass says so with
 * `tick`.
 */
export function statsStream(engine: Engine, id: string): ApiStream {
  let before: { readonly read: string; readonly cpu: Cpu; readonly at: number } | null = null;
  const read = (send: (text: string) => void): boolean => {
    const container = engine.state.containers.get(id);
    if (!container) return false;
    if (before && engine.sim.now - before.at < EVERY_MS) return true;
    const reading = statsOf(engine, container, before);
    before = { read: String(reading['read']), cpu: reading['cpu_stats'] as Cpu, at: engine.sim.now };
    send(`${JSON.stringify(reading)}\n`);
    return true;
  };
  return follow(engine, read, (notice, send) => notice.kind !== 'tick' || read(send));
}

/** Time has passed: those who wait for a reading get it. */
export function tick(engine: Engine): void {
  engine.notify({ kind: 'tick' });
}
