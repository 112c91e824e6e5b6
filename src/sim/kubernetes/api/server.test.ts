import { expect, test, vi } from 'vitest';
vi.mock('./tables/index.ts', () => ({ tableFor: () => ({ columnDefinitions: [], rows: [] }) }));
import type { ApiRequest } from '../../api/http.ts';
import { Simulation } from '../../engine/simulation.ts';
import type { LogLine } from '../../workload/process.ts';
import type { Cluster } from '../cluster.ts';
import type { Pod } from '../objects.ts';
import { Store } from '../store.ts';
import { createApiServer, createSystemObjects } from './index.ts';
import { objectOf, type JsonObject } from './json.ts';

const NS = '/api/v1/namespaces/default';
const APPS = '/apis/apps/v1/namespaces/default';
const STRATEGIC = 'application/strategic-merge-patch+json';
const MERGE = 'application/merge-patch+json';

function world() {
  const sim = new Simulation({ seed: 1, epochMs: Date.UTC(2026, 10, 24, 9), detail: 'full' });
  const cluster: Cluster = { sim, store: new Store(sim), events: { record: () => undefined } };
  const lines: LogLine[] = [];
  let onLog: (uid: string, container: string, line: LogLine) => void = () => undefined;
  const server = createApiServer(cluster, {
    logs: () => lines,
    lastHeartbeat: () => 7000,
    onLog: (listener) => {
      onLog = listener;
    },
  });
  createSystemObjects(cluster);
  const call = (method: ApiRequest['method'], path: string, body?: unknown, headers: Record<string, string> = {}) =>
    server.handle({ method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return {
    sim,
    cluster,
    server,
    store: cluster.store,
    call,
    log(uid: string, text: string) {
      const line = { at: sim.now, text };
      lines.push(line);
      onLog(uid, 'c', line);
    },
    ask(method: ApiRequest['method'], path: string, body?: unknown, headers?: Record<string, string>): Answer {
      const answer = call(method, path, body, headers);
      return { code: answer.status, ...(JSON.parse(answer.body) as JsonObject) } as Answer;
    },
    patch(path: string, body: unknown, type = STRATEGIC): Answer {
      const answer = call('PATCH', path, body, { 'content-type': type });
      return { code: answer.status, ...(JSON.parse(answer.body) as JsonObject) } as Answer;
    },
  };
}
type Answer = JsonObject & {
  code: number;
  message: string;
  metadata: JsonObject;
  spec: JsonObject;
  items: JsonObject[];
};

const deployment = (spec: JsonObject = {}, container: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'nginx', ...container }] },
    },
    ...spec,
  },
});
const pod = (name: string, spec: JsonObject = {}, labels: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: { containers: [{ name: 'c', image: 'nginx:1.27' }], ...spec },
});

test('a Deployment is stored with the defaults of the real server', () => {
  const w = world();
  const answer = w.ask('POST', `${APPS}/deployments`, deployment());
  expect(answer.code).toBe(201);
  expect(answer.spec).toEqual({
    progressDeadlineSeconds: 600,
    replicas: 1,
    revisionHistoryLimit: 10,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    template: {
      metadata: { creationTimestamp: null, labels: { app: 'web' } },
      spec: {
        containers: [
          {
            image: 'nginx',
            imagePullPolicy: 'Always',
            name: 'c',
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
          },
        ],
        dnsPolicy: 'ClusterFirst',
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        securityContext: {},
        terminationGracePeriodSeconds: 30,
      },
    },
  });
  expect(answer.status).toEqual({});
  expect(answer.metadata).toMatchObject({ name: 'web', namespace: 'default', generation: 1 });
});

