// The exercise as a reader meets it, with a worker that answers by hand: nothing runs before it is asked to, goals tell
// what was observed once something was tried, a solved step is kept, and what breaks is said.
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/preact';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { draw } from '../../content/strings/en/draw.ts';
import { lesson } from '../../content/strings/en/lesson.ts';
import { terminal } from '../../content/strings/en/terminal.ts';
import { provideWorker } from '../../hosts/client.ts';
import type { ExerciseState, Frame, FromWorker, Opened, ToWorker, WorldSpec } from '../../hosts/protocol.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import { readProgress } from '../progress/store.ts';
import { progress } from '../progress/use-progress.ts';
import { Exercise } from './Exercise.tsx';

type Call = Extract<ToWorker, { kind: 'call' }>;

/** Stands where the worker would: keeps what it is asked, and says what the test wants said. */
class FakeWorker {
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null = null;
  readonly calls: Call[] = [];
  opened: Opened = { startMs: 1000, endMs: 9000, stops: [], lines: [] };

  postMessage(message: ToWorker): void {
    if (message.kind !== 'call') return;
    this.calls.push(message);
    queueMicrotask(() =>
      this.say({ kind: 'answer', id: message.id, ...(message.method === 'open' ? { value: this.opened } : {}) }),
    );
  }

  say(message: FromWorker): void {
    this.onmessage?.({ data: message } as MessageEvent<FromWorker>);
  }

  /** The calls of one name, to the world that was opened `nth`. */
  asked(method: Call['method'], nth = 0): readonly (readonly unknown[])[] {
    const world = this.worlds[nth];
    return this.calls.filter((call) => call.method === method && call.world === world).map(({ args }) => args);
  }

  get worlds(): readonly number[] {
    return this.calls.filter(({ method }) => method === 'open').map(({ world }) => world);
  }

  frame(change: Partial<Frame>, nth = 0): void {
    const world = this.worlds[nth] ?? -1;
    const rest = { at: 1000, startMs: 1000, endMs: 9000, playing: false, speed: 1, canUndo: false };
    this.say({ kind: 'frame', world, frame: { ...rest, ...change } });
  }
}

const worker = new FakeWorker();
const empty: ClusterSnapshot = {
  at: 1000,
  nodes: [],
  pods: [],
  workloads: [],
  services: [],
  flights: [],
  clients: [],
  ledger: [],
};
const steps = ['first', 'second'].map((id) => ({
  id,
  title: `The ${id} step`,
  task: `Do the ${id} thing with \`kubectl\`.`,
  picture: 'All is well.',
  goals: [`${id} goal`, `${id} other goal`],
  hints: ['Look there.', 'The field is `x`.', 'x: …'] as const,
  why: `Because of ${id}.`,
}));
const words = lesson.exercise;

function state(step: number, met: readonly boolean[], tried = true): ExerciseState {
  const solved = met.every(Boolean);
  return {
    step,
    goals: met.map((one, i) => ({ say: '', met: one, observed: `seen ${String(i)}`, wanted: `wanted ${String(i)}` })),
    tried,
    solved,
    causes: solved ? [{ at: 2000, subject: 'pods/default/a', reason: '', message: 'it was started' }] : [],
  };
}

function show(): HTMLElement {
  render(
    <Exercise
      id="9-9/test"
      scenario="deadlock"
      seed={3}
      startMs={1000}
      steps={steps}
      words={words}
      terminalWords={terminal}
      drawWords={draw}
      start={<p>still of the start</p>}
      goal={<p>still of the goal</p>}
    />,
  );
  return screen.getAllByRole('region')[0] as HTMLElement;
}

const press = (name: string | RegExp) => fireEvent.click(screen.getByRole('button', { name }));

/** Starts the cluster and lets the first frame come. */
async function started(goals = state(0, [false, true], false)): Promise<void> {
  press(words.start);
  await waitFor(() => expect(worker.worlds.length).toBeGreaterThan(0));
  worker.frame({ snapshot: empty, goals });
  await screen.findByRole('button', { name: words.play });
}

beforeAll(() => {
  provideWorker(() => worker as unknown as Worker);
});
beforeEach(() => {
  worker.calls.length = 0;
  localStorage.clear();
  progress.value = { version: 1, steps: {}, guesses: {}, cards: {} };
});
afterEach(cleanup);

