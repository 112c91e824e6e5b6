// A large cell through the worker's port: a summary of every node in each frame, boxes only of those looked at, machines
// that stop, and calls that are refused.
import { afterEach, describe, expect, it } from 'vitest';
import { loadExercise } from '../content/exercises/index.ts';
import { loadScenario } from '../content/scenarios/index.ts';
import { NOT_READY, TAINTED } from '../sim/cell-snapshot.ts';
import { apply } from '../sim/diff.ts';
import type { ClusterSnapshot } from '../sim/snapshot.ts';
import type { CellFrame, Frame, FromWorker, ToWorker } from './protocol.ts';
import { cluster } from './kinds/cluster.ts';
import { serve, type Port } from './worker.ts';

let close: () => void = () => undefined;
afterEach(() => {
  close();
});

class Page {
  frame: Frame | undefined;
  looked: ClusterSnapshot | undefined;
  map: CellFrame['map'];
  maps = 0;
  readonly #waiting = new Map<number, (answer: Extract<FromWorker, { kind: 'answer' }>) => void>();
  #next = 0;
  readonly #port: Port = {
    onmessage: null,
    // Arrays that were handed over are empty on the other side from then on, as in a browser.
    postMessage: (message, options) => this.#hear(structuredClone(message, { transfer: options?.transfer ?? [] })),
  };

  constructor() {
    serve(this.#port, { scenario: loadScenario, exercise: loadExercise }, cluster);
    close = () => void this.call('close');
  }

  async call(method: string, ...args: readonly unknown[]): Promise<string | undefined> {
    const id = this.#next++;
    const answer = new Promise<Extract<FromWorker, { kind: 'answer' }>>((resolve) => this.#waiting.set(id, resolve));
    this.#port.onmessage?.({
      data: { kind: 'call', id, world: 1, method: method as 'open', args },
    } as MessageEvent<ToWorker>);
    return (await answer).error;
  }

  async until(wanted: () => boolean): Promise<void> {
    for (let i = 0; i < 4000 && !wanted(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(wanted(), JSON.stringify(this.frame?.cell?.load.counts)).toBe(true);
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'answer') this.#waiting.get(message.id)?.(message);
    if (message.kind !== 'frame') return;
    const { frame } = message;
    this.frame = frame;
    this.looked = frame.snapshot ?? (apply(this.looked, frame.diff) as ClusterSnapshot);
    if (!frame.cell?.map) return;
    this.map = frame.cell.map;
    this.maps++;
  }
}

describe('a large cell in the worker', () => {
  it('fills, shows the boxes of the node that is looked at, and loses the machines that are stopped', async () => {
    const page = new Page();
    const open = { scenario: 'cell', settings: { nodes: 30 }, seed: 7, startMs: 0, endMs: 900_000, cell: true };
    expect(await page.call('open', open)).toBeUndefined();
    await page.call('speed', 1000);
    await page.call('play');
    await page.until(() => page.frame?.cell?.load.counts.ready === 300);
    expect(page.map?.names).toHaveLength(30);
    expect(page.looked?.pods).toEqual([]);

    await page.call('look', ['general-a-01-1']);
    await page.until(() => (page.looked?.nodes.length ?? 0) === 1);
    expect(page.looked?.pods.length).toBeGreaterThan(0);
    expect(page.looked?.pods.every(({ node }) => node === 'general-a-01-1')).toBe(true);

    expect(await page.call('machines', ['general-a-01-1'], false)).toBeUndefined();
    await page.until(() => page.frame?.cell?.load.counts.notReady === 1);
    const i = page.map?.names.indexOf('general-a-01-1') ?? -1;
    expect(page.frame?.cell?.load.flags[i]).toBe(NOT_READY);
    expect(await page.call('taint', ['general-a-01-2'], true)).toBeUndefined();
    await page.until(() => ((page.frame?.cell?.load.flags[i + 1] ?? 0) & TAINTED) !== 0);
    expect(await page.call('taint', ['general-a-01-2'], false)).toBeUndefined();
    await page.until(() => page.frame?.cell?.load.flags[i + 1] === 0);
    // The map is sent once, however many frames come.
    expect(page.maps).toBe(1);

    await page.call('reset');
    await page.until(() => page.frame?.at === 0 && page.frame.cell?.load.counts.pods === 0);
    expect(page.frame?.cell?.load.counts.notReady).toBe(0);
  });

  it.each([
    ['look', ['some'], 'look: expected a list of at most 20000 names, found "some"'],
    ['machines', [['node-9'], false], 'machines: no node is called "node-9"'],
    ['taint', [['node-9'], true], 'taint: no node is called "node-9"'],
    ['machines', [['general-a-01-1'], 'off'], 'machines: expected true or false, found "off"'],
  ])('%s is refused in a sentence when it is not right', async (method, args, sentence) => {
    const page = new Page();
    await page.call('open', { scenario: 'cell', settings: { nodes: 5 }, seed: 7, startMs: 0, endMs: 9, cell: true });
    expect(await page.call(method, ...args)).toBe(sentence);
  });
});
