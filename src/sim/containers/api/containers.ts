// /containers: what moby 28 api/server/router/container answers.
import type { ApiResponse } from '../../api/http.ts';
import { toBytes } from '../../workload/bytes.ts';
import { base64 } from '../engine/base64.ts';
import { createContainer, renameContainer } from '../engine/create.ts';
import { type Dockerd, findContainer, nowMs, refuse } from '../engine/dockerd.ts';
import { containerEvent } from '../engine/events.ts';
import { diff, exportContainer, getArchive, putArchive } from '../engine/files.ts';
import type { Engine } from '../engine/index.ts';
import {
  killContainer,
  pauseContainer,
  removeContainer,
  removeNow,
  restartContainer,
  startContainer,
  stopContainer,
  tasksOf,
  unpauseContainer,
} from '../engine/lifecycle.ts';
import { type LogQuery, readLog, stamp, wanted } from '../engine/logs.ts';
import { limitsOf } from '../engine/resources.ts';
import { type HostConfig, validate } from '../engine/config.ts';
import { type Container, type LogEntry, statusWord } from '../engine/state.ts';
import { writtenBytes } from '../engine/files.ts';
import { inspectContainer, summaryOf } from './documents.ts';
import { type Asked, bodyOf, type Filters, filtersOf, matchesLabels, type Plain, timeOf } from './request.ts';
import { type DockerResponse, empty, follow, frame, json, streamed } from './response.ts';
import { statsOf, statsStream } from './stats.ts';

const FILTERS = ['ancestor', 'before', 'exited', 'id', 'isolation', 'label', 'name', 'status', 'health', 'since', 'volume', 'network', 'is-task', 'publish', 'expose']; // prettier-ignore
const STATUSES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];

/** Undefined: no such endpoint. */
export function containers(engine: Engine, asked: Asked): DockerResponse | undefined {
  const { method, path, query } = asked;
  if (method === 'GET' && path === '/containers/json') return listContainers(engine, asked);
  if (method === 'POST' && path === '/containers/create') return create(engine, asked);
  if (method === 'POST' && path === '/containers/prune') return prune(engine, asked);
  const match = /^\/containers\/([^/]+)(?:\/([a-z]+))?$/.exec(path);
  if (!match) return undefined;
  const [, name = '', verb = ''] = match;
  switch (`${method} ${verb}`) {
    case 'GET json':
      return json(inspectContainer(engine, findContainer(engine, name), query.flag('size')));
    case 'POST start':
      return empty(startContainer(engine, name) === 'running' ? 304 : 204);
    case 'POST stop': {
      const outcome = stopContainer(engine, name, stopOptions(asked));
      return outcome === 'already' ? empty(304) : ended(engine, name, outcome === 'waits');
    }
    case 'POST restart': {
      const waits = restartContainer(engine, name, stopOptions(asked));
      return ended(engine, name, waits);
    }
    case 'POST kill':
      killContainer(engine, name, query.get('signal'));
      return empty(204);
    case 'POST pause':
      pauseContainer(engine, name);
      return empty(204);
    case 'POST unpause':
      unpauseContainer(engine, name);
      return empty(204);
    case 'POST rename':
      renameContainer(engine, name, query.get('name'));
      return empty(204);
    case 'POST wait':
      return wait(engine, asked, findContainer(engine, name));
    case 'POST update':
      return update(engine, findContainer(engine, name), bodyOf(asked));
    case 'POST resize':
      findContainer(engine, name);
      return empty(200);
    case 'GET logs':
      return logs(engine, asked, findContainer(engine, name));
    case 'GET stats':
      return stats(engine, asked, findContainer(engine, name));
    case 'GET top':
      return top(engine, findContainer(engine, name), query.get('ps_args'));
    case 'GET changes':
      return json(diff(engine, name));
    case 'GET export':
      return {
        status: 200,
        headers: { 'content-type': 'application/octet-stream' },
        body: exportContainer(engine, name),
        binary: true,
      };
    case 'GET archive':
      return archive(engine, asked, name);
    case 'PUT archive':
      if (query.get('path') === '') refuse(400, "Bad parameter: missing 'path' value");
      putArchive(engine, name, query.get('path'), asked.request.body ?? '');
      return empty(200);
    case 'DELETE ':
      removeContainer(engine, name, { force: query.flag('force'), volumes: query.flag('v') });
      return empty(204);
    default:
      return undefined;
  }
}

