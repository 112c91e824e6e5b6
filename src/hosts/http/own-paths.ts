// What a served world answers beside the Kubernetes API, under `/bayplan/`: things that no client of a cluster can ask
// for, but its operator can do, or the page's programs need when they run far from the world. Bodies are JSON.
//   GET  /bayplan/clock                                   the virtual time, and how fast it goes
//   POST /bayplan/sleep   {"ms": 5000}                    answers when so much virtual time has passed
//   POST /bayplan/machine {"node": "…", "running": false} stops a node's machine, or starts it
//   POST /bayplan/http    {"method", "url", "timeoutMs"}  one request from outside the cluster, as `curl` makes it
import type { ApiRequest, ApiResponse } from '../../sim/api/http.ts';
import type { Timeline } from '../../sim/index.ts';
import type { Waiters } from '../waiters.ts';
import type { Clock, Speed } from './clock.ts';

export interface OwnPaths {
  readonly timeline: Timeline;
  readonly waiters: Waiters;
  readonly clock: Clock;
  readonly speed: Speed;
}

const MOST_SLEEP_MS = 86_400_000;

/** Undefined for a path of the cluster. */
export function ownPath(world: OwnPaths, { method, path, body }: ApiRequest): Promise<ApiResponse> | undefined {
  if (!path.startsWith('/bayplan/')) return undefined;
  const fields = fieldsOf(body);
  if (!fields) return refused('body: expected a JSON object');
  const { timeline, waiters, clock, speed } = world;
  const { sim } = timeline.world;
  switch (`${method} ${path}`) {
    case 'GET /bayplan/clock':
      return answer({ nowUnixMs: sim.epochMs + sim.now, speed });
    case 'POST /bayplan/sleep': {
      const { ms } = fields;
      if (typeof ms !== 'number' || !Number.isInteger(ms) || ms < 0 || ms > MOST_SLEEP_MS)
        return refused(`ms: expected a whole number from 0 to ${String(MOST_SLEEP_MS)}`);
      const until = timeline.now + ms;
      clock.wanted(until);
      return waiters
        .until(until, new AbortController().signal)
        .then(() => answer({ nowUnixMs: sim.epochMs + sim.now }));
    }
    case 'POST /bayplan/machine': {
      const { node, running } = fields;
      if (typeof node !== 'string' || !timeline.world.store.get('nodes', node))
        return refused('node: expected the name of a node');
      if (typeof running !== 'boolean') return refused('running: expected true or false');
      timeline.machine(node, running);
      return answer({ node, running });
    }
    case 'POST /bayplan/http': {
      const { method: verb = 'GET', url, timeoutMs = 60_000 } = fields;
      if (typeof url !== 'string' || typeof verb !== 'string') return refused('url: expected an address');
      if (typeof timeoutMs !== 'number' || !Number.isInteger(timeoutMs) || timeoutMs < 1)
        return refused('timeoutMs: expected a whole number above 0');
      return new Promise((resolve) => {
        timeline.http(verb, url, timeoutMs, (found) => resolve(answer(found)));
      });
    }
    default:
      return refused(`${method} ${path}: there is no such path`, 404);
  }
}

function fieldsOf(body: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (body === undefined) return {};
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function answer(value: unknown): Promise<ApiResponse> {
  return Promise.resolve({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(value)}\n`,
  });
}

function refused(message: string, status = 400): Promise<ApiResponse> {
  return Promise.resolve({ status, headers: { 'content-type': 'text/plain' }, body: `${message}\n` });
}
