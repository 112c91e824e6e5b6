// What a probe asks of a process, and what the kubelet makes of the answer, in its own words.
// Models k8s.io/kubernetes/pkg/kubelet/prober/prober.go and pkg/probe/{http,tcp,exec} (1.32).
// Leaves out: other hosts, HTTPS, headers and redirects to other hosts; grpc probes fail with a sentence that says so.
import type { ProbeAnswer, ProbeCheck } from '../../workload/process.ts';
import type { Container, Probe } from '../objects.ts';
import { goDuration } from './image-pull.ts';

export type Check = ProbeCheck | { readonly kind: 'impossible'; readonly message: string };

export interface Outcome {
  readonly ok: boolean;
  /** As after `Readiness probe failed: `; empty when it passed. */
  readonly message: string;
  /** How long the kubelet waited for it. */
  readonly afterMs: number;
}

export function checkOf(
  container: Pick<Container, 'ports'>,
  probe: Pick<Probe, 'httpGet' | 'tcpSocket' | 'exec'>,
): Check {
  const { httpGet, tcpSocket, exec } = probe;
  if (exec) return { kind: 'exec', command: exec.command };
  const host = httpGet?.host ?? tcpSocket?.host;
  if (host !== undefined && host !== '')
    return { kind: 'impossible', message: `probing host ${host} is not simulated` };
  if (httpGet) {
    const port = portNumber(container, httpGet.port);
    return port === undefined ? noPort(httpGet.port) : { kind: 'http', port, path: httpGet.path };
  }
  if (tcpSocket) {
    const port = portNumber(container, tcpSocket.port);
    return port === undefined ? noPort(tcpSocket.port) : { kind: 'tcp', port };
  }
  return { kind: 'impossible', message: 'grpc probes are not simulated' };
}

/** `GET :8080/readyz`, `tcp :5432`, `exec cat /tmp/ok`. */
export function checkText(check: Check): string {
  switch (check.kind) {
    case 'http':
      return `GET :${String(check.port)}${check.path}`;
    case 'tcp':
      return `tcp :${String(check.port)}`;
    case 'exec':
      return `exec ${check.command.join(' ')}`;
    case 'impossible':
      return check.message;
  }
}

/** @param url scheme for the message: the address as the kubelet dials it */
export function judge(
  check: ProbeCheck,
  answer: ProbeAnswer,
  timeoutMs: number,
  podIP: string,
  scheme: 'http' | 'https' = 'http',
): Outcome {
  const target = check.kind === 'exec' ? '' : `${podIP}:${String(check.port)}`;
  const url = check.kind === 'http' ? `${scheme}://${target}${check.path}` : '';
  if (answer.kind === 'silence' || answer.latencyMs >= timeoutMs)
    return { ok: false, message: timeoutMessage(check, url, target, timeoutMs), afterMs: timeoutMs };
  const afterMs = answer.latencyMs;
  const passed: Outcome = { ok: true, message: '', afterMs };
  const failed = (message: string): Outcome => ({ ok: false, message, afterMs });
  switch (answer.kind) {
    case 'status':
      if (answer.status >= 200 && answer.status < 400) return passed;
      return failed(`HTTP probe failed with statuscode: ${String(answer.status)}`);
    case 'connected':
      return passed;
    case 'exit':
      return answer.exitCode === 0 ? passed : failed(answer.output);
    case 'refused': {
      const dial = `dial tcp ${target}: connect: connection refused`;
      return failed(check.kind === 'http' ? `Get "${url}": ${dial}` : dial);
    }
  }
}

function timeoutMessage(check: ProbeCheck, url: string, target: string, timeoutMs: number): string {
  switch (check.kind) {
    case 'http':
      return `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
    case 'tcp':
      return `dial tcp ${target}: i/o timeout`;
    case 'exec':
      return `command timed out: "${check.command.join(' ')}" timed out after ${goDuration(timeoutMs)}`;
  }
}

function portNumber({ ports }: Pick<Container, 'ports'>, port: number | string): number | undefined {
  return typeof port === 'number' ? port : ports?.find(({ name }) => name === port)?.containerPort;
}

function noPort(port: number | string): Check {
  return { kind: 'impossible', message: `couldn't find port: ${String(port)}` };
}
