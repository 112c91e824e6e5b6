// Profiles from a KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1). Models pkg/scheduler/apis/config and
// the merging of plugin sets in pkg/scheduler/framework/runtime and apis/config/v1/default_plugins.go (Kubernetes 1.32).
// Left out, and refused by name: extenders, volume limits and dynamic-resource plugins, extension points other than
// multiPoint, filter, score and postFilter, the pod back-off times, everything about the process itself.
import type { TopologySpreadConstraint } from '../objects.ts';
import { defaultProfile } from './default-profile.ts';
import type { FilterPlugin, PreemptionArgs, Profile, ScorePlugin } from './framework.ts';
import { createInterPodAffinity } from './plugins/inter-pod-affinity.ts';
import { createNodeAffinity } from './plugins/node-affinity.ts';
import { createNodeResourcesBalancedAllocation } from './plugins/node-resources-balanced-allocation.ts';
import { createNodeResourcesFit, defaultResources, type ScoringStrategy } from './plugins/node-resources-fit.ts';
import { createPodTopologySpread } from './plugins/pod-topology-spread.ts';
import { systemDefaults } from './plugins/pod-topology-spread-constraints.ts';
import { defaultPreemptionArgs } from './preemption/default-preemption.ts';
import type { UtilizationPoint, WeightedResource } from './plugins/resource-scorer.ts';

/** By the scheduler name that pods ask for. */
export type Profiles = ReadonlyMap<string, Profile>;

export const defaultProfiles: Profiles = new Map([['default-scheduler', defaultProfile]]);

type Document = Readonly<Record<string, unknown>>;

/** Only ever thrown and caught inside this file: reading stops at the first thing that is wrong. */
class Unreadable extends Error {}

export function readConfiguration(document: unknown): { readonly profiles: Profiles } | { readonly error: string } {
  try {
    return { profiles: read(document) };
  } catch (thrown) {
    if (thrown instanceof Unreadable) return { error: thrown.message };
    throw thrown;
  }
}

function read(document: unknown): Profiles {
  const top = record(document, '', ['apiVersion', 'kind', 'profiles', 'percentageOfNodesToScore']);
  if (top['apiVersion'] !== 'kubescheduler.config.k8s.io/v1')
    fail('apiVersion', 'expected kubescheduler.config.k8s.io/v1');
  if (top['kind'] !== 'KubeSchedulerConfiguration') fail('kind', 'expected KubeSchedulerConfiguration');
  const percentage = percentageIn(top, '');
  const profiles = new Map<string, Profile>();
  const list = listIn(top, 'profiles', '');
  if (list.length === 0) list.push({});
  list.forEach((entry, i) => {
    const at = `profiles[${String(i)}]`;
    const from = record(entry, at, ['schedulerName', 'percentageOfNodesToScore', 'plugins', 'pluginConfig']);
    const name = from['schedulerName'] ?? 'default-scheduler';
    if (typeof name !== 'string' || name === '') return fail(`${at}.schedulerName`, 'expected a name');
    if (profiles.has(name)) fail(`${at}.schedulerName`, `duplicate profile ${name}`);
    profiles.set(name, profile(from, at, percentage));
  });
  return profiles;
}

/** A plugin with all the seats that it can take. */
interface Seats {
  readonly filter?: FilterPlugin;
  readonly score?: ScorePlugin;
  readonly preemption?: PreemptionArgs;
}

interface Enabled {
  readonly name: string;
  readonly weight: number;
}

const DEFAULT_WEIGHTS = new Map(defaultProfile.scores.map(({ plugin, weight }) => [plugin.name, weight]));
/** Plugins that a scheduler cannot do without, or that are steps of their own here. */
const ALWAYS = ['SchedulingGates', 'PrioritySort', 'DefaultBinder'];
/** Present in a real scheduler; taking them away changes nothing here. */
const ABSENT = ['NodeVolumeLimits', 'DynamicResources'];

function profile(from: Document, at: string, percentage: number | undefined): Profile {
  const seats = seatsOf(from, at);
  const plugins = record(from['plugins'] ?? {}, `${at}.plugins`, ['multiPoint', 'filter', 'score', 'postFilter']);
  const everywhere = [...seats.keys()].map((name) => ({ name, weight: DEFAULT_WEIGHTS.get(name) ?? 1 }));
  const merged = merge(everywhere, plugins, 'multiPoint', `${at}.plugins`, seats);
  const having = (seat: keyof Seats) => merged.filter(({ name }) => seats.get(name)?.[seat] !== undefined);
  const point = (seat: keyof Seats, name: string) => merge(having(seat), plugins, name, `${at}.plugins`, seats, seat);
  const own = percentageIn(from, at) ?? percentage;
  const preemption = point('preemption', 'postFilter').length > 0 && seats.get('DefaultPreemption')?.preemption;
  return {
    filters: point('filter', 'filter').flatMap(({ name }) => seats.get(name)?.filter ?? []),
    scores: point('score', 'score').flatMap(({ name, weight }) => {
      const plugin = seats.get(name)?.score;
      return plugin ? [{ plugin, weight }] : [];
    }),
    ...(preemption ? { preemption } : {}),
    ...(own === undefined || own === 0 ? {} : { percentageOfNodesToScore: own }),
  };
}

