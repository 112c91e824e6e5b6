// The API server's other entry: requests that become a connection. Models pkg/registry/core/pod/rest/subresources.go
// and the kubelet's exec, attach and port-forward (pkg/kubelet/server, 1.32). Reading such a request changes nothing;
// the Timeline starts what it asks for. What carries the bytes (WebSocket, SPDY, a call in the page) is the host's.
// Left out: standard input of the container's own program, which attach offers and here nobody reads.
import type { ApiRequest, ApiResponse, ApiStream } from '../../api/http.ts';
import { fnv1a32 } from '../../engine/hash.ts';
import type { SessionEvent } from '../../workload/sessions.ts';
import type { Cluster } from '../cluster.ts';
import type { Kubelets } from '../kubelet/contract.ts';
import { resourceInfo } from '../resources.ts';
import { admitRequest } from './access.ts';
import { chooseContainer } from './logs.ts';
import { isTrue, splitPath } from './request.ts';
import { pageNotFound, refuse, text } from './response.ts';
import type { ApiServer } from './server.ts';
import { badRequest, failure, notFound, type Status } from './status.ts';

/** What a request for a connection comes to. */
export type Connection =
  | { readonly kind: 'refused'; readonly response: ApiResponse }
  | {
      readonly kind: 'exec';
      readonly process: string;
      readonly argv: readonly string[];
      readonly streams: Streams;
    }
  | { readonly kind: 'attach'; readonly output: ApiStream; readonly streams: Streams }
  | {
      readonly kind: 'port-forward';
      /** `<namespace>/<name>` */
      readonly pod: string;
      readonly uid: string;
      readonly address: string;
    };

/** Which streams the client wants. */
interface Streams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

interface ConnectDeps extends Cluster {
  readonly kubelets: Pick<Kubelets, 'processOf'>;
  readonly api: ApiServer;
}

export function connect(cluster: ConnectDeps, request: ApiRequest): Connection {
  const { store, kubelets, api } = cluster;
  const { segments, query } = splitPath(request.path);
  const [root, version, scope, namespace = '', plural, name = '', kind] = segments;
  const known = root === 'api' && version === 'v1' && scope === 'namespaces' && plural === 'pods';
  if (!known || segments.length !== 7) return refused(pageNotFound());
  if (kind !== 'exec' && kind !== 'attach' && kind !== 'portforward') return refused(pageNotFound());
  const access = admitRequest(cluster, request, segments, query);
  if ('status' in access) return refused(refuse(access.status));
  const pod = store.get('pods', `${namespace}/${name}`);
  if (!pod) return refused(refuse(notFound(resourceInfo('pods'), name)));
  const container = kind === 'portforward' ? undefined : chooseContainer(pod, query.get('container') ?? '');
  if (typeof container === 'object') return refused(refuse(container));
  if (pod.spec.nodeName === undefined) return refused(refuse(badRequest(`pod ${name} does not have a host assigned`)));
  const { uid } = pod.metadata;
  if (kind === 'portforward') {
    const address = pod.status.podIP;
    if (address === undefined) return refused(text(`pod not found ("${name}_${namespace}")`, 500));
    return { kind: 'port-forward', pod: `${namespace}/${name}`, uid, address };
  }
  const process = kubelets.processOf(uid, container);
  if (process === undefined) return refused(text(`container not found ("${container ?? ''}")`, 500));
  const streams = {
    stdin: isTrue(query, 'stdin'),
    stdout: isTrue(query, 'stdout'),
    stderr: isTrue(query, 'stderr'),
    tty: isTrue(query, 'tty'),
  };
  if (!streams.stdin && !streams.stdout && !streams.stderr)
    return refused(refuse(badRequest('you must specify at least 1 of stdin, stdout, stderr')));
  if (kind === 'exec') {
    const argv = valuesOf(request.path, 'command');
    if (argv.length === 0) return refused(text('you must specify at least 1 command for the container', 400));
    return { kind: 'exec', process, argv, streams };
  }
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?container=${container ?? ''}&follow=true&tailLines=0`;
  const log = api.handle({ method: 'GET', path, headers: {} });
  return log.stream ? { kind: 'attach', output: log.stream, streams } : refused(log);
}

function refused(response: ApiResponse): Connection {
  return { kind: 'refused', response };
}

/** Every value of a parameter that may come more than once. */
function valuesOf(path: string, name: string): readonly string[] {
  const mark = path.indexOf('?');
  if (mark < 0) return [];
  return path
    .slice(mark + 1)
    .split('&')
    .flatMap((pair) => {
      const value = splitPath(`?${pair}`).query.get(name);
      return value === undefined ? [] : [value];
    });
}

/** How a session ended, as it is told on the error channel (k8s.io/apimachinery/pkg/util/remotecommand). */
export function sessionStatus(event: Exclude<SessionEvent, { readonly kind: 'output' }>): Partial<Status> {
  if (event.kind === 'exit') {
    const { exitCode } = event;
    if (exitCode === 0) return { metadata: {}, status: 'Success' };
    return {
      metadata: {},
      status: 'Failure',
      message: `command terminated with non-zero exit code: exit status ${String(exitCode)}`,
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
    };
  }
  // The runtime numbers its attempts by chance; here the number follows from what it says.
  const id = Array.from({ length: 8 }, (_, part) =>
    fnv1a32(`${String(part)} ${event.message}`)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
  const why = `error executing command in container: failed to exec in container: failed to start exec "${id}": ${event.message}`;
  const {
    kind: _kind,
    apiVersion: _version,
    ...status
  } = failure(500, 'InternalError', `Internal error occurred: Internal error occurred: ${why}`, {
    causes: [{ message: `Internal error occurred: ${why}` }],
  });
  return status;
}

/** What the runtime says when nobody listens on a port of a pod (containerd). */
export function forwardRefused(uid: string, port: number): string {
  const sandbox = Array.from({ length: 8 }, (_, part) =>
    fnv1a32(`${String(part)} ${uid}`)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
  const space = `/var/run/netns/cni-${uid}`;
  return (
    `error forwarding port ${String(port)} to pod ${sandbox}, uid : failed to execute portforward in network namespace ` +
    `"${space}": failed to connect to localhost:${String(port)} inside namespace "${sandbox}", IPv4: dial tcp4 127.0.0.1:${String(port)}: ` +
    `connect: connection refused IPv6 dial tcp6 [::1]:${String(port)}: connect: connection refused `
  );
}
