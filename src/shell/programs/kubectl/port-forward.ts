// `kubectl port-forward` (kubectl/pkg/cmd/portforward, client-go/tools/portforward, 1.32): ports of the reader's machine
// at which the shell's `curl` finds a pod.
// Left out: other addresses than localhost (refused by name), and what is no HTTP.
// Departure: requests come to the pod over its network, so a NetworkPolicy that isolates it keeps them out.

import { forwardRefused } from '../../../sim/kubernetes/api/connect.ts';
import { listen } from '../../local-ports.ts';
import type { HttpAnswer, HttpRequest } from '../../program.ts';
import type { Context } from './context.ts';
import { checkConnect } from './conversation.ts';
import { podNamed } from './exec.ts';
import { KubectlError, notSimulated } from './errors.ts';
import { type JsonObject, kindOf, listAt, nameOf, numberAt, textAt } from './object.ts';
import { find } from './visit.ts';

interface Pair {
  readonly local: number;
  readonly remote: number;
}

export async function run(context: Context): Promise<undefined> {
  const { args, flags, proc } = context;
  const [name = '', ...words] = args;
  if (args.length < 2) throw context.usage('TYPE/NAME and list of ports are required for port-forward');
  if (flags.list('address').some((address) => address !== 'localhost' && address !== '127.0.0.1')) {
    throw notSimulated('another address than localhost');
  }
  const { items, errors } = await find(context, { args: name.includes('/') ? [name] : ['pods', name] });
  if (errors[0]) throw errors[0];
  const object = items[0]?.object ?? {};
  const pod = await podNamed(context, name, flags.durationMs('pod-running-timeout'));
  const translated = words.map((word) =>
    kindOf(object) === 'Service' ? ofService(word, object, pod) : ofPod(word, pod),
  );
  const phase = textAt(pod, 'status', 'phase');
  if (phase !== 'Running') {
    throw new KubectlError(`unable to forward port because pod is not running. Current status=${phase}`);
  }
  await checkConnect(context, pod, 'portforward');
  const pairs = translated.map(pairOf);
  const lost = forward(context, pod, pairs);
  for (const { local, remote } of lost.open) {
    await context.out(`Forwarding from 127.0.0.1:${local} -> ${remote}\nForwarding from [::1]:${local} -> ${remote}\n`);
  }
  try {
    await lost.refusals();
    // Somebody must let time pass while it waits.
    while (!lost.isLost()) await Promise.race([proc.host.sleep(WAIT_MS, proc.signal), lost.wait]);
  } finally {
    lost.close();
  }
  throw new KubectlError('lost connection to pod');
}

const WAIT_MS = 1000;

