// `GET …/pods/<name>/log`. Models pkg/registry/core/pod/strategy.go LogLocation and the kubelet's
// validateContainerLogStatus (1.32).
// Left out: `insecureSkipTLSVerifyBackend` and `stream`, which choose between things that are one here.
import type { ApiResponse } from '../../api/http.ts';
import { formatMicroTime, parseTime } from '../../engine/time.ts';
import type { LogLine } from '../../workload/process.ts';
import type { Cluster } from '../cluster.ts';
import type { Kubelets } from '../kubelet/contract.ts';
import type { ContainerStatus, Pod } from '../objects.ts';
import { resourceInfo } from '../resources.ts';
import { isTrue, numberIn, type Query } from './request.ts';
import { refuse } from './response.ts';
import { badRequest, invalid, notFound, type Status } from './status.ts';
import { invalidValue } from './validation/field-error.ts';

export interface Logs {
  read(namespace: string, name: string, query: Query): ApiResponse;
}

interface Follower {
  readonly podUid: string;
  readonly container: string;
  write(line: LogLine): void;
  end(): void;
}

export function createLogs(cluster: Cluster, kubelets: Pick<Kubelets, 'logs' | 'onLog'>): Logs {
  const { sim, store } = cluster;
  const followers = new Set<Follower>();
  kubelets.onLog((podUid, container, line) => {
    for (const follower of [...followers])
      if (follower.podUid === podUid && follower.container === container) follower.write(line);
  });
  store.subscribe('pods', ({ type, object, before }) => {
    if (followers.size === 0) return;
    const { uid } = (before ?? object).metadata;
    for (const follower of [...followers])
      if (follower.podUid === uid && (type === 'DELETED' || !isRunning(object, follower.container))) follower.end();
  });
  sim.register({
    name: 'kubernetes.api.logs',
    save: () => null,
    load: () => {
      for (const follower of [...followers]) follower.end();
    },
  });

  return {
    read(namespace, name, query) {
      const pod = store.get('pods', `${namespace}/${name}`);
      if (!pod) return refuse(notFound(resourceInfo('pods'), name));
      const container = chooseContainer(pod, query.get('container') ?? '');
      if (typeof container !== 'string') return refuse(container);
      const wrong = checkOptions(query);
      if (wrong) return refuse(wrong);
      // A pod without a node has no log, and nobody to ask for one.
      if (pod.spec.nodeName === undefined) return plain('');
      const lines = linesOf(pod, container, isTrue(query, 'previous'), kubelets);
      if (!Array.isArray(lines)) return refuse(lines as Status);
      const show = (line: LogLine) =>
        (isTrue(query, 'timestamps') ? `${formatMicroTime(sim.epochMs + line.at).slice(0, -1)}000Z ` : '') +
        `${line.text}\n`;
      const body = limit(
        select(lines as LogLine[], query, sim.now, sim.epochMs)
          .map(show)
          .join(''),
        query,
      );
      if (!isTrue(query, 'follow') || !isRunning(pod, container)) return plain(body);
      const lastAt = lines.length;
      return {
        ...plain(body),
        stream: {
          open(onText, onEnd) {
            const follower: Follower = {
              podUid: pod.metadata.uid,
              container,
              write: (line) => {
                onText(show(line));
              },
              end: () => {
                if (followers.delete(follower)) onEnd();
              },
            };
            followers.add(follower);
            // What was written between the answer and the opening of its stream.
            for (const line of (kubelets.logs(pod.metadata.uid, container, false) ?? []).slice(lastAt))
              follower.write(line);
            const now = store.get('pods', `${namespace}/${name}`);
            if (now?.metadata.uid !== pod.metadata.uid || !isRunning(now, container)) follower.end();
            return () => {
              followers.delete(follower);
            };
          },
        },
      };
    },
  };
}

function plain(body: string): ApiResponse {
  return { status: 200, headers: { 'content-type': 'text/plain' }, body };
}

export function chooseContainer(pod: Pod, asked: string): string | Status {
  const names = pod.spec.containers.map((c) => c.name);
  const init = (pod.spec.initContainers ?? []).map((c) => c.name);
  const ephemeral = (pod.spec.ephemeralContainers ?? []).map((c) => c.name);
  const { name } = pod.metadata;
  if (asked !== '')
    return [names, init, ephemeral].some((list) => list.includes(asked))
      ? asked
      : badRequest(`container ${asked} is not valid for pod ${name}`);
  if (names.length === 1 && init.length === 0 && ephemeral.length === 0) return names[0] as string;
  const others =
    (init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '') +
    (ephemeral.length > 0 ? ` or one of the ephemeral containers: [${ephemeral.join(' ')}]` : '');
  return badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]${others}`);
}

function checkOptions(query: Query): Status | undefined {
  for (const [field, least] of [
    ['tailLines', 0],
    ['limitBytes', 1],
    ['sinceSeconds', 1],
  ] as const) {
    const value = numberIn(query, field);
    if (value !== undefined && value < least) {
      const error = invalidValue(field, value, `must be greater than ${least === 0 ? 'or equal to 0' : '0'}`);
      return invalid('PodLogOptions', '', '', [error]);
    }
  }
  return undefined;
}

function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = pod.status;
  const lists = [containerStatuses, initContainerStatuses, ephemeralContainerStatuses];
  return lists.flatMap((list) => list ?? []).find((status) => status.name === container);
}

function isRunning(pod: Pod, container: string): boolean {
  return statusOf(pod, container)?.state.running !== undefined;
}

/** The lines, or the kubelet's word on why there are none. */
function linesOf(
  pod: Pod,
  container: string,
  previous: boolean,
  kubelets: Pick<Kubelets, 'logs'>,
): readonly LogLine[] | Status {
  const status = statusOf(pod, container);
  const { name, uid } = pod.metadata;
  const what = `container "${container}" in pod "${name}"`;
  if (!status) return badRequest(`${what} is not available`);
  if (previous)
    return status.lastState.terminated
      ? (kubelets.logs(uid, container, true) ?? [])
      : badRequest(`previous terminated ${what} not found`);
  const { waiting } = status.state;
  if (!waiting) return kubelets.logs(uid, container, false) ?? [];
  // While a container waits to be restarted its last run is what there is to read.
  if (status.lastState.terminated)
    return kubelets.logs(uid, container, false) ?? kubelets.logs(uid, container, true) ?? [];
  if (waiting.reason === 'ErrImagePull') return badRequest(`${what} is waiting to start: image can't be pulled`);
  if (waiting.reason === 'ImagePullBackOff')
    return badRequest(`${what} is waiting to start: trying and failing to pull image`);
  return badRequest(`${what} is waiting to start: ${waiting.reason}`);
}

function select(lines: readonly LogLine[], query: Query, now: number, epochMs: number): readonly LogLine[] {
  const sinceSeconds = numberIn(query, 'sinceSeconds');
  const sinceTime = parseTime(query.get('sinceTime') ?? '');
  const from =
    sinceSeconds !== undefined ? now - sinceSeconds * 1000 : sinceTime !== undefined ? sinceTime - epochMs : -1;
  const recent = from < 0 ? lines : lines.filter((line) => line.at >= from);
  const tail = numberIn(query, 'tailLines');
  return tail === undefined ? recent : tail === 0 ? [] : recent.slice(-tail);
}

/** Cuts to so many bytes; lines of the simulated programs are ASCII, where bytes and characters are one. */
function limit(body: string, query: Query): string {
  const bytes = numberIn(query, 'limitBytes');
  return bytes === undefined ? body : body.slice(0, bytes);
}
