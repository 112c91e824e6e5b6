// Runs the tables of Kubernetes' own unit tests for nodes and kubelets (kinds node-health, node-condition-taints,
// pod-actions, pod-phase, pod-conditions, probe, backoff, oom-score, qos-class).
import { parseTime } from '../../../src/sim/engine/time.ts';
import {
  checkNode,
  type HealthCheck,
  type ReportingNode,
} from '../../../src/sim/kubernetes/controllers/node-lifecycle/node-health.ts';
import { withNoScheduleTaints } from '../../../src/sim/kubernetes/controllers/node-lifecycle/node-taints.ts';
import {
  type BackoffEntry,
  delayOf,
  isInBackoffSinceUpdate,
  nextBackoff,
} from '../../../src/sim/kubernetes/kubelet/backoff.ts';
import {
  containersReadyCondition,
  podInitializedCondition,
  podReadyCondition,
  podReadyToStartContainersCondition,
  type Sandbox,
} from '../../../src/sim/kubernetes/kubelet/conditions.ts';
import { oomScoreAdj } from '../../../src/sim/kubernetes/kubelet/oom-score.ts';
import { getPhase, type SpecParts, type StatusParts } from '../../../src/sim/kubernetes/kubelet/phase.ts';
import {
  type ActionSpec,
  computePodActions,
  type ProbeResults,
  type RuntimeStatus,
} from '../../../src/sim/kubernetes/kubelet/pod-actions.ts';
import {
  beginTick,
  newWorker,
  type ProbeType,
  takeResult,
  type WorkerState,
  type WorkerView,
} from '../../../src/sim/kubernetes/kubelet/probe-worker.ts';
import type { Condition, Lease, PodStatus, Probe } from '../../../src/sim/kubernetes/objects.ts';
import { qosClass } from '../../../src/sim/kubernetes/pods.ts';
import { checked, fail, matches, type Runner, same } from './check.ts';

interface HealthCase {
  readonly nodes: readonly [ReportingNode];
  readonly args: { readonly now: string; readonly monitorGraceSeconds: number; readonly startupGraceSeconds: number };
  readonly lease?: Lease;
  readonly later?: {
    readonly afterSeconds: number;
    readonly nodeStatus: ReportingNode['status'] | null;
    readonly lease?: Lease;
  };
  readonly expected: {
    readonly podsMarkedNotReady: boolean;
    readonly nodeStatusUpdated?: boolean;
    readonly conditions?: readonly Condition[];
  };
}

function nodeHealth({ nodes: [node], args, lease, later, expected }: HealthCase): void {
  const grace = { monitorMs: args.monitorGraceSeconds * 1000, startupMs: args.startupGraceSeconds * 1000 };
  const now = parseTime(args.now) ?? 0;
  const looks: HealthCheck[] = [checkNode(node, lease, undefined, now, grace)];
  if (later) {
    const { metadata } = node;
    const next = later.nodeStatus ? { metadata, status: later.nodeStatus } : { metadata };
    looks.push(checkNode(next, later.lease, looks[0]?.health, now + later.afterSeconds * 1000, grace));
  }
  const written = looks.flatMap(({ conditions }) => (conditions ? [conditions] : []));
  if (expected.nodeStatusUpdated !== undefined)
    same(written.length > 0, expected.nodeStatusUpdated, 'nodeStatusUpdated');
  if (expected.conditions) same(written.at(-1), expected.conditions, 'conditions');
  // As the controller has it: found ready, and not ready any more.
  const marked = looks.some(
    ({ observed, current }) => current && observed.status === 'True' && current.status !== 'True',
  );
  same(marked, expected.podsMarkedNotReady, 'podsMarkedNotReady');
}

interface TablePod {
  readonly spec: SpecParts;
  readonly status?: {
    readonly initContainerStatuses?: readonly StatusParts[];
    readonly containerStatuses?: readonly StatusParts[];
  };
}

interface PhaseCase {
  readonly pod: TablePod;
  readonly args: { readonly podIsTerminal: boolean };
  readonly expected: { readonly phase: string };
}

interface Args {
  readonly phase?: PodStatus['phase'];
  readonly containerStatuses?: readonly StatusParts[] | null;
  readonly conditions?: readonly Condition[];
  readonly sandboxes?: readonly Sandbox[];
}

