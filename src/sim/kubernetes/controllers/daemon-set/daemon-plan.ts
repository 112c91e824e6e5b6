// Which daemons to make and to delete: pure plans.
// Models: pkg/controller/daemon/daemon_controller.go podsShouldBeOnNode and update.go rollingUpdate (1.32).
// Where Kubernetes walks through nodes in no order, the order is that of their names here.
import type { DaemonSet } from '../../kinds/workloads.ts';
import type { IntOrString, Node, Pod } from '../../objects.ts';
import { isPodAvailable, isPodReady } from '../../pods.ts';
import { CONTROLLER_REVISION_HASH } from '../history/controller-revision.ts';
import { wantedOn } from './daemon-pod.ts';

export interface DaemonPlan {
  readonly create: readonly string[];
  readonly delete: readonly Pod[];
}

export interface DaemonView {
  readonly set: DaemonSet;
  /** In the order of their names. */
  readonly nodes: readonly Node[];
  /** The set's pods by the node that they are on or meant for. */
  readonly byNode: ReadonlyMap<string, readonly Pod[]>;
  /** The revision of the present template. */
  readonly hash: string;
  readonly nowUnixMs: number;
}

/** A daemon that is found finished: `failed` says whether it may be deleted now, or must wait. */
type OnFinished = (pod: Pod, node: string) => boolean;

/** One daemon on each node that wants one, none elsewhere. */
export function planPresence(view: DaemonView, onFinished: OnFinished): DaemonPlan {
  const { set, nodes, byNode } = view;
  const create: string[] = [];
  const gone: Pod[] = [];
  for (const node of nodes) {
    const { name } = node.metadata;
    const pods = byNode.get(name);
    const { run, stay } = wantedOn(set.spec.template, node);
    if (run && !pods) create.push(name);
    else if (stay && pods) {
      const alive: Pod[] = [];
      for (const pod of pods) {
        if (pod.metadata.deletionTimestamp !== undefined) continue;
        if (pod.status.phase !== 'Failed' && pod.status.phase !== 'Succeeded') alive.push(pod);
        else if (onFinished(pod, name)) gone.push(pod);
      }
      gone.push(...excess(view, alive));
      if (alive.length === 0 && run && surges(set)) create.push(name);
    } else if (!stay && pods) gone.push(...pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined));
  }
  // Pods that wait for a node that is no more.
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  for (const [name, pods] of byNode)
    if (!names.has(name)) gone.push(...pods.filter(({ spec }) => spec.nodeName === undefined));
  return { create, delete: gone };
}

/** More than one on a node: the oldest stays; while it surges, an old one and a new one that is not available yet. */
function excess(view: DaemonView, alive: readonly Pod[]): readonly Pod[] {
  if (alive.length <= 1) return [];
  const { set, nowUnixMs } = view;
  const sorted = alive.toSorted(byAge);
  if (!surges(set)) return sorted.slice(1);
  const oldestNew = sorted.find((pod) => isUpdated(view, pod));
  const oldestOld = sorted.find((pod) => !isUpdated(view, pod));
  const out = sorted.filter((pod) => pod !== oldestNew && pod !== oldestOld);
  if (oldestNew && oldestOld)
    if (!isPodReady(oldestOld) || isPodAvailable(oldestNew, set.spec.minReadySeconds ?? 0, nowUnixMs))
      out.push(oldestOld);
  return out;
}

/** One step of a rolling update. */
export function planUpdate(view: DaemonView): DaemonPlan {
  const { set, nodes } = view;
  const byNode = new Map([...view.byNode].sort(([a], [b]) => (a < b ? -1 : 1)));
  const wanted = nodes.filter((node) => wantedOn(set.spec.template, node).run);
  for (const { metadata } of wanted) if (!byNode.has(metadata.name)) byNode.set(metadata.name, []);
  const { maxSurge = 0, maxUnavailable = 1 } = set.spec.updateStrategy.rollingUpdate ?? {};
  const surge = scaled(maxSurge, wanted.length);
  const unavailable = scaled(maxUnavailable, wanted.length);
  if (surge === 0) return planReplacement(view, byNode, unavailable === 0 ? 1 : unavailable);
  return planSurge(view, byNode, surge, wanted.length);
}

