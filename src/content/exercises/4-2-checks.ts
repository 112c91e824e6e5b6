// What the checks of lesson 4.2 read from a world: who is where, and what the scheduler said.
import type { Finding } from '../../hosts/exercise.ts';
import type { JournalEntry, World } from '../../sim/index.ts';
import type { Deployment, Pod } from '../../sim/kubernetes/objects.ts';
import { count, podsOf } from './checks.ts';

export function templateOf(world: World, name: string): Deployment['spec']['template'] | undefined {
  return world.store.get('deployments', `default/${name}`)?.spec.template;
}

export function nodeOf(pod: Pod): string | undefined {
  return pod.spec.nodeName === '' ? undefined : pod.spec.nodeName;
}

export function isRunning(pod: Pod): boolean {
  return pod.status.phase === 'Running';
}

/** `node-a1 and node-b2`. */
export function listed(names: readonly string[]): string {
  const all = [...new Set(names)].sort();
  return all.length < 2 ? (all[0] ?? 'none') : `${all.slice(0, -1).join(', ')} and ${all.at(-1) ?? ''}`;
}

/** What the scheduler last said of a pod that has no node. */
export function refusal(pod: Pod): string {
  const condition = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
  const message = condition?.status === 'False' ? (condition.message ?? condition.reason ?? '') : '';
  return message.replace(/ preemption: .*/, '');
}

/** At least `wanted` pods of `app` run; what keeps the others from it. */
export function runs(world: World, app: string, wanted: number): Finding {
  const pods = podsOf(world, app);
  const running = pods.filter(isRunning);
  const waiting = pods.find((pod) => nodeOf(pod) === undefined);
  const said = waiting ? `; ${waiting.metadata.name} waits: ${refusal(waiting)}` : '';
  return {
    met: running.length >= wanted,
    observed:
      pods.length === 0
        ? `there is no pod of ${app}`
        : `${count(running.length, 'pod', 'pods')} of ${app} ${running.length === 1 ? 'runs' : 'run'}${said}`,
    wanted: wanted === 1 ? 'one that runs' : `${String(wanted)} that run`,
  };
}

/** How the newest pod of `app` came to its node: its attempts, then the kubelet. */
export function placing(world: World, app: string): readonly JournalEntry[] {
  const prefix = `pods/default/${app}-`;
  const { journal } = world.sim;
  const bound = journal
    .slice()
    .findLast(({ kind, subject }) => kind === 'scheduler.bound' && subject.startsWith(prefix));
  if (!bound) return [];
  return journal
    .slice()
    .filter(
      ({ kind, subject, message }) =>
        subject === bound.subject && message !== '' && (kind.startsWith('scheduler.') || kind === 'kubelet.start'),
    );
}