function stopOptions({ query }: Asked): { readonly signal?: string; readonly seconds?: number } {
  const signal = query.get('signal');
  const seconds = query.get('t');
  if (seconds !== '' && !/^-?\d+$/.test(seconds)) refuse(400, `strconv.Atoi: parsing "${seconds}": invalid syntax`);
  return { ...(signal !== '' && { signal }), ...(seconds !== '' && { seconds: Number(seconds) }) };
}

/** 204 when the container has stopped. */
function ended(engine: Engine, name: string, waits: boolean): DockerResponse {
  if (!waits) return empty(204);
  const { id } = findContainer(engine, name);
  return { ...empty(204), later: whenStopped(engine, id, () => empty(204)) };
}

function whenStopped(engine: Engine, id: string, answer: () => ApiResponse) {
  return (onAnswer: (response: ApiResponse) => void): (() => void) =>
    follow(
      engine,
      () => true,
      (notice) => (notice.kind !== 'stopped' && notice.kind !== 'removed') || notice.container !== id,
    ).open(
      () => undefined,
      () => {
        onAnswer(answer());
      },
    );
}

function create(engine: Engine, asked: Asked): DockerResponse {
  const body = bodyOf(asked);
  if (asked.request.body === undefined || asked.request.body.trim() === '')
    refuse(400, 'invalid JSON: got EOF while reading request body');
  const { id, warnings } = createContainer(engine, {
    body,
    name: asked.query.get('name'),
    platform: asked.query.get('platform'),
  });
  return json({ Id: id, Warnings: warnings }, 201);
}

function wait(engine: Engine, { query }: Asked, container: Container): DockerResponse {
  const condition = query.get('condition');
  if (!['', 'not-running', 'next-exit', 'removed'].includes(condition))
    refuse(400, `invalid condition: "${condition}"`);
  const { id } = container;
  const answer = (code: number) => `${JSON.stringify({ StatusCode: code })}\n`;
  const stream = follow(
    engine,
    (send) => {
      const now = engine.state.containers.get(id);
      if (now && (condition !== '' && condition !== 'not-running' ? true : now.state.running)) return true;
      send(answer(now?.state.exitCode ?? container.state.exitCode));
      return false;
    },
    (notice, send) => {
      if (notice.kind !== 'stopped' && notice.kind !== 'removed') return true;
      if (notice.container !== id) return true;
      if (condition === 'removed' && notice.kind === 'stopped') return true;
      send(answer(notice.exitCode));
      return false;
    },
  );
  return streamed(stream);
}

function update(engine: Dockerd, container: Container, body: Plain): DockerResponse {
  const { id, state, sandbox } = container;
  if (state.removing)
    refuse(409, `Cannot update container ${id}: container is marked for removal and cannot be "update"`);
  const keys = ['CpuShares', 'Memory', 'NanoCpus', 'CpuPeriod', 'CpuQuota', 'CpusetCpus', 'MemoryReservation', 'MemorySwap', 'PidsLimit']; // prettier-ignore
  const given = Object.fromEntries(
    keys.flatMap((key) => {
      const value = body[key];
      const isEmpty = value === undefined || value === null || value === 0 || value === '';
      return isEmpty ? [] : [[key, key === 'PidsLimit' && Number(value) < 0 ? null : value]];
    }),
  );
  const policy = body['RestartPolicy'] as HostConfig['RestartPolicy'] | undefined;
  const hostConfig: HostConfig = {
    ...container.hostConfig,
    ...given,
    ...(policy && policy.Name !== '' && { RestartPolicy: policy }),
  };
  const { Memory, MemorySwap } = hostConfig;
  if ('Memory' in given && !('MemorySwap' in given) && MemorySwap > 0 && Memory > MemorySwap)
    refuse(400, `Cannot update container ${id}: Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time`); // prettier-ignore
  validate(container.config, hostConfig, engine.machine.cpuMilli);
  if (container.hostConfig.AutoRemove && hostConfig.RestartPolicy.Name !== 'no')
    refuse(409, `Cannot update container ${id}: Restart policy cannot be updated because AutoRemove is enabled for the container`); // prettier-ignore
  const changed = engine.change(id, { hostConfig });
  if (sandbox) engine.machine.cgroups.set(sandbox.cgroupPath, limitsOf(hostConfig));
  containerEvent(engine, changed, 'update');
  return json({ Warnings: null });
}

