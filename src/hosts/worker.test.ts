// The worker's host, driven through its port as a page drives it: worlds open, play, go back; an exercise is solved by
// typing; what is wrong is refused in a sentence, and what breaks stands still.
import { afterEach, describe, expect, it } from 'vitest';
import { loadExercise } from '../content/exercises/index.ts';
import { loadScenario } from '../content/scenarios/index.ts';
import { connectShell, type ShellClient } from '../shell/remote.ts';
import { apply } from '../sim/diff.ts';
import type { Scenario, World } from '../sim/index.ts';
import type { ClusterSnapshot } from '../sim/snapshot.ts';
import type { ExerciseState, Explanation, Frame, FromWorker, Opened, ToWorker, WorldSpec } from './protocol.ts';
import { cluster } from './kinds/cluster.ts';
import { serve, type Library, type Port } from './worker.ts';

const content: Library<Scenario, World> = { scenario: loadScenario, exercise: loadExercise };
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A page with one world, its messages copied as `postMessage` copies them. */
class Page {
  readonly frames: Frame[] = [];
  readonly broken: Extract<FromWorker, { kind: 'broken' }>[] = [];
  readonly edits: Extract<FromWorker, { kind: 'edit' }>[] = [];
  snapshot: ClusterSnapshot | undefined;
  goals: ExerciseState | undefined;
  readonly #port: Port;
  readonly #waiting = new Map<number, (answer: Extract<FromWorker, { kind: 'answer' }>) => void>();
  #next = 0;

  constructor(library: Library<Scenario, World> = content) {
    this.#port = { onmessage: null, postMessage: (message) => this.#hear(structuredClone(message)) };
    serve(this.#port, library, cluster);
    closing.push(() => void this.call('close'));
  }

  /** The answer's value, or its error as text. */
  async call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    const id = this.#next++;
    const answer = new Promise<Extract<FromWorker, { kind: 'answer' }>>((resolve) => this.#waiting.set(id, resolve));
    this.#send({ kind: 'call', id, world: 1, method: method as 'open', args });
    const { value, error } = await answer;
    return error === undefined ? value : `refused: ${error}`;
  }

  open(spec: Partial<WorldSpec> = {}): Promise<unknown> {
    return this.call('open', { scenario: 'deadlock', seed: 61, startMs: 0, endMs: 300_000, ...spec });
  }

  shell(): ShellClient {
    const { port1, port2 } = new MessageChannel();
    closing.push(() => port1.close());
    this.#send({ kind: 'shell', world: 1, port: port2 });
    return connectShell(port1);
  }

  get now(): Frame {
    const frame = this.frames.at(-1);
    if (!frame) throw new Error('no frame came yet');
    return frame;
  }

  /** Waits for a frame after which `wanted` holds. */
  async until(wanted: (frame: Frame) => boolean): Promise<Frame> {
    for (let i = 0; i < 4000; i++) {
      const frame = this.frames.at(-1);
      if (frame && wanted(frame)) return frame;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(
      `never came; the last frame is ${JSON.stringify({ ...this.now, snapshot: undefined, diff: undefined })}`,
    );
  }

  /** Waits until the worker has drawn what is there now. */
  async settle(): Promise<void> {
    const seen = this.frames.length;
    await this.call('visible', true);
    await this.until(() => this.frames.length > seen);
  }

  #send(message: ToWorker): void {
    this.#port.onmessage?.({ data: message } as MessageEvent<ToWorker>);
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'answer':
        this.#waiting.get(message.id)?.(message);
        return;
      case 'frame': {
        const { frame } = message;
        this.frames.push(frame);
        this.snapshot = frame.snapshot ?? (apply(this.snapshot, frame.diff) as ClusterSnapshot);
        if (frame.goals) this.goals = frame.goals;
        return;
      }
      case 'broken':
        this.broken.push(message);
        return;
      case 'edit':
        this.edits.push(message);
    }
  }
}

/** Types a line and waits for the prompt. */
async function type(shell: ShellClient, line: string): Promise<string> {
  let output = '';
  await shell.run(line, (text) => {
    output += text;
  });
  return output;
}