/** The list without what is disabled; what is enabled again stands in its old place, what is new at the end. */
function merge(
  before: readonly Enabled[],
  plugins: Document,
  point: string,
  at: string,
  seats: ReadonlyMap<string, Seats>,
  seat?: keyof Seats,
): readonly Enabled[] {
  const here = `${at}.${point}`;
  const set = record(plugins[point] ?? {}, here, ['enabled', 'disabled']);
  const disabled = new Set<string>();
  listIn(set, 'disabled', here).forEach((entry, i) => {
    const field = `${here}.disabled[${String(i)}]`;
    const name = record(entry, field, ['name', 'weight'])['name'];
    if (typeof name !== 'string') return fail(field, 'expected a name');
    if (ALWAYS.includes(name)) fail(field, `${name} cannot be taken away here`);
    if (name !== '*' && !seats.has(name) && !ABSENT.includes(name)) fail(field, `plugin ${name} does not exist`);
    disabled.add(name);
  });
  const enabled = new Map<string, Enabled>();
  listIn(set, 'enabled', here).forEach((entry, i) => {
    const field = `${here}.enabled[${String(i)}]`;
    const { name, weight } = record(entry, field, ['name', 'weight']);
    if (typeof name !== 'string') return fail(field, 'expected a name');
    if (ABSENT.includes(name)) fail(field, `${name} is not simulated here`);
    if (ALWAYS.includes(name)) return;
    const found = seats.get(name);
    if (!found || (seat && found[seat] === undefined))
      fail(field, `plugin ${name} ${found ? `does not extend ${point}` : 'does not exist'}`);
    if (enabled.has(name)) fail(field, `plugin ${name} is listed twice`);
    enabled.set(name, { name, weight: typeof weight === 'number' && weight > 0 ? weight : 1 });
  });
  const kept = before
    .filter(({ name }) => enabled.has(name) || !(disabled.has('*') || disabled.has(name)))
    .map((plugin) => enabled.get(plugin.name) ?? plugin);
  const names = new Set(before.map(({ name }) => name));
  return [...kept, ...[...enabled.values()].filter(({ name }) => !names.has(name))];
}

/** All plugins by name in their default order, made with the arguments that the profile gives them. */
function seatsOf(from: Document, at: string): ReadonlyMap<string, Seats> {
  const seats = new Map<string, Seats>();
  for (const plugin of defaultProfile.filters) seats.set(plugin.name, { filter: plugin });
  for (const { plugin } of defaultProfile.scores) seats.set(plugin.name, { ...seats.get(plugin.name), score: plugin });
  seats.set('DefaultPreemption', { preemption: defaultPreemptionArgs });
  listIn(from, 'pluginConfig', at).forEach((entry, i) => {
    const here = `${at}.pluginConfig[${String(i)}]`;
    const { name, args } = record(entry, here, ['name', 'args']);
    if (typeof name !== 'string') return fail(`${here}.name`, 'expected a name');
    seats.set(name, configured(name, `${here}.args`, args));
  });
  return seats;
}

