import { describe, expect, test } from 'vitest';
import { container, createPod, createTestWorld, events, httpProbe, podNamed } from './fake-processes.testing.ts';

const second = 1000;

describe('starting', () => {
  test('a plain pod is pulled, started and ready, in few events and writes', () => {
    const world = createTestWorld();
    createPod(world, 'warm', { containers: [container('nginx:1.27')] });
    world.sim.run(10 * second);
    const writes = () =>
      world.sim.journal.slice().filter((e) => e.kind === 'store.update' && e.subject.endsWith('/web'));
    const handled = world.sim.handled;
    createPod(world, 'web', { containers: [container('nginx:1.27')] });
    world.sim.run(20 * second);
    expect(world.sim.handled - handled).toBeLessThanOrEqual(4);
    expect(writes().length).toBeLessThanOrEqual(3);
    const { status } = podNamed(world, 'web');
    expect(status.phase).toBe('Running');
    expect(status.podIP).toBe('10.244.0.3');
    expect(status.hostIP).toBe('10.0.0.2');
    expect(status.conditions?.map(({ type, status: s }) => `${type}=${s}`)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ]);
    expect(status.containerStatuses?.[0]).toMatchObject({
      ready: true,
      started: true,
      restartCount: 0,
      image: 'docker.io/library/nginx:1.27',
      lastState: {},
    });
    expect(status.containerStatuses?.[0]?.containerID).toMatch(/^containerd:\/\/[0-9a-f]{64}$/);
  });

  test('the words of a first start', () => {
    const world = createTestWorld();
    createPod(world, 'web', { containers: [container('nginx:1.27')] });
    world.sim.run(310);
    const { status } = podNamed(world, 'web');
    expect(status.phase).toBe('Pending');
    expect(status.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    expect(status.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [app]',
    });
    world.sim.run(5 * second);
    expect(events(world)).toEqual([
      'Normal Pulling Pulling image "nginx:1.27"',
      'Normal Pulled Successfully pulled image "nginx:1.27" in 1s (1s including waiting). Image size: 60000000 bytes.',
      'Normal Created Created container: app',
      'Normal Started Started container app',
    ]);
  });

  test('pulls go one by one, and an image that is there is not fetched again', () => {
    const world = createTestWorld();
    createPod(world, 'a', { containers: [container('one:1')] });
    createPod(world, 'b', { containers: [container('two:1')] });
    createPod(world, 'c', { containers: [container('one:1')] });
    world.sim.run(10 * second);
    const pulled = events(world).filter((e) => e.includes(' Pulled '));
    expect(pulled).toEqual([
      'Normal Pulled Successfully pulled image "one:1" in 1s (1s including waiting). Image size: 60000000 bytes.',
      'Normal Pulled Successfully pulled image "two:1" in 1s (2s including waiting). Image size: 60000000 bytes.',
      'Normal Pulled Successfully pulled image "one:1" in 400ms (2.4s including waiting). Image size: 60000000 bytes.',
    ]);
    expect(world.store.get('nodes', 'node-1')?.status.images?.length).toBe(2);
  });

  test('a missing image backs off: 10 s, 20 s, 40 s', () => {
    const world = createTestWorld();
    createPod(world, 'web', { containers: [container('missing:1')] });
    world.sim.run(2 * second - 500);
    expect(podNamed(world, 'web').status.containerStatuses?.[0]?.state.waiting?.reason).toBe('ErrImagePull');
    world.sim.run(3 * second);
    const error =
      'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/missing:1": ' +
      'failed to resolve reference "docker.io/library/missing:1": docker.io/library/missing:1: not found';
    expect(podNamed(world, 'web').status.containerStatuses?.[0]?.state.waiting).toEqual({
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "missing:1": ErrImagePull: ${error}`,
    });
    expect(events(world)).toEqual([
      'Normal Pulling Pulling image "missing:1"',
      `Warning Failed Failed to pull image "missing:1": ${error}`,
      'Warning Failed Error: ErrImagePull',
      'Normal BackOff Back-off pulling image "missing:1"',
      'Warning Failed Error: ImagePullBackOff',
    ]);
    world.sim.run(90 * second);
    const pulls = [...world.store.values('events')].find((e) => e.reason === 'Pulling');
    expect(pulls?.count).toBe(4);
  });

  test('a name that is no image name, and one that must not be pulled', () => {
    const world = createTestWorld();
    createPod(world, 'bad', { containers: [container('Not An Image')] });
    createPod(world, 'never', { containers: [container('nginx:1', { imagePullPolicy: 'Never' })] });
    world.sim.run(60 * second);
    expect(podNamed(world, 'bad').status.containerStatuses?.[0]?.state.waiting?.reason).toBe('InvalidImageName');
    expect(podNamed(world, 'never').status.containerStatuses?.[0]?.state.waiting?.reason).toBe('ErrImageNeverPull');
  });

  test('a missing ConfigMap holds the container until it is there', () => {
    const world = createTestWorld();
    const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } }];
    createPod(world, 'web', { containers: [container('nginx:1', { env })] });
    world.sim.run(5 * second);
    expect(podNamed(world, 'web').status.containerStatuses?.[0]?.state.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'configmap "settings" not found',
    });
    expect(events(world).at(-1)).toBe('Warning Failed Error: configmap "settings" not found');
    const handled = world.sim.handled;
    world.sim.run(600 * second);
    expect(world.sim.handled).toBe(handled);
    world.store.create('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'default' },
      data: { a: '1' },
    });
    world.sim.run(620 * second);
    expect(podNamed(world, 'web').status.phase).toBe('Running');
  });

  test('init containers run in order, a sidecar stays beside the others', () => {
    const world = createTestWorld({ setup: { exitsAtMs: 2000 } });
    createPod(world, 'web', {
      initContainers: [
        { ...container('proxy'), name: 'proxy', restartPolicy: 'Always' },
        { ...container('setup'), name: 'setup' },
      ],
      containers: [container('nginx')],
    });
    world.sim.run(4 * second);
    const { status } = podNamed(world, 'web');
    expect(status.phase).toBe('Pending');
    expect(status.initContainerStatuses?.map((c) => Object.keys(c.state)[0])).toEqual(['running', 'running']);
    expect(status.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
    world.sim.run(20 * second);
    const after = podNamed(world, 'web').status;
    expect(after.phase).toBe('Running');
    expect(after.initContainerStatuses?.[1]).toMatchObject({ ready: true, started: false });
    expect(after.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  });

  test('a pod that does not fit is turned away', () => {
    const world = createTestWorld();
    const resources = { requests: { cpu: '3' } };
    createPod(world, 'a', { containers: [container('nginx', { resources })] });
    createPod(world, 'b', { containers: [container('nginx', { resources })] });
    world.sim.run(5 * second);
    expect(podNamed(world, 'a').status.phase).toBe('Running');
    expect(podNamed(world, 'b').status).toMatchObject({
      phase: 'Failed',
      reason: 'OutOfcpu',
      message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 3000, used: 3000, capacity: 3900",
    });
  });
});

describe('restarting', () => {
  test('a crashing container waits 0, 10, 20 s … and says so', () => {
    const world = createTestWorld({ crash: { exitsAtMs: 500, exit: { exitCode: 1, reason: 'Error' } } });
    const pod = createPod(world, 'web', { containers: [container('crash')] });
    const starts = () =>
      world.sim.journal
        .slice()
        .filter((e) => e.kind === 'kubelet.start')
        .map((e) => e.at);
    world.sim.run(120 * second);
    const at = starts();
    const gaps = at.slice(1).map((t, i) => t - (at[i] ?? 0) - 500);
    expect(gaps.slice(0, 4)).toEqual([1200, 10_200, 20_200, 40_200]);
    const { status } = podNamed(world, 'web');
    const state = status.containerStatuses?.[0];
    const text = `web_default(${pod.metadata.uid})`;
    expect(status.phase).toBe('Running');
    expect(state?.state.waiting).toEqual({
      reason: 'CrashLoopBackOff',
      message: `back-off 1m20s restarting failed container=app pod=${text}`,
    });
    expect(state?.lastState.terminated).toMatchObject({ exitCode: 1, reason: 'Error' });
    expect(state?.restartCount).toBe(4);
    expect(world.kubelets.backoffUntil(pod.metadata.uid, 'app')).toBe((at.at(-1) ?? 0) + 500 + 80_000);
    expect(events(world)).toContain(`Warning BackOff Back-off restarting failed container app in pod ${text}`);
    expect(world.kubelets.logs(pod.metadata.uid, 'app', true)?.length).toBe(1);
  });

  test('restartPolicy Never and OnFailure end the pod', () => {
    const world = createTestWorld({
      ok: { exitsAtMs: 500 },
      oom: { exitsAtMs: 500, exit: { exitCode: 137, reason: 'OOMKilled' } },
    });
    createPod(world, 'done', { restartPolicy: 'OnFailure', containers: [container('ok')] });
    createPod(world, 'oom', { restartPolicy: 'Never', containers: [container('oom')] });
    world.sim.run(30 * second);
    const done = podNamed(world, 'done').status;
    expect(done.phase).toBe('Succeeded');
    expect(done.conditions?.map((c) => `${c.type} ${c.status} ${c.reason ?? ''}`)).toEqual([
      'PodReadyToStartContainers False ',
      'Initialized True PodCompleted',
      'Ready False PodCompleted',
      'ContainersReady False PodCompleted',
      'PodScheduled True ',
    ]);
    const oom = podNamed(world, 'oom').status;
    expect(oom.phase).toBe('Failed');
    expect(oom.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  });

  test('a failed liveness probe kills after the grace and restarts', () => {
    const world = createTestWorld({
      hang: { termMs: null, answers: [{ fromMs: 20_000, answer: { kind: 'silence' } }] },
    });
    createPod(world, 'web', {
      terminationGracePeriodSeconds: 5,
      containers: [container('hang', { livenessProbe: httpProbe({ periodSeconds: 5 }) })],
    });
    world.sim.run(60 * second);
    expect(events(world)).toContain(
      'Warning Unhealthy Liveness probe failed: Get "http://10.244.0.2:8080/readyz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    );
    expect(events(world)).toContain('Normal Killing Container app failed liveness probe, will be restarted');
    const journal = world.sim.journal.slice();
    const kill = journal.find((e) => e.kind === 'kubelet.kill');
    const exit = journal.find((e) => e.kind === 'kubelet.exit');
    expect((exit?.at ?? 0) - (kill?.at ?? 0)).toBe(5000);
    const status = podNamed(world, 'web').status.containerStatuses?.[0];
    expect(status?.restartCount).toBe(1);
    expect(status?.lastState.terminated).toMatchObject({ exitCode: 137, reason: 'Error' });
  });
});

describe('probes', () => {
  test('a lock that is never released: the chain of causes reads from the lock to the condition', () => {
    const world = createTestWorld({
      payments: { answers: [{ fromMs: 42_000, answer: { kind: 'silence' } }] },
    });
    createPod(world, 'web', {
      containers: [container('payments', { readinessProbe: httpProbe({ periodSeconds: 5 }) })],
    });
    world.sim.run(40 * second);
    expect(podNamed(world, 'web').status.conditions?.find((c) => c.type === 'Ready')?.status).toBe('True');
    world.sim.run(70 * second);
    expect(podNamed(world, 'web').status.conditions?.find((c) => c.type === 'Ready')?.status).toBe('False');
    const change = world.sim.journal
      .slice()
      .findLast((e) => e.kind === 'store.update' && e.subject === 'pods/default/web');
    const chain = world.sim.journal.chain(change?.id ?? -1).map((e) => e.kind);
    expect(chain).toEqual([
      'workload.lock',
      'kubelet.probe',
      'kubelet.probe',
      'kubelet.probe',
      'kubelet.verdict',
      'store.update',
    ]);
  });

  test('a startup probe holds the others back, and readiness is asked as soon as it passes', () => {
    const world = createTestWorld({ slow: { bootMs: 12_000 } });
    const pod = createPod(world, 'web', {
      containers: [
        container('slow', {
          startupProbe: httpProbe({ periodSeconds: 5, failureThreshold: 10 }),
          readinessProbe: httpProbe(),
          livenessProbe: httpProbe(),
        }),
      ],
    });
    world.sim.run(11 * second);
    const before = world.kubelets.probes(pod.metadata.uid);
    expect(before.map((p) => p.type)).toEqual(['startup', 'readiness', 'liveness']);
    expect(before[1]?.nextAt).toBeNull();
    expect(podNamed(world, 'web').status.containerStatuses?.[0]).toMatchObject({ started: false, ready: false });
    world.sim.run(16 * second);
    expect(podNamed(world, 'web').status.containerStatuses?.[0]).toMatchObject({ started: true, ready: true });
    const readiness = world.kubelets.probes(pod.metadata.uid)[1];
    expect(readiness?.results[0]?.at).toBe(15_013);
    expect(readiness?.verdict).toBe('success');
  });

  test('the first readiness check waits for initialDelaySeconds on its own ticks', () => {
    const world = createTestWorld();
    const pod = createPod(world, 'web', {
      containers: [container('nginx', { readinessProbe: httpProbe({ initialDelaySeconds: 5, periodSeconds: 3 }) })],
    });
    world.sim.run(30 * second);
    const [view] = world.kubelets.probes(pod.metadata.uid);
    const started = world.sim.journal.slice().find((e) => e.kind === 'kubelet.start')?.at ?? 0;
    expect(view?.from).toBe(started + 6000);
    expect(view?.results[0]?.at).toBe(started + 6000);
  });

  test('passing probes cost nothing', () => {
    const world = createTestWorld();
    const pod = createPod(world, 'web', {
      containers: [container('nginx', { readinessProbe: httpProbe(), livenessProbe: httpProbe() })],
    });
    world.sim.run(60 * second);
    const handled = world.sim.handled;
    world.sim.run(3000 * second);
    expect(world.sim.handled).toBe(handled);
    const [readiness] = world.kubelets.probes(pod.metadata.uid);
    expect(readiness?.streak).toBe(300);
    expect(readiness?.results.length).toBe(20);
  });

  test('a grpc probe fails by name', () => {
    const world = createTestWorld();
    const readinessProbe = {
      grpc: { port: 5 },
      periodSeconds: 10,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 3,
    };
    createPod(world, 'web', { containers: [container('nginx', { readinessProbe })] });
    world.sim.run(10 * second);
    expect(events(world)).toContain('Warning Unhealthy Readiness probe failed: grpc probes are not simulated');
  });
});

describe('ending', () => {
  test('preStop, SIGTERM, SIGKILL at the end of the grace, then the pod is gone', () => {
    const world = createTestWorld({ stubborn: { termMs: null } });
    createPod(world, 'web', {
      terminationGracePeriodSeconds: 10,
      containers: [container('stubborn', { lifecycle: { preStop: { sleep: { seconds: 4 } } } })],
    });
    world.sim.run(20 * second);
    world.store.delete('pods', 'default/web');
    world.sim.run(29 * second);
    expect(podNamed(world, 'web').metadata.deletionTimestamp).toBeDefined();
    expect(events(world)).toContain('Normal Killing Stopping container app');
    world.sim.run(30_010);
    expect(world.store.get('pods', 'default/web')).toBeUndefined();
    const exit = world.sim.journal.slice().find((e) => e.kind === 'kubelet.exit');
    expect(exit?.at).toBe(30_010);
  });

  test('a process that obeys SIGTERM does not use up the grace', () => {
    const world = createTestWorld({ polite: { termMs: 700 } });
    createPod(world, 'web', { containers: [container('polite')] });
    world.sim.run(20 * second);
    world.store.delete('pods', 'default/web');
    world.sim.run(20_710);
    expect(world.store.get('pods', 'default/web')).toBeUndefined();
  });

  test('a forced delete takes the object at once and the process soon after', () => {
    const world = createTestWorld({ stubborn: { termMs: null } });
    const pod = createPod(world, 'web', { containers: [container('stubborn')] });
    world.sim.run(20 * second);
    const id = world.kubelets.processOf(pod.metadata.uid) ?? '';
    world.store.delete('pods', 'default/web', { gracePeriodSeconds: 0 });
    expect(world.processes.running(id)).toBe(true);
    world.sim.run(22 * second);
    expect(world.processes.running(id)).toBe(false);
    expect(world.kubelets.podOf(id)).toBeUndefined();
  });

  test('deleting a pod whose image never came', () => {
    const world = createTestWorld();
    createPod(world, 'web', { containers: [container('missing')] });
    world.sim.run(20 * second);
    world.store.delete('pods', 'default/web');
    world.sim.run(21 * second);
    expect(world.store.get('pods', 'default/web')).toBeUndefined();
    const handled = world.sim.handled;
    world.sim.run(1000 * second);
    expect(world.sim.handled - handled).toBeLessThanOrEqual(1);
  });
});

describe('machines', () => {
  test('a stopped machine is silent; one that comes back starts its pods again', () => {
    const world = createTestWorld();
    const heard: string[] = [];
    world.kubelets.onMachine((node, running) => heard.push(`${node} ${String(running)}`));
    const pod = createPod(world, 'web', { containers: [container('nginx', { readinessProbe: httpProbe() })] });
    world.sim.run(20 * second);
    const id = world.kubelets.processOf(pod.metadata.uid) ?? '';
    world.kubelets.setMachineRunning('node-1', false);
    const beat = world.kubelets.lastHeartbeat('node-1');
    world.sim.run(100 * second);
    expect(world.processes.running(id)).toBe(false);
    expect(podNamed(world, 'web').status.containerStatuses?.[0]?.ready).toBe(true);
    expect(world.kubelets.lastHeartbeat('node-1')).toBe(beat);
    world.kubelets.setMachineRunning('node-1', true);
    world.sim.run(120 * second);
    const status = podNamed(world, 'web').status.containerStatuses?.[0];
    expect(status).toMatchObject({ ready: true, restartCount: 1 });
    expect(status?.lastState.terminated).toMatchObject({ exitCode: 255, reason: 'Unknown' });
    expect(world.kubelets.lastHeartbeat('node-1')).toBe(120 * second);
    expect(heard).toEqual(['node-1 false', 'node-1 true']);
  });

  test('heartbeats come every ten seconds without an event', () => {
    const world = createTestWorld();
    const beats = new Set<number>();
    for (let at = 20_000; at < 60_000; at += 500) {
      world.sim.run(at);
      beats.add(world.kubelets.lastHeartbeat('node-1'));
    }
    const sorted = [...beats];
    expect(sorted.slice(1).map((at, i) => at - (sorted[i] ?? 0))).toEqual(sorted.slice(1).map(() => 10_000));
    expect(world.sim.handled).toBe(0);
  });
});
