// Whether a node still answers, judged from its status and its lease.
// Models: pkg/controller/nodelifecycle/node_lifecycle_controller.go tryUpdateNodeHealth (1.32). Pure functions.
import { formatTime, parseTime } from '../../../engine/time.ts';
import type { Condition, Lease, Node } from '../../objects.ts';

/** What the controller remembers of a node between two looks. Times are Unix milliseconds. */
export interface NodeHealth {
  /** The Ready condition at the last look, if the node had one. */
  readonly ready: Condition | undefined;
  /** When the controller last noticed a sign of life. */
  readonly probeAt: number;
  readonly readyTransitionAt: number;
  /** `renewTime` of the lease then. */
  readonly renewedAt: number | undefined;
}

export interface Grace {
  /** Silence that a node may keep. (--node-monitor-grace-period) */
  readonly monitorMs: number;
  /** The same for a node that has never reported. (--node-startup-grace-period) */
  readonly startupMs: number;
}

export interface HealthCheck {
  readonly health: NodeHealth;
  /** The Ready condition as found; what taints follow from. */
  readonly observed: Condition;
  /** The Ready condition as it is now, undefined while the node has none. */
  readonly current: Condition | undefined;
  /** All conditions, when they must be written. */
  readonly conditions: readonly Condition[] | undefined;
}

/** The parts of a node that are read. */
export interface ReportingNode {
  readonly metadata: Pick<Node['metadata'], 'creationTimestamp'>;
  readonly status?: Pick<Node['status'], 'conditions'>;
}

/** Conditions that nobody vouches for once a node is silent. */
const REPORTED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

export function checkNode(
  node: ReportingNode,
  lease: Pick<Lease, 'spec'> | undefined,
  saved: NodeHealth | undefined,
  nowUnixMs: number,
  grace: Grace,
): HealthCheck {
  const conditions = node.status?.conditions ?? [];
  const created = node.metadata.creationTimestamp;
  const ready = conditions.find((condition) => condition.type === 'Ready');
  const observed = ready ?? {
    type: 'Ready',
    status: 'Unknown' as const,
    lastHeartbeatTime: created,
    lastTransitionTime: created,
  };
  const graceMs = ready ? grace.monitorMs : grace.startupMs;
  let health = noticed(ready, saved, parseTime(created) ?? nowUnixMs, nowUnixMs);
  const renewedAt = parseTime(lease?.spec.renewTime ?? '');
  if (renewedAt !== undefined && (saved?.renewedAt === undefined || saved.renewedAt < renewedAt))
    health = { ...health, renewedAt, probeAt: nowUnixMs };
  if (nowUnixMs <= health.probeAt + graceMs) return { health, observed, current: ready, conditions: undefined };

  const silent = silentConditions(conditions, created, formatTime(nowUnixMs));
  const current = silent.find((condition) => condition.type === 'Ready');
  if (ready && current === ready) return { health, observed, current, conditions: undefined };
  return {
    health: { ...health, ready: current, readyTransitionAt: nowUnixMs, renewedAt: renewedAt ?? health.renewedAt },
    observed,
    current,
    conditions: silent,
  };
}

/** Notices a changed status; a node without any is as old as its creation. */
function noticed(
  ready: Condition | undefined,
  saved: NodeHealth | undefined,
  createdAt: number,
  nowUnixMs: number,
): NodeHealth {
  const anew = { ready, probeAt: nowUnixMs, readyTransitionAt: nowUnixMs, renewedAt: saved?.renewedAt };
  if (!saved) return ready ? anew : { ...anew, probeAt: createdAt, readyTransitionAt: createdAt };
  if ((saved.ready === undefined) !== (ready === undefined)) return anew;
  if (!ready || saved.ready?.lastHeartbeatTime === ready.lastHeartbeatTime) return { ...saved, ready };
  const moved = saved.ready?.lastTransitionTime !== ready.lastTransitionTime;
  return { ...anew, readyTransitionAt: moved ? nowUnixMs : saved.readyTransitionAt };
}

function silentConditions(conditions: readonly Condition[], created: string, timestamp: string): readonly Condition[] {
  const out = conditions.map((condition): Condition => {
    if (!REPORTED.some((type) => type === condition.type) || condition.status === 'Unknown') return condition;
    return {
      ...condition,
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastTransitionTime: timestamp,
    };
  });
  for (const type of REPORTED)
    if (!out.some((condition) => condition.type === type))
      out.push({
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        lastHeartbeatTime: created,
        lastTransitionTime: timestamp,
      });
  return out;
}