test('a pod gets tolerations, priority, account, requests from limits and its class', () => {
  const w = world();
  const answer = w.ask(
    'POST',
    `${NS}/pods`,
    pod('a', { containers: [{ name: 'c', image: 'x:1', resources: { limits: { cpu: '1000m', memory: '64Mi' } } }] }),
  );
  expect(answer.code).toBe(201);
  expect(answer.spec).toMatchObject({
    enableServiceLinks: true,
    preemptionPolicy: 'PreemptLowerPriority',
    priority: 0,
    serviceAccount: 'default',
    serviceAccountName: 'default',
    tolerations: [
      { effect: 'NoExecute', key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: 300 },
      { effect: 'NoExecute', key: 'node.kubernetes.io/unreachable', operator: 'Exists', tolerationSeconds: 300 },
    ],
  });
  const [container] = answer.spec.containers as JsonObject[];
  // Quantities come back in canonical form.
  expect(container?.resources).toEqual({
    limits: { cpu: '1', memory: '64Mi' },
    requests: { cpu: '1', memory: '64Mi' },
  });
  expect(answer.status).toEqual({ phase: 'Pending', qosClass: 'Guaranteed' });
});

test.each([
  [
    'unknown field',
    deployment({}, { imagee: 'x' }),
    400,
    'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.template.spec.containers[0].imagee"',
  ],
  [
    'text for a number',
    deployment({ replicas: '3' }),
    400,
    'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
  [
    'number for a text',
    deployment({}, { env: [{ name: 'A', value: 1 }] }),
    400,
    'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string',
  ],
  [
    'no quantity',
    deployment({}, { resources: { limits: { cpu: 'lots' } } }),
    400,
    'Deployment in version "v1" cannot be handled as a Deployment: quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'',
  ],
  [
    'negative replicas',
    deployment({ replicas: -1 }),
    422,
    'Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  ],
  [
    'selector without its labels',
    deployment({ selector: { matchLabels: { app: 'api' } } }),
    422,
    'Deployment.apps "web" is invalid: spec.template.metadata.labels: Invalid value: map[string]string{"app":"web"}: `selector` does not match template `labels`',
  ],
  [
    'both zero',
    deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    422,
    'Deployment.apps "web" is invalid: spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:0, IntVal:0, StrVal:""}: may not be 0 when `maxSurge` is 0',
  ],
  [
    'request above limit',
    deployment({}, { resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }),
    422,
    'Deployment.apps "web" is invalid: spec.template.spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
  ],
  [
    'restart policy',
    deployment({
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] },
      },
    }),
    422,
    'Deployment.apps "web" is invalid: spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ],
  [
    'liveness threshold',
    deployment({}, { livenessProbe: { httpGet: { port: 80 }, successThreshold: 2 } }),
    422,
    'Deployment.apps "web" is invalid: spec.template.spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1',
  ],
  [
    'two mistakes',
    deployment({}, { image: '', name: 'A_' }),
    422,
    /^Deployment.apps "web" is invalid: \[spec.template.spec.containers\[0\].name: Invalid value: "A_": a lowercase RFC 1123 label .*, spec.template.spec.containers\[0\].image: Required value\]$/,
  ],
] as const)('refuses: %s', (_, manifest, code, message) => {
  const w = world();
  const before = w.store.resourceVersion;
  const answer = w.ask('POST', `${APPS}/deployments?fieldValidation=Strict`, manifest);
  expect(answer.code).toBe(code);
  if (typeof message === 'string') expect(answer.message).toBe(message);
  else expect(answer.message).toMatch(message);
  expect(w.store.resourceVersion).toBe(before);
});

test('a key that stands twice is named', () => {
  const w = world();
  const body = JSON.stringify(deployment()).replace('"spec":{', '"spec":{"replicas":1,"replicas":2,');
  const answer = w.server.handle({
    method: 'POST',
    path: `${APPS}/deployments?fieldValidation=Strict`,
    headers: {},
    body,
  });
  expect(answer.body).toContain('strict decoding error: duplicate field \\"spec.replicas\\"');
});

test('without Strict an unknown field is a warning, and fields without effect always are', () => {
  const w = world();
  const manifest = deployment({}, { imagee: 'x', securityContext: { runAsUser: 1 } });
  const answer = w.call('POST', `${APPS}/deployments`, manifest);
  expect(answer.status).toBe(201);
  expect(answer.headers.warning).toBe(
    '299 - "unknown field \\"spec.template.spec.containers[0].imagee\\"", ' +
      '299 - "spec.template.spec.containers[0].securityContext is not simulated here and has no effect"',
  );
  const again = w.call('PATCH', `${APPS}/deployments/web`, { spec: { replicas: 2 } }, { 'content-type': STRATEGIC });
  expect(again.headers.warning).toBeUndefined();
});

