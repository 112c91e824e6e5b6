import { beforeEach, describe, expect, it } from 'vitest';
import { Simulation } from '../../../engine/simulation.ts';
import type { Cluster } from '../../cluster.ts';
import { createEventRecorder } from '../../event-recorder.ts';
import type { HorizontalPodAutoscaler } from '../../kinds/policy.ts';
import type { Condition } from '../../objects.ts';
import { Store } from '../../store.ts';
import { deployment, pod, podSpec } from '../fake-kubelet.ts';
import { createHorizontalPodAutoscalerController } from './horizontal-pod-autoscaler-controller.ts';

const EPOCH_MS = 1_767_225_600_000;
const READY: Condition = { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };

let cluster: Cluster;
/** Millicores of each pod; undefined: not measured yet. */
let cpuMillis: number | undefined;

beforeEach(() => {
  const sim = new Simulation({ seed: 1, epochMs: EPOCH_MS, detail: 'full' });
  const store = new Store(sim);
  cluster = { sim, store, events: createEventRecorder(sim, store) };
  cpuMillis = undefined;
  createHorizontalPodAutoscalerController(cluster, {
    usage: () =>
      cpuMillis === undefined
        ? undefined
        : { timestamp: sim.now, windowMs: 15_000, containers: [{ name: 'app', cpuMillis, memoryBytes: 64_000_000 }] },
  });
  store.create('deployments', deployment('web', 2, 'web:1'));
  addPods(2);
});

function addPods(count: number, request = '100m'): void {
  const spec = podSpec('web:1', { resources: request === '' ? {} : { requests: { cpu: request } } });
  for (let i = 0; i < count; i++) {
    const draft = pod(`web-${String(cluster.store.size('pods'))}`, { app: 'web' });
    cluster.store.create('pods', {
      ...draft,
      spec: { ...spec, nodeName: 'node-1' },
      status: { phase: 'Running', startTime: '2025-12-31T23:00:00Z', conditions: [READY] },
    });
  }
}

function autoscale(spec: Partial<HorizontalPodAutoscaler['spec']> = {}, name = 'web'): void {
  cluster.store.create('horizontalpodautoscalers', {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: 'default' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
      ...spec,
    },
    status: { desiredReplicas: 0, currentMetrics: null },
  });
}

const get = () => cluster.store.get('horizontalpodautoscalers', 'default/web') as HorizontalPodAutoscaler;
const replicas = () => cluster.store.get('deployments', 'default/web')?.spec.replicas;
const condition = (type: string) => {
  const found = get().status.conditions?.find((c) => c.type === type);
  return found && [found.status, found.reason, found.message];
};
const events = () =>
  cluster.store
    .list('events')
    .map((e) => `${e.type} ${e.reason}: ${e.message}`)
    .sort();

