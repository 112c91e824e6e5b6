// Limits of a container as files of its control group. Models runc 1.2 (libcontainer/cgroups/fs2) and moby 28
// daemon/daemon_unix.go. Shares of version 1 (2…262144) become weights of version 2 (1…10000) by a straight line.
import type { CgroupChange } from '../../linux/tasks/cgroups.ts';
import type { HostConfig } from './config.ts';

const PERIOD_US = 100_000;

export function limitsOf(host: HostConfig): CgroupChange {
  const { CpuShares, CpuPeriod, CpuQuota, NanoCpus, Memory, MemorySwap, MemoryReservation, PidsLimit, CpusetCpus } =
    host;
  const quotaUs = NanoCpus > 0 ? Math.floor((NanoCpus * PERIOD_US) / 1e9) : CpuQuota > 0 ? CpuQuota : null;
  return {
    cpuWeight:
      CpuShares === 0 ? 100 : 1 + Math.floor(((Math.min(262_144, Math.max(2, CpuShares)) - 2) * 9999) / 262_142),
    cpuMax: { quotaUs, periodUs: NanoCpus > 0 || CpuPeriod === 0 ? PERIOD_US : CpuPeriod },
    memoryMax: Memory > 0 ? Memory : null,
    memoryLow: MemoryReservation,
    // What version 1 counts together, version 2 counts apart.
    swapMax: Memory > 0 && MemorySwap > 0 ? MemorySwap - Memory : null,
    pidsMax: PidsLimit,
    cpus: CpusetCpus,
  };
}