test('a patch that changes nothing leaves the resource version alone', () => {
  const w = world();
  const made = w.ask('POST', `${APPS}/deployments`, deployment({ replicas: 2 }));
  const version = made.metadata.resourceVersion;
  expect(w.patch(`${APPS}/deployments/web`, { spec: { replicas: 2 } }).metadata.resourceVersion).toBe(version);
  expect(w.patch(`${APPS}/deployments/web`, {}, MERGE).metadata.resourceVersion).toBe(version);
  const put = w.ask('PUT', `${APPS}/deployments/web`, { ...deployment({ replicas: 2 }) });
  expect(put.metadata.resourceVersion).toBe(version);
  const changed = w.patch(`${APPS}/deployments/web`, {
    spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } },
  });
  expect(changed.metadata.resourceVersion).not.toBe(version);
  expect(changed.metadata.generation).toBe(2);
});

test('an update of an older version is a conflict, a changed selector is immutable', () => {
  const w = world();
  const made = w.ask('POST', `${APPS}/deployments`, deployment());
  w.patch(`${APPS}/deployments/web`, { spec: { replicas: 3 } });
  const stale = w.ask('PUT', `${APPS}/deployments/web`, {
    ...deployment(),
    metadata: { name: 'web', resourceVersion: made.metadata.resourceVersion },
  });
  expect(stale.code).toBe(409);
  expect(stale.message).toBe(
    'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
  );
  const other = w.patch(
    `${APPS}/deployments/web`,
    { spec: { selector: { matchLabels: { app: 'x' } }, template: { metadata: { labels: { app: 'x' } } } } },
    MERGE,
  );
  expect(other.message).toBe(
    'Deployment.apps "web" is invalid: spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"app":"x"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable',
  );
});

test('a strategic patch with an unknown field is refused in the patch’s words', () => {
  const w = world();
  w.ask('POST', `${APPS}/deployments`, deployment());
  const answer = w.patch(`${APPS}/deployments/web?fieldValidation=Strict`, { spec: { foo: 1 } });
  expect(answer.message).toBe(
    ' "" is invalid: patch: Invalid value: "map[spec:map[foo:1]]": strict decoding error: unknown field "spec.foo"',
  );
  expect(w.patch(`${APPS}/deployments/web`, {}, 'text/plain').code).toBe(415);
});

test('dry run answers and stores nothing', () => {
  const w = world();
  const before = w.store.resourceVersion;
  expect(w.ask('POST', `${APPS}/deployments?dryRun=All`, deployment()).code).toBe(201);
  expect(w.store.resourceVersion).toBe(before);
  w.ask('POST', `${APPS}/deployments`, deployment());
  expect(w.patch(`${APPS}/deployments/web?dryRun=All`, { spec: { replicas: 9 } }).spec.replicas).toBe(9);
  expect(w.store.get('deployments', 'default/web')?.spec.replicas).toBe(1);
});

