// A whole world behind a port of the loopback address: the Kubernetes API, connections into containers, and time that
// passes. What `npm run api` serves.
import type { ApiRequest, ApiResponse } from '../../sim/api/http.ts';
import type { Timeline } from '../../sim/index.ts';
import { serveHttp } from '../http.ts';
import { Waiters } from '../waiters.ts';
import { type Speed, startClock } from './clock.ts';
import { openApi } from './openapi.ts';
import { ownPath } from './own-paths.ts';
import { createUpgrades } from './upgrade.ts';

/** Header of every answer: the virtual time, in Unix milliseconds. */
const NOW = 'bayplan-now';

export interface ServedWorld {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

export async function serveWorld(
  timeline: Timeline,
  { speed, port = 0 }: { readonly speed: Speed; readonly port?: number },
): Promise<ServedWorld> {
  const waiters = new Waiters();
  const clock = startClock(timeline, waiters, speed);
  const upgrades = createUpgrades(timeline, () => clock.touched());
  const before = (request: ApiRequest): Promise<ApiResponse> | undefined => {
    const own = ownPath({ timeline, waiters, clock, speed }, request);
    if (own) return own;
    const schemas = request.method === 'GET' ? openApi(request.path) : undefined;
    return schemas && Promise.resolve(schemas);
  };
  try {
    const { sim } = timeline.world;
    const handle = (request: ApiRequest): ApiResponse => {
      const answer = timeline.api(request);
      return { ...answer, headers: { ...answer.headers, [NOW]: String(sim.epochMs + sim.now) } };
    };
    const host = await serveHttp(handle, {
      port,
      before,
      upgrade: (message, socket, head) => upgrades.upgrade(message, socket, head),
      onBegin: () => clock.begin(),
      onEnd: (request) => clock.end(request.method !== 'GET'),
    });
    return {
      url: host.url,
      close: async () => {
        clock.stop();
        upgrades.close();
        await host.close();
      },
    };
  } catch (error) {
    clock.stop();
    throw error;
  }
}
