import { expect, test } from 'vitest';
import { computePodActions, type ActionSpec, type ProbeResults, type RuntimeStatus } from './pod-actions.ts';

test('says in the event what will happen to the container', () => {
  const spec: ActionSpec = { restartPolicy: 'Never', containers: [{ name: 'a' }] };
  const status: RuntimeStatus = {
    sandboxes: [{ state: 'Ready', attempt: 0, ip: '10.0.0.1' }],
    containers: [{ id: '1', name: 'a', state: 'Running', exitCode: 0, specChanged: false }],
  };
  const probes: ProbeResults = { liveness: { 1: 'Failure' }, startup: {} };
  const messages = (s: ActionSpec) =>
    computePodActions({ spec: s, deleted: false }, status, probes).containersToKill.map((kill) => kill.message);
  expect(messages(spec)).toEqual(['Container a failed liveness probe']);
  expect(messages({ ...spec, restartPolicy: 'Always' })).toEqual([
    'Container a failed liveness probe, will be restarted',
  ]);
});
