// `kubectl explain` beside the real one, which is given our descriptions as an OpenAPI document: the texts are ours, so
// what is compared is how they are laid out and found.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Headless } from '../../../src/hosts/headless.ts';
import { cluster } from '../../../src/hosts/kinds/cluster.ts';
import { type HttpHost, serveHttp } from '../../../src/hosts/http.ts';
import { explained } from '../../../src/shell/programs/kubectl/explain.generated.ts';
import { type ApiRequest, type ApiResponse, type Scenario, Timeline } from '../../../src/sim/index.ts';
import { realKubectl, whyNot } from './harness.ts';

const scenario: Scenario = {
  name: 'explain',
  startsAt: '2026-11-24T09:00:00Z',
  nodes: [{ name: 'node-a', cpu: '4', memory: '8Gi' }],
  objects: [],
  clients: [],
  script: [],
};

const SCHEMAS = '#/components/schemas/';
const plain: Readonly<Record<string, object>> = {
  s: { type: 'string' },
  i: { type: 'integer' },
  l: { type: 'integer' },
  b: { type: 'boolean' },
  t: { type: 'string' },
  T: { type: 'string' },
  y: { type: 'string' },
  '*': { type: 'object' },
  q: { allOf: [{ $ref: `${SCHEMAS}Quantity` }] },
  x: { allOf: [{ $ref: `${SCHEMAS}IntOrString` }] },
};

function schema(code: string): object {
  if (code.startsWith('[]')) return { type: 'array', items: schema(code.slice(2)) };
  if (code.startsWith('{}')) return { type: 'object', additionalProperties: schema(code.slice(2)) };
  return plain[code] ?? { allOf: [{ $ref: SCHEMAS + code }] };
}

/** One document for all groups: the real program looks no further than at the kind. */
function openApi(path: string): object {
  const kinds = [
    ['', 'pods', 'Pod'],
    ['', 'services', 'Service'],
    ['', 'nodes', 'Node'],
    ['apps', 'deployments', 'Deployment'],
  ] as const;
  const gvk = (kind: string) => {
    const found = kinds.find(([, , name]) => name === kind);
    return found ? { 'x-kubernetes-group-version-kind': [{ group: found[0], version: 'v1', kind }] } : {};
  };
  const schemas = Object.entries(explained).map(([name, { text, fields }]) => [
    name,
    {
      type: 'object',
      description: text,
      ...gvk(name),
      required: Object.entries(fields).flatMap(([field, [, required]]) => (required === 1 ? [field] : [])),
      properties: Object.fromEntries(
        Object.entries(fields).map(([field, [code, , words]]) => [field, { ...schema(code), description: words }]),
      ),
    },
  ]);
  const paths = kinds.map(([group, resource, kind]) => [
    `/${path}/namespaces/{namespace}/${resource}`,
    { get: { 'x-kubernetes-group-version-kind': { group, version: 'v1', kind } } },
  ]);
  const odd = { Quantity: { oneOf: [] }, IntOrString: { oneOf: [] } };
  return {
    openapi: '3.0.0',
    paths: Object.fromEntries(paths) as object,
    components: { schemas: { ...(Object.fromEntries(schemas) as object), ...odd } },
  };
}

const reason = whyNot('explain.test.ts');

describe.skipIf(realKubectl === undefined)(`kubectl explain${reason}`, () => {
  const home = mkdtempSync(join(tmpdir(), 'bayplan-explain-'));
  const timeline = new Timeline(scenario, 1);
  const shell = new Headless(timeline, cluster, { untilMs: 1000 });
  let host: HttpHost;

  beforeAll(async () => {
    host = await serveHttp((request: ApiRequest): ApiResponse => {
      const document = /^\/openapi\/v3\/([^?]+)/.exec(request.path)?.[1];
      if (document === undefined) return timeline.api(request);
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(openApi(document)) };
    });
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: host.url } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      users: [{ name: 'u', user: {} }],
      'current-context': 'c',
    };
    writeFileSync(join(home, 'config'), JSON.stringify(config));
  });
  afterAll(async () => {
    await host.close();
    rmSync(home, { recursive: true, force: true });
  });

  const real = (args: readonly string[]) =>
    new Promise<{ stdout: string; stderr: string; exitCode: number }>((resolve) => {
      const env = { ...process.env, HOME: home, KUBECONFIG: join(home, 'config') };
      execFile(realKubectl as string, args, { env }, (error, stdout, stderr) => {
        resolve({ stdout, stderr, exitCode: typeof error?.code === 'number' ? error.code : error ? -1 : 0 });
      });
    });

  test.each([
    'pod',
    'pods.spec',
    'po.spec.containers',
    'pods.spec.containers.resources',
    'pod.spec.containers.livenessProbe.httpGet',
    'pod.spec.containers.livenessProbe.httpGet.port',
    'pod.metadata.labels',
    'pod.metadata.ownerReferences',
    'deploy',
    'deployments.apps',
    'deployment.spec.strategy --recursive',
    'deployments.apps.spec.template.spec.tolerations',
    'deploy --recursive',
    'service.spec.ports',
    'node.status.allocatable',
    'pods.spec.nope',
    'pod.nope.spec',
    'foo',
    '',
    'pod service',
    'pod -o nonsense',
    'pod --api-version=v2',
    'deploy --api-version=apps/v1beta1',
  ])('explain %s', async (words) => {
    const line = `kubectl explain ${words}`.trim();
    const { stdout, stderr, exitCode } = await shell.run(line);
    expect({ stdout, stderr, exitCode }).toEqual(await real(line.split(' ').slice(1)));
  });
});