function logs(engine: Engine, { query }: Asked, container: Container): DockerResponse {
  const stdout = query.flag('stdout');
  const stderr = query.flag('stderr');
  if (!stdout && !stderr) refuse(400, 'Bad parameters: you must choose at least one stream');
  const now = nowMs(engine);
  const tail = query.get('tail');
  const wish: LogQuery = {
    stdout,
    stderr,
    tail: tail === '' || tail === 'all' || !/^\d+$/.test(tail) ? Infinity : Number(tail),
    since: timeOf(query.get('since'), now, 0),
    until: timeOf(query.get('until'), now, Infinity),
    timestamps: query.flag('timestamps'),
  };
  const { id, config } = container;
  const show = (entry: LogEntry) => {
    const time = wish.timestamps ? `${stamp(engine.sim.epochMs + entry.at)} ` : '';
    return frame(entry.stream, time + entry.text, config.Tty);
  };
  const type = config.Tty ? 'application/vnd.docker.raw-stream' : 'application/vnd.docker.multiplexed-stream';
  const headers = { 'content-type': type };
  const body = readLog(engine, id, wish).map(show).join('');
  if (!query.flag('follow')) return { status: 200, headers, body, binary: true };
  const stream = follow(
    engine,
    () => engine.state.containers.get(id)?.state.running === true,
    (notice, send) => {
      if (notice.kind === 'log' && notice.container === id && wanted(engine, notice.entry, wish))
        send(show(notice.entry));
      const isOver = (notice.kind === 'stopped' || notice.kind === 'removed') && notice.container === id;
      return !isOver || (notice.kind === 'stopped' && engine.state.containers.get(id)?.state.restarting === true);
    },
  );
  return { ...streamed(stream, headers, body), binary: true };
}

function stats(engine: Engine, { query }: Asked, container: Container): DockerResponse {
  const once = query.has('stream') && !query.flag('stream');
  if (once) return json(statsOf(engine, container, null));
  return streamed(statsStream(engine, container.id));
}

