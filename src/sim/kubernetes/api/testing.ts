// An API server over an empty store, and short ways to ask it. For tests only.
import type { ApiRequest } from '../../api/http.ts';
import { Simulation } from '../../engine/simulation.ts';
import type { Cluster } from '../cluster.ts';
import type { Metrics } from '../metrics.ts';
import { Store } from '../store.ts';
import { createApiServer, createSystemObjects } from './index.ts';
import type { JsonObject } from './json.ts';

export type Answer = JsonObject & {
  code: number;
  message: string;
  metadata: JsonObject;
  spec: JsonObject;
  items: JsonObject[];
};

export function apiWorld(metrics?: Metrics) {
  const sim = new Simulation({ seed: 1, epochMs: Date.UTC(2026, 10, 24, 9), detail: 'full' });
  const cluster: Cluster = { sim, store: new Store(sim), events: { record: () => undefined } };
  const kubelets = { logs: () => [], lastHeartbeat: () => 0, onLog: () => undefined };
  const server = createApiServer(cluster, kubelets, metrics);
  createSystemObjects(cluster);
  const ask = (
    method: ApiRequest['method'],
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Answer => {
    const answer = server.handle({
      method,
      path,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { code: answer.status, ...(JSON.parse(answer.body) as JsonObject) } as Answer;
  };
  return {
    sim,
    cluster,
    server,
    store: cluster.store,
    ask,
    patch: (path: string, body: unknown, type: string) => ask('PATCH', path, body, { 'content-type': type }),
    apply: (path: string, body: unknown) =>
      ask('PATCH', path, body, { 'content-type': 'application/apply-patch+yaml' }),
  };
}
