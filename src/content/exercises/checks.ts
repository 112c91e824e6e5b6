// What the checks of several exercises read from a world.
import { isSpoken, type JournalEntry, type World } from '../../sim/index.ts';
import type { Container, Deployment, Pod, Probe } from '../../sim/kubernetes/objects.ts';

function deploymentOf(world: World, name: string): Deployment | undefined {
  return world.store.get('deployments', `default/${name}`);
}

/** The container called `name` in the deployment's template, or its first one. */
export function containerOf(world: World, name: string): Container | undefined {
  const containers = deploymentOf(world, name)?.spec.template.spec.containers;
  return containers?.find((container) => container.name === name) ?? containers?.[0];
}

export type ProbeName = 'startupProbe' | 'readinessProbe' | 'livenessProbe';

/** What the template of deployment `name` lacks of `probes`, as a sentence; undefined when all are there. */
export function lackOf(world: World, name: string, ...probes: readonly ProbeName[]): string | undefined {
  const containers = deploymentOf(world, name)?.spec.template.spec.containers;
  if (!containers) return noDeployment(name);
  const main = containerOf(world, name);
  const lacks = probes.filter((probe) => main?.[probe] === undefined);
  if (lacks.length === 0) return undefined;
  const elsewhere = containers.find((other) => other !== main && lacks.some((probe) => other[probe] !== undefined));
  const said = `the container ${main ? main.name : name} has no ${lacks.join(' and no ')}`;
  return elsewhere ? `${said}; the container ${elsewhere.name} has one, but it does not do the work` : said;
}

function noDeployment(name: string): string {
  return `there is no deployment ${name} any more; Undo brings it back`;
}

/** The question of a probe, as the reader wrote it: `GET /healthz on 8080`. */
export function questionOf(probe: Probe): string {
  if (probe.httpGet) return `GET ${probe.httpGet.path} on ${String(probe.httpGet.port)}`;
  if (probe.tcpSocket) return `a TCP connection to ${String(probe.tcpSocket.port)}`;
  return probe.exec ? `the command ${probe.exec.command.join(' ')}` : 'gRPC';
}

/** Whether the probe asks the server itself. A command does only if it sends a request. */
export function asksServer(probe: Probe): boolean {
  return probe.exec === undefined || probe.exec.command.some((word) => /\b(curl|wget)\b/.test(word));
}

/** How long a server that answers nothing any more goes unnoticed at the most, virtual ms, as the fields say. */
export function noticeMs(probe: Probe): number {
  return (probe.periodSeconds * probe.failureThreshold + probe.timeoutSeconds) * 1000;
}

/** `periodSeconds 5 × failureThreshold 6, and timeoutSeconds 1 for the last answer: 31 s`. */
export function noticeSum(probe: Probe): string {
  const { periodSeconds, failureThreshold, timeoutSeconds } = probe;
  return `periodSeconds ${String(periodSeconds)} × failureThreshold ${String(failureThreshold)}, and timeoutSeconds ${String(timeoutSeconds)} for the last answer: ${seconds(noticeMs(probe))}`;
}

