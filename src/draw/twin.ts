// The picture in words, for whoever does not see it: every Service, every node with its pods, and the quay.
import type { ClusterSnapshot, NodeSnapshot, PodSnapshot } from '../sim/snapshot.ts';
import { nodeLabel } from './bay.ts';
import { failuresInARow } from './clocks.ts';
import { callersOf, quayPods } from './layout.ts';
import { boxState } from './status.ts';
import { say, seconds, type DrawWords } from './words.ts';

export interface Twin {
  readonly services: readonly TwinLine[];
  readonly nodes: readonly (TwinLine & { readonly pods: readonly TwinLine[] })[];
  readonly quay: readonly TwinLine[];
}

interface TwinLine {
  readonly subject: string;
  readonly text: string;
}

export function twin(snapshot: ClusterSnapshot, words: DrawWords): Twin {
  return {
    services: snapshot.services.map((service) => {
      const ready =
        service.ready.length === 0
          ? words.noEndpoints
          : say(words.readyOf, { ready: service.ready.length, all: service.pods.length });
      const callers = callersOf(snapshot, service).flatMap(({ name, second }) => {
        const rate = say(words.rate, { client: name, rate: second?.sent ?? 0 });
        return second && second.failed > 0 ? [rate, say(words.failing, { rate: second.failed })] : [rate];
      });
      return {
        subject: `services/${service.key}`,
        text: `${words.service} ${service.name}: ${[ready, ...callers].join(', ')}`,
      };
    }),
    nodes: snapshot.nodes.map((node) => ({
      subject: `nodes/${node.name}`,
      text: nodeLabel(node, words),
      pods: snapshot.pods
        .filter((pod) => pod.node === node.name)
        .map((pod) => ({ subject: `pods/${pod.key}`, text: podLabel(pod, words, node, snapshot.at) })),
    })),
    quay: quayPods(snapshot).map((pod) => ({
      subject: `pods/${pod.key}`,
      text: podLabel(pod, words, undefined, snapshot.at),
    })),
  };
}

/** `payments-6d4c9b7f5-tr8vd, version 1.5: running, readiness fails, restarted once; readiness 3 of 3 failed`. */
export function podLabel(pod: PodSnapshot, words: DrawWords, node: NodeSnapshot | undefined, at?: number): string {
  const name = pod.tag === '' ? pod.name : `${pod.name}, ${say(words.version, { tag: pod.tag })}`;
  const parts = [words.state[boxState(pod, node)]];
  if (pod.restarts > 0) parts.push(say(words.restarts, { n: pod.restarts }));
  if (pod.backoff && at !== undefined)
    parts.push(
      say(words.backoff, {
        total: seconds(pod.backoff.until - pod.backoff.from),
        left: seconds(pod.backoff.until - at),
      }),
    );
  else if (at !== undefined)
    for (const probe of pod.probes) {
      const failures = failuresInARow(probe);
      const said =
        probe.from === null
          ? words.held
          : failures > 0
            ? say(words.failedOf, { count: failures, threshold: probe.failureThreshold })
            : say(words.every, { period: seconds(probe.periodMs), timeout: seconds(probe.timeoutMs) });
      parts.push(`${words[probe.type]} ${said}`);
    }
  return `${name}: ${parts.join(', ')}`;
}