test('names, namespaces and what is there already', () => {
  const w = world();
  w.ask('POST', `${APPS}/deployments`, deployment());
  expect(w.ask('POST', `${APPS}/deployments`, deployment()).message).toBe('deployments.apps "web" already exists');
  expect(w.ask('GET', `${NS}/pods/nope`).message).toBe('pods "nope" not found');
  expect(w.ask('POST', '/api/v1/namespaces/none/pods', pod('a')).message).toBe('namespaces "none" not found');
  expect(w.ask('DELETE', '/api/v1/namespaces/default').message).toBe(
    'namespaces "default" is forbidden: this namespace may not be deleted',
  );
  w.ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  expect(w.store.get('namespaces', 'shop')).toMatchObject({
    metadata: { labels: { 'kubernetes.io/metadata.name': 'shop' } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  });
  expect(w.ask('DELETE', '/api/v1/namespaces/shop').status).toEqual({ phase: 'Terminating' });
  expect(w.ask('POST', '/api/v1/namespaces/shop/pods', pod('a')).message).toBe(
    'pods "a" is forbidden: unable to create new content in namespace shop because it is being terminated',
  );
});

test('a pod may hardly change', () => {
  const w = world();
  w.ask('POST', `${NS}/pods`, pod('a'));
  expect(w.patch(`${NS}/pods/a`, { spec: { containers: [{ name: 'c', image: 'nginx:1.28' }] } }).code).toBe(200);
  const answer = w.patch(`${NS}/pods/a`, { spec: { containers: [{ name: 'c', command: ['sh'] }] } });
  expect(answer.message).toContain(
    'Pod "a" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`',
  );
});

test('services get addresses and node ports, which do not change and are not given twice', () => {
  const w = world();
  const service = (name: string, spec: JsonObject = {}) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
  });
  const made = w.ask('POST', `${NS}/services`, service('web'));
  expect(made.spec.clusterIP).toMatch(/^10\.(9[6-9]|10\d|11[01])\.\d+\.\d+$/);
  expect(made.spec).toMatchObject({
    type: 'ClusterIP',
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
  });
  const put = w.ask('PUT', `${NS}/services/web`, service('web', { type: 'NodePort' }));
  expect(put.spec.clusterIP).toBe(made.spec.clusterIP);
  const [port] = put.spec.ports as JsonObject[];
  expect(port?.nodePort).toBeGreaterThanOrEqual(30086);
  expect(
    w.ask('POST', `${NS}/services`, service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: port?.nodePort }] }))
      .message,
  ).toContain('provided port is already allocated');
  expect(w.ask('POST', `${NS}/services`, service('b', { clusterIP: '10.96.0.1' })).message).toBe(
    'Service "b" is invalid: spec.clusterIPs: Invalid value: []string{"10.96.0.1"}: failed to allocate IP 10.96.0.1: provided IP is already allocated',
  );
  expect(
    w.patch(`${NS}/services/web`, { spec: { clusterIP: '10.96.0.99', clusterIPs: ['10.96.0.99'] } }).message,
  ).toContain('spec.clusterIPs[0]: Invalid value: []string{"10.96.0.99"}: may not change once set');
});

test('scale and its mistakes', () => {
  const w = world();
  w.ask('POST', `${APPS}/deployments`, deployment({ replicas: 2 }));
  expect(w.ask('GET', `${APPS}/deployments/web/scale`)).toMatchObject({
    kind: 'Scale',
    spec: { replicas: 2 },
    status: { replicas: 0, selector: 'app=web' },
  });
  expect(w.patch(`${APPS}/deployments/web/scale`, { spec: { replicas: 5 } }, MERGE).spec).toEqual({ replicas: 5 });
  expect(w.store.get('deployments', 'default/web')?.spec.replicas).toBe(5);
  expect(w.patch(`${APPS}/deployments/web/scale`, { spec: { replicas: -5 } }, MERGE).message).toBe(
    'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -5: must be greater than or equal to 0',
  );
});

test('selection by labels and fields, pages, errors', () => {
  const w = world();
  for (const n of ['a', 'b', 'c']) w.ask('POST', `${NS}/pods`, pod(n, {}, { app: n === 'b' ? 'x' : 'y' }));
  const names = (answer: Answer) => answer.items.map((o) => objectOf(o.metadata).name);
  expect(names(w.ask('GET', `${NS}/pods?labelSelector=app%3Dy`))).toEqual(['a', 'c']);
  expect(names(w.ask('GET', '/api/v1/pods?fieldSelector=metadata.name!%3Da,spec.nodeName%3D'))).toEqual(['b', 'c']);
  const first = w.ask('GET', `${NS}/pods?limit=2`);
  expect(names(first)).toEqual(['a', 'b']);
  expect(first.metadata.remainingItemCount).toBe(1);
  expect(names(w.ask('GET', `${NS}/pods?limit=2&continue=${first.metadata.continue as string}`))).toEqual(['c']);
  expect(w.ask('GET', `${NS}/pods?fieldSelector=spec.foo%3Da`).message).toBe('field label not supported: spec.foo');
  expect(w.ask('GET', `${NS}/pods?labelSelector=a%20b`).code).toBe(400);
  expect(first.items[0]).not.toHaveProperty('kind');
});

function events(text: string): { type: string; object: Answer }[] {
  return text
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as { type: string; object: Answer });
}