/** What the newest failed probe of a kind was told, from `fromMs` on: `HTTP probe failed with statuscode: 404`. */
export function lastFailure(
  world: World,
  app: string,
  kind: 'Startup' | 'Readiness' | 'Liveness',
  fromMs: number,
): string {
  const said = `${kind} probe failed: `;
  const prefix = `pods/default/${app}-`;
  const entry = world.sim.journal
    .slice()
    .findLast(
      ({ at, kind: of, subject, message }) =>
        at >= fromMs && of === 'kubelet.probe' && subject.startsWith(prefix) && message.startsWith(said),
    );
  return entry ? entry.message.slice(said.length).replace(/ \(Client\.Timeout.*/, '') : '';
}

/** The chain of causes that ends in `entry`, without the links that say nothing. */
export function chainTo(world: World, entry: JournalEntry | undefined): readonly JournalEntry[] {
  return entry ? world.sim.journal.chain(entry.id).filter(isSpoken) : [];
}

/** The first entry after `from` (in the journal's order) that `wanted` says yes to. */
export function firstAfter(
  world: World,
  from: number,
  wanted: (entry: JournalEntry) => boolean,
): JournalEntry | undefined {
  return world.sim.journal.slice(from).find(wanted);
}

/** The newest entry that `wanted` says yes to. */
export function newest(world: World, wanted: (entry: JournalEntry) => boolean): JournalEntry | undefined {
  return world.sim.journal.slice().findLast(wanted);
}

export function podsOf(world: World, app: string): readonly Pod[] {
  return world.store
    .list('pods', 'default')
    .filter((pod) => pod.metadata.labels?.['app'] === app && pod.metadata.deletionTimestamp === undefined);
}

export function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** Whether every replica runs the newest template and is Ready. */
export function rolledOut(world: World, name: string): boolean {
  const deployment = deploymentOf(world, name);
  if (!deployment) return false;
  const { replicas } = deployment.spec;
  const { updatedReplicas = 0, availableReplicas = 0, replicas: all = 0, observedGeneration = 0 } = deployment.status;
  return (
    observedGeneration >= (deployment.metadata.generation ?? 0) &&
    updatedReplicas === replicas &&
    availableReplicas === replicas &&
    all === replicas
  );
}

/** All pods of `app` are Ready, and none is on its way out. */
export function settled(world: World, app: string): boolean {
  const all = world.store.list('pods', 'default').filter((pod) => pod.metadata.labels?.['app'] === app);
  return all.length > 0 && all.every((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
}

/** Nobody was refused or kept waiting in the last full second. */
export function allServed(world: World): boolean {
  return world.traffic.clients.every(({ name }) => world.traffic.seconds(name).at(-1)?.failed === 0);
}

/** Something that happened to a pod of a workload. `pod` is `<namespace>/<name>`, `at` virtual ms. */
export interface Happening {
  readonly at: number;
  readonly pod: string;
  readonly entry: JournalEntry;
}

/** Containers of `app` that were killed because of a probe, from `fromMs` on. */
export function killsOf(world: World, app: string, fromMs: number): readonly Happening[] {
  return happenings(
    world,
    app,
    fromMs,
    ({ kind, message }) => kind === 'kubelet.kill' && message.includes('will be restarted'),
  );
}

/** Containers of `app` that were started again, for whatever reason, from `fromMs` on. */
export function restartsOf(world: World, app: string, fromMs: number): readonly Happening[] {
  const seen = new Set<string>();
  return happenings(world, app, 0, ({ kind, subject }) => {
    if (kind !== 'kubelet.start') return false;
    const again = seen.has(subject);
    seen.add(subject);
    return again;
  }).filter(({ at }) => at >= fromMs);
}

/** Containers of `app` that lost their lock, from `fromMs` on. */
export function deadlocksOf(world: World, app: string, fromMs: number): readonly Happening[] {
  return happenings(world, app, fromMs, ({ kind }) => kind === 'workload.deadlock');
}

/** What took a pod out of its Service after `fromMs`: its readiness probe gave up, it was killed, or it was deleted. */
export function leftService(world: World, pod: string, fromMs: number): JournalEntry | undefined {
  const subject = `pods/${pod}`;
  return world.sim.journal.slice().find((entry) => {
    if (entry.at < fromMs || entry.subject !== subject) return false;
    if (entry.kind === 'kubelet.kill' || entry.kind === 'store.delete') return true;
    return (
      entry.kind === 'kubelet.verdict' && entry.message.startsWith('Readiness') && entry.message.endsWith('failed')
    );
  });
}

function happenings(
  world: World,
  app: string,
  fromMs: number,
  wanted: (entry: JournalEntry) => boolean,
): readonly Happening[] {
  const prefix = `pods/default/${app}-`;
  return world.sim.journal
    .slice()
    .filter((entry) => entry.at >= fromMs && entry.subject.startsWith(prefix) && wanted(entry))
    .map((entry) => ({ at: entry.at, pod: entry.subject.slice('pods/'.length), entry }));
}

export function seconds(ms: number): string {
  return `${String(Math.round(ms / 1000))} s`;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${String(n)} ${n === 1 ? one : many}`;
}
