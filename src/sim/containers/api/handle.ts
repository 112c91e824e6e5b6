// The Docker Engine API 1.50 of one engine: a request to its answer. Models moby 28.2.2 api/server. Any version in the path
// is taken for the present one; HEAD arrives as GET.
// Left out: swarm, plugins, checkpoints, sessions of BuildKit (a client's build comes whole, as for the classic builder).
import type { ApiRequest } from '../../api/http.ts';
import { DaemonError } from '../images/errors.ts';
import { drainExits } from '../engine/lifecycle.ts';
import type { Engine } from '../engine/index.ts';
import { containers } from './containers.ts';
import { execs } from './execs.ts';
import { images } from './images.ts';
import { networks, volumes } from './networks.ts';
import { readRequest } from './request.ts';
import { type DockerResponse, refusal, VERSION_HEADERS } from './response.ts';
import { system } from './system.ts';

/** Answers at once, unless the answer says that it comes `later`. */
export function handle(engine: Engine, request: ApiRequest): DockerResponse {
  const answer = answerTo(engine, request);
  return { ...answer, headers: { ...VERSION_HEADERS, ...answer.headers } };
}

function answerTo(engine: Engine, request: ApiRequest): DockerResponse {
  try {
    const asked = readRequest(request);
    const answer =
      system(engine, asked) ??
      containers(engine, asked) ??
      execs(engine, asked) ??
      images(engine, asked) ??
      networks(engine, asked) ??
      volumes(engine, asked);
    // What only reads changes nothing, not even what is due at this moment.
    if (request.method !== 'GET') drainExits(engine);
    if (answer) return answer;
    if (/^\/(?:swarm|services|tasks|nodes|secrets|configs)(?:\/|$)/.test(asked.path))
      return refusal(503, 'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.'); // prettier-ignore
    const plugin = /^\/plugins\/([^/]+)\/json$/.exec(asked.path);
    if (plugin) return refusal(404, `plugin "${plugin[1] ?? ''}" not found`);
    if (asked.path === '/plugins')
      return { status: 200, headers: { 'content-type': 'application/json' }, body: '[]\n' };
    return refusal(404, 'page not found');
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    if (request.method !== 'GET') drainExits(engine);
    return refusal(error.status, error.message);
  }
}
