// What it costs to give each program a machine of its own: a model of memory, disk and start time, nothing that runs. The
// numbers are measurements that others have published (facts by id: LightVM, SOSP 2017: 2-080 to 2-083; Firecracker's
// specification of 2026: 2-086; IBM's study of 2014: 2-090, 2-093, 2-094). They come from different machines, so they
// compare orders of magnitude and not products. Where a source gives no number the field is undefined, not guessed.

interface IsolationCost {
  readonly name: 'process' | 'container' | 'unikernel' | 'microvm' | 'tinyx' | 'debian';
  /** Memory before the program itself, where a source gives it. */
  readonly overheadBytes: number | undefined;
  /** What lies on the disk beside the program. */
  readonly imageBytes: number | undefined;
  /** To create it, and until the program runs, when it is the first on the machine. */
  readonly createMs: number;
  readonly bootMs: number;
  /** To create the thousandth with the ordinary tool stack of the time. */
  readonly thousandthCreateMs: number | undefined;
  readonly kernel: 'shared' | 'own';
  /** Ids in the collection of facts. */
  readonly facts: readonly string[];
}

const KB = 1000;
const MB = 1_000_000;
const MIB = 1_048_576;

export const isolationCosts: readonly IsolationCost[] = [
  {
    name: 'process',
    overheadBytes: 0,
    imageBytes: 0,
    createMs: 3.5,
    bootMs: 0,
    thousandthCreateMs: 3.5,
    kernel: 'shared',
    facts: ['2-081'],
  },
  {
    name: 'container',
    overheadBytes: undefined,
    imageBytes: undefined,
    createMs: 200,
    bootMs: 0,
    thousandthCreateMs: undefined,
    kernel: 'shared',
    facts: ['2-081'],
  },
  {
    name: 'unikernel',
    overheadBytes: 3.6 * MB,
    imageBytes: 480 * KB,
    createMs: 80,
    bootMs: 3,
    thousandthCreateMs: 700,
    kernel: 'own',
    facts: ['2-080', '2-083'],
  },
  {
    name: 'microvm',
    overheadBytes: 5 * MIB,
    imageBytes: undefined,
    createMs: 12,
    bootMs: 125,
    thousandthCreateMs: undefined,
    kernel: 'own',
    facts: ['2-086'],
  },
  {
    name: 'tinyx',
    overheadBytes: undefined,
    imageBytes: 9.5 * MB,
    createMs: 360,
    bootMs: 180,
    thousandthCreateMs: 10_000,
    kernel: 'own',
    facts: ['2-080', '2-083'],
  },
  {
    name: 'debian',
    overheadBytes: undefined,
    imageBytes: 1100 * MB,
    createMs: 500,
    bootMs: 1500,
    thousandthCreateMs: 42_000,
    kernel: 'own',
    facts: ['2-080', '2-083'],
  },
];

/** What a virtual machine took away in measurements, as a part of the whole; the tuned case. */
export const virtualizationLoss = {
  /** Linpack with the topology shown to the guest: 284.2 of 290.8 GFLOPS (2-090). */
  compute: { part: 0.02, fact: '2-090' },
  /** Untuned: 241.3 of 290.8 GFLOPS. */
  computeUntuned: { part: 0.17, fact: '2-090' },
  memoryBandwidth: { part: 0.03, fact: '2-092' },
  /** Half the random operations. */
  diskOperations: { part: 0.5, fact: '2-094' },
  /** Microseconds added to a round trip. */
  networkRoundTripUs: { us: 30, fact: '2-093' },
} as const;

interface Fleet {
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Started one after the other. */
  readonly startMs: number;
}

/**
 * What so many programs cost when each is walled in this way. Undefined parts of a cost count as `assumed`, which the page
 * shows as its own assumption (a slider) and not as a fact.
 * @param sharedBytes memory of a program that all of them can share when there is one kernel (libraries, page cache)
 */
export function fleetCost(
  cost: IsolationCost,
  program: {
    readonly count: number;
    readonly memoryBytes: number;
    readonly diskBytes: number;
    readonly sharedBytes: number;
  },
  assumed: { readonly overheadBytes: number; readonly imageBytes: number },
): Fleet {
  const { count, memoryBytes, diskBytes, sharedBytes } = program;
  const own = cost.kernel === 'own';
  const memory = own ? count * memoryBytes : count * (memoryBytes - sharedBytes) + (count > 0 ? sharedBytes : 0);
  const overhead = cost.overheadBytes ?? assumed.overheadBytes;
  const image = cost.imageBytes ?? assumed.imageBytes;
  return {
    memoryBytes: Math.round(memory + count * overhead),
    diskBytes: Math.round(count * (diskBytes + image)),
    startMs: Math.round(count * cost.bootMs + createAll(cost, count)),
  };
}

/** Creating gets slower with each that is there, evenly from the first to the thousandth, where both were measured. */
function createAll({ createMs, thousandthCreateMs }: IsolationCost, count: number): number {
  if (thousandthCreateMs === undefined) return count * createMs;
  const step = (thousandthCreateMs - createMs) / 999;
  return count * createMs + (step * count * (count - 1)) / 2;
}

/** How many fit into a memory. */
export function density(
  cost: IsolationCost,
  hostBytes: number,
  program: { readonly memoryBytes: number; readonly sharedBytes: number },
  assumedOverheadBytes: number,
): number {
  const overhead = cost.overheadBytes ?? assumedOverheadBytes;
  if (cost.kernel === 'own') return Math.floor(hostBytes / (program.memoryBytes + overhead));
  return Math.max(
    0,
    Math.floor((hostBytes - program.sharedBytes) / (program.memoryBytes - program.sharedBytes + overhead)),
  );
}
