// What must hold at every moment of every world, however badly it is treated.
import { describe, expect, test, vi } from 'vitest';
import { Timeline, type World } from '../../src/sim/index.ts';
import { drive, generatedActs } from './generated-inputs.ts';
import { cases } from './worlds.ts';
import { intValue, milliValue } from '../../src/sim/kubernetes/quantity.ts';
import { isPodTerminal, podRequests } from '../../src/sim/kubernetes/pods.ts';

// Whole worlds, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const END = 150_000;
const STEP = 500;

describe.each(await cases())('$title', ({ scenario, seed }) => {
  test('requests fit, each pod is in one place, the journal has no gap', () => {
    const timeline = new Timeline(scenario, seed);
    const acts = generatedActs(seed, END);
    let read = 0;
    for (let at = STEP; at <= END; at += STEP) {
      drive(timeline, acts, at);
      expectRequestsFit(timeline.world);
      expectOnePlace(timeline.world);
      read = expectWholeJournal(timeline.world, read);
    }
    expect(read).toBeGreaterThan(20);
  });
});

/** Pods that are bound by hand may overload a node; the generated inputs bind none. */
function expectRequestsFit({ store, sim }: World): void {
  const sums = new Map<string, { cpuMilli: number; memoryBytes: number; pods: number }>();
  for (const pod of store.values('pods')) {
    const node = pod.spec.nodeName;
    if (node === undefined || isPodTerminal(pod)) continue;
    const sum = sums.get(node) ?? { cpuMilli: 0, memoryBytes: 0, pods: 0 };
    const { cpuMilli, memoryBytes } = podRequests(pod);
    sum.cpuMilli += cpuMilli;
    sum.memoryBytes += memoryBytes;
    sum.pods++;
    sums.set(node, sum);
  }
  for (const { metadata, status } of store.values('nodes')) {
    const sum = sums.get(metadata.name);
    if (!sum) continue;
    const where = `${metadata.name} at ${String(sim.now)}`;
    const { cpu = '0', memory = '0', pods = '0' } = status.allocatable;
    expect(sum.cpuMilli, `cpu of ${where}`).toBeLessThanOrEqual(milliValue(cpu));
    expect(sum.memoryBytes, `memory of ${where}`).toBeLessThanOrEqual(intValue(memory));
    expect(sum.pods, `pods of ${where}`).toBeLessThanOrEqual(intValue(pods));
  }
}

/** One node, one address, one process a container; and no process without its pod. */
function expectOnePlace({ store, kubelets, sim, stowage }: World): void {
  const uids = new Set<string>();
  const addresses = new Map<string, string>();
  const processes = new Set<string>();
  const at = `at ${String(sim.now)}`;
  for (const pod of store.values('pods')) {
    const { uid, name, namespace = '' } = pod.metadata;
    const key = `${namespace}/${name}`;
    expect(uids.has(uid), `${key} twice ${at}`).toBe(false);
    uids.add(uid);
    const ip = pod.status.podIP;
    if (ip !== undefined && !isPodTerminal(pod)) {
      expect(addresses.get(ip), `address ${ip} of ${key} ${at}`).toBeUndefined();
      addresses.set(ip, key);
    }
    for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
      const id = kubelets.processOf(uid, container.name);
      if (id === undefined) continue;
      expect(pod.spec.nodeName, `${key} runs ${at} but is bound to no node`).toBeDefined();
      expect(kubelets.podOf(id), `process ${id} ${at}`).toEqual({ key, container: container.name });
      expect(processes.has(id), `process ${id} twice ${at}`).toBe(false);
      processes.add(id);
    }
    if (pod.spec.nodeName === undefined) expect(stowage.berth(uid)).toBeUndefined();
  }
}

/** Ids count up, time never goes back, causes come first. */
function expectWholeJournal({ sim }: World, from: number): number {
  const { journal } = sim;
  for (let id = from; id < journal.length; id++) {
    const entry = journal.get(id);
    expect(entry?.id).toBe(id);
    if (!entry) continue;
    expect(entry.at).toBeGreaterThanOrEqual(journal.get(id - 1)?.at ?? 0);
    expect(entry.at).toBeLessThanOrEqual(sim.now);
    if (entry.cause !== null) expect(entry.cause).toBeLessThan(id);
  }
  return journal.length;
}
