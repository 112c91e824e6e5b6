import { expect, test } from 'vitest';
import upstream from '../../../../tests/data/upstream/probe-worker.json' with { type: 'json' };
import type { Probe } from '../objects.ts';
import { beginTick, newWorker, takeResult, type ProbeType, type WorkerState, type WorkerView } from './probe-worker.ts';

interface Status {
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

for (const test_ of upstream.cases)
  test(`upstream ${String(test_.id)} ${test_.name}`, () => {
    const type = test_.args.probeType as ProbeType;
    const {
      spec,
      status = {},
      metadata,
    } = test_.pod as unknown as {
      spec: { restartPolicy: string; containers: readonly Record<string, Probe | undefined>[] };
      status?: Status;
      metadata: { deletionTimestamp?: string };
    };
    const probe = spec.containers[0]?.[`${type}Probe`] as Probe;
    const base = {
      podDeleted: metadata.deletionTimestamp !== undefined,
      restartPolicyNever: spec.restartPolicy === 'Never',
    };
    if (test_.table === 'single') {
      const { keepProbing, resultStored, result } = test_.expected as {
        keepProbing: boolean;
        resultStored: boolean;
        result?: string;
      };
      const found = status.containerStatuses?.[0];
      const view: WorkerView = {
        ...base,
        podTerminal: status.phase === 'Failed' || status.phase === 'Succeeded',
        container: found?.containerID
          ? {
              id: found.containerID,
              state: found.state.running ? 'running' : found.state.terminated ? 'terminated' : 'waiting',
              started: found.started === true,
              ageSeconds: 0,
            }
          : undefined,
      };
      const got = tick(type, probe, newWorker, view, test_.args.outcome as string);
      expect(got.keepProbing).toBe(keepProbing);
      expect(got.state.verdict !== undefined).toBe(resultStored);
      if (resultStored) expect(got.state.verdict).toBe(result);
      return;
    }
    let state = newWorker;
    let age = 0;
    let container = 1;
    let started = (test_.args as { startedInStatus: boolean }).startedInStatus;
    let checks = 0;
    for (const step of test_.steps as readonly Step[]) {
      if (step.op === 'set-container-age') age = step.seconds as number;
      else if (step.op === 'container-restarted') container++;
      else if (step.op === 'container-marked-started') started = true;
      else if (step.op === 'probe') {
        const view: WorkerView = {
          ...base,
          podTerminal: false,
          container: { id: `test://container-${String(container)}`, state: 'running', started, ageSeconds: age },
        };
        const got = tick(type, probe, state, view, step.outcome as string);
        state = got.state;
        checks++;
        const seen = {
          result: state.verdict,
          keepProbing: got.keepProbing,
          resultRun: state.resultRun,
          onHold: state.onHold,
        };
        expect(seen).toMatchObject(step.expected as object);
      } else throw new Error(`unknown step ${step.op}`);
    }
    expect(checks).toBe((test_.expected as { checks: number }).checks);
  });