interface ConditionCase {
  readonly table: string;
  readonly pod: { readonly spec: SpecParts & { readonly hostNetwork?: boolean } };
  readonly args: Args;
  readonly expected: object;
}

function podCondition({ table, pod: { spec }, args, expected }: ConditionCase): void {
  const { phase = 'Pending', containerStatuses = null, conditions = [], sandboxes = [] } = args;
  const verdicts: Readonly<Record<string, () => object>> = {
    'containers-ready': () => containersReadyCondition(spec, containerStatuses, phase),
    ready: () => podReadyCondition(spec, conditions, containerStatuses, phase),
    initialized: () => podInitializedCondition(spec, containerStatuses, phase),
    'ready-to-start': () => podReadyToStartContainersCondition(spec.hostNetwork === true, sandboxes),
  };
  const verdict = verdicts[table];
  if (!verdict) return fail(`unknown table ${table}`);
  matches(verdict(), expected);
}

interface ActionCase {
  readonly pod: { readonly spec: ActionSpec; readonly metadata: { readonly deletionTimestamp?: string } };
  readonly runtimeStatus: RuntimeStatus;
  readonly probeResults: ProbeResults;
  readonly expected: { readonly containersToKill: readonly string[] };
}

function podActions({ pod, runtimeStatus, probeResults, expected }: ActionCase): void {
  const deleted = 'deletionTimestamp' in pod.metadata;
  const got = computePodActions({ spec: pod.spec, deleted }, runtimeStatus, probeResults);
  same(
    { ...got, containersToKill: got.containersToKill.map((kill) => kill.id).sort() },
    { ...expected, containersToKill: [...expected.containersToKill].sort() },
  );
}

interface ProbedStatus {
  readonly phase?: string;
  readonly containerStatuses?: readonly {
    readonly containerID?: string;
    readonly started?: boolean;
    readonly state: { readonly running?: object; readonly terminated?: object };
  }[];
}

interface Step {
  readonly op: string;
  readonly outcome?: string;
  readonly seconds?: number;
  readonly expected?: { result?: string; keepProbing?: boolean; resultRun?: number; onHold?: boolean };
}

function tick(type: ProbeType, probe: Probe, state: WorkerState, view: WorkerView, outcome: string) {
  const decision = beginTick(type, probe, state, view);
  // A check that itself broke down says nothing. (prober error)
  const asked = decision.kind === 'ask' && (outcome === 'Success' || outcome === 'Failure');
  return {
    keepProbing: decision.kind !== 'stop',
    state: asked ? takeResult(type, probe, decision.state, outcome) : decision.state,
  };
}

interface ProbeCase {
  readonly table: string;
  readonly args: { readonly probeType: ProbeType; readonly outcome?: string; readonly startedInStatus?: boolean };
  readonly pod: {
    readonly spec: {
      readonly restartPolicy: string;
      readonly containers: readonly Readonly<Record<string, unknown>>[];
    };
    readonly status?: ProbedStatus;
    readonly metadata: { readonly deletionTimestamp?: string };
  };
  readonly steps?: readonly Step[];
  readonly expected: {
    readonly keepProbing?: boolean;
    readonly resultStored?: boolean;
    readonly result?: string;
    readonly checks?: number;
  };
}

