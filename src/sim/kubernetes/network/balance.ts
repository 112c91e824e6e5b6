// Which backend a new connection gets. In iptables mode rule i of n matches with probability 1/(n-i), which is a uniform
// choice; in IPVS mode the kernel's scheduler chooses: round robin, least connection, shortest expected delay, never
// queue, source or destination hashing. Session affinity keeps a client at its backend while that one is there.
//
// Models pkg/proxy/iptables/proxier.go (writeServiceToEndpointRules, the `recent` match) and pkg/proxy/ipvs (1.32) with
// net/netfilter/ipvs/ip_vs_{rr,lc,sed,nq,sh,dh}.c. Departures: one table for all nodes, where each node has its own; `wrr`
// and `wlc` are `rr` and `lc`, because kube-proxy gives every backend the weight 1.
import { fnv1a32 } from '../../engine/hash.ts';
import type { Simulation } from '../../engine/simulation.ts';
import type { OpenTo } from '../../traffic/network.ts';

export const ipvsSchedulers = ['rr', 'wrr', 'lc', 'wlc', 'sed', 'nq', 'sh', 'dh'] as const;

/** kube-proxy's mode, and in IPVS mode the kernel's scheduler. */
export interface ProxyMode {
  readonly mode: 'iptables' | 'ipvs';
  readonly scheduler: (typeof ipvsSchedulers)[number];
}

export interface Candidate {
  readonly ip: string;
  readonly port: number;
  /** `<namespace>/<name>`, or null for an address that is no pod's. */
  readonly pod: string | null;
}

interface Choice {
  /** `<namespace>/<name>:<port>` of the Service port. */
  readonly servicePort: string;
  readonly clientIP: string;
  /** Null without session affinity. */
  readonly affinityMs: number | null;
  readonly draw: (bound: number) => number;
}

export interface Balancer {
  /** @param backends at least one */
  choose<C extends Candidate>(backends: readonly C[], choice: Choice): C;
}

interface State {
  readonly turns: ReadonlyMap<string, number>;
  readonly kept: ReadonlyMap<string, Kept>;
}
interface Kept {
  readonly ip: string;
  readonly usedAt: number;
}

export function createBalancer(sim: Simulation, { mode, scheduler }: ProxyMode, open: OpenTo): Balancer {
  /** The next turn of each Service port. */
  let turns = new Map<string, number>();
  let kept = new Map<string, Kept>();
  sim.register<State>({
    name: 'kubernetes.network.balance',
    save: () => ({ turns: new Map(turns), kept: new Map(kept) }),
    load: (state) => {
      turns = new Map(state.turns);
      kept = new Map(state.kept);
    },
  });

  function pick<C extends Candidate>(backends: readonly C[], { servicePort, clientIP, draw }: Choice): C {
    if (mode === 'iptables') return at(backends, backends.length > 1 ? draw(backends.length) : 0);
    switch (scheduler) {
      case 'rr':
      case 'wrr': {
        const turn = turns.get(servicePort) ?? 0;
        turns.set(servicePort, turn + 1);
        return at(backends, turn % backends.length);
      }
      case 'sh':
        return at(backends, fnv1a32(clientIP) % backends.length);
      case 'dh':
        return at(backends, fnv1a32(servicePort) % backends.length);
      case 'lc':
      case 'wlc':
      case 'sed':
      case 'nq':
        return least(backends, servicePort);
    }
  }

  /** With equal weights the four rules agree: fewest open connections; the first of equals from where we left off. */
  function least<C extends Candidate>(backends: readonly C[], servicePort: string): C {
    const from = turns.get(servicePort) ?? 0;
    let best = -1;
    let fewest = Infinity;
    for (let i = 0; i < backends.length; i++) {
      const index = (from + i) % backends.length;
      const { pod } = at(backends, index);
      const load = pod === null ? 0 : open(pod);
      if (load < fewest) {
        fewest = load;
        best = index;
      }
    }
    turns.set(servicePort, best + 1);
    return at(backends, best);
  }

  return {
    choose(backends, choice) {
      if (choice.affinityMs === null) return pick(backends, choice);
      const key = `${choice.servicePort} ${choice.clientIP}`;
      const held = kept.get(key);
      const same =
        held && sim.now - held.usedAt < choice.affinityMs ? backends.find(({ ip }) => ip === held.ip) : undefined;
      const chosen = same ?? pick(backends, choice);
      kept.set(key, { ip: chosen.ip, usedAt: sim.now });
      return chosen;
    },
  };
}

function at<C>(list: readonly C[], index: number): C {
  return list[index] as C;
}
