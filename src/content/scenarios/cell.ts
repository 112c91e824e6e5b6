// A large cell: three pools of machines over three zones, cut into racks, and six programs of Harbour Goods rolled out
// over all of it at once. The cell of 5,000 has small machines, the others have large ones,
// so that the same pods fill each of them by rather more than half.
import type { Scenario } from '../../sim/index.ts';
import { deployment, morning } from './harbour.ts';

/** Where a machine stands, as its labels say. */
const POOL = 'harbour.example/pool';
const RACK = 'harbour.example/rack';
const ZONE = 'topology.kubernetes.io/zone';

const ZONES = ['a', 'b', 'c'] as const;
/** From this many machines on they are small. */
const SMALL = 5_000;
const MOST_PODS = 10_000;
const PODS_A_NODE = 10;

interface Pool {
  readonly name: string;
  /** Of a hundred machines. */
  readonly share: number;
  readonly cpu: number;
  readonly memoryGi: number;
}

const pools: readonly Pool[] = [
  { name: 'general', share: 60, cpu: 4, memoryGi: 16 },
  { name: 'highmem', share: 20, cpu: 4, memoryGi: 32 },
  { name: 'compute', share: 20, cpu: 8, memoryGi: 16 },
];

/** Shares of the pods in hundredths; some programs run only in one pool. */
const programs = [
  { name: 'storefront', image: 'harbour/storefront:2.0', share: 30, cpu: '1', memory: '2Gi' },
  { name: 'payments', image: 'harbour/payments:1.4', share: 14, cpu: '750m', memory: '1Gi' },
  { name: 'search', image: 'harbour/search:2.0', share: 18, cpu: '1', memory: '8Gi', pool: 'highmem' },
  { name: 'pricing', image: 'nginx:1.27', share: 12, cpu: '3', memory: '2Gi', pool: 'compute' },
  { name: 'basket', image: 'nginx:1.27', share: 14, cpu: '500m', memory: '4Gi' },
  { name: 'edge', image: 'nginx:1.27', share: 12, cpu: '1500m', memory: '1Gi' },
] as const;

/** How many pods the roll-out of a cell has. */
function cellPods(nodes: number): number {
  return Math.min(MOST_PODS, nodes * PODS_A_NODE);
}

export function build(settings: Readonly<Record<string, number | string | boolean>>): Scenario {
  const count = typeof settings['nodes'] === 'number' ? settings['nodes'] : 1_000;
  return {
    name: 'cell',
    startsAt: morning,
    nodes: machines(count),
    objects: [],
    clients: [],
    script: rollout(count),
  };
}

function machines(count: number): Scenario['nodes'] {
  const times = count >= SMALL ? 1 : 4;
  const rackSize = Math.max(1, Math.min(40, Math.round(Math.sqrt(count) / 1.75)));
  const out: Scenario['nodes'][number][] = [];
  let left = count;
  pools.forEach((pool, p) => {
    const last = p === pools.length - 1;
    const inPool = last ? left : Math.min(left, Math.max(1, Math.round((count * pool.share) / 100)));
    left -= inPool;
    ZONES.forEach((zone, z) => {
      let inZone = Math.floor(inPool / ZONES.length) + (z < inPool % ZONES.length ? 1 : 0);
      for (let rack = 1; inZone > 0; rack++) {
        const size = Math.min(rackSize, inZone);
        inZone -= size;
        const name = `${pool.name}-${zone}-${String(rack).padStart(2, '0')}`;
        out.push({
          name,
          count: size,
          cpu: String(pool.cpu * times),
          memory: `${String(pool.memoryGi * times)}Gi`,
          labels: { [POOL]: pool.name, [ZONE]: `harbour-${zone}`, [RACK]: name },
        });
      }
    });
  });
  return out;
}

function rollout(nodes: number): Scenario['script'] {
  const pods = cellPods(nodes);
  return programs.map((program) => {
    const { name, image, share, cpu, memory } = program;
    return {
      at: '1s',
      kind: 'apply',
      manifest: deployment(name, image, {
        replicas: Math.round((pods * share) / 100),
        cpu,
        memory,
        ...('pool' in program ? { nodeSelector: { [POOL]: program.pool } } : {}),
      }),
    };
  });
}