test('a watch sees objects come into its selection and leave it', () => {
  const w = world();
  w.ask('POST', `${NS}/pods`, pod('a', {}, { app: 'y' }));
  const answer = w.call('GET', `${NS}/pods?watch=true&resourceVersion=0&labelSelector=app%3Dx`);
  expect(answer.body).toBe('');
  w.patch(`${NS}/pods/a`, { metadata: { labels: { app: 'x' } } }, MERGE);
  let heard = '';
  const stop = answer.stream?.open(
    (text) => (heard += text),
    () => undefined,
  );
  w.patch(`${NS}/pods/a`, { metadata: { labels: { v: '1' } } }, MERGE);
  w.patch(`${NS}/pods/a`, { metadata: { labels: { app: 'y' } } }, MERGE);
  w.ask('DELETE', `${NS}/pods/a`);
  expect(events(heard).map((e) => e.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  stop?.();
  const since = w.call('GET', `${NS}/pods?watch=1&resourceVersion=${String(w.store.resourceVersion + 50)}`);
  expect(events(since.body)[0]).toMatchObject({ type: 'ERROR', object: { reason: 'Expired', code: 410 } });
});

test('going back in time ends streams', () => {
  const w = world();
  const checkpoint = w.sim.checkpoint();
  let ended = false;
  w.call('GET', `${NS}/pods?watch=1&resourceVersion=0`).stream?.open(
    () => undefined,
    () => (ended = true),
  );
  w.sim.restore(checkpoint);
  expect(ended).toBe(true);
});

test('reading changes nothing in the world', () => {
  const w = world();
  w.ask('POST', `${APPS}/deployments`, deployment());
  const before = JSON.stringify(w.sim.checkpoint());
  const length = w.sim.journal.length;
  for (const path of [
    '/api',
    '/apis',
    '/api/v1/pods',
    `${APPS}/deployments/web`,
    '/apis/apps/v1/deployments?watch=true',
  ])
    w.call('GET', path).stream?.open(
      () => undefined,
      () => undefined,
    )();
  expect(JSON.stringify(w.sim.checkpoint())).toBe(before);
  expect(w.sim.journal.length).toBe(length);
});

function running(w: ReturnType<typeof world>, name: string): Pod {
  w.ask('POST', `${NS}/pods`, pod(name));
  w.ask('POST', `${NS}/pods/${name}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name },
    target: { kind: 'Node', name: 'n1' },
  });
  const container = {
    name: 'c',
    ready: true,
    restartCount: 0,
    image: 'x',
    imageID: 'x',
    lastState: {},
    state: { running: { startedAt: w.store.timestamp } },
  };
  return w.store.updateStatus('pods', `default/${name}`, { phase: 'Running', containerStatuses: [container] }) as Pod;
}

test('binding, eviction and graceful deletion', () => {
  const w = world();
  running(w, 'a');
  expect(w.store.get('pods', 'default/a')?.spec.nodeName).toBe('n1');
  const again = w.ask('POST', `${NS}/pods/a/binding`, { target: { name: 'n2' } });
  expect(again.message).toBe(
    'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "n1"',
  );
  expect(
    w.ask('POST', `${NS}/pods/a/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'a' } }).code,
  ).toBe(201);
  expect(w.store.get('pods', 'default/a')?.metadata.deletionGracePeriodSeconds).toBe(30);
  const gone = w.ask('DELETE', `${NS}/pods/a?gracePeriodSeconds=0`);
  expect(gone.kind).toBe('Pod');
  expect(w.store.get('pods', 'default/a')).toBeUndefined();
});