function probe(c: ProbeCase): void {
  const { probeType: type } = c.args;
  const { spec, status = {}, metadata } = c.pod;
  const wanted = spec.containers[0]?.[`${type}Probe`] as Probe;
  const base = {
    podDeleted: metadata.deletionTimestamp !== undefined,
    restartPolicyNever: spec.restartPolicy === 'Never',
  };
  if (c.table === 'single') {
    const found = status.containerStatuses?.[0];
    const view: WorkerView = {
      ...base,
      podTerminal: status.phase === 'Failed' || status.phase === 'Succeeded',
      container:
        found?.containerID === undefined || found.containerID === ''
          ? undefined
          : {
              id: found.containerID,
              state: found.state.running ? 'running' : found.state.terminated ? 'terminated' : 'waiting',
              started: found.started === true,
              ageSeconds: 0,
            },
    };
    const got = tick(type, wanted, newWorker, view, c.args.outcome ?? '');
    same(got.keepProbing, c.expected.keepProbing, 'keepProbing');
    same(got.state.verdict !== undefined, c.expected.resultStored, 'resultStored');
    if (c.expected.resultStored === true) same(got.state.verdict, c.expected.result, 'result');
    return;
  }
  if (c.table !== 'sequence') fail(`unknown table ${c.table}`);
  let state = newWorker;
  let age = 0;
  let container = 1;
  let started = c.args.startedInStatus === true;
  let checks = 0;
  for (const step of c.steps ?? []) {
    if (step.op === 'set-container-age') age = step.seconds ?? 0;
    else if (step.op === 'container-restarted') container++;
    else if (step.op === 'container-marked-started') started = true;
    else if (step.op === 'probe') {
      const view: WorkerView = {
        ...base,
        podTerminal: false,
        container: { id: `test://container-${String(container)}`, state: 'running', started, ageSeconds: age },
      };
      const got = tick(type, wanted, state, view, step.outcome ?? '');
      state = got.state;
      checks++;
      const { verdict: result, resultRun, onHold } = state;
      matches({ result, keepProbing: got.keepProbing, resultRun, onHold }, step.expected, `check ${String(checks)}`);
    } else fail(`unknown step ${step.op}`);
  }
  same(checks, c.expected.checks, 'checks');
}

interface BackoffCase {
  readonly args: { readonly baseSeconds: number; readonly maxSeconds: number };
  readonly steps: readonly { readonly at: number; readonly op: string; readonly expected?: number | boolean }[];
  readonly expected: { readonly checks: number };
}

function backoff({ args, steps, expected }: BackoffCase): void {
  const limits = { base: args.baseSeconds, max: args.maxSeconds };
  let entry: BackoffEntry | undefined;
  let checks = 0;
  for (const step of steps) {
    let got: number | boolean | undefined;
    if (step.op === 'next') entry = nextBackoff(entry, limits, step.at);
    else if (step.op === 'reset') entry = undefined;
    else if (step.op === 'get') got = delayOf(entry);
    else if (step.op === 'inBackOffSinceUpdate') got = isInBackoffSinceUpdate(entry, limits, step.at);
    else fail(`unknown step ${step.op}`);
    if (step.expected === undefined) continue;
    checks++;
    same(got, step.expected, `at ${String(step.at)}`);
  }
  same(checks, expected.checks, 'checks');
}

interface OomCase {
  readonly pod: Parameters<typeof oomScoreAdj>[0];
  readonly args: { readonly memoryCapacityBytes: number };
  readonly expected: { readonly oomScoreAdj: Readonly<Record<string, { readonly min: number; readonly max: number }>> };
}

function oomScore({ pod: { spec }, args, expected }: OomCase): void {
  for (const [name, { min, max }] of Object.entries(expected.oomScoreAdj)) {
    const found = [...spec.containers, ...(spec.initContainers ?? [])].find((container) => container.name === name);
    if (!found) return fail(`no container ${name}`);
    const score = oomScoreAdj({ spec }, found, args.memoryCapacityBytes);
    if (score < min || score > max) fail(`${name}: expected ${String(min)} to ${String(max)}, got ${String(score)}`);
  }
}

interface TaintCase {
  readonly nodes: readonly { readonly status?: ReportingNode['status'] }[];
  readonly expected: { readonly taints: readonly object[] };
}

export const nodeRunners: Readonly<Record<string, Runner>> = {
  'node-health': checked(nodeHealth),
  'node-condition-taints': checked<TaintCase>(({ nodes, expected }) => {
    const status = nodes[0]?.status;
    const taints = withNoScheduleTaints(status ? { status } : {}, '2015-01-01T12:00:00Z');
    same(
      taints.map(({ key, effect }) => ({ key, effect })),
      expected.taints,
    );
  }),
  'pod-actions': checked(podActions),
  'pod-phase': checked<PhaseCase>(({ pod: { spec, status }, args, expected }) => {
    const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    same(getPhase(spec, statuses, args.podIsTerminal), expected.phase);
  }),
  'pod-conditions': checked(podCondition),
  probe: checked(probe),
  backoff: checked(backoff),
  'oom-score': checked(oomScore),
  'qos-class': checked<{
    readonly pod: Parameters<typeof qosClass>[0];
    readonly expected: { readonly qosClass: string };
  }>(({ pod, expected }) => {
    same(qosClass(pod), expected.qosClass);
  }),
};
