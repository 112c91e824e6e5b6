// Asks the filters about a node: as it is, and as it would be with pods that are nominated to run there. Models
// RunFilterPlugins and RunFilterPluginsWithNominatedPods of pkg/scheduler/framework/runtime/framework.go (Kubernetes
// 1.32). Departure: where pods are added or taken away to see what would be, the plugins that look at pods prepare
// themselves anew instead of being told of each pod.
import type { Pod } from '../objects.ts';
import type { FilterPlugin, Profile, Verdict } from './framework.ts';
import type { NodeTable } from './node-table.ts';
import type { PodInfo } from './pod-info.ts';

export interface ActiveFilter {
  readonly plugin: FilterPlugin;
  readonly filter: (slot: number) => Verdict;
}

export interface Rejection {
  readonly plugin: string;
  readonly verdict: Verdict;
}

/** The first plugin that says no; undefined when none does. */
export function judge(filters: readonly ActiveFilter[], slot: number): Rejection | undefined {
  for (const { plugin, filter } of filters) {
    const verdict = filter(slot);
    if (verdict.code !== 'Success') return { plugin: plugin.name, verdict };
  }
  return undefined;
}

/**
 * What `ask` says while the pods of equal or higher priority that are nominated to the node are on it; undefined when
 * there are none. A pod must fit with them and without them, because they may come or not.
 */
export function withNominated(
  { pod }: PodInfo,
  nodes: NodeTable,
  slot: number,
  ask: () => Rejection | undefined,
): Rejection | undefined {
  if (nodes.nominated.empty) return undefined;
  const nodeName = nodes.nameAt(slot);
  const there = nodes.nominated.on(nodeName);
  if (!there) return undefined;
  const guests = [...there].filter(
    ([, other]) => priorityOf(other) >= priorityOf(pod) && other.metadata.uid !== pod.metadata.uid,
  );
  if (guests.length === 0) return undefined;
  for (const [key, guest] of guests) nodes.setPod(key, { ...guest, spec: { ...guest.spec, nodeName } });
  const rejection = ask();
  for (const [key] of guests) nodes.removePod(key);
  return rejection;
}

export function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0;
}

/** Filters of one pod for a table whose pods change between the questions. */
export class Trial {
  readonly #pod: PodInfo;
  readonly #nodes: NodeTable;
  readonly #profile: Profile;
  /** By plugin; undefined for those that must be prepared anew each time. */
  readonly #prepared: readonly (ActiveFilter | Rejection | 'skip' | undefined)[];

  constructor(pod: PodInfo, nodes: NodeTable, profile: Profile) {
    this.#pod = pod;
    this.#nodes = nodes;
    this.#profile = profile;
    this.#prepared = profile.filters.map((plugin) => (plugin.preparesFromPods ? undefined : this.#prepare(plugin)));
  }

  judge(slot: number): Rejection | undefined {
    for (const [i, plugin] of this.#profile.filters.entries()) {
      const prepared = this.#prepared[i] ?? this.#prepare(plugin);
      if (prepared === 'skip') continue;
      if ('verdict' in prepared) return prepared;
      const verdict = prepared.filter(slot);
      if (verdict.code !== 'Success') return { plugin: plugin.name, verdict };
    }
    return undefined;
  }

  /** The same, and with the pods that are nominated to the node. */
  judgeWithNominated(slot: number): Rejection | undefined {
    return withNominated(this.#pod, this.#nodes, slot, () => this.judge(slot)) ?? this.judge(slot);
  }

  #prepare(plugin: FilterPlugin): ActiveFilter | Rejection | 'skip' {
    const prepared = plugin.prepareFilter(this.#pod, this.#nodes);
    if (prepared.kind === 'skip') return 'skip';
    if (prepared.kind === 'rejected') return { plugin: plugin.name, verdict: prepared.verdict };
    return { plugin, filter: prepared.filter };
  }
}