describe('a world', { timeout: 60_000 }, () => {
  it('stands still until it is played, and stops at its end', async () => {
    const page = new Page();
    const opened = (await page.open({ startMs: 10_000, endMs: 11_000 })) as Opened;
    expect(opened).toEqual({ startMs: 10_000, endMs: 11_000, stops: [], lines: [] });
    await page.settle();
    expect(page.now).toMatchObject({ at: 10_000, playing: false, speed: 1, canUndo: false });
    await page.call('speed', 50);
    await page.call('play');
    const end = await page.until(({ at, playing }) => at === 11_000 && !playing);
    expect(end.speed).toBe(50);
    await page.call('play');
    await page.settle();
    expect(page.now).toMatchObject({ at: 11_000, playing: false });
  });

  it('goes to any moment and back, and shows the same there', async () => {
    const page = new Page();
    await page.open();
    await page.call('seek', 70_000);
    await page.settle();
    const first = page.snapshot;
    expect(first?.at).toBe(70_000);
    await page.call('seek', 20_000);
    await page.settle();
    expect(page.snapshot?.at).toBe(20_000);
    await page.call('seek', 70_000);
    await page.settle();
    expect(page.snapshot).toEqual(first);
  });

  it('steps from one sentence of the journal to the next', async () => {
    const page = new Page();
    await page.open({ startMs: 50_000 });
    await page.call('step', 1);
    await page.settle();
    const there = page.now.at;
    expect(page.snapshot?.ledger.at(-1)?.at).toBe(there);
    expect(there).toBeGreaterThan(50_000);
    await page.call('step', 1);
    await page.call('step', -1);
    await page.settle();
    expect(page.now.at).toBe(there);
    await page.call('step', -1);
    await page.call('step', -1);
    await page.settle();
    expect(page.now.at).toBe(50_000);
  });

  it('is made anew with other settings, at the same moment and speed', async () => {
    const page = new Page();
    await page.open();
    await page.call('speed', 5);
    await page.call('seek', 30_000);
    await page.call('change', { liveness: '/readyz' });
    await page.settle();
    expect(page.now).toMatchObject({ at: 30_000, startMs: 0, speed: 5 });
    expect(page.snapshot?.pods.some((pod) => pod.probes.some(({ type: kind }) => kind === 'liveness'))).toBe(true);
    await page.call('reset');
    await page.settle();
    expect(page.now.at).toBe(0);
  });

  it('tells why', async () => {
    const page = new Page();
    await page.open();
    await page.call('seek', 70_000);
    await page.settle();
    const pod = page.snapshot?.pods[0]?.key ?? '';
    const why = (await page.call('why', `pods/${pod}`)) as Explanation;
    expect(why.chain.map(({ reason }) => reason)).toContain('Scheduled');
    expect(why.verdicts.filter(({ chosen }) => chosen)).toHaveLength(1);
  });

  it('sends no frames while it is not seen', async () => {
    const page = new Page();
    await page.open();
    await page.call('play');
    await page.until(({ playing }) => playing);
    await page.call('visible', false);
    const { length } = page.frames;
    await page.call('seek', 5000);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(page.frames).toHaveLength(length);
    await page.settle();
    expect(page.now).toMatchObject({ at: 5000, playing: false });
  });
});

