// Clients outside the cluster and what becomes of their requests. Each client is a Poisson process with one event
// waiting; a request costs an event only while it is at work in a process. A request is a connection of its own, unless the
// client keeps connections open: then they stay where they once led, until the process at their end is gone. Departures:
// the network itself takes no time and loses nothing, clients do not try again, and cluster names resolve outside the
// cluster too, as if an ingress stood there.
import type { SimEvent } from '../engine/event-queue.ts';
import type { Stream } from '../engine/random.ts';
import { phase, type Simulation } from '../engine/simulation.ts';
import type { Servers } from '../workload/requests.ts';
import { nextArrival } from './arrivals.ts';
import type { ClientSpec, Flight, Outcome, Traffic } from './contract.ts';
import type { Caller, Destination, Network } from './network.ts';
import { copySeconds, createSeconds, finishedSeconds, KEPT_SECONDS, type Seconds, turnTo } from './seconds.ts';
import { parseUrl, type Target } from './url.ts';

export interface TrafficDeps {
  readonly servers: Servers;
  readonly network: Network;
  readonly clients: readonly ClientSpec[];
}

/** How long finished flights are remembered, and how many at most. */
const WINDOW_MS = 30_000;
const MOST_FLIGHTS = 20_000;
/** A client that has seen no failure for so long has recovered. */
const RECOVERED_MS = 5000;

interface ClientState {
  /** Microseconds of the next arrival, and its event; -1 when the rate stays 0. */
  nextMicro: number;
  /** Ids of requests sent, oldest first from `head`; those answered are skipped when their time comes. */
  waiting: number[];
  head: number;
  timer: boolean;
  seconds: Seconds;
  sent: number;
  ok: number;
  failed: number;
  failing: boolean;
  lastFailureAt: number;
  /** Connections kept open, by slot; requests take them in turn. */
  held: (Held | null)[];
}

type Held = Extract<Destination, { kind: 'process' }>;

/** A request on its way; immutable. */
interface Pending {
  readonly flight: Flight;
  /** Index of the client, or -1 for a request by hand. */
  readonly client: number;
  readonly processId: string | null;
  readonly path: string;
}

interface State {
  readonly nextId: number;
  readonly clients: readonly ClientState[];
  readonly pending: ReadonlyMap<number, Pending>;
  readonly finished: readonly Flight[];
  readonly pods: ReadonlyMap<string, Seconds>;
}

interface ArrivalEvent extends SimEvent {
  readonly kind: 'traffic.arrival' | 'traffic.timer';
  readonly client: number;
}
interface GiveUpEvent extends SimEvent {
  readonly kind: 'traffic.give-up';
  readonly id: number;
}
type Answer = Parameters<Parameters<Traffic['send']>[1]>[0];
interface DoneEvent extends SimEvent {
  readonly kind: 'traffic.done';
  readonly id: number;
  readonly answer: Answer;
}

/** Addresses of clients outside, from a range for documentation (RFC 5737). The first is that of requests by hand. */
const OUTSIDE = '203.0.113.';

interface Chance {
  readonly arrivals: Stream;
  readonly pick: (bound: number) => number;
  readonly cost: Stream;
}

