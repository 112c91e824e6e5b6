// The exercises of lesson 4.3 beside the four proofs of `npm run lessons`: what their hints name is there to be seen, a
// gap that is filled rightly solves the step, and a check that is not met says what is the case.
import { describe, expect, it } from 'vitest';
import { exerciseIds, loadExercise } from '../../src/content/exercises/index.ts';
import { exerciseStills } from '../../src/content/exercises/cluster-stills.ts';
import { loadScenario } from '../../src/content/scenarios/index.ts';
import { checkView } from '../../src/hosts/check-view.ts';
import { checkStep, type Exercise, type ExerciseStep, type GoalState } from '../../src/hosts/exercise.ts';
import { Headless } from '../../src/hosts/headless.ts';
import { playUpTo } from '../../src/hosts/solution.ts';
import { cluster } from '../../src/hosts/kinds/cluster.ts';
import { Timeline } from '../../src/sim/index.ts';

/** A reader at the start of a step. */
class Reader {
  readonly step: ExerciseStep;
  readonly timeline: Timeline;
  readonly #shell: Headless;

  private constructor(exercise: Exercise, index: number, timeline: Timeline, files: Readonly<Record<string, string>>) {
    this.step = exercise.steps[index] as ExerciseStep;
    this.timeline = timeline;
    this.#shell = new Headless(timeline, cluster, { files, untilMs: timeline.now + 600_000 });
  }

  static async at(id: string, index = 0): Promise<Reader> {
    const exercise = await loadExercise(id);
    const timeline = new Timeline(await loadScenario(exercise.scenario), exercise.seed);
    return new Reader(exercise, index, timeline, await playUpTo(timeline, cluster, exercise, index));
  }