describe('what is wrong is refused in a sentence', { timeout: 60_000 }, () => {
  const spec = { scenario: 'deadlock', seed: 61, startMs: 0, endMs: 300_000 };
  it.each<readonly [string, readonly unknown[], RegExp]>([
    ['open', [{ ...spec, scenario: 'atlantis' }], /no scenario is called "atlantis"; there are deadlock,/],
    ['open', [{ ...spec, scenario: 'constructor' }], /no scenario is called "constructor"/],
    ['open', [{ ...spec, scenario: 7 }], /open\.scenario: expected a text .* found 7/],
    ['open', [{ ...spec, startMs: Number.NaN }], /open\.startMs: expected a whole number .* found NaN/],
    ['open', [{ ...spec, endMs: 1e300 }], /open\.endMs: expected a whole number from 0 to 86400000, found 1e\+300/],
    ['open', [{ ...spec, startMs: 9000, endMs: 10 }], /open\.endMs: expected at least startMs \(9000\), found 10/],
    ['open', [{ ...spec, seed: -1 }], /open\.seed: expected a whole number/],
    ['open', [{ ...spec, settings: { story: 'perhaps' } }], /setting story cannot be "perhaps"/],
    ['open', [{ ...spec, settings: { toString: 1 } }], /has no setting "toString"/],
    ['open', [{ ...spec, settings: { story: {} } }], /open\.settings\.story: expected a number, a text/],
    ['open', [{ ...spec, settings: [] }], /open\.settings: expected an object, found a list/],
    ['open', [{ ...spec, exercise: { id: '4-3/none', step: 0 } }], /no exercise is called "4-3\/none"/],
    ['open', [{ ...spec, exercise: { id: '4-3/deadlock', step: 7 } }], /has 2 steps; there is no step 8/],
    ['open', [{ ...spec, exercise: { id: '4-3/deadlock', step: 0.5 } }], /open\.exercise\.step: expected a whole/],
    ['open', [null], /open: expected an object, found null/],
    ['open', [], /open: expected an object, found nothing/],
    ['seek', [Number.NaN], /seek: expected a number from 0 to 86400000, found NaN/],
    ['seek', [1e300], /seek: expected .* found 1e\+300/],
    ['seek', ['now'], /seek: expected .* found "now"/],
    ['speed', [Number.POSITIVE_INFINITY], /speed: expected a number from 0\.01 to 1000, found Infinity/],
    ['speed', [0], /speed: expected/],
    ['step', [2], /step: expected 1 or -1, found 2/],
    ['change', ['all'], /change: expected an object, found "all"/],
    ['why', [{}], /why: expected a text/],
    ['visible', ['yes'], /visible: expected true or false, found "yes"/],
    ['edited', [7], /edited: expected a text/],
    ['goToStep', [1], /belongs to no exercise/],
    ['explode', [], /no call is named "explode"/],
    ['__proto__', [], /no call is named "__proto__"/],
    ['toString', [], /no call is named "toString"/],
  ])('%s %j', async (method, args, sentence) => {
    const page = new Page();
    await page.open();
    expect(await page.call(method, ...args)).toMatch(sentence);
    // And the world is as usable as before.
    await page.call('seek', 4000);
    await page.settle();
    expect(page.now.at).toBe(4000);
    expect(page.broken).toEqual([]);
  });

  it('calls before a world is open do nothing', async () => {
    const page = new Page();
    for (const method of ['play', 'pause', 'undo']) expect(await page.call(method)).toBeUndefined();
    expect(await page.call('reset')).toMatch(/no world is open/);
    expect(await page.call('why', 'nodes/node-a')).toBeUndefined();
    expect(page.frames).toEqual([]);
  });

  it('what is asked while a world is being made waits until it stands', async () => {
    const page = new Page();
    const answers = [page.open(), page.call('seek', 12_000), page.call('step', 1)];
    await Promise.all(answers);
    await page.settle();
    expect(page.now.at).toBeGreaterThan(12_000);
  });
});