test('logs: lines, follow to the end, mistakes', () => {
  const w = world();
  const { uid } = running(w, 'a').metadata;
  w.log(uid, 'one');
  w.sim.run(1500);
  w.log(uid, 'two');
  expect(w.call('GET', `${NS}/pods/a/log?tailLines=1&timestamps=true`).body).toBe(
    '2026-11-24T09:00:01.500000000Z two\n',
  );
  expect(w.call('GET', `${NS}/pods/a/log?limitBytes=5`).body).toBe('one\nt');
  const follow = w.call('GET', `${NS}/pods/a/log?follow=true`);
  let heard = follow.body;
  let ended = false;
  follow.stream?.open(
    (text) => (heard += text),
    () => (ended = true),
  );
  w.log(uid, 'three');
  w.ask('DELETE', `${NS}/pods/a?gracePeriodSeconds=0`);
  expect(heard).toBe('one\ntwo\nthree\n');
  expect(ended).toBe(true);
  w.ask(
    'POST',
    `${NS}/pods`,
    pod('b', {
      containers: [
        { name: 'c', image: 'x' },
        { name: 'd', image: 'y' },
      ],
    }),
  );
  expect(w.ask('GET', `${NS}/pods/b/log`).message).toBe(
    'a container name must be specified for pod b, choose one of: [c d]',
  );
  expect(w.ask('GET', `${NS}/pods/b/log?container=z`).message).toBe('container z is not valid for pod b');
  running(w, 'e');
  expect(w.ask('GET', `${NS}/pods/e/log?previous=true`).message).toBe(
    'previous terminated container "c" in pod "e" not found',
  );
});

test('heartbeats are computed when they are read', () => {
  const w = world();
  w.store.create('nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1' },
    spec: {},
    status: { capacity: {}, allocatable: {}, conditions: [{ type: 'Ready', status: 'True' }] },
  });
  w.store.create('leases', {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'n1', namespace: 'kube-node-lease' },
    spec: { holderIdentity: 'n1' },
  });
  expect(w.ask('GET', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1').spec.renewTime).toBe(
    '2026-11-24T09:00:07.000000Z',
  );
  expect(objectOf(w.ask('GET', '/api/v1/nodes/n1').status).conditions).toEqual([
    { type: 'Ready', status: 'True', lastHeartbeatTime: '2026-11-24T09:00:07Z' },
  ]);
});

test('kinds that are not here are named', () => {
  const w = world();
  expect(w.call('GET', `${APPS}/things`).body).toBe('404 page not found\n');
  expect(w.ask('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions')).toMatchObject({
    code: 404,
    reason: 'NotFound',
    message: 'customresourcedefinitions.apiextensions.k8s.io is not simulated here',
  });
  expect(
    w.ask('POST', '/apis/storage.k8s.io/v1/csidrivers', {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIDriver',
    }),
  ).toMatchObject({ code: 404, message: 'csidrivers.storage.k8s.io is not simulated here' });
  expect(w.server.admit({ apiVersion: 'v1', kind: 'PodTemplate' })).toMatchObject({
    status: { message: 'PodTemplate (v1) is not simulated here' },
  });
});

test('admit gives an object ready for the store', () => {
  const w = world();
  const admitted = w.server.admit(deployment());
  expect('object' in admitted && admitted.object).toMatchObject({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 1 },
  });
});

test('discovery lists what is served in both forms', () => {
  const w = world();
  const answer = w.call('GET', '/apis?timeout=32s', undefined, {
    accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json',
  });
  expect(answer.headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
  expect(w.ask('GET', '/apis').kind).toBe('APIGroupList');
  const list = w.ask('GET', '/api/v1');
  expect((list.resources as JsonObject[]).map((r) => r.name)).toContain('pods/eviction');
  expect(w.ask('GET', '/version').gitVersion).toBe('v1.32.4');
});

test("a DaemonSet's template is counted in an annotation, whatever the client says", () => {
  const w = world();
  const template = (image: string) => ({
    metadata: { labels: { app: 'a' } },
    spec: { containers: [{ name: 'c', image }] },
  });
  const set = { selector: { matchLabels: { app: 'a' } }, template: template('i:1') };
  const generation = ({ metadata }: Answer) =>
    objectOf(metadata.annotations)['deprecated.daemonset.template.generation'];
  const sent = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent' }, spec: set };
  expect(generation(w.ask('POST', `${APPS}/daemonsets`, sent))).toBe('1');
  const path = `${APPS}/daemonsets/agent`;
  expect(generation(w.patch(path, { metadata: { labels: { a: 'b' } } }))).toBe('1');
  expect(generation(w.patch(path, { spec: { template: template('i:2') } }))).toBe('2');
  expect(generation(w.ask('PUT', path, { ...sent, spec: { ...set, template: template('i:3') } }))).toBe('3');
});
