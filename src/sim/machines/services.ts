// The programs of Harbour Goods as processes of a simulated machine: start, listen, answer, stop. What each prints and
// answers is the same as in a cluster (`workload/programs`).
// Departures: requests do not queue here (a machine's lessons are about what a process needs and sees, not about load);
// each answers after its processor time alone.
import { formatTime } from '../engine/time.ts';
import type { HttpQuestion, HttpReply } from '../linux/serving.ts';
import type { Program as LinuxProgram, ProgramSys, Programs } from '../linux/machine.ts';
import type { Program } from '../workload/programs/program.ts';
import { payments } from '../workload/programs/payments.ts';
import { reports } from '../workload/programs/reports.ts';
import { search } from '../workload/programs/search.ts';
import { readSettings, type Settings } from '../workload/programs/settings.ts';
import { storefront } from '../workload/programs/storefront.ts';

interface Memory {
  readonly settings: Settings;
  readonly phase: 'starting' | 'serving' | 'working';
  /** Pieces of work that are done. */
  readonly done: number;
}

const MIB = 1_048_576;
const MS_PER_MINUTE = 60_000;

function service(program: Program): LinuxProgram {
  return {
    handles: ['TERM', 'INT'],
    threads: program.kind === 'batch' ? 1 : 4,
    memoryBytes: 4 * MIB,
    start(sys) {
      const settings = readSettings(program.name, { VERSION: versionOf(sys), ...sys.env }, program.defaults);
      for (const problem of settings.problems) sys.err(`${program.name}: ${problem}\n`);
      const [missing] = settings.missingEnv;
      if (missing !== undefined) sys.err(`${program.name}: ${missing} is not set\n`);
      if (missing !== undefined || settings.problems.length > 0) {
        sys.exit(1);
        return;
      }
      say(sys, program.starting(settings, formatTime(sys.unixMs)));
      sys.keep({ settings, phase: 'starting', done: 0 } satisfies Memory);
      sys.wakeIn(settings.startMs);
    },
    wake(sys) {
      const { settings, phase, done } = sys.data as Memory;
      if (phase === 'starting') {
        sys.memory(settings.memoryBytes, Math.round((settings.leakBytesPerMinute * 1000) / MS_PER_MINUTE));
        say(sys, program.listening(settings, formatTime(sys.unixMs)));
        if (program.kind === 'batch') {
          sys.keep({ settings, phase: 'working', done: 0 } satisfies Memory);
          sys.demand(1000);
          sys.wakeIn(settings.itemCpuMs);
          return;
        }
        try {
          sys.listen(settings.port);
        } catch {
          sys.err(`${program.name}: listen tcp :${String(settings.port)}: bind: address already in use\n`);
          sys.exit(1);
          return;
        }
        sys.keep({ settings, phase: 'serving', done } satisfies Memory);
      } else if (phase === 'working') {
        if (done + 1 >= settings.items) {
          sys.exit(settings.exitCode === 1 ? 0 : settings.exitCode);
          return;
        }
        sys.keep({ settings, phase, done: done + 1 } satisfies Memory);
        sys.wakeIn(settings.itemCpuMs);
      }
    },
    signal(sys) {
      const { settings } = (sys.data ?? {}) as Partial<Memory>;
      if (settings?.ignoreTerm !== true) sys.exit(0);
    },
    ask(sys, question): HttpReply {
      const { path } = question as HttpQuestion;
      const { settings } = sys.data as Memory;
      const { status, cpuMicro } = program.route(settings, path);
      const body = program.body(settings, path, status, sys.machine.hostname);
      return { status, body, latencyMs: Math.max(1, Math.round(cpuMicro / 1000)) };
    },
  };
}

function versionOf(sys: ProgramSys): string {
  const content = sys.files.read('/proc/self/exe');
  return content.kind === 'elf' ? (content.elf.version ?? '') : '';
}

function say(sys: ProgramSys, lines: readonly string[]): void {
  for (const line of lines) sys.out(`${line}\n`);
}

export const harbourPrograms: Programs = {
  storefront: service(storefront),
  payments: service(payments),
  search: service(search),
  reports: service(reports),
};