function top(engine: Engine, container: Container, args: string): DockerResponse {
  if (!container.state.running) refuse(409, `container ${container.id} is not running`);
  if (container.state.restarting)
    refuse(409, `Container ${container.id} is restarting, wait until the container is running`);
  if (args !== '' && args !== '-ef' && args !== 'aux') refuse(501, `top with the options ${args} is not simulated`);
  const { machine, sim } = engine;
  const wide = args === 'aux';
  const titles = wide
    ? ['USER', 'PID', '%CPU', '%MEM', 'VSZ', 'RSS', 'TTY', 'STAT', 'START', 'TIME', 'COMMAND']
    : ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'];
  const rows = tasksOf(engine, container).flatMap((pid) => {
    const task = machine.task(pid);
    if (!task || task.state === 'Z') return [];
    const passwd = engine.files.exists('/etc/passwd') ? engine.files.readText('/etc/passwd') : '';
    const user = passwd.split('\n').map((line) => line.split(':')).find(([, , uid]) => uid === String(task.uid))?.[0] ?? String(task.uid); // prettier-ignore
    const cpuMs = Math.floor(machine.accounts.taskCpuUs(machine.calls(pid).self) / 1000);
    const seconds = Math.floor(cpuMs / 1000);
    const time = `${String(Math.floor(seconds / 3600)).padStart(2, '0')}:${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
    const start = new Date(sim.epochMs + task.startedAt).toISOString().slice(11, 16);
    const command = task.argv.join(' ');
    const tty = container.config.Tty ? 'pts/0' : '?';
    if (!wide) return [[user, String(pid), String(task.ppid), '0', start, tty, time, command]];
    const rss = String(Math.floor(task.memoryBytes / 1024));
    const share = ((100 * task.memoryBytes) / machine.memoryBytes).toFixed(1);
    const vsz = String(Math.floor((task.memoryBytes * 3) / 1024));
    return [[user, String(pid), '0.0', share, vsz, rss, tty, task.state, start, `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`, command]]; // prettier-ignore
  });
  return json({ Titles: titles, Processes: rows });
}

function archive(engine: Engine, { query }: Asked, name: string): DockerResponse {
  const path = query.get('path');
  if (path === '') refuse(400, "Bad parameter: missing 'path' value");
  const { stat, tar } = getArchive(engine, name, path);
  const header = base64(toBytes(JSON.stringify(stat)));
  return {
    status: 200,
    headers: { 'content-type': 'application/x-tar', 'x-docker-container-path-stat': header },
    body: tar,
    binary: true,
  };
}

// -------------------------------------------------------------------------------------------------------- lists

function listContainers(engine: Engine, asked: Asked): DockerResponse {
  const { query } = asked;
  const filters = filtersOf(asked, FILTERS);
  const limit = Number(query.get('limit') || '0');
  const all = query.flag('all') || limit > 0 || filters.has('status') || filters.has('exited') || filters.has('before') || filters.has('since'); // prettier-ignore
  for (const status of filters.get('status'))
    if (!STATUSES.includes(status)) refuse(400, `invalid filter 'status=${status}'`);
  const newest = [...engine.state.containers.values()].reverse();
  const found = matching(engine, newest, filters, all);
  const shown = limit > 0 ? found.slice(0, limit) : found;
  return json(shown.map((container) => summaryOf(engine, container, query.flag('size'))));
}

function matching(engine: Engine, newest: readonly Container[], filters: Filters, all: boolean): readonly Container[] {
  const before = filters.get('before').map((text) => findContainer(engine, text).id);
  const since = filters.get('since').map((text) => findContainer(engine, text).id);
  const place = (id: string) => newest.findIndex((one) => one.id === id);
  const ancestors = filters.get('ancestor').map((text) => engine.images.find(text)?.image.id ?? 'none');
  return newest.filter((container, at) => {
    const { id, name, state, config, mounts, endpoints, image, health } = container;
    if (!all && !state.running) return false;
    // BuildKit's commands are nobody's containers.
    if (container.build !== null && config.Image === '') return false;
    if (before.length > 0 && !before.every((one) => at > place(one))) return false;
    if (since.length > 0 && !since.every((one) => at < place(one))) return false;
    const any = (key: string, test: (value: string) => boolean) => !filters.has(key) || filters.get(key).some(test);
    return (
      any('name', (value) => new RegExp(value).test(`/${name}`) || new RegExp(value).test(name)) &&
      any('id', (value) => id.startsWith(value)) &&
      any('status', (value) => statusWord(state) === value) &&
      any('health', (value) => (health?.status ?? 'none') === value) &&
      any('exited', (value) => !state.running && state.startedAt !== null && String(state.exitCode) === value) &&
      any('volume', (value) =>
        mounts.some((one) => one.name === value || one.destination === value || one.source === value),
      ) && // prettier-ignore
      any('network', (value) => endpoints.some((one) => one.network === value || one.networkId.startsWith(value))) &&
      any('publish', (value) =>
        portMatches(
          value,
          container.ports.map((one) => `${String(one.hostPort)}/${one.protocol}`),
        ),
      ) &&
      any('expose', (value) => portMatches(value, Object.keys(config.ExposedPorts ?? {}))) &&
      (ancestors.length === 0 || ancestors.some((one) => one === image.id || isBelow(engine, image.id, one))) &&
      matchesLabels(filters.get('label'), config.Labels)
    );
  });
}

function isBelow(engine: Engine, image: string, ancestor: string): boolean {
  const ours = engine.images.byId(image)?.image.config.rootfs.diff_ids ?? [];
  const theirs = engine.images.byId(ancestor)?.image.config.rootfs.diff_ids;
  return theirs !== undefined && theirs.length < ours.length && theirs.every((one, i) => ours[i] === one);
}

function portMatches(wish: string, ports: readonly string[]): boolean {
  const [range = '', protocol = 'tcp'] = wish.split('/');
  const [from = 0, to = from] = range.split('-').map(Number);
  return ports.some((port) => {
    const [number = '', type = 'tcp'] = port.split('/');
    return type === protocol && Number(number) >= from && Number(number) <= to;
  });
}

function prune(engine: Engine, asked: Asked): DockerResponse {
  const filters = filtersOf(asked, ['label', 'label!', 'until']);
  const until = timeOf(filters.get('until')[0] ?? '', nowMs(engine), Infinity);
  const deleted: string[] = [];
  let reclaimed = 0;
  for (const container of [...engine.state.containers.values()]) {
    if (container.state.running || container.createdAt > until) continue;
    if (!matchesLabels(filters.get('label'), container.config.Labels)) continue;
    if (filters.has('label!') && matchesLabels(filters.get('label!'), container.config.Labels)) continue;
    reclaimed += writtenBytes(engine, container);
    removeNow(engine, container, false);
    deleted.push(container.id);
  }
  return json({ ContainersDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: reclaimed });
}