export function createTraffic(sim: Simulation, { servers, network, clients }: TrafficDeps): Traffic {
  const targets = clients.map((client) => parseUrl(client.url));
  const chance = clients.map((client) => chanceOf(sim, client.name));
  const byHand = chanceOf(sim, 'by hand');
  let nextId = 1;
  let states = clients.map((): ClientState => createClient(sim.now));
  let pending = new Map<number, Pending>();
  let finished: Flight[] = [];
  let trimAt = 1024;
  let pods = new Map<string, Seconds>();
  /** Who waits for a request by hand. Not state: whoever asked is outside the world. */
  const callbacks = new Map<number, (answer: Answer) => void>();

  sim.register<State>({
    name: 'traffic',
    save: () => ({
      nextId,
      clients: states.map(copyClient),
      pending: new Map(pending),
      finished: finished.slice(),
      pods: new Map([...pods].map(([pod, seconds]) => [pod, copySeconds(seconds)])),
    }),
    load: (state) => {
      nextId = state.nextId;
      states = state.clients.map(copyClient);
      pending = new Map(state.pending);
      finished = state.finished.slice();
      trimAt = Math.max(1024, 2 * finished.length);
      pods = new Map([...state.pods].map(([pod, seconds]) => [pod, copySeconds(seconds)]));
      callbacks.clear();
    },
  });

  sim.on<ArrivalEvent>('traffic.arrival', ({ client }) => {
    const state = states[client] as ClientState;
    while (state.nextMicro >= 0 && Math.floor(state.nextMicro / 1000) <= sim.now) {
      depart(client, state);
      plan(client, state, state.nextMicro);
    }
    if (state.nextMicro >= 0) scheduleArrival(client, state);
  });
  sim.on<ArrivalEvent>('traffic.timer', ({ client }) => {
    const state = states[client] as ClientState;
    state.timer = false;
    const due = sim.now - (clients[client] as ClientSpec).timeoutMs;
    for (; state.head < state.waiting.length; state.head++) {
      const id = state.waiting[state.head] as number;
      const request = pending.get(id);
      if (!request) continue;
      if (request.flight.sentAt > due) break;
      giveUp(id, request);
    }
    state.waiting = state.waiting.slice(state.head);
    state.head = 0;
    armTimer(client, state);
  });
  sim.on<GiveUpEvent>('traffic.give-up', ({ id }) => {
    const request = pending.get(id);
    if (request) giveUp(id, request);
  });
  sim.on<DoneEvent>('traffic.done', ({ id, answer }) => {
    const callback = callbacks.get(id);
    callbacks.delete(id);
    callback?.(answer);
  });
  servers.onAnswer((id, status) => {
    const request = pending.get(id);
    if (!request) return;
    pending.delete(id);
    finish(
      request,
      status === 0 ? 'error' : outcomeOf(status),
      status === 0 ? null : status,
      status === 0 ? RESET : '',
    );
  });

  states.forEach((state, client) => {
    plan(client, state, sim.now * 1000);
    if (state.nextMicro >= 0) scheduleArrival(client, state);
  });

  function plan(client: number, state: ClientState, fromMicro: number): void {
    const { rate } = clients[client] as ClientSpec;
    state.nextMicro = nextArrival(rate, fromMicro, (chance[client] as Chance).arrivals) ?? -1;
  }

  function scheduleArrival(client: number, state: ClientState): void {
    const at = Math.floor(state.nextMicro / 1000);
    sim.schedule<ArrivalEvent>(at, phase.input, { kind: 'traffic.arrival', client }, null);
  }

  function armTimer(client: number, state: ClientState): void {
    const id = state.waiting[state.head];
    const request = id === undefined ? undefined : pending.get(id);
    if (!request || state.timer) return;
    state.timer = true;
    const at = request.flight.sentAt + (clients[client] as ClientSpec).timeoutMs;
    sim.schedule<ArrivalEvent>(at, phase.input, { kind: 'traffic.timer', client }, null);
  }

  function depart(client: number, state: ClientState): void {
    const spec = clients[client] as ClientSpec;
    const target = targets[client] as Target | { readonly error: string };
    const { pick } = chance[client] as Chance;
    const caller = callerOf(client, spec, pick);
    if (!caller) return;
    turnTo(state.seconds, sim.now);
    state.sent++;
    state.seconds.sent++;
    const id = launch(client, spec.name, target, caller, chance[client] as Chance);
    if (id === undefined) return;
    state.waiting.push(id);
    if (!state.timer) {
      // The first that is still under way sets the clock for all behind it.
      while (state.head < state.waiting.length && !pending.has(state.waiting[state.head] as number)) state.head++;
      armTimer(client, state);
    }
  }

  /** Undefined while the pod that should call is not there. */
  function callerOf(client: number, { from }: ClientSpec, draw: Caller['draw']): Caller | undefined {
    if (!from) return { namespace: 'default', pod: null, ip: `${OUTSIDE}${String(10 + client)}`, draw };
    const pod = network.podWith(from.namespace, from.labels);
    return pod && { namespace: from.namespace, pod: pod.key, ip: pod.ip, draw };
  }

  /** Over a connection that stands, if the client keeps any, else over a new one. */
  function connect(client: number, { host, port }: Target, caller: Caller): Destination {
    const { connections = 0 } = clients[client] ?? {};
    if (connections === 0) return network.connect(host, port, caller);
    const { held, sent } = states[client] as ClientState;
    const slot = (sent - 1) % connections;
    const standing = held[slot];
    if (standing && servers.listens(standing.processId, standing.port)) return standing;
    const to = network.connect(host, port, caller);
    held[slot] = to.kind === 'process' ? to : null;
    return to;
  }

  /** Sends one request; its id while it is under way, undefined when it is over already. */
  function launch(
    client: number,
    name: string,
    target: Target | { readonly error: string },
    caller: Caller,
    { cost }: Chance,
  ): number | undefined {
    const id = nextId++;
    const start = (service: string, pod: string | null, processId: string | null, path: string): Pending => ({
      flight: { id, client: name, service, pod, sentAt: sim.now, doneAt: null, outcome: 'pending', status: null },
      client,
      processId,
      path,
    });
    if ('error' in target) {
      finish(start('', null, null, ''), 'error', null, target.error);
      return undefined;
    }
    const { host, path } = target;
    const to = connect(client, target, caller);
    switch (to.kind) {
      case 'no endpoints':
        finish(
          start(host, null, null, path),
          'no endpoints',
          null,
          `connection refused: ${host} has no ready endpoints`,
        );
        return undefined;
      case 'unknown host':
        finish(start(host, null, null, path), 'error', null, `could not resolve host: ${host}`);
        return undefined;
      case 'not simulated':
        finish(start(host, null, null, path), 'error', null, `${to.what} is not simulated`);
        return undefined;
      case 'refused':
        finish(start(host, to.pod, null, path), 'refused', null, REFUSED);
        return undefined;
      case 'lost':
        pending.set(id, start(host, to.pod, null, path));
        countSent(to.pod);
        return id;
      case 'process': {
        const request = start(host, to.pod, to.processId, path);
        countSent(to.pod);
        // Before the offer: a process that dies of it resets the connection at once.
        pending.set(id, request);
        const reception = servers.offer(to.processId, id, to.port, path, cost.int(1024));
        if (reception === 'accepted') return pending.has(id) ? id : undefined;
        pending.delete(id);
        if (reception === 'busy') finish(request, 'error', 503, '');
        else if (reception === 'refused') finish(request, 'refused', null, REFUSED);
        else finish(request, 'error', null, 'empty reply from server');
        return undefined;
      }
    }
  }

  function byHandFrom(pod: string | null): Caller {
    const ip = pod === null ? `${OUTSIDE}9` : (network.addressOf(pod) ?? '');
    return { namespace: pod?.split('/')[0] ?? 'default', pod, ip, draw: byHand.pick };
  }

  function giveUp(id: number, request: Pending): void {
    pending.delete(id);
    if (request.processId !== null) servers.abandon(request.processId, id);
    finish(
      request,
      'timeout',
      null,
      `operation timed out after ${String(sim.now - request.flight.sentAt)} milliseconds`,
    );
  }

  /** The end of a request, whatever it is. */
  function finish(request: Pending, outcome: Outcome, status: number | null, message: string): void {
    const flight: Flight = { ...request.flight, doneAt: sim.now, outcome, status };
    finished.push(flight);
    if (finished.length >= trimAt) trim();
    const ok = outcome === 'ok';
    // Only answers have a latency; to give up is not an answer.
    const latency = status === null ? -1 : sim.now - flight.sentAt;
    if (flight.pod !== null) count(secondsOf(flight.pod), ok, latency);
    if (request.client < 0) {
      const body =
        status === null || request.processId === null ? '' : servers.body(request.processId, request.path, status);
      const answer = { outcome, status: status ?? 0, body, latencyMs: sim.now - flight.sentAt, message };
      sim.schedule<DoneEvent>(sim.now, phase.observer, { kind: 'traffic.done', id: flight.id, answer });
      return;
    }
    const state = states[request.client] as ClientState;
    turnTo(state.seconds, sim.now);
    count(state.seconds, ok, latency);
    if (ok) {
      state.ok++;
      if (state.failing && sim.now - state.lastFailureAt >= RECOVERED_MS) {
        state.failing = false;
        sim.record(
          'traffic.recovered',
          `clients/${flight.client}`,
          '',
          `${flight.client}: requests to ${flight.service} are answered again`,
        );
      }
      return;
    }
    state.failed++;
    state.lastFailureAt = sim.now;
    if (state.failing) return;
    state.failing = true;
    const why = outcome === 'error' && status !== null ? `status ${String(status)}` : message;
    sim.record(
      'traffic.failing',
      `clients/${flight.client}`,
      '',
      `${flight.client}: requests to ${flight.service} begin to fail: ${why}`,
      { outcome, pod: flight.pod },
    );
  }

  function countSent(pod: string | null): void {
    if (pod !== null) secondsOf(pod).sent++;
  }

  function secondsOf(pod: string): Seconds {
    let seconds = pods.get(pod);
    if (!seconds) {
      for (const [key, old] of pods) if (old.at < sim.now - KEPT_SECONDS * 1000) pods.delete(key);
      seconds = createSeconds(sim.now);
      pods.set(pod, seconds);
    }
    turnTo(seconds, sim.now);
    return seconds;
  }

  function trim(): void {
    const oldest = sim.now - WINDOW_MS;
    let from = Math.max(0, finished.length - MOST_FLIGHTS);
    while (from < finished.length && ((finished[from] as Flight).doneAt ?? 0) < oldest) from++;
    finished = finished.slice(from);
    trimAt = Math.max(1024, 2 * finished.length);
  }

  return {
    clients,
    flights(windowMs) {
      const since = sim.now - Math.min(windowMs, WINDOW_MS);
      let from = finished.length;
      while (from > 0 && ((finished[from - 1] as Flight).doneAt ?? 0) >= since) from--;
      const out = finished.slice(from);
      for (const { flight } of pending.values()) out.push(flight);
      return out.sort((a, b) => a.id - b.id);
    },
    seconds(name) {
      const index = clients.findIndex((client) => client.name === name);
      const seconds = states[index]?.seconds ?? pods.get(name);
      return seconds ? finishedSeconds(seconds, sim.now) : [];
    },
    open(pod) {
      let count = 0;
      for (const { flight } of pending.values()) if (flight.pod === pod) count++;
      for (const { held } of states) for (const connection of held) if (connection?.pod === pod) count++;
      return count;
    },
    totals(name) {
      const { sent = 0, ok = 0, failed = 0 } = states[clients.findIndex((client) => client.name === name)] ?? {};
      return { sent, ok, failed };
    },
    send(request, onDone) {
      callbacks.set(nextId, onDone);
      const id = launch(-1, 'curl', parseUrl(request.url), byHandFrom(request.from ?? null), byHand);
      if (id === undefined) return;
      const at = sim.now + request.timeoutMs;
      if (Number.isSafeInteger(at)) sim.schedule<GiveUpEvent>(at, phase.input, { kind: 'traffic.give-up', id }, null);
    },
  };
}

const REFUSED = 'connection refused';
const RESET = 'connection reset by peer';

function createClient(now: number): ClientState {
  return {
    nextMicro: -1,
    waiting: [],
    head: 0,
    timer: false,
    seconds: createSeconds(now),
    sent: 0,
    ok: 0,
    failed: 0,
    failing: false,
    lastFailureAt: 0,
    held: [],
  };
}

function copyClient(state: ClientState): ClientState {
  return {
    ...state,
    waiting: state.waiting.slice(state.head),
    head: 0,
    seconds: copySeconds(state.seconds),
    held: state.held.slice(),
  };
}

function chanceOf(sim: Simulation, name: string): Chance {
  const picks = sim.random(`traffic.pick.${name}`);
  return {
    arrivals: sim.random(`traffic.arrivals.${name}`),
    pick: (bound) => picks.int(bound),
    cost: sim.random(`traffic.cost.${name}`),
  };
}

function outcomeOf(status: number): Outcome {
  return status >= 200 && status < 400 ? 'ok' : 'error';
}

function count(seconds: Seconds, ok: boolean, latency: number): void {
  if (ok) seconds.ok++;
  else seconds.failed++;
  if (latency >= 0) seconds.latencies.push(latency);
}