describe('the autoscaler', () => {
  it('looks for the first time after 15 s, scales up, and says why', () => {
    cpuMillis = 80;
    autoscale();
    cluster.sim.run(14_999);
    expect(replicas()).toBe(2);
    cluster.sim.run(15_000);
    expect(replicas()).toBe(4);
    expect(get().status).toEqual({
      lastScaleTime: '2026-01-01T00:00:15Z',
      currentReplicas: 2,
      desiredReplicas: 4,
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 80, averageValue: '80m' } } },
      ],
      conditions: [
        {
          type: 'AbleToScale',
          status: 'True',
          lastTransitionTime: '2026-01-01T00:00:15Z',
          reason: 'SucceededRescale',
          message: 'the HPA controller was able to update the target scale to 4',
        },
        {
          type: 'ScalingActive',
          status: 'True',
          lastTransitionTime: '2026-01-01T00:00:15Z',
          reason: 'ValidMetricFound',
          message:
            'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
        },
        {
          type: 'ScalingLimited',
          status: 'False',
          lastTransitionTime: '2026-01-01T00:00:15Z',
          reason: 'DesiredWithinRange',
          message: 'the desired count is within the acceptable range',
        },
      ],
    });
    expect(events()).toEqual([
      'Normal SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target',
    ]);
  });

  it('scales down only when the highest recommendation of five minutes allows it', () => {
    cpuMillis = 50;
    autoscale();
    cluster.sim.run(30_000);
    cpuMillis = 10;
    cluster.sim.run(300_000);
    expect(replicas()).toBe(2);
    expect(condition('AbleToScale')?.[1]).toBe('ScaleDownStabilized');
    cluster.sim.run(360_000);
    expect(replicas()).toBe(1);
    expect(events()).toEqual(['Normal SuccessfulRescale: New size: 1; reason: All metrics below target']);
  });

  it('keeps to the maximum, and says that it is limited', () => {
    cpuMillis = 1000;
    autoscale({ maxReplicas: 3 });
    cluster.sim.run(15_000);
    expect(replicas()).toBe(3);
    expect(condition('ScalingLimited')).toEqual([
      'True',
      'TooManyReplicas',
      'the desired replica count is more than the maximum replica count',
    ]);
  });

  it('brings a size outside the range into it without a metric', () => {
    autoscale({ minReplicas: 5 });
    cluster.sim.run(15_000);
    expect(replicas()).toBe(5);
    expect(events()).toEqual([
      'Normal SuccessfulRescale: New size: 5; reason: Current number of replicas below Spec.MinReplicas',
    ]);
  });

  it('leaves a target of no replicas alone', () => {
    const web = cluster.store.get('deployments', 'default/web');
    if (web) cluster.store.update('deployments', { ...web, spec: { ...web.spec, replicas: 0 } });
    autoscale();
    cluster.sim.run(60_000);
    expect(replicas()).toBe(0);
    expect(condition('ScalingActive')).toEqual([
      'False',
      'ScalingDisabled',
      'scaling is disabled since the replica count of the target is zero',
    ]);
  });

  it('obeys a policy of one pod a minute', () => {
    cpuMillis = 400;
    autoscale({
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: 'Max',
          policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
        },
        scaleDown: { selectPolicy: 'Disabled' },
      },
    });
    cluster.sim.run(60_000);
    expect(replicas()).toBe(3);
    expect(condition('ScalingLimited')?.[1]).toBe('ScaleUpLimit');
    cluster.sim.run(75_000);
    expect(replicas()).toBe(4);
  });

  it('says that there are no metrics', () => {
    autoscale();
    cluster.sim.run(15_000);
    expect(condition('ScalingActive')).toEqual([
      'False',
      'FailedGetResourceMetric',
      'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
    ]);
    expect(events()).toEqual([
      'Warning FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
      'Warning FailedGetResourceMetric: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
    ]);
  });

  it('says which container has no request', () => {
    addPods(1, '');
    cpuMillis = 10;
    autoscale();
    cluster.sim.run(15_000);
    expect(events()[1]).toBe(
      'Warning FailedGetResourceMetric: failed to get cpu utilization: missing request for cpu in container app of Pod web-2',
    );
  });

  it('says that nobody serves custom metrics, and scales up by the others all the same', () => {
    cpuMillis = 80;
    const target = { type: 'AverageValue', averageValue: '1k' } as const;
    autoscale({
      metrics: [
        { type: 'Pods', pods: { metric: { name: 'packets' }, target } },
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    });
    cluster.sim.run(15_000);
    expect(replicas()).toBe(4);
    expect(events()[1]).toBe(
      'Warning FailedGetPodsMetric: unable to get metric packets: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered',
    );
    expect(get().status.currentMetrics?.map(({ type }) => type)).toEqual(['', 'Resource']);
  });

  it('says that its target is not there', () => {
    autoscale({ scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nobody' } });
    cluster.sim.run(15_000);
    expect(events()).toEqual(['Warning FailedGetScale: deployments/scale.apps "nobody" not found']);
    expect(condition('AbleToScale')).toEqual([
      'False',
      'FailedGetScale',
      'the HPA controller was unable to get the target\'s current scale: deployments/scale.apps "nobody" not found',
    ]);
  });

  it('refuses to share pods with another autoscaler', () => {
    cpuMillis = 80;
    autoscale();
    autoscale({}, 'second');
    cluster.sim.run(30_000);
    expect(condition('ScalingActive')).toEqual([
      'False',
      'AmbiguousSelector',
      'pods by selector app=web are controlled by multiple HPAs: [default/second default/web]',
    ]);
  });
});
