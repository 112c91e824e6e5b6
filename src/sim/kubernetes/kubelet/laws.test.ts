// Laws that must hold for every seed: lazy probes are eager probes, and a checkpoint is the run it was taken from.
import { describe, expect, test } from 'vitest';
import type { PodSpec } from '../objects.ts';
import {
  container,
  createPod,
  createTestWorld,
  httpProbe,
  type Behaviour,
  type TestWorld,
} from './fake-processes.testing.ts';

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);
const END = 900_000;

/** Small and quick; the world's own chance is not touched by it. */
function chance(seed: number): (bound: number) => number {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * bound);
  };
}

function behaviourOf(int: (bound: number) => number): Behaviour {
  const answers = [];
  let age = 0;
  for (let i = int(5); i > 0; i--) {
    age += 3000 + int(120_000);
    const kinds = [
      { kind: 'silence' as const },
      { kind: 'status' as const, status: 503, latencyMs: int(300) },
      { kind: 'status' as const, status: 200, latencyMs: int(1500) },
      { kind: 'status' as const, status: 200, latencyMs: 0 },
      { kind: 'refused' as const, latencyMs: 0 },
    ];
    answers.push({ fromMs: age, answer: kinds[int(kinds.length)] as (typeof kinds)[number] });
  }
  return {
    bootMs: int(20_000),
    answers,
    foretells: int(2) === 0,
    termMs: int(3) === 0 ? null : int(3000),
    ...(int(4) === 0 ? { exitsAtMs: 5000 + int(200_000), exit: { exitCode: 1, reason: 'Error' as const } } : {}),
  };
}

function probeOf(int: (bound: number) => number) {
  return httpProbe({
    periodSeconds: 1 + int(12),
    timeoutSeconds: 1 + int(3),
    initialDelaySeconds: int(2) * int(15),
    failureThreshold: 1 + int(4),
  });
}

/** A world of six pods, all different, with things that happen to them, the same for one seed. */
function build(seed: number, eagerProbes: boolean): TestWorld {
  const int = chance(seed);
  const table = Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`image-${String(i)}`, behaviourOf(int)]));
  const world = createTestWorld(table, { seed, eagerProbes, nodes: 2 });
  for (let i = 0; i < 6; i++) {
    const spec: Pick<PodSpec, 'containers'> & Partial<PodSpec> = {
      nodeName: `node-${String(1 + int(2))}`,
      restartPolicy: (['Always', 'Always', 'OnFailure', 'Never'] as const)[int(4)] ?? 'Always',
      terminationGracePeriodSeconds: 1 + int(20),
      containers: [
        container(`image-${String(int(4))}`, {
          ...(int(2) ? { readinessProbe: { ...probeOf(int), successThreshold: 1 + int(3) } } : {}),
          ...(int(2) ? { livenessProbe: probeOf(int) } : {}),
          ...(int(3) === 0 ? { startupProbe: { ...probeOf(int), failureThreshold: 5 + int(20) } } : {}),
        }),
        ...(int(3) === 0 ? [{ ...container(`image-${String(int(4))}`), name: 'second' }] : []),
      ],
    };
    createPod(world, `pod-${String(i)}`, spec);
  }
  return world;
}

/** What the outside does, at its times; the same for one seed. */
function drive(world: TestWorld, seed: number, from: number, to: number): void {
  const int = chance(seed + 1000);
  const acts = [
    { at: 200_000 + int(300_000), act: () => world.store.delete('pods', 'default/pod-1') },
    { at: 300_000 + int(300_000), act: () => world.store.delete('pods', 'default/pod-2', { gracePeriodSeconds: 0 }) },
    { at: 100_000 + int(200_000), act: () => world.kubelets.setMachineRunning('node-2', false) },
    { at: 500_000 + int(200_000), act: () => world.kubelets.setMachineRunning('node-2', true) },
  ].sort((a, b) => a.at - b.at);
  for (const { at, act } of acts)
    if (at > from && at <= to) {
      world.sim.run(at);
      act();
    }
  world.sim.run(to);
}

const uids = (world: TestWorld) => [...world.store.values('pods')].map((pod) => pod.metadata.uid);

describe('lazy probes give what eager probes give', () => {
  for (const seed of SEEDS)
    test(`seed ${String(seed)}`, () => {
      const lazy = build(seed, false);
      const eager = build(seed, true);
      for (const at of [60_000, 250_000, 500_001, END]) {
        drive(lazy, seed, lazy.sim.now, at);
        drive(eager, seed, eager.sim.now, at);
        expect(uids(lazy).map((uid) => views(lazy, uid))).toEqual(uids(eager).map((uid) => views(eager, uid)));
      }
      expect(lazy.sim.journal.slice()).toEqual(eager.sim.journal.slice());
      expect([...lazy.store.values('pods')]).toEqual([...eager.store.values('pods')]);
      expect(lazy.sim.handled).toBeLessThanOrEqual(eager.sim.handled);
    });
});

/** nextAt and streak of an answer that is still on its way may differ by that one answer. */
function views(world: TestWorld, uid: string) {
  return world.kubelets.probes(uid).map(({ results, streak, ...view }) => ({ ...view, results, streak }));
}

describe('a checkpoint continues as the straight run', () => {
  for (const seed of SEEDS)
    test(`seed ${String(seed)}`, () => {
      const straight = build(seed, false);
      drive(straight, seed, 0, END);
      const cut = 1 + chance(seed + 2000)(END - 2);
      const stopped = build(seed, false);
      drive(stopped, seed, 0, cut);
      const checkpoint = structuredClone(stopped.sim.checkpoint());
      drive(stopped, seed, cut, Math.min(END, cut + 100_000));
      stopped.sim.restore(checkpoint);
      drive(stopped, seed, cut, END);
      expect(stopped.sim.journal.hash()).toBe(straight.sim.journal.hash());
      const other = build(seed, false);
      other.sim.restore(checkpoint, stopped.sim.journal.slice(0, checkpoint.journalLength));
      drive(other, seed, cut, END);
      expect(other.sim.journal.hash()).toBe(straight.sim.journal.hash());
      expect([...other.store.values('pods')]).toEqual([...straight.store.values('pods')]);
    });
});