/** Old ones that are not available go at once, others as far as `maxUnavailable` allows. */
function planReplacement(
  view: DaemonView,
  byNode: ReadonlyMap<string, readonly Pod[]>,
  maxUnavailable: number,
): DaemonPlan {
  const available = availability(view);
  let unavailable = 0;
  const allowed: Pod[] = [];
  const candidates: Pod[] = [];
  for (const pods of byNode.values()) {
    const found = pair(view, pods);
    if (!found) unavailable++;
    else if (!found.old) {
      if (!found.fresh || !available(found.fresh)) unavailable++;
    } else if (found.fresh) unavailable++;
    else if (!available(found.old)) {
      // It goes at once, and others have to wait for its successor too.
      allowed.push(found.old);
      unavailable++;
    } else candidates.push(found.old);
  }
  return { create: [], delete: [...allowed, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))] };
}

/** New ones are made beside old ones, which go when the new ones are available. */
function planSurge(
  view: DaemonView,
  byNode: ReadonlyMap<string, readonly Pod[]>,
  maxSurge: number,
  desired: number,
): DaemonPlan {
  const { set, nodes } = view;
  const available = availability(view);
  const nodeByName = new Map(nodes.map((node) => [node.metadata.name, node]));
  const gone: Pod[] = [];
  const misplaced: Pod[] = [];
  const allowed: string[] = [];
  const candidates: string[] = [];
  let surging = 0;
  let availableCount = 0;
  for (const [name, pods] of byNode) {
    const found = pair(view, pods);
    if (!found) {
      surging++;
      continue;
    }
    const { fresh, old } = found;
    const counted = old ?? fresh;
    if (counted && available(counted)) availableCount++;
    if (!old) continue;
    if (fresh) {
      if (available(fresh)) gone.push(old);
      else surging++;
      continue;
    }
    const node = nodeByName.get(name);
    const run = node !== undefined && wantedOn(set.spec.template, node).run;
    if (!available(old)) {
      if (run) allowed.push(name);
      else gone.push(old);
    } else if (run) candidates.push(name);
    else misplaced.push(old);
  }
  gone.push(...misplaced.slice(0, Math.max(0, availableCount - desired)));
  return { create: [...allowed, ...candidates.slice(0, Math.max(0, maxSurge - surging))], delete: gone };
}

/** A node's living daemons, at most one of each template; undefined when there are more. */
function pair(view: DaemonView, pods: readonly Pod[]): { readonly fresh?: Pod; readonly old?: Pod } | undefined {
  let fresh: Pod | undefined;
  let old: Pod | undefined;
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    if (isUpdated(view, pod)) {
      if (fresh) return undefined;
      fresh = pod;
    } else {
      if (old) return undefined;
      old = pod;
    }
  }
  return { ...(fresh ? { fresh } : {}), ...(old ? { old } : {}) };
}

export function isUpdated({ hash }: Pick<DaemonView, 'hash'>, pod: Pod): boolean {
  return pod.metadata.labels?.[CONTROLLER_REVISION_HASH] === hash;
}

function availability({ set, nowUnixMs }: DaemonView): (pod: Pod) => boolean {
  return (pod) => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowUnixMs);
}

function surges({ spec }: DaemonSet): boolean {
  const { type, rollingUpdate } = spec.updateStrategy;
  // Of some number or percentage, whatever that comes to. (AllowsSurge of one pod)
  return type === 'RollingUpdate' && scaled(rollingUpdate?.maxSurge ?? 0, 1) > 0;
}

/** Both limits round up. */
function scaled(value: IntOrString, total: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * total) / 100);
}

/** Bound before waiting, older before newer. (podByCreationTimestampAndPhase) */
export function byAge(a: Pod, b: Pod): number {
  const bound = Number(b.spec.nodeName !== undefined) - Number(a.spec.nodeName !== undefined);
  if (bound !== 0) return bound;
  const [left, right] = [a.metadata, b.metadata];
  if (left.creationTimestamp !== right.creationTimestamp)
    return left.creationTimestamp < right.creationTimestamp ? -1 : 1;
  return left.name < right.name ? -1 : 1;
}