describe('a world that breaks', { timeout: 60_000 }, () => {
  /** The script applies an object that the API refuses: the author's mistake, and a broken rule of the simulator. */
  const wrong: Library<Scenario, World> = {
    exercise: loadExercise,
    scenario: async (name): Promise<Scenario> => {
      const scenario = await loadScenario('crash-loop');
      if (name !== 'broken') return scenario;
      return { ...scenario, script: [{ at: '5s', kind: 'apply', manifest: { apiVersion: 'v1', kind: 'Pod' } }] };
    },
  };

  it('stands still, says why and with which seed, and can be left', async () => {
    const page = new Page(wrong);
    await page.open({ scenario: 'broken', seed: 9 });
    await page.call('speed', 100);
    await page.call('play');
    for (let i = 0; i < 400 && page.broken.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(page.broken).toHaveLength(1);
    expect(page.broken[0]).toMatchObject({ seed: 9, message: expect.stringContaining('script at 5s') as string });
    const { length } = page.frames;
    await page.call('play');
    await page.call('seek', 1000);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(page.frames).toHaveLength(length);
    // Reset makes it anew.
    await page.call('reset');
    await page.settle();
    expect(page.now).toMatchObject({ at: 0, playing: false });
    expect(page.now.snapshot).toBeDefined();
    // And so does another world in its place.
    expect(await page.call('seek', 8000)).toMatch(/refused: .*script at 5s/);
    expect(page.broken).toHaveLength(2);
    await page.open({ scenario: 'whole' });
    await page.call('seek', 8000);
    await page.settle();
    expect(page.now.at).toBe(8000);
  });

  it('takes no more commands', async () => {
    const page = new Page(wrong);
    await page.open({ scenario: 'broken' });
    const shell = page.shell();
    await shell.greet();
    await page.call('seek', 8000);
    await expect(type(shell, 'kubectl scale deployment payments --replicas=2')).rejects.toThrow(/stands still/);
  });
});

describe('an exercise', { timeout: 60_000 }, () => {
  const crash = {
    scenario: 'crash-loop',
    seed: 5,
    startMs: 130_000,
    endMs: 900_000,
    exercise: { id: '4-3/crash-loop', step: 0 },
  };
  const deadlock = { scenario: 'deadlock', seed: 61, startMs: 150_000, endMs: 900_000 };

  it('is solved by typing', async () => {
    const page = new Page();
    await page.open(crash);
    const shell = page.shell();
    await page.until(() => page.goals !== undefined);
    expect(page.goals).toMatchObject({ step: 0, tried: false, solved: false, causes: [] });
    expect(page.now.playing).toBe(false);
    // Looking is not trying, and time stands still.
    expect(await type(shell, 'kubectl get pods')).toContain('CrashLoopBackOff');
    expect(await type(shell, 'kubectl logs deployment/payments --previous')).toContain('DATABASE_URL');
    expect(page.now).toMatchObject({ at: 130_000, canUndo: false });
    expect(await type(shell, 'kubectl set env deployment/payments DB=1')).toBe(
      'deployment.apps/payments env updated\n',
    );
    await page.until(({ playing }) => playing && page.goals?.tried === true);
    expect(page.goals).toMatchObject({ solved: false });
    expect(page.goals?.goals.map(({ met }) => met)).toEqual([false, false]);
    await type(shell, 'kubectl set env deployment/payments DATABASE_URL=postgres://orders:5432/harbour');
    await page.until(() => page.goals?.solved === true);
    expect(page.goals?.goals.map(({ met }) => met)).toEqual([true, true]);
    expect(page.goals?.causes.map(({ message }) => message)).toContain('0 → 1 ready addresses');
  });

  it('Undo takes back the last input, and the terminal stays usable', async () => {
    const page = new Page();
    await page.open(crash);
    const shell = page.shell();
    await type(shell, 'kubectl scale deployment payments --replicas=2');
    await type(shell, 'kubectl label deployment payments tier=money');
    await page.call('undo');
    await page.settle();
    expect(page.now).toMatchObject({ canUndo: true, playing: false });
    expect(await type(shell, 'kubectl get deployment payments --show-labels')).not.toContain('tier=money');
    expect(await type(shell, 'kubectl get deployment payments -o jsonpath="{.spec.replicas}"')).toBe('2');
    await page.call('undo');
    await page.settle();
    expect(page.now).toMatchObject({ canUndo: false, at: 130_000 });
    expect(await type(shell, 'kubectl get deployment payments -o jsonpath="{.spec.replicas}"')).toBe('1');
    await page.call('undo');
    expect(await type(shell, 'kubectl scale deployment payments --replicas=3')).toContain('scaled');
  });

  it('a solved step is no longer solved when its change is taken back', async () => {
    const page = new Page();
    await page.open(crash);
    const shell = page.shell();
    await type(shell, 'kubectl set env deployment/payments DATABASE_URL=x');
    await page.until(() => page.goals?.solved === true);
    await page.call('undo');
    await page.until(() => page.goals?.solved === false);
    expect(page.goals).toMatchObject({ tried: false });
  });

  it('Reset begins the step again, with a shell of its own', async () => {
    const page = new Page();
    await page.open({ ...deadlock, exercise: { id: '4-3/deadlock', step: 0 } });
    const shell = page.shell();
    let replaced = 0;
    shell.onReplaced = () => replaced++;
    await type(shell, 'echo mine > payments.yaml; kubectl delete deployment payments');
    await page.until(() => page.goals?.tried === true);
    expect(page.goals?.goals[0]?.observed).toBe('there is no deployment payments any more; Undo brings it back');
    await page.call('reset');
    await page.until(({ at }) => at === 150_000 && page.goals?.tried === false);
    expect(replaced).toBe(1);
    expect(page.now).toMatchObject({ canUndo: false, playing: false });
    expect(await type(shell, 'kubectl get deployment payments --no-headers | wc -l')).toBe('1\n');
    expect(await type(shell, 'grep -c readinessProbe payments.yaml')).toBe('1\n');
  });

  it('time passes while a program waits for it', async () => {
    const page = new Page();
    await page.open(crash);
    const shell = page.shell();
    await page.call('speed', 20);
    const before = page.frames.length;
    expect(await type(shell, 'sleep 3; echo slept')).toBe('slept\n');
    await page.settle();
    expect(page.now.at).toBeGreaterThanOrEqual(133_000);
    expect(page.frames.length).toBeGreaterThan(before);
    expect(page.goals).toMatchObject({ tried: false });
  });

  it('a running program ends when the world goes back', async () => {
    const page = new Page();
    await page.open(crash);
    const shell = page.shell();
    await type(shell, 'kubectl annotate deployment payments note=1');
    let said = '';
    const watching = shell.run('kubectl get pods -w', (text) => {
      said += text;
    });
    await page.until(({ playing }) => playing && said !== '');
    await page.call('undo');
    await watching;
    expect(said).toContain('payments-');
    expect(await type(shell, 'echo still here')).toBe('still here\n');
  });

  it('goes on to the next step in the same world, or to its own start', async () => {
    const page = new Page();
    await page.open({ ...deadlock, exercise: { id: '4-3/deadlock', step: 0 } });
    const shell = page.shell();
    const probe = '{"httpGet":{"path":"/readyz","port":8080}}';
    const patch = `{"spec":{"template":{"spec":{"containers":[{"name":"payments","readinessProbe":${probe}}]}}}}`;
    await type(shell, `kubectl patch deployment payments -p '${patch}'; echo mine > note`);
    await page.until(() => page.goals?.solved === true);
    await page.call('goToStep', 1);
    await page.until(() => page.goals?.step === 1);
    expect(page.goals).toMatchObject({ tried: false, solved: false });
    expect(await type(shell, 'cat note')).toBe('mine\n');
    // Chosen by itself, the step begins where the solution of the one before has led, with its files.
    await page.call('goToStep', 0);
    await page.until(() => page.goals?.step === 0);
    await page.call('goToStep', 1);
    await page.until(() => page.goals?.step === 1);
    expect(await type(shell, 'ls')).toBe('payments.yaml\n');
    expect(await type(shell, 'grep path payments.yaml')).toBe('            path: /readyz\n');
    expect(page.now).toMatchObject({ canUndo: false, playing: false });
    expect(page.now.startMs).toBe(page.now.at);
    expect(await page.call('goToStep', 2)).toMatch(/has 2 steps; there is no step 3/);
  });

  it('plays its solution as a run with stops, and what was printed', async () => {
    const page = new Page();
    const opened = (await page.open({ ...crash, solution: true })) as Opened;
    expect(opened.stops.map(({ say }) => say)).toEqual([
      'kubectl set env deployment/payments DATABASE_URL=postgres://orders:5432/harbour',
      'kubectl rollout status deployment/payments',
    ]);
    const [first, second] = opened.stops;
    expect(opened.startMs).toBe(130_000);
    expect(first?.at).toBeGreaterThan(opened.startMs);
    expect(second?.at).toBeGreaterThan(first?.at ?? 0);
    expect(opened.lines.at(-1)).toMatchObject({
      kind: 'printed',
      text: 'deployment "payments" successfully rolled out\n',
    });
    await page.settle();
    expect(page.now).toMatchObject({ at: 130_000, playing: false, canUndo: false });
    expect(page.goals).toBeUndefined();
    await page.call('seek', opened.endMs);
    await page.settle();
    expect(page.snapshot?.pods.map(({ ready }) => ready)).toEqual([true]);
  });

  it('an editor opens on the page, and its answer counts', async () => {
    const page = new Page();
    await page.open(crash);
    const shell = page.shell();
    const running = type(shell, 'kubectl edit deployment payments');
    for (let i = 0; i < 400 && page.edits.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    const text = page.edits[0]?.text ?? '';
    expect(text).toContain('name: payments');
    await page.call('edited', text.replace('replicas: 1', 'replicas: 2'));
    expect(await running).toContain('edited');
    expect(await type(shell, 'kubectl get deployment payments -o jsonpath="{.spec.replicas}"')).toBe('2');
  });
});
