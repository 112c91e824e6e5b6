// What the four programs of Harbour Goods, nginx and redis are told by their environment. The image sets some of it,
// the pod's `env` overrides it; a value that is not a whole number is printed as an error and ends the process (1).
//
//   variable                 storefront payments search reports  meaning
//   PORT                     8080       8080     8080   -        port of the HTTP server
//   START_MS                 2000       1200     3000   300      from start until it listens (until then: refused)
//   READY_AFTER_MS           0          0        0      -        from then on /readyz answers 503 for so long
//   WARM_UP_MS               3000       0        0      -        from then on requests cost twice as much for so long
//   CPU_MS                   30         20       40     -        CPU time of one request, give or take a quarter
//   CONCURRENCY              8          8        4      -        requests at work at the same time
//   QUEUE                    64         64       32     -        requests that may wait; more get 503 at once
//   DRAIN_MS                 10000      10000    10000  -        after SIGTERM, how long running requests may take
//   IGNORE_TERM              false      false    false  false    `true`: SIGTERM does nothing
//   REQUIRE_ENV              ''         ''       ''     ''       names (comma) that must be set, else error and exit 1
//   CRASH_AFTER_MS           -1         -1       -1     -1       from start until it fails with EXIT_CODE; -1: never
//   EXIT_CODE                1          1        1      0        reports ends with it when the work is done
//   DEADLOCK_AFTER_REQUESTS  0          0        0      -        about so many requests until the lock is lost; 0: never
//   DEADLOCK_AFTER_S         0          0        0      -        about so many seconds; 0: never. 1.5 has 600 requests
//   HEALTHZ_TAKES_LOCK       false      false    false  -        `true`: /healthz needs the lock too
//   MEMORY_MIB               96         48       256    180      memory once started
//   CACHE_KIB_PER_REQUEST    0          0        256    -        growth with each request …
//   CACHE_MAX_MIB            0          0        128    -        … up to this
//   LEAK_MIB_PER_MINUTE      0          0        0      0        growth without end. search 2.1 has 60
//   ITEMS                    -          -        -      20       pieces of work
//   ITEM_CPU_MS              -          -        -      3000     CPU time of one
//
// "About" is from half to one and a half of the value, drawn anew for each container, so that replicas differ.
// START_MS passes by the clock, not by CPU time: boot waits for files and connections.

export interface Settings {
  readonly program: string;
  readonly version: string;
  readonly port: number;
  readonly startMs: number;
  readonly readyAfterMs: number;
  readonly warmUpMs: number;
  readonly cpuMs: number;
  readonly concurrency: number;
  readonly queue: number;
  readonly drainMs: number;
  readonly ignoreTerm: boolean;
  readonly missingEnv: readonly string[];
  readonly crashAfterMs: number;
  readonly exitCode: number;
  readonly deadlockAfterRequests: number;
  readonly deadlockAfterMs: number;
  readonly healthzTakesLock: boolean;
  readonly memoryBytes: number;
  readonly cachePerRequestBytes: number;
  readonly cacheMaxBytes: number;
  readonly leakBytesPerMinute: number;
  readonly items: number;
  readonly itemCpuMs: number;
  /** Variables whose value could not be read. */
  readonly problems: readonly string[];
}

export type Defaults = Readonly<Partial<Record<Variable, number>>>;
type Variable =
  | 'PORT'
  | 'START_MS'
  | 'READY_AFTER_MS'
  | 'WARM_UP_MS'
  | 'CPU_MS'
  | 'CONCURRENCY'
  | 'QUEUE'
  | 'DRAIN_MS'
  | 'CRASH_AFTER_MS'
  | 'EXIT_CODE'
  | 'DEADLOCK_AFTER_REQUESTS'
  | 'DEADLOCK_AFTER_S'
  | 'MEMORY_MIB'
  | 'CACHE_KIB_PER_REQUEST'
  | 'CACHE_MAX_MIB'
  | 'LEAK_MIB_PER_MINUTE'
  | 'ITEMS'
  | 'ITEM_CPU_MS';

const KIB = 1024;
const MIB = 1_048_576;

const known = new WeakMap<Defaults, Map<string, Settings>>();
const MOST_KNOWN = 64;

/** Containers that are told the same share one value. */
export function readSettings(program: string, env: Readonly<Record<string, string>>, defaults: Defaults): Settings {
  const last = lastRead.get(env);
  if (last?.settings.program === program && last.defaults === defaults) return last.settings;
  const settings = readByText(program, env, defaults);
  lastRead.set(env, { defaults, settings });
  return settings;
}

/** By the very object: what program last read it, and what came out. */
const lastRead = new WeakMap<object, { readonly defaults: Defaults; readonly settings: Settings }>();

function readByText(program: string, env: Readonly<Record<string, string>>, defaults: Defaults): Settings {
  let byEnv = known.get(defaults);
  if (!byEnv) known.set(defaults, (byEnv = new Map<string, Settings>()));
  const text = `${program} ${JSON.stringify(env)}`;
  let settings = byEnv.get(text);
  if (!settings) {
    settings = read(program, env, defaults);
    if (byEnv.size >= MOST_KNOWN) byEnv.clear();
    byEnv.set(text, settings);
  }
  return settings;
}

function read(program: string, env: Readonly<Record<string, string>>, defaults: Defaults): Settings {
  const problems: string[] = [];
  const number = (name: Variable): number => {
    const text = env[name];
    const usual = defaults[name] ?? (name === 'CRASH_AFTER_MS' ? -1 : 0);
    if (text === undefined || text === '') return usual;
    if (/^-?\d{1,9}$/.test(text)) return Number(text);
    problems.push(`${name}: ${JSON.stringify(text)} is not a whole number`);
    return usual;
  };
  const required = (env['REQUIRE_ENV'] ?? '').split(',').map((name) => name.trim());
  return {
    program,
    version: env['VERSION'] ?? '',
    port: number('PORT'),
    startMs: number('START_MS'),
    readyAfterMs: number('READY_AFTER_MS'),
    warmUpMs: number('WARM_UP_MS'),
    cpuMs: number('CPU_MS'),
    concurrency: number('CONCURRENCY'),
    queue: number('QUEUE'),
    drainMs: number('DRAIN_MS'),
    ignoreTerm: env['IGNORE_TERM'] === 'true',
    missingEnv: required.filter((name) => name !== '' && (env[name] ?? '') === ''),
    crashAfterMs: number('CRASH_AFTER_MS'),
    exitCode: number('EXIT_CODE'),
    deadlockAfterRequests: number('DEADLOCK_AFTER_REQUESTS'),
    deadlockAfterMs: number('DEADLOCK_AFTER_S') * 1000,
    healthzTakesLock: env['HEALTHZ_TAKES_LOCK'] === 'true',
    memoryBytes: number('MEMORY_MIB') * MIB,
    cachePerRequestBytes: number('CACHE_KIB_PER_REQUEST') * KIB,
    cacheMaxBytes: number('CACHE_MAX_MIB') * MIB,
    leakBytesPerMinute: number('LEAK_MIB_PER_MINUTE') * MIB,
    items: number('ITEMS'),
    itemCpuMs: number('ITEM_CPU_MS'),
    problems,
  };
}