function forward(context: Context, pod: JsonObject, pairs: readonly Pair[]) {
  const { host } = context.proc;
  const address = textAt(pod, 'status', 'podIP');
  const uid = textAt(pod, 'metadata', 'uid');
  let isLost = false;
  let lose: () => void = () => undefined;
  const wait = new Promise<void>((resolve) => (lose = resolve));
  const stops: (() => void)[] = [];
  const open: Pair[] = [];
  const taken: Pair[] = [];
  for (const pair of pairs) {
    const { local, remote } = pair;
    const stop = listen(host, local, async (request: HttpRequest): Promise<HttpAnswer | null> => {
      await context.out(`Handling connection for ${local}\n`);
      const url = request.url.replace(
        /^(http:\/\/)(?:\[[^\]]*\]|[^/:?#]+)(?::\d+)?/i,
        (_, scheme: string) => `${scheme}${address}:${remote}`,
      );
      const answer = await host.http({ ...request, url });
      if (answer.status !== 0) return answer;
      if (answer.outcome === 'refused') {
        const why = `an error occurred forwarding ${local} -> ${remote}: ${forwardRefused(uid, remote)}`;
        await context.err(`${klog(host.now())} portforward.go:424] "Unhandled Error" err=${JSON.stringify(why)}\n`);
        isLost = true;
        lose();
      }
      return null;
    });
    if (stop) {
      stops.push(stop);
      open.push(pair);
    } else taken.push(pair);
  }
  return {
    open,
    wait,
    isLost: () => isLost,
    close: () => {
      for (const stop of stops) stop();
    },
    async refusals() {
      for (const { local } of taken) {
        const why = (address: string, family: string) =>
          `unable to create listener: Error listen ${family} ${address}:${local}: bind: address already in use`;
        await context.err(
          `Unable to listen on port ${local}: Listeners failed to create with the following errors: [${why('127.0.0.1', 'tcp4')} ${why('[::1]', 'tcp6')}]\n`,
        );
      }
      if (open.length > 0) return;
      const ports = taken.map(({ local, remote }) => `{${local} ${remote}}`).join(' ');
      throw new KubectlError(`unable to listen on any of the requested ports: [${ports}]`);
    },
  };
}

/** `E1124 09:00:00.000000       1`, the head of a line in the log of the program. */
function klog(nowMs: number): string {
  const text = new Date(nowMs).toISOString();
  return `E${text.slice(5, 7)}${text.slice(8, 10)} ${text.slice(11, 23)}000       1`;
}

// ---- Which ports

function split(word: string): [local: string, remote: string] {
  const parts = word.split(':');
  return parts.length === 2 ? [parts[0] ?? '', parts[1] ?? ''] : [parts[0] ?? '', parts[0] ?? ''];
}

const isNumber = (text: string): boolean => /^\d+$/.test(text);
const joined = (local: string, remote: string): string => (local === remote ? remote : `${local}:${remote}`);

function portsOf(pod: JsonObject): { name: string; port: number }[] {
  return listAt(pod, 'spec', 'containers').flatMap((container) =>
    listAt(container, 'ports').map((port) => ({ name: textAt(port, 'name'), port: numberAt(port, 'containerPort') })),
  );
}

function namedPort(pod: JsonObject, name: string): number {
  const found = portsOf(pod).find((port) => port.name === name);
  if (!found) throw new KubectlError(`Pod '${nameOf(pod)}' does not have a named port '${name}'`);
  return found.port;
}

function ofPod(word: string, pod: JsonObject): string {
  const [local, remote] = split(word);
  const port = isNumber(remote) ? remote : String(namedPort(pod, remote));
  return local === remote ? port : `${local}:${port}`;
}

function ofService(word: string, service: JsonObject, pod: JsonObject): string {
  let [local, remote] = split(word);
  const all = listAt(service, 'spec', 'ports');
  if (!isNumber(remote)) {
    const named = all.find((port) => textAt(port, 'name') === remote);
    if (!named) throw new KubectlError(`Service '${nameOf(service)}' does not have a named port '${remote}'`);
    const number = String(numberAt(named, 'port'));
    if (local === remote) local = number;
    remote = number;
  }
  const chosen = all.find((port) => numberAt(port, 'port') === Number(remote));
  if (!chosen) throw new KubectlError(`Service ${nameOf(service)} does not have a service port ${remote}`);
  const target = textAt(chosen, 'targetPort');
  if (textAt(service, 'spec', 'clusterIP') === 'None') return joined(local, remote);
  if (isNumber(target)) return joined(local, target === '0' ? remote : target);
  return joined(local, String(namedPort(pod, target)));
}

function pairOf(word: string): Pair {
  const [local, remote] = split(word);
  const port = (text: string, what: string): number => {
    const number = Number(text);
    if (isNumber(text) && number < 65_536) return number;
    const why = isNumber(text) ? 'value out of range' : 'invalid syntax';
    throw new KubectlError(
      `error parsing ${what} port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`,
    );
  };
  // The real one takes a free port by chance.
  const from = local === '' ? FREE_PORT : port(local, 'local');
  const to = port(remote, 'remote');
  if (to === 0) throw new KubectlError('remote port must be > 0');
  return { local: from, remote: to };
}

const FREE_PORT = 40_000;
