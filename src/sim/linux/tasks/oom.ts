// Whom the kernel kills when memory is out. Models oom_badness() and select_bad_process() of mm/oom_kill.c (6.1) and the
// lines that it logs. Departure: the register dump, the call trace and the memory statistics in between are left out.

export interface Candidate {
  readonly pid: number;
  readonly uid: number;
  readonly comm: string;
  /** Memory and swap together; shared library pages are `fileBytes`. */
  readonly anonBytes: number;
  readonly fileBytes: number;
  readonly swapBytes: number;
  readonly oomScoreAdj: number;
  readonly cgroup: string;
  /** The first process of the machine, or one of the kernel's own. */
  readonly exempt: boolean;
}

const PAGE = 4096;
const pages = (bytes: number) => Math.ceil(bytes / PAGE);

/** Bytes of page tables for so much memory: one table of 4 KiB maps 2 MiB, and the upper levels. */
export function pageTableBytes(bytes: number): number {
  return (Math.ceil(pages(bytes) / 512) + 8) * PAGE;
}

/** Points; undefined for one that must not be killed. */
export function badness(task: Candidate, totalPages: number): number | undefined {
  if (task.exempt || task.oomScoreAdj === -1000) return undefined;
  const points =
    pages(task.anonBytes) +
    pages(task.fileBytes) +
    pages(task.swapBytes) +
    pages(pageTableBytes(task.anonBytes + task.fileBytes));
  return points + task.oomScoreAdj * Math.floor(totalPages / 1000);
}

/** The one with most points; of equals the first. */
export function chooseVictim(tasks: readonly Candidate[], totalPages: number): Candidate | undefined {
  let chosen: Candidate | undefined;
  let most = -Infinity;
  for (const task of tasks) {
    const points = badness(task, totalPages);
    if (points === undefined || points <= most) continue;
    most = points;
    chosen = task;
  }
  return chosen;
}

/** /proc/PID/oom_score: 0 to 2000 in thousandths of what there is, 666 for a small task without adjustment. */
export function oomScore(task: Candidate, totalPages: number): number {
  const points = badness(task, totalPages);
  if (points === undefined) return 0;
  return Math.max(0, Math.trunc(((1000 + Math.trunc((points * 1000) / totalPages)) * 2) / 3));
}

/** What is out of memory: a group with its limit, or the machine. */
interface Shortage {
  /** The group whose limit was met; undefined when the machine is out of memory. */
  readonly cgroup?: { readonly path: string; readonly usageBytes: number; readonly limitBytes: number };
  /** Who asked for the page that was not there. */
  readonly invoker: Candidate;
  readonly candidates: readonly Candidate[];
}

/** The kernel log's lines from the call of the killer to the choice. */
export function shortageLines({ cgroup, invoker, candidates }: Shortage, victim: Candidate | undefined): string[] {
  const mask = cgroup ? '0xcc0(GFP_KERNEL)' : '0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP)';
  const lines = [
    `${invoker.comm} invoked oom-killer: gfp_mask=${mask}, order=0, oom_score_adj=${String(invoker.oomScoreAdj)}`,
  ];
  if (cgroup) {
    const kB = (bytes: number) => `${String(Math.floor(bytes / 1024))}kB`;
    lines.push(`memory: usage ${kB(cgroup.usageBytes)}, limit ${kB(cgroup.limitBytes)}, failcnt 0`);
    lines.push(`Memory cgroup stats for ${cgroup.path}:`);
  }
  lines.push('Tasks state (memory values in pages):');
  lines.push('[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name');
  for (const task of candidates)
    lines.push(
      `[${pad(task.pid, 7)}] ${pad(task.uid, 5)} ${pad(task.pid, 5)} ${pad(totalVm(task), 8)} ` +
        `${pad(pages(task.anonBytes) + pages(task.fileBytes), 8)} ` +
        `${pad(pageTableBytes(task.anonBytes + task.fileBytes), 8)} ${pad(pages(task.swapBytes), 8)}         ` +
        `${pad(task.oomScoreAdj, 5)} ${task.comm}`,
    );
  if (victim)
    lines.push(
      `oom-kill:constraint=${cgroup ? 'CONSTRAINT_MEMCG' : 'CONSTRAINT_NONE'},nodemask=(null),cpuset=/,mems_allowed=0,` +
        `${cgroup ? `oom_memcg=${cgroup.path}` : 'global_oom'},task_memcg=${victim.cgroup},task=${victim.comm},` +
        `pid=${String(victim.pid)},uid=${String(victim.uid)}`,
    );
  else if (cgroup) lines.push('Out of memory and no killable processes...');
  return lines;
}

/** The line of the kill itself. */
export function killLine(victim: Candidate, inCgroup: boolean): string {
  const kB = (bytes: number) => `${String(Math.floor(bytes / 1024))}kB`;
  return (
    `${inCgroup ? 'Memory cgroup out of memory' : 'Out of memory'}: Killed process ${String(victim.pid)} ` +
    `(${victim.comm}) total-vm:${String(totalVm(victim) * 4)}kB, anon-rss:${kB(victim.anonBytes)}, ` +
    `file-rss:${kB(victim.fileBytes)}, shmem-rss:0kB, UID:${String(victim.uid)} ` +
    `pgtables:${kB(pageTableBytes(victim.anonBytes + victim.fileBytes))} oom_score_adj:${String(victim.oomScoreAdj)}`
  );
}

/** Pages of address space: what is used, and what programs map without touching it. */
function totalVm(task: Candidate): number {
  return pages(task.anonBytes + task.swapBytes) + pages(task.fileBytes) + 512;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width);
}