  async type(line: string): Promise<string> {
    return (await this.#shell.run(line)).output;
  }

  goals(): readonly GoalState[] {
    return checkStep(this.step, checkView(this.timeline));
  }

  get solved(): boolean {
    return this.goals().every(({ met }) => met);
  }

  /** What the goals that are not met observe. */
  get observed(): readonly string[] {
    return this.goals()
      .filter(({ met }) => !met)
      .map(({ observed }) => observed);
  }
}

const patch = (deployment: string, container: object, name = deployment) =>
  `kubectl patch deployment ${deployment} -p '${JSON.stringify({ spec: { template: { spec: { containers: [{ name, ...container }] } } } })}'`;
const get = (path: string, port = 8080) => ({ httpGet: { path, port } });
const FIRST_DEAD = `kubectl get pods -l app=payments --no-headers | grep 0/1 | head -1 | cut -d' ' -f1`;

describe('what the hints name is there', { timeout: 60_000 }, () => {
  it('deadlock: of a dead pod one path answers, the other does not', async () => {
    const reader = await Reader.at('4-3/deadlock');
    const wide = await reader.type('kubectl get pods -o wide');
    const address = /^payments-\S+ .* (10\.\S+)/m.exec(wide)?.[1] ?? '';
    expect(await reader.type(`curl --max-time 2 http://${address}:8080/healthz`)).toBe('ok\n');
    expect(await reader.type(`curl --max-time 2 http://${address}:8080/readyz`)).toMatch(
      /timed out after 2\d\d\d milliseconds/,
    );
    expect(await reader.type('cat payments.yaml')).toContain('# Add the probe here');
  });

  it('deadlock: a dead pod fails its readiness probe, and nothing else happens to it', async () => {
    const reader = await Reader.at('4-3/deadlock', 1);
    await reader.type('kubectl wait --for=condition=Ready=false pod -l app=payments --timeout=100s');
    await reader.type('sleep 75');
    const events = await reader.type(`kubectl describe pod $(${FIRST_DEAD})`);
    expect(events).toMatch(/Warning {2}Unhealthy .*Readiness probe failed: .*context deadline exceeded/);
    expect(events).not.toContain('Killing');
  });

  it('slow start: Killing comes half a minute after Started, while the index is being opened', async () => {
    const reader = await Reader.at('4-3/slow-start');
    const events = await reader.type(`kubectl describe $(kubectl get pods -o name | head -1)`);
    const age = (reason: string) => Number(new RegExp(`${reason} .* over (\\d+)s\\)`).exec(events)?.[1]);
    expect(age('Started') - age('Killing')).toBeGreaterThan(25);
    expect(age('Started') - age('Killing')).toBeLessThan(35);
    const log = await reader.type('kubectl logs deployment/search --previous');
    expect(log).toContain('opening the index');
    expect(log).not.toContain('listening');
  });

  it('storm: the liveness probe fails for late and refused answers, of processes that were not dead', async () => {
    const reader = await Reader.at('4-3/storm');
    const events = await reader.type('kubectl describe pod -l app=storefront');
    expect(events).toMatch(/Liveness probe failed: .*context deadline exceeded/);
    expect(events).toMatch(/Killing .*failed liveness probe, will be restarted/);
    const probe = await reader.type(
      `kubectl get deployment storefront -o jsonpath='{.spec.template.spec.containers[0].livenessProbe}'`,
    );
    expect(JSON.parse(probe)).toMatchObject({ timeoutSeconds: 1, failureThreshold: 1 });
  });

  it('crash loop: the log names the variable', async () => {
    const reader = await Reader.at('4-3/crash-loop');
    expect(await reader.type('kubectl get pods')).toContain('CrashLoopBackOff');
    expect(await reader.type('kubectl logs deployment/payments --previous')).toContain('DATABASE_URL is not set');
  });

  it('wrong path: one pod is Running and not Ready, was answered 404, and the old template asked /readyz', async () => {
    const reader = await Reader.at('4-3/wrong-path');
    const pods = await reader.type('kubectl get pods --no-headers');
    expect(pods.match(/ 1\/1 +Running/g)).toHaveLength(3);
    expect(pods.match(/ 0\/1 +Running/g)).toHaveLength(1);
    const events = await reader.type(
      `kubectl describe pod $(kubectl get pods --no-headers | grep 0/1 | cut -d' ' -f1)`,
    );
    expect(events).toContain('Readiness probe failed: HTTP probe failed with statuscode: 404');
    const history = await reader.type('kubectl rollout history deployment/storefront --revision=1');
    expect(history).toMatch(/Readiness:\s+http-get http:\/\/:8080\/readyz/);
  });
});

describe('the shape, with its gaps filled, solves the step', { timeout: 60_000 }, () => {
  /** The probe of a hint, put under the container of a manifest. */
  const withProbe = (hint: string, gaps: readonly string[]) => {
    let probe = hint.slice(hint.search(/ *\w+Probe:/)).replace(/\n\nkubectl[^]*/, '');
    for (const gap of gaps) probe = probe.replace(/…+/, gap);
    expect(probe).not.toContain('…');
    return probe;
  };

  it.each([
    ['4-3/deadlock', 0, 'payments', ['readyz']],
    ['4-3/deadlock', 1, 'payments', ['readyz', '3']],
    ['4-3/slow-start', 0, 'search', ['24']],
  ] as const)('%s, step %i', async (id, index, deployment, gaps) => {
    const reader = await Reader.at(id, index);
    const probe = withProbe(reader.step.hints[2], gaps);
    // Where the hint puts it: at the indentation of the container's own fields.
    const now = await reader.type(`kubectl get deployment ${deployment} -o yaml`);
    const yaml = now.replace(/^ {8}name: \w+$/m, (line) => `${line}\n${probe}`);
    expect(await reader.type(`kubectl apply -f - <<'END'\n${yaml}\nEND`)).toContain('configured');
    expect(reader.observed).toEqual([]);
  });

  it.each([
    ['4-3/storm', ['5', '6']],
    ['4-3/crash-loop', ['postgres://orders:5432/harbour']],
    ['4-3/wrong-path', ['readyz']],
  ] as const)('%s', async (id, gaps) => {
    const reader = await Reader.at(id);
    let line = reader.step.hints[2].replace('NAME', 'DATABASE_URL');
    for (const gap of gaps) line = line.replace('…', gap);
    expect(await reader.type(line)).toMatch(/patched|updated/);
    expect(reader.observed).toEqual([]);
  });
});

describe('a check that is not met says what is the case', { timeout: 60_000 }, () => {
  it.each<readonly [id: string, step: number, line: string, observed: RegExp]>([
    ['4-3/deadlock', 0, 'true', /^the container payments has no readinessProbe$/],
    [
      '4-3/deadlock',
      0,
      'kubectl delete deployment payments',
      /^there is no deployment payments any more; Undo brings it back$/,
    ],
    [
      '4-3/deadlock',
      0,
      'kubectl scale deployment payments --replicas=0',
      /^in 40 s no pod of payments is left that can answer$/,
    ],
    [
      '4-3/deadlock',
      0,
      patch('payments', { image: 'harbour/search:2.0', readinessProbe: get('/readyz') }, 'helper'),
      /^the container payments has no readinessProbe; the container helper has one, but it does not do the work$/,
    ],
    [
      '4-3/deadlock',
      0,
      patch('payments', { readinessProbe: get('/readyz', 9090) }),
      /0 are Ready of \d pods? that can answer; the last readiness probe: .*:9090.*connection refused$/,
    ],
    [
      '4-3/deadlock',
      0,
      patch('payments', { readinessProbe: get('/ready') }),
      /the last readiness probe: HTTP probe failed with statuscode: 404$/,
    ],
    [
      '4-3/deadlock',
      0,
      patch('payments', { readinessProbe: get('/healthz') }),
      /^payments-\S+ loses its lock in \d+ s, and nothing follows$/,
    ],
    [
      '4-3/deadlock',
      0,
      'kubectl set image deployment/payments payments=harbour/payments:1.6',
      /runs harbour\/payments:1\.6, which keeps its lock/,
    ],
    [
      '4-3/deadlock',
      1,
      patch('payments', { livenessProbe: get('/readyz'), readinessProbe: null }),
      /^the container payments has no readinessProbe$/,
    ],
    [
      '4-3/deadlock',
      1,
      `${patch('payments', { livenessProbe: { ...get('/readyz'), failureThreshold: 9 } })}; sleep 30`,
      /is killed \d\d s after it lost its lock$/,
    ],
    [
      '4-3/deadlock',
      1,
      `${patch('payments', { livenessProbe: get('/nowhere') })}; sleep 30`,
      /is killed in \d+ s although it has not lost its lock$/,
    ],
    ['4-3/slow-start', 0, 'kubectl delete deployment search', /^in three minutes there is no pod of search$/],
    [
      '4-3/slow-start',
      0,
      patch('search', { livenessProbe: { exec: { command: ['true'] }, httpGet: null } }),
      /the liveness probe is the command true, which asks search nothing/,
    ],
    [
      '4-3/storm',
      0,
      patch('storefront', { livenessProbe: { exec: { command: ['true'] }, httpGet: null } }),
      /the liveness probe is the command true, which asks storefront nothing/,
    ],
    ['4-3/storm', 0, 'kubectl delete deployment storefront', /^there is no deployment storefront any more/],
    ['4-3/storm', 0, 'kubectl scale deployment storefront --replicas=0', /^in three minutes 0 pods are Ready$/],
    ['4-3/crash-loop', 0, 'kubectl delete deployment payments', /^in two minutes 0 pods of 0 Ready with version 1\.6$/],
    [
      '4-3/crash-loop',
      0,
      'kubectl set image deployment/payments payments=harbour/payments:1.4',
      /Ready with version 1\.6$/,
    ],
    [
      '4-3/wrong-path',
      0,
      'kubectl rollout undo deployment/storefront; sleep 30',
      /^in one minute 0 pods of 2\.1 Ready$/,
    ],
  ])('%s, step %i: %s', async (id, step, line, observed) => {
    const reader = await Reader.at(id, step);
    await reader.type(line);
    expect(reader.solved).toBe(false);
    expect(reader.observed).toEqual(expect.arrayContaining([expect.stringMatching(observed)]));
    for (const { wanted } of reader.goals()) expect(wanted).not.toBe('');
  });
});

describe('what is more than asked does no harm', { timeout: 60_000 }, () => {
  it.each(exerciseIds)('%s', async (id) => {
    const { steps } = await loadExercise(id);
    for (const index of steps.keys()) {
      const reader = await Reader.at(id, index);
      await reader.type(
        'kubectl create deployment hello --image=nginx:1.27 --replicas=2; kubectl create configmap notes --from-literal=a=b',
      );
      await reader.type(
        'kubectl label pods --all looked=yes; kubectl annotate deployment --all note=mine; ls > list.txt',
      );
      await reader.type(reader.step.solution);
      expect(reader.observed).toEqual([]);
    }
  });
});

describe('the chain of causes', { timeout: 60_000 }, () => {
  it.each([
    ['4-3/deadlock', 0, [/lock in version 1\.5 is never released/, /Readiness probe failed/, /3 → 2 ready addresses/]],
    [
      '4-3/deadlock',
      1,
      [/lock in version 1\.5 is never released/, /Liveness probe failed/, /will be restarted/, /Started container/],
    ],
    [
      '4-3/slow-start',
      0,
      [/Startup of container search succeeded|Readiness of container search succeeded/, /1 → 2 ready addresses/],
    ],
    ['4-3/storm', 0, [/2 → 3 ready addresses/, /answered again/]],
    [
      '4-3/crash-loop',
      0,
      [/Started container payments/, /Readiness of container payments succeeded/, /0 → 1 ready addresses/],
    ],
    ['4-3/wrong-path', 0, [/Readiness of container storefront succeeded/, /Stopping container storefront/]],
  ] as const)('%s, step %i', async (id, step, wanted) => {
    const reader = await Reader.at(id, step);
    await reader.type(reader.step.solution);
    const chain = reader.step.evidence(checkView(reader.timeline));
    for (const message of wanted)
      expect(chain.map((entry) => entry.message)).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
    const times = chain.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

describe('the stills of the page', { timeout: 60_000 }, () => {
  it.each(exerciseIds)('%s: the goal is drawn, and it differs from the start', async (id) => {
    const { exercise, stills } = await exerciseStills(id);
    expect(stills).toHaveLength(exercise.steps.length);
    for (const { start, goal } of stills) {
      expect(goal.at).toBeGreaterThan(start.at);
      const look = ({ pods }: typeof start) => pods.map(({ name, ready, restarts }) => [name, ready, restarts]);
      expect(look(goal)).not.toEqual(look(start));
      expect(goal.clients.every(({ second }) => (second?.failed ?? 0) === 0)).toBe(true);
    }
  });
});