describe('an exercise', () => {
  it('stands still, and can be read, until its cluster is started', async () => {
    const place = show();
    expect(worker.calls).toEqual([]);
    expect(place.textContent).toContain('Do the first thing with kubectl.');
    expect(within(place).getByText('kubectl').tagName).toBe('CODE');
    expect(place.textContent).toContain('still of the start');
    expect(place.textContent).toContain('still of the goal');
    expect(within(screen.getByRole('list', { name: words.goals })).getAllByRole('listitem')).toHaveLength(2);
    expect(screen.queryByRole('button', { name: words.undo })).toBeNull();
    await started();
    const [spec] = worker.asked('open')[0] as [WorldSpec];
    expect(spec).toMatchObject({ scenario: 'deadlock', seed: 3, startMs: 1000, exercise: { id: '9-9/test', step: 0 } });
    expect(spec.solution).toBeUndefined();
    expect(worker.asked('play')).toEqual([]);
  });

  it('says what was observed once something was tried', async () => {
    const place = show();
    await started();
    // Met by chance from the start: not said before the reader has done anything.
    expect(place.textContent).not.toContain('seen 0');
    expect(place.querySelectorAll('[data-met]')).toHaveLength(0);
    worker.frame({ goals: state(0, [false, true]), canUndo: true });
    await waitFor(() => expect(place.textContent).toContain(`${words.observed} seen 0`));
    expect(place.textContent).toContain(`${words.wanted} wanted 0`);
    expect(place.textContent).not.toContain('seen 1');
    expect(place.querySelectorAll('[data-met]')).toHaveLength(1);
  });

  it('speaks when a goal is met, when it no longer is, and not otherwise', async () => {
    show();
    await started();
    const status = () => screen.getAllByRole('status').at(-1)?.textContent;
    worker.frame({ goals: state(0, [false, false]), canUndo: true });
    worker.frame({ goals: state(0, [false, false]), canUndo: true });
    await waitFor(() => expect(status()).toBe('No longer met: first other goal.'));
    worker.frame({ goals: state(0, [true, false]), canUndo: true });
    await waitFor(() => expect(status()).toBe('Met: first goal.'));
  });

  it('moves time, and takes back', async () => {
    show();
    await started();
    const undo = screen.getByRole<HTMLButtonElement>('button', { name: words.undo });
    expect(undo.disabled).toBe(true);
    press(words.play);
    expect(worker.asked('play')).toHaveLength(1);
    worker.frame({ at: 61_500, playing: true, canUndo: true });
    await screen.findByRole('button', { name: words.pause });
    expect(screen.getByText('01:01.5')).toBeTruthy();
    press(words.pause);
    press(words.undo);
    press(words.reset);
    fireEvent.change(screen.getByRole('combobox'), { target: { value: '20' } });
    expect(worker.asked('pause')).toHaveLength(1);
    expect(worker.asked('undo')).toHaveLength(1);
    expect(worker.asked('reset')).toHaveLength(1);
    expect(worker.asked('speed')).toEqual([[20]]);
  });

  it('keeps a solved step, tells why, and goes on', async () => {
    const place = show();
    await started();
    worker.frame({ goals: state(0, [true, true]), canUndo: true });
    await screen.findByText(words.solved, { selector: 'strong' });
    expect(place.textContent).toContain('Because of first.');
    expect(place.textContent).toContain('it was started');
    await waitFor(() => expect(Object.keys(progress.value.steps)).toEqual(['9-9/test#first']));
    expect(readProgress(localStorage.getItem('bayplan.progress') ?? '')).toMatchObject({ kind: 'ok' });
    press(words.next);
    expect(worker.asked('goToStep')).toEqual([[1]]);
    await waitFor(() => expect(place.textContent).toContain('Do the second thing'));
    // A late word about the first step is not taken for the second.
    worker.frame({ goals: state(0, [true, true]), canUndo: true });
    expect(Object.keys(progress.value.steps)).toEqual(['9-9/test#first']);
    worker.frame({ goals: state(1, [true, true]), canUndo: true });
    await waitFor(() => expect(place.textContent).toContain(words.allSolved));
    expect(await screen.findByRole('button', { name: /Step 2 of 2, solved/ })).toBeTruthy();
    expect(screen.getByRole('button', { name: /Step 1 of 2, solved/ })).toBeTruthy();
  });

  it('opens the rungs of its ladder one by one', async () => {
    show();
    const rung = screen.getByRole('button', { name: words.rungs[1] });
    expect(rung.getAttribute('aria-expanded')).toBe('false');
    expect(screen.getByText('x: …').closest('.rung')?.hasAttribute('hidden')).toBe(true);
    fireEvent.click(rung);
    await waitFor(() => expect(rung.getAttribute('aria-expanded')).toBe('true'));
    expect(document.getElementById(rung.getAttribute('aria-controls') ?? '')?.textContent).toContain('The field is x.');
    expect(worker.calls).toEqual([]);
  });

  it('shows the solution as a run on a copy, and comes back', async () => {
    const place = show();
    await started();
    worker.opened = {
      startMs: 1000,
      endMs: 9000,
      stops: [{ at: 3000, say: 'kubectl do it' }],
      lines: [
        { at: 3000, kind: 'typed', text: 'kubectl do it' },
        { at: 4000, kind: 'printed', text: 'done\n' },
      ],
    };
    press(words.showMe);
    await waitFor(() => expect(worker.worlds).toHaveLength(2));
    expect(worker.asked('open', 1)[0]?.[0]).toMatchObject({ solution: true, exercise: { step: 0 } });
    worker.frame({ snapshot: empty }, 1);
    const slider = await screen.findByRole<HTMLInputElement>('slider');
    await waitFor(() => expect(slider.disabled).toBe(false));
    expect(slider.getAttribute('aria-valuetext')).toBe('00:01.0');
    await waitFor(() => expect(worker.asked('visible', 0).at(-1)).toEqual([false]));
    const typed = screen.getByRole('button', { name: /kubectl do it/ });
    expect(typed.hasAttribute('data-done')).toBe(false);
    expect(place.textContent).not.toContain('done');
    fireEvent.input(slider, { target: { value: '5000' } });
    expect(worker.asked('seek', 1)).toEqual([[5000]]);
    worker.frame({ at: 5000 }, 1);
    await waitFor(() => expect(place.textContent).toContain('done'));
    expect(slider.getAttribute('aria-valuetext')).toBe('00:05.0, kubectl do it');
    press(words.hideSolution);
    await waitFor(() => expect(screen.queryByRole('slider')).toBeNull());
    expect(worker.asked('close', 1)).toHaveLength(1);
    await waitFor(() => expect(worker.asked('visible', 0).at(-1)).toEqual([true]));
    expect(worker.asked('close', 0)).toEqual([]);
  });

  it('says when the simulator broke a rule, until the world is made anew', async () => {
    show();
    await started();
    worker.say({ kind: 'broken', world: worker.worlds[0] ?? 0, message: 'two pods in one berth', seed: 3 });
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('(seed 3): two pods in one berth. Reset starts it anew.');
    worker.frame({ snapshot: empty });
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
  });
});
