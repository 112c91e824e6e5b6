import { describe, expect, it } from 'vitest';
import { badness, type Candidate, chooseVictim, killLine, oomScore, pageTableBytes, shortageLines } from './oom.ts';

const MIB = 1_048_576;
const task = (pid: number, megabytes: number, oomScoreAdj = 0, more: Partial<Candidate> = {}): Candidate => ({
  pid,
  uid: 0,
  comm: `task${String(pid)}`,
  anonBytes: megabytes * MIB,
  fileBytes: 0,
  swapBytes: 0,
  oomScoreAdj,
  cgroup: '/lab',
  exempt: false,
  ...more,
});
/** Pages of 1,000 MiB. */
const total = 256_000;

describe('the choice of the out-of-memory killer', () => {
  it('counts resident, swapped and page table pages and the adjustment in thousandths of all', () => {
    const tables = pageTableBytes(100 * MIB) / 4096;
    expect(badness(task(2, 100), total)).toBe(25_600 + tables);
    expect(badness(task(2, 100, 500), total)).toBe(25_600 + tables + 500 * 256);
    expect(badness(task(2, 100, 0, { swapBytes: 8192 }), total)).toBe(25_600 + tables + 2);
    expect(badness(task(2, 100, -1000), total)).toBeUndefined();
    expect(badness(task(2, 100, 0, { exempt: true }), total)).toBeUndefined();
  });

  it.each([
    ['the largest', [task(10, 50), task(11, 200), task(12, 100)], 11],
    ['of equals the first', [task(10, 100), task(11, 100)], 10],
    ['a small one that is offered', [task(10, 200), task(11, 10, 1000)], 11],
    ['not one that is protected', [task(10, 900, -1000), task(11, 10)], 11],
    ['a protected one by much only if it is far larger', [task(10, 500, -300), task(11, 100)], 10],
    ['and less protected is enough to change it', [task(10, 350, -300), task(11, 100)], 11],
    ['nobody', [task(10, 10, -1000), task(1, 10, 0, { exempt: true })], undefined],
  ])('takes %s', (_name, tasks, pid) => {
    expect(chooseVictim(tasks, total)?.pid).toBe(pid);
  });

  it('shows scores from 0 to 1333 as /proc/PID/oom_score', () => {
    expect(oomScore(task(2, 0), total)).toBe(666);
    expect(oomScore(task(2, 1000), total)).toBe(1334);
    expect(oomScore(task(2, 500, -1000), total)).toBe(0);
  });

  it('writes the kernel’s lines', () => {
    const victim = task(1234, 64, 0, { comm: 'search', fileBytes: 4 * MIB });
    const lines = shortageLines(
      { cgroup: { path: '/lab', usageBytes: 64 * MIB, limitBytes: 64 * MIB }, invoker: victim, candidates: [victim] },
      victim,
    );
    expect(lines).toEqual([
      'search invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0',
      'memory: usage 65536kB, limit 65536kB, failcnt 0',
      'Memory cgroup stats for /lab:',
      'Tasks state (memory values in pages):',
      '[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name',
      '[   1234]     0  1234    17920    17408   172032        0             0 search',
      'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/lab,task_memcg=/lab,task=search,pid=1234,uid=0',
    ]);
    expect(killLine(victim, true)).toBe(
      'Memory cgroup out of memory: Killed process 1234 (search) total-vm:71680kB, anon-rss:65536kB, file-rss:4096kB, shmem-rss:0kB, UID:0 pgtables:168kB oom_score_adj:0',
    );
  });
});