function configured(name: string, at: string, args: unknown): Seats {
  const read = (fields: readonly string[]) => record(args ?? {}, at, ['apiVersion', 'kind', ...fields]);
  const both = (plugin: FilterPlugin & ScorePlugin): Seats => ({ filter: plugin, score: plugin });
  switch (name) {
    case 'NodeResourcesFit': {
      const from = read(['scoringStrategy', 'ignoredResources', 'ignoredResourceGroups']);
      return both(
        createNodeResourcesFit({
          strategy: strategy(from['scoringStrategy'] ?? {}, `${at}.scoringStrategy`),
          ignoredResources: listIn(from, 'ignoredResources', at).map(String),
          ignoredResourceGroups: listIn(from, 'ignoredResourceGroups', at).map(String),
        }),
      );
    }
    case 'NodeResourcesBalancedAllocation':
      return { score: createNodeResourcesBalancedAllocation(resources(read(['resources']), at)) };
    case 'NodeAffinity':
      return both(
        createNodeAffinity(read(['addedAffinity'])['addedAffinity'] as Parameters<typeof createNodeAffinity>[0]),
      );
    case 'InterPodAffinity': {
      const from = read(['hardPodAffinityWeight', 'ignorePreferredTermsOfExistingPods']);
      return both(
        createInterPodAffinity({
          hardPodAffinityWeight: whole(from['hardPodAffinityWeight'] ?? 1, `${at}.hardPodAffinityWeight`, 0, 100),
          ignorePreferredTermsOfExistingPods: from['ignorePreferredTermsOfExistingPods'] === true,
        }),
      );
    }
    case 'PodTopologySpread': {
      const from = read(['defaultConstraints', 'defaultingType']);
      const constraints = listIn(from, 'defaultConstraints', at) as readonly TopologySpreadConstraint[];
      if (from['defaultingType'] !== 'List' && constraints.length > 0)
        fail(`${at}.defaultingType`, 'expected List when defaultConstraints are given');
      return both(
        createPodTopologySpread(from['defaultingType'] === 'List' ? { system: false, constraints } : systemDefaults),
      );
    }
    case 'DefaultPreemption': {
      const from = read(['minCandidateNodesPercentage', 'minCandidateNodesAbsolute']);
      const { minCandidateNodesPercentage: percentage, minCandidateNodesAbsolute: absolute } = from;
      return {
        preemption: {
          minCandidateNodesPercentage: whole(percentage ?? 10, `${at}.minCandidateNodesPercentage`, 0, 100),
          minCandidateNodesAbsolute: whole(absolute ?? 100, `${at}.minCandidateNodesAbsolute`, 0, 1_000_000),
        },
      };
    }
    default:
      return fail(at, `arguments of ${name} are not simulated here`);
  }
}

function strategy(value: unknown, at: string): ScoringStrategy {
  const from = record(value, at, ['type', 'resources', 'requestedToCapacityRatio']);
  const type = from['type'] ?? 'LeastAllocated';
  const weighted = resources(from, at);
  if (type === 'LeastAllocated' || type === 'MostAllocated') return { type, resources: weighted };
  if (type !== 'RequestedToCapacityRatio')
    return fail(`${at}.type`, 'expected LeastAllocated, MostAllocated or RequestedToCapacityRatio');
  const here = `${at}.requestedToCapacityRatio`;
  const shape = listIn(record(from['requestedToCapacityRatio'] ?? {}, here, ['shape']), 'shape', here).map(
    (point, i): UtilizationPoint => {
      const field = `${here}.shape[${String(i)}]`;
      const { utilization, score } = record(point, field, ['utilization', 'score']);
      return {
        utilization: whole(utilization ?? 0, `${field}.utilization`, 0, 100),
        score: whole(score ?? 0, `${field}.score`, 0, 10),
      };
    },
  );
  if (shape.length === 0) fail(`${here}.shape`, 'at least one point must be specified');
  if (shape.some(({ utilization }, i) => i > 0 && utilization <= (shape[i - 1]?.utilization ?? 0)))
    fail(`${here}.shape`, 'utilization values must be sorted in increasing order');
  return { type, resources: weighted, shape };
}

function resources(from: Document, at: string): readonly WeightedResource[] {
  const list = listIn(from, 'resources', at);
  if (list.length === 0) return defaultResources;
  return list.map((entry, i) => {
    const field = `${at}.resources[${String(i)}]`;
    const { name, weight } = record(entry, field, ['name', 'weight']);
    if (typeof name !== 'string') return fail(`${field}.name`, 'expected a name');
    return { name, weight: whole(weight ?? 1, `${field}.weight`, 1, 100) };
  });
}

function percentageIn(from: Document, at: string): number | undefined {
  const value = from['percentageOfNodesToScore'];
  return value === undefined ? undefined : whole(value, `${at}.percentageOfNodesToScore`, 0, 100);
}

function record(value: unknown, at: string, fields: readonly string[]): Document {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(at, 'expected an object');
  for (const field of Object.keys(value))
    if (!fields.includes(field)) fail(at === '' ? field : `${at}.${field}`, 'is not simulated here');
  return value as Document;
}

function listIn(from: Document, field: string, at: string): unknown[] {
  const value = from[field] ?? [];
  return Array.isArray(value) ? [...(value as unknown[])] : fail(`${at}.${field}`, 'expected a list');
}

function whole(value: unknown, at: string, min: number, max: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
    ? value
    : fail(at, `expected a whole number from ${String(min)} to ${String(max)}`);
}

function fail(at: string, why: string): never {
  throw new Unreadable(at === '' ? why : `${at.replace(/^\./, '')}: ${why}`);
}
