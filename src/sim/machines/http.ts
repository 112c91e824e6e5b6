// Requests between the machines of a world: from a task to whoever listens there. Names are found in the task's own
// /etc/hosts and among the world's machines; connections inside a machine stay in the network namespace of the task
// unless an address leads out of it.
// Departures: no packets, no name servers but the world itself, one fixed time for the way.
import type { SimEvent } from '../engine/event-queue.ts';
import { phase, type Simulation } from '../engine/simulation.ts';
import type { Machine } from '../linux/machine.ts';
import type { Endpoint, Http, HttpAnswer, HttpQuestion, HttpReply, Routes } from '../linux/serving.ts';

interface AnswerEvent extends SimEvent {
  readonly kind: 'machines.answer';
  readonly request: number;
}

/** Virtual ms: inside a machine, and between two in one room. */
const LOCAL_MS = 0;
const WIRE_MS = 1;

export function createHttp(sim: Simulation, machines: ReadonlyMap<string, Machine>, routes: Routes): Http {
  let next = 0;
  let open = new Map<number, HttpAnswer>();
  /** Who listens is outside of the world; going back in time drops them. */
  const listeners = new Map<number, (answer: HttpAnswer) => void>();
  sim.register({
    name: 'machines.http',
    save: () => ({ next, open: [...open] as readonly (readonly [number, HttpAnswer])[] }),
    load(state: { readonly next: number; readonly open: readonly (readonly [number, HttpAnswer])[] }) {
      next = state.next;
      open = new Map(state.open);
      listeners.clear();
    },
  });
  sim.on<AnswerEvent>('machines.answer', ({ request }) => {
    const answer = open.get(request);
    open.delete(request);
    if (answer) listeners.get(request)?.(answer);
    listeners.delete(request);
  });

  const http: Http = {
    send(from, request, onDone) {
      const asked = http.ask(from, request.url);
      const answer: HttpAnswer =
        asked.latencyMs > request.timeoutMs
          ? { outcome: 'timeout', status: 0, body: '', latencyMs: request.timeoutMs }
          : asked;
      const number = next++;
      open.set(number, answer);
      listeners.set(number, onDone);
      sim.schedule<AnswerEvent>(sim.now + answer.latencyMs, phase.workload, {
        kind: 'machines.answer',
        request: number,
      });
    },

    ask(from, url) {
      const { hostname, port, path } = parts(url);
      const namespace = from.machine.task(from.pid)?.namespaces.net ?? 0;
      const nothing = (outcome: HttpAnswer['outcome'], latencyMs = LOCAL_MS) => ({
        outcome,
        status: 0,
        body: '',
        latencyMs,
      });
      const address = addressOf(from, namespace, hostname);
      if (address === undefined) return nothing('unknown host');
      const found = endpointOf(from.machine, namespace, address, port);
      if (found === 'no way') return nothing('timeout', Infinity);
      const way = found?.machine === from.machine ? LOCAL_MS : WIRE_MS;
      if (!found) return nothing('refused', way);
      const reply = found.machine.ask(found.pid, { kind: 'http', path } satisfies HttpQuestion) as
        HttpReply | undefined;
      if (!reply) return nothing('refused', way);
      const outcome = reply.status >= 500 ? 'error' : 'ok';
      return { outcome, status: reply.status, body: reply.body, latencyMs: reply.latencyMs + 2 * way };
    },
  };
  return http;

  function addressOf({ machine, pid }: Endpoint, namespace: number, name: string): string | undefined {
    if (/^\d+\.\d+\.\d+\.\d+$/.test(name) || name === '::1') return name;
    const files = machine.files(pid);
    const hosts = files.exists('/etc/hosts') ? files.readText('/etc/hosts') : '';
    for (const line of hosts.split('\n')) {
      const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
      if (address !== undefined && !address.includes(':') && names.includes(name)) return address;
    }
    if (name === 'localhost') return '127.0.0.1';
    return routes.resolve(machine, namespace, name) ?? ipOf(machines.get(name));
  }

  function endpointOf(
    machine: Machine,
    namespace: number,
    address: string,
    port: number,
  ): Endpoint | 'no way' | undefined {
    const net = machine.net(namespace);
    const own = net.interfaces.some((one) => one.addresses.some((of) => of.address === address));
    // A published port comes before whoever holds it open on the machine.
    const published = routes.reach(machine, namespace, address, port);
    if (published) return published;
    if (own || address.startsWith('127.')) {
      const socket = net.sockets.find(
        (one) =>
          one.protocol === 'tcp' &&
          one.port === port &&
          (/^(\*|0\.0\.0\.0|::)$/.test(one.address) || one.address === address),
      );
      return socket && { machine, pid: socket.pid };
    }
    if (net.routes.length === 0) return 'no way';
    const other = [...machines.values()].find((one) => ipOf(one) === address);
    if (!other) return 'no way';
    const first = other.tasks()[0];
    return first && endpointOf(other, first.namespaces.net, address, port);
  }
}

/** The address of a machine's first wire. */
function ipOf(machine: Machine | undefined): string | undefined {
  const init = machine?.tasks()[0];
  if (!machine || !init) return undefined;
  const wire = machine.net(init.namespaces.net).interfaces.find(({ kind }) => kind === 'ether');
  return wire?.addresses.find(({ scope }) => scope === 'global')?.address;
}

function parts(url: string): { readonly hostname: string; readonly port: number; readonly path: string } {
  const match = /^(?:(https?):\/\/)?([^/:?#]+)(?::(\d+))?([^#]*)/.exec(url);
  const [, scheme = 'http', hostname = '', port, path = ''] = match ?? [];
  const usual = scheme === 'https' ? 443 : 80;
  return { hostname, port: port === undefined ? usual : Number(port), path: path === '' ? '/' : path };
}
