// How the scheduler chose a node for one pod, or is about to: its own record of the newest attempt, with what a picture
// needs beside it. A pod that has not been tried yet is looked at in a copy of the world, played on until it is.
import type { Timeline, World } from '../sim/index.ts';
import type { Pod } from '../sim/kubernetes/objects.ts';
import { defaultProfiles, readConfiguration } from '../sim/kubernetes/scheduler/index.ts';
import type { Choice } from './protocol.ts';

/** An attempt that is further away than this is not foretold. Virtual ms. */
const AHEAD_MS = 1_000;

/** @param pod `<namespace>/<name>` */
export function choiceOf(timeline: Timeline, pod: string): Choice | undefined {
  const { world } = timeline;
  const found = world.store.get('pods', pod);
  if (!found) return undefined;
  const made = read(world, found, false);
  if (made) return gone(world, made) ? asItWas(timeline, found, made) : made;
  const gates = (found.spec.schedulingGates ?? []).map(({ name }) => name);
  if (gates.length > 0 || found.spec.nodeName !== undefined) return untried(world, found, gates);
  const copy = timeline.fork();
  const until = timeline.now + AHEAD_MS;
  while (copy.now < until) {
    copy.run(Math.min(until, Math.max(copy.now + 1, copy.nextAt ?? until)));
    const decided = read(copy.world, found, true);
    if (decided) return decided;
  }
  return untried(world, found, gates);
}

/** Some victim has left the world since; what was compared can only be read at the moment of the attempt. */
function gone({ store }: World, { preemption }: Choice): boolean {
  return preemption?.candidates.some(({ victims }) => victims.some(({ pod }) => !store.get('pods', pod))) === true;
}

const remembered = new WeakMap<Timeline, { readonly key: string; readonly choice: Choice }>();

function asItWas(timeline: Timeline, pod: Pod, made: Choice): Choice {
  const key = `${pod.metadata.uid}@${String(made.at)}`;
  const held = remembered.get(timeline);
  if (held?.key === key) return held.choice;
  const copy = timeline.fork();
  copy.seek(made.at ?? 0);
  const choice = read(copy.world, pod, false) ?? made;
  remembered.set(timeline, { key, choice });
  return choice;
}

function untried(world: World, pod: Pod, gates: readonly string[]): Choice {
  return {
    pod: keyOf(pod),
    at: null,
    ahead: false,
    attempts: 0,
    chosen: null,
    message: pod.status.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '',
    gates,
    filters: profileOf(world, pod).filters,
    weights: [],
    nodes: world.store.list('nodes').map(({ metadata }) => ({ node: metadata.name, verdict: null, scores: null })),
    tied: 0,
    priority: pod.spec.priority ?? 0,
    preemption: null,
  };
}

function read(world: World, pod: Pod, ahead: boolean): Choice | undefined {
  const decision = world.scheduler.decision(pod.metadata.uid);
  if (!decision) return undefined;
  const { filters, weights } = profileOf(world, pod);
  const known = new Map(decision.nodes.map((node) => [node.node, node]));
  const used = new Set(decision.nodes.flatMap(({ scores }) => Object.keys(scores ?? {})));
  const names = [
    ...new Set([...world.store.list('nodes').map(({ metadata }) => metadata.name), ...known.keys()]),
  ].sort();
  const plan = decision.preemption;
  return {
    pod: keyOf(pod),
    at: decision.at,
    ahead,
    attempts: decision.attempts,
    chosen: decision.chosen ?? null,
    message: decision.message,
    gates: [],
    filters,
    weights: weights.filter(({ plugin }) => used.has(plugin)),
    nodes: names.map((node) => {
      const { filtered, scores, total } = known.get(node) ?? {};
      return {
        node,
        verdict: filtered ? { plugin: filtered.plugin, reasons: filtered.reasons } : known.has(node) ? 'fits' : null,
        scores:
          scores === undefined || total === undefined
            ? null
            : {
                total,
                by: Object.fromEntries(
                  Object.entries(scores).map(([plugin, { raw, normalized, weighted }]) => [
                    plugin,
                    { raw, normalized, weighted },
                  ]),
                ),
              },
      };
    }),
    tied: decision.tied,
    priority: pod.spec.priority ?? 0,
    preemption: plan
      ? {
          chosen: plan.chosen.node,
          candidates: [...plan.candidates]
            .sort((a, b) => (a.node < b.node ? -1 : 1))
            .map(({ node, victims, violations }) => ({
              node,
              violations,
              victims: victims.map((key) => ({ pod: key, ...victim(world, key) })),
            })),
        }
      : null,
  };
}

/** What preemption compares of a victim. */
function victim(world: World, key: string): { readonly priority: number; readonly startedAt: string } {
  const pod = world.store.get('pods', key);
  return { priority: pod?.spec.priority ?? 0, startedAt: pod?.status.startTime ?? '' };
}

function profileOf(
  { scenario }: World,
  { spec }: Pod,
): { readonly filters: readonly string[]; readonly weights: Choice['weights'] } {
  const read = scenario.scheduler === undefined ? undefined : readConfiguration(scenario.scheduler);
  const profiles = read && 'profiles' in read ? read.profiles : defaultProfiles;
  const profile = profiles.get(spec.schedulerName);
  return {
    filters: profile?.filters.map(({ name }) => name) ?? [],
    weights: profile?.scores.map(({ plugin, weight }) => ({ plugin: plugin.name, weight })) ?? [],
  };
}

function keyOf({ metadata }: Pod): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
