import { describe, expect, test } from 'vitest';
import { listOf, type JsonObject } from '../json.ts';
import { type Answer, apiWorld } from '../testing.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const WEB = `${DEPLOYMENTS}/web`;
const MERGE = 'application/merge-patch+json';

const web = (spec: JsonObject = {}, containers: JsonObject[] = [{ name: 'c', image: 'nginx:1' }]): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers } },
    ...spec,
  },
});
const entries = (answer: Answer) => listOf(answer.metadata.managedFields);
const fields = (answer: Answer, manager: string) => entries(answer).find((e) => e.manager === manager)?.fieldsV1;

describe('who owns what', () => {
  test('the creator owns what it sent, defaults included', () => {
    const w = apiWorld();
    const answer = w.ask('POST', `${DEPLOYMENTS}?fieldManager=kubectl-create`, web({ replicas: 2 }));
    expect(entries(answer)).toMatchObject([
      { manager: 'kubectl-create', operation: 'Update', apiVersion: 'apps/v1', time: '2026-11-24T09:00:00Z' },
    ]);
    expect(fields(answer, 'kubectl-create')).toEqual({
      'f:spec': {
        'f:progressDeadlineSeconds': {},
        'f:replicas': {},
        'f:revisionHistoryLimit': {},
        'f:selector': {},
        'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} }, 'f:type': {} },
        'f:template': {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"c"}': {
                '.': {},
                'f:image': {},
                'f:imagePullPolicy': {},
                'f:name': {},
                'f:resources': {},
                'f:terminationMessagePath': {},
                'f:terminationMessagePolicy': {},
              },
            },
            'f:dnsPolicy': {},
            'f:restartPolicy': {},
            'f:schedulerName': {},
            'f:securityContext': {},
            'f:terminationGracePeriodSeconds': {},
          },
        },
      },
    });
  });

  test('who changes a field takes it over, also through scale and status', () => {
    const w = apiWorld();
    w.ask('POST', `${DEPLOYMENTS}?fieldManager=a`, web({ replicas: 2 }));
    w.patch(`${WEB}?fieldManager=b`, { metadata: { labels: { x: 'y' } } }, MERGE);
    w.ask('PATCH', `${WEB}/scale`, { spec: { replicas: 3 } }, { 'content-type': MERGE, 'user-agent': 'kubectl/v1' });
    const answer = w.patch(`${WEB}/status?fieldManager=c`, { status: { replicas: 1 } }, MERGE);
    expect(fields(answer, 'b')).toEqual({ 'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } } });
    expect(fields(answer, 'a')).not.toHaveProperty(['f:spec', 'f:replicas']);
    expect(entries(answer).slice(-2)).toMatchObject([
      { manager: 'c', subresource: 'status', fieldsV1: { 'f:status': { 'f:replicas': {} } } },
      { manager: 'kubectl', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
    ]);
  });

  test('a write that changes nothing changes no entry', () => {
    const w = apiWorld();
    const first = w.ask('POST', `${DEPLOYMENTS}?fieldManager=a`, web({ replicas: 2 }));
    const again = w.patch(`${WEB}?fieldManager=b`, { spec: { replicas: 2 } }, MERGE);
    expect(again.metadata).toEqual(first.metadata);
  });

  test('a client may rewrite the entries, or clear them', () => {
    const w = apiWorld();
    w.ask('POST', `${DEPLOYMENTS}?fieldManager=a`, web());
    const entry = { manager: 'm', operation: 'Apply', apiVersion: 'apps/v1', fieldsType: 'FieldsV1' };
    const own = [{ ...entry, fieldsV1: { 'f:spec': { 'f:replicas': {} } } }];
    const set = w.patch(`${WEB}?fieldManager=b`, { metadata: { managedFields: own } }, MERGE);
    expect(entries(set)).toEqual(own);
    const cleared = w.patch(`${WEB}?fieldManager=b`, { metadata: { managedFields: [{}] } }, MERGE);
    expect(cleared.metadata).not.toHaveProperty('managedFields');
  });
});

describe('server-side apply', () => {
  test('creates, then says unchanged', () => {
    const w = apiWorld();
    const made = w.apply(`${WEB}?fieldManager=kubectl`, web({ replicas: 2 }));
    expect(made.code).toBe(201);
    expect(fields(made, 'kubectl')).toEqual({
      'f:spec': {
        'f:replicas': {},
        'f:selector': {},
        'f:template': {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
        },
      },
    });
    const again = w.apply(`${WEB}?fieldManager=kubectl`, web({ replicas: 2 }));
    expect(again.code).toBe(200);
    expect(again.metadata).toEqual(made.metadata);
  });

  test.each([
    [
      'one',
      { replicas: 5 },
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
    ],
    [
      'two',
      { replicas: 5, minReadySeconds: 3, template: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } },
      'Apply failed with 2 conflicts: conflicts with "kubectl-client-side-apply" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name="c"].image',
    ],
  ])('%s field of somebody else is a conflict, unless forced', (_name, spec: JsonObject, message) => {
    const w = apiWorld();
    w.ask('POST', `${DEPLOYMENTS}?fieldManager=kubectl-client-side-apply`, web({ replicas: 2 }));
    const config = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec };
    const answer = w.apply(`${WEB}?fieldManager=kubectl`, config);
    expect(answer).toMatchObject({ code: 409, reason: 'Conflict', message });
    expect((answer.details as JsonObject).causes).toContainEqual({
      reason: 'FieldManagerConflict',
      message: 'conflict with "kubectl-client-side-apply" using apps/v1',
      field: '.spec.replicas',
    });
    const forced = w.apply(`${WEB}?fieldManager=kubectl&force=true`, config);
    expect(forced.spec.replicas).toBe(5);
    expect(fields(forced, 'kubectl-client-side-apply')).not.toHaveProperty(['f:spec', 'f:replicas']);
  });

  test('equal values are shared, not fought over', () => {
    const w = apiWorld();
    w.apply(`${WEB}?fieldManager=a`, web({ replicas: 2 }));
    const both = w.apply(`${WEB}?fieldManager=b`, web({ replicas: 2 }));
    expect(entries(both).map((e) => e.manager)).toEqual(['a', 'b']);
    const less = w.apply(`${WEB}?fieldManager=a`, web());
    expect(less.spec.replicas).toBe(2);
    expect(w.apply(`${WEB}?fieldManager=b`, web()).spec.replicas).toBe(1);
  });

  test('what the manager no longer lists goes: fields, map entries, items of keyed lists', () => {
    const w = apiWorld();
    const side = { name: 'side', image: 'x:1', env: [{ name: 'A', value: '1' }] };
    const first = web({ minReadySeconds: 5 }, [{ name: 'c', image: 'nginx:1' }, side]);
    first.metadata = { name: 'web', labels: { a: '1', b: '2' } };
    w.apply(`${WEB}?fieldManager=kubectl`, first);
    w.patch(`${WEB}?fieldManager=other`, { metadata: { labels: { c: '3' } } }, MERGE);
    const second = web();
    second.metadata = { name: 'web', labels: { a: '1' } };
    const answer = w.apply(`${WEB}?fieldManager=kubectl`, second);
    expect(answer.metadata.labels).toEqual({ a: '1', c: '3' });
    expect(answer.spec).not.toHaveProperty('minReadySeconds');
    const { template } = answer.spec as { template: { spec: { containers: JsonObject[] } } };
    expect(template.spec.containers.map((c) => c.name)).toEqual(['c']);
  });

  test('items keep the order of the configuration, foreign ones stay between', () => {
    const w = apiWorld();
    const of = (...names: string[]) =>
      web(
        {},
        names.map((name) => ({ name, image: 'x:1' })),
      );
    w.ask('POST', `${DEPLOYMENTS}?fieldManager=a`, of('one', 'two', 'three'));
    const answer = w.apply(`${WEB}?fieldManager=b`, of('three', 'new', 'one'));
    const { template } = answer.spec as { template: { spec: { containers: JsonObject[] } } };
    expect(template.spec.containers.map((c) => c.name)).toEqual(['two', 'three', 'new', 'one']);
  });

  test.each([
    ['a manager', WEB, web(), 422, 'is required for apply patch'],
    [
      'no managed fields',
      `${WEB}?fieldManager=a`,
      { ...web(), metadata: { name: 'web', managedFields: [] } },
      400,
      'metadata.managedFields must be nil',
    ],
  ])('wants %s', (_name, path, body, code, message) => {
    const answer = apiWorld().apply(path, body);
    expect(answer.code).toBe(code);
    expect(answer.message).toContain(message);
  });

  test('values are compared as they are stored, and unknown fields are named', () => {
    const w = apiWorld();
    const cpu = (value: string) => web({}, [{ name: 'c', image: 'x:1', resources: { requests: { cpu: value } } }]);
    const made = w.apply(`${WEB}?fieldManager=a`, cpu('1000m'));
    expect(w.apply(`${WEB}?fieldManager=a`, cpu('1000m')).metadata).toEqual(made.metadata);
    expect(w.apply(`${WEB}?fieldManager=b`, cpu('1')).code).toBe(200);
    const answer = w.apply(`${WEB}?fieldManager=a&fieldValidation=Strict`, web({ foo: 1 }));
    expect(answer).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(answer.message).toContain('unknown field "spec.foo"');
  });

  test('a dry run stores nothing', () => {
    const w = apiWorld();
    expect(w.apply(`${WEB}?fieldManager=a&dryRun=All`, web()).code).toBe(201);
    expect(w.ask('GET', WEB).code).toBe(404);
  });
});
