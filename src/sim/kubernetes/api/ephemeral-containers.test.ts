import { expect, test } from 'vitest';
import { apiWorld } from './testing.ts';

const PODS = '/api/v1/namespaces/default/pods';
const SUB = `${PODS}/p/ephemeralcontainers`;
const STRATEGIC = 'application/strategic-merge-patch+json';
const pod = (more = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'nginx:1' }], ...more },
});
const debugging = (more = {}) => ({ name: 'd', image: 'busybox:1.37', ...more });
const added = (...ephemeralContainers: object[]) => ({ spec: { ephemeralContainers } });

function world() {
  const w = apiWorld();
  expect(w.ask('POST', PODS, pod()).code).toBe(201);
  return w;
}

test('a container is added to a pod that exists, with its defaults, through its own path alone', () => {
  const w = world();
  expect(w.patch(SUB, added(debugging()), STRATEGIC)).toMatchObject({
    code: 200,
    spec: { ephemeralContainers: [{ name: 'd', imagePullPolicy: 'IfNotPresent', terminationMessagePolicy: 'File' }] },
  });
  expect(w.patch(`${PODS}/p`, added(debugging({ name: 'e' })), STRATEGIC).code).toBe(422);
  const other = w.patch(SUB, { metadata: { labels: { a: 'b' } } }, STRATEGIC);
  expect([other.code, other.metadata.labels]).toEqual([200, undefined]);
});

test.each([
  [added(debugging({ name: 'c' })), 'spec.ephemeralContainers[0].name: Duplicate value: "c"'],
  [added(debugging({ targetContainerName: 'x' })), 'spec.ephemeralContainers[0].targetContainerName: Not found: "x"'],
  [
    added(debugging({ ports: [{ containerPort: 1 }] })),
    'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
  ],
  [added(debugging({ image: '' })), 'spec.ephemeralContainers[0].image: Required value'],
])('%j is refused', (body, why) => {
  const answer = world().patch(SUB, body, STRATEGIC);
  expect([answer.code, answer.message]).toEqual([422, `Pod "p" is invalid: ${why}`]);
});

test('one that is there stays as it is', () => {
  const w = world();
  w.patch(SUB, added(debugging()), STRATEGIC);
  const changed = w.patch(SUB, added(debugging({ image: 'busybox:1.36' })), STRATEGIC);
  expect(changed.message).toContain('existing ephemeral containers "d" may not be changed');
  const gone = w.patch(SUB, { spec: { ephemeralContainers: [] } }, 'application/merge-patch+json');
  expect(gone.message).toContain('existing ephemeral containers "d" may not be removed');
});

test('no pod is made with one', () => {
  const answer = apiWorld().ask('POST', PODS, pod({ ephemeralContainers: [debugging()] }));
  expect(answer.message).toBe('Pod "p" is invalid: spec.ephemeralContainers: Forbidden: cannot be set on create');
});
