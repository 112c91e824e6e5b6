// When probes are asked. One clock a probe, ticking every period as a worker's ticker does; what an answer means is
// probe-worker.ts's business.
// Models k8s.io/kubernetes/pkg/kubelet/prober/{worker,prober_manager}.go (1.32): the ticker starts when the kubelet
// first sees the pod, not when the container starts; the first tick that may ask is the one after initialDelaySeconds;
// a readiness probe is asked at once when its container has started, and its ticker starts over from there. The jitter
// of the first tick exists only just after a kubelet's own start and is left out, as is the extra readiness check
// that any other change of the pod brings while it is not ready.
//
// A probe that passes and whose answer is known to stay (`Processes.stableUntil`) is not asked again until then or
// until the process is disturbed: nothing happens at those ticks, so nothing is simulated. They are counted in when
// somebody looks. `eager` asks every tick; the results are the same, which a test holds it to.
import { phase, type Simulation } from '../../engine/simulation.ts';
import type { Processes } from '../../workload/process.ts';
import type { Probe } from '../objects.ts';
import type { ProbeView } from './contract.ts';
import { checkText, judge, type Check, type Outcome } from './probe-check.ts';
import { beginTick, newWorker, seeContainer, takeResult, type ProbeType, type WorkerState } from './probe-worker.ts';

/** The container as its probes see it now. */
export interface ProbedContainer {
  readonly processId: string;
  readonly startedAt: number;
  readonly started: boolean;
  readonly podDeleted: boolean;
  readonly restartPolicyNever: boolean;
  readonly podIP: string;
  readonly podKey: string;
}

/** What the clocks need of the kubelet. */
export interface ProbeHost {
  /** Undefined while the container does not run. */
  container(uid: string, name: string): ProbedContainer | undefined;
  /** A check failed; for the event `Unhealthy`. */
  failed(uid: string, container: string, type: ProbeType, message: string): void;
  /** The stored result is another one now. */
  verdict(uid: string, container: string, type: ProbeType, success: boolean): void;
}

interface Clock {
  readonly container: string;
  readonly type: ProbeType;
  readonly probe: Probe;
  readonly check: Check;
  /** Its place among all clocks: those that tick in one millisecond do so in this order, whoever was asleep before. */
  readonly rank: number;
  /** Ticks fall on `anchor + k * period`. */
  readonly anchor: number;
  readonly worker: WorkerState;
  /** The tick in the queue. */
  readonly tick: { readonly at: number; readonly event: number } | null;
  /** Asked, and the answer is not there yet. */
  readonly asked: {
    readonly at: number;
    readonly outcome: Outcome;
    readonly until: number;
    readonly event: number;
  } | null;
  /** Every tick after `since` passes unseen, for as long as this stands; the answer takes `afterMs`. */
  readonly asleep: { readonly since: number; readonly afterMs: number } | null;
  /** The first tick that may ask the present container. */
  readonly from: number | null;
  readonly results: readonly { readonly at: number; readonly ok: boolean; readonly message: string }[];
  /** The journal entry that the next failure follows from. */
  readonly cause: number | null;
}

interface TickEvent {
  readonly kind: 'kubelet.probe' | 'kubelet.probe-answer';
  readonly uid: string;
  readonly index: number;
}

const RESULTS = 20;
/** A power of two far above any rank, so that the order of ticks stays exact and below the next phase. */
const RANKS = 4_294_967_296;
const TITLES: Readonly<Record<ProbeType, string>> = {
  startup: 'Startup',
  readiness: 'Readiness',
  liveness: 'Liveness',
};

export class Probing {
  readonly #sim: Simulation;
  readonly #processes: Processes;
  readonly #host: ProbeHost;
  readonly #eager: boolean;
  #clocks = new Map<string, readonly Clock[]>();
  #ranks = 0;

  constructor(sim: Simulation, processes: Processes, host: ProbeHost, eager: boolean) {
    this.#sim = sim;
    this.#processes = processes;
    this.#host = host;
    this.#eager = eager;
    sim.on<TickEvent>('kubelet.probe', ({ uid, index }) => {
      this.#tick(uid, index);
    });
    sim.on<TickEvent>('kubelet.probe-answer', ({ uid, index }) => {
      this.#answer(uid, index);
    });
    sim.register<{ readonly clocks: ReadonlyMap<string, readonly Clock[]>; readonly ranks: number }>({
      name: 'kubernetes.kubelet.probes',
      save: () => ({ clocks: new Map(this.#clocks), ranks: this.#ranks }),
      load: (state) => {
        this.#clocks = new Map(state.clocks);
        this.#ranks = state.ranks;
      },
    });
  }

  /** The kubelet has seen a new pod. The tickers start now. (AddPod) */
  addPod(uid: string, probes: readonly { container: string; type: ProbeType; probe: Probe; check: Check }[]): void {
    if (probes.length === 0) return;
    const clocks = probes.map(({ container, type, probe, check }): Clock => ({
      container,
      type,
      probe,
      check,
      rank: this.#ranks++,
      anchor: this.#sim.now,
      worker: newWorker,
      tick: null,
      asked: null,
      asleep: null,
      from: null,
      results: [],
      cause: null,
    }));
    this.#clocks.set(uid, clocks);
  }

  removePod(uid: string): void {
    for (const clock of this.#clocks.get(uid) ?? []) this.#cancel(clock);
    this.#clocks.delete(uid);
  }

  /** Liveness and startup are no longer asked of a pod on its way out; readiness is. */
  podDeleted(uid: string): void {
    this.#each(uid, (clock, i) => {
      if (clock.type !== 'readiness') this.#stop(uid, i);
    });
  }

  /** A new container runs. */
  containerStarted(uid: string, name: string): void {
    this.#each(uid, (clock, i) => {
      if (clock.container !== name) return;
      const seen = this.#host.container(uid, name);
      if (!seen) return;
      const worker = seeContainer(clock.type, clock.worker, seen.processId);
      this.#put(uid, i, { ...clock, worker, from: null, cause: this.#sim.cause });
      if (clock.type === 'startup') {
        if (!seen.started) this.#begin(uid, i, seen, false);
      } else if (seen.started) this.#begin(uid, i, seen, clock.type === 'readiness');
    });
  }

  /** The startup probe has passed: the others may begin. */
  containerReadyToProbe(uid: string, name: string): void {
    this.#each(uid, (clock, i) => {
      const seen = clock.container === name && clock.type !== 'startup' ? this.#host.container(uid, name) : undefined;
      if (seen) this.#begin(uid, i, seen, clock.type === 'readiness');
    });
  }

  containerStopped(uid: string, name: string): void {
    this.#each(uid, (clock, i) => {
      if (clock.container === name) this.#stop(uid, i);
    });
  }

  /** What {@link Processes.stableUntil} said may no longer hold. */
  disturbed(uid: string, name: string): void {
    const { now, cause } = this.#sim;
    this.#each(uid, (clock, i) => {
      if (clock.container !== name) return;
      let next = clock;
      if (cause !== null && clock.worker.lastResult !== 'Failure') next = { ...next, cause };
      if (clock.asked && clock.asked.until > now) next = { ...next, asked: { ...clock.asked, until: now } };
      if (clock.asleep) {
        this.#cancel(clock);
        next = { ...this.#wake(next, now), tick: null };
        // A tick of this very millisecond has not been asked yet: what programs do comes before what kubelets do.
        const at = firstTick(next, now);
        next = { ...next, tick: this.#schedule(uid, i, next, at, next.cause) };
      }
      if (next !== clock) this.#put(uid, i, next);
    });
  }

  verdict(uid: string, container: string, type: ProbeType): WorkerState['verdict'] {
    return this.#clocks.get(uid)?.find((clock) => clock.container === container && clock.type === type)?.worker.verdict;
  }

  /** In container order; startup, readiness, liveness. */
  views(uid: string): readonly ProbeView[] {
    const { now } = this.#sim;
    return (this.#clocks.get(uid) ?? []).map((clock) => {
      const { container, type, probe, check } = clock;
      const looked = clock.asleep ? this.#wake(clock, now + 1 - clock.asleep.afterMs) : clock;
      const { asked } = clock;
      const next = asked
        ? Math.max(firstTick(clock, asked.at + 1), asked.at + asked.outcome.afterMs)
        : clock.asleep
          ? firstTick(clock, now + 1)
          : (clock.tick?.at ?? null);
      return {
        container,
        type,
        check: checkText(check),
        periodMs: periodMs(clock),
        timeoutMs: probe.timeoutSeconds * 1000,
        successThreshold: probe.successThreshold,
        failureThreshold: probe.failureThreshold,
        from: clock.from,
        nextAt: next,
        results: looked.results,
        streak: looked.worker.resultRun,
        verdict: verdictText(looked.worker.verdict),
      };
    });
  }

  /** Puts the first tick of a container into the queue. `atOnce`: the ticker starts over, with a tick now. */
  #begin(uid: string, index: number, seen: ProbedContainer, atOnce: boolean): void {
    const found = this.#clocks.get(uid)?.[index];
    if (!found) return;
    this.#cancel(found);
    const { now } = this.#sim;
    const clock: Clock = { ...found, anchor: atOnce ? now : found.anchor, tick: null, asked: null, asleep: null };
    const at = firstTick(clock, Math.max(atOnce ? now : now + 1, this.#delayOver(clock, seen)));
    this.#put(uid, index, { ...clock, from: at, tick: this.#schedule(uid, index, clock, at, clock.cause) });
  }

  /** The first moment at which the status shows an age of initialDelaySeconds; it shows whole seconds. */
  #delayOver(clock: Clock, seen: ProbedContainer): number {
    const delay = clock.probe.initialDelaySeconds ?? 0;
    if (delay === 0) return 0;
    return this.#shownStart(seen) + delay * 1000;
  }

  #shownStart(seen: ProbedContainer): number {
    const { epochMs } = this.#sim;
    return Math.floor((epochMs + seen.startedAt) / 1000) * 1000 - epochMs;
  }

  #tick(uid: string, index: number): void {
    const { now } = this.#sim;
    const found = this.#clocks.get(uid)?.[index];
    if (!found) return;
    const clock: Clock = { ...(found.asleep ? this.#wake(found, now) : found), tick: null };
    const seen = this.#host.container(uid, clock.container);
    const decision = beginTick(clock.type, clock.probe, clock.worker, {
      podTerminal: false,
      podDeleted: seen?.podDeleted ?? false,
      restartPolicyNever: seen?.restartPolicyNever ?? false,
      container: seen && {
        id: seen.processId,
        state: 'running',
        started: seen.started,
        ageSeconds: Math.floor((now - this.#shownStart(seen)) / 1000),
      },
    });
    const waiting: Clock = { ...clock, worker: decision.state };
    if (decision.kind !== 'ask' || !seen) {
      this.#put(uid, index, waiting);
      return;
    }
    const { outcome, until } = this.#ask(waiting, seen);
    if (outcome.afterMs === 0) {
      this.#take(uid, index, waiting, now, outcome, until);
      return;
    }
    const event = this.#sim.schedule<TickEvent>(
      now + outcome.afterMs,
      order(clock),
      { kind: 'kubelet.probe-answer', uid, index },
      clock.cause,
    );
    this.#put(uid, index, { ...waiting, asked: { at: now, outcome, until, event } });
  }

  /** The outcome, and until when asking again would bring the same. */
  #ask({ check, probe }: Clock, seen: ProbedContainer): { readonly outcome: Outcome; readonly until: number } {
    if (check.kind === 'impossible') return { outcome: { ok: false, message: check.message, afterMs: 0 }, until: 0 };
    const answer = this.#processes.probe(seen.processId, check);
    const scheme = probe.httpGet?.scheme === 'HTTPS' ? 'https' : 'http';
    const outcome = judge(check, answer, probe.timeoutSeconds * 1000, seen.podIP, scheme);
    const until = outcome.ok && !this.#eager ? this.#processes.stableUntil(seen.processId, check) : 0;
    return { outcome, until };
  }

  #answer(uid: string, index: number): void {
    const clock = this.#clocks.get(uid)?.[index];
    if (!clock?.asked) return;
    const { at, outcome, until } = clock.asked;
    this.#take(uid, index, { ...clock, asked: null }, at, outcome, until);
  }

  #take(
    uid: string,
    index: number,
    before: Clock,
    askedAt: number,
    { ok, message, afterMs }: Outcome,
    until: number,
  ): void {
    const { now } = this.#sim;
    const worker = takeResult(before.type, before.probe, before.worker, ok ? 'Success' : 'Failure');
    const changed = worker.verdict !== before.worker.verdict;
    const results = [...before.results, { at: askedAt, ok, message }].slice(-RESULTS);
    let clock: Clock = { ...before, worker, results };
    if (!ok) clock = { ...clock, cause: this.#recordFailure(uid, clock, message) };
    // The ticker holds one tick back while an answer is awaited, and drops the rest.
    const grid = firstTick(clock, askedAt + 1);
    const next = Math.max(grid, now);
    // An answer that takes longer than a period shifts the next question off the ticks: no arithmetic then.
    const steady = ok && worker.verdict === 'Success' && afterMs <= periodMs(clock);
    const over = worker.onHold;
    if (over) clock = { ...clock, tick: null };
    else if (steady && until > next) {
      const wakeAt = until === Infinity ? null : firstTick(clock, until);
      clock = {
        ...clock,
        asleep: { since: askedAt, afterMs },
        tick: wakeAt === null ? null : this.#schedule(uid, index, clock, wakeAt, null),
      };
    } else clock = { ...clock, tick: this.#schedule(uid, index, clock, next, ok ? null : clock.cause) };
    // What comes after a recovery has causes of its own.
    const recovered = ok && before.worker.lastResult === 'Failure';
    this.#put(uid, index, recovered ? { ...clock, cause: null } : clock);
    if (changed) this.#announce(uid, clock, ok);
  }

  #recordFailure(uid: string, clock: Clock, message: string): number {
    const seen = this.#host.container(uid, clock.container);
    const { container, type, worker } = clock;
    const text = `${TITLES[type]} probe failed: ${message}`;
    const data = {
      container,
      type,
      run: worker.resultRun === 0 ? clock.probe.failureThreshold : worker.resultRun,
      threshold: clock.probe.failureThreshold,
    };
    const entry = this.#sim.record(
      'kubelet.probe',
      `pods/${seen?.podKey ?? uid}`,
      'Unhealthy',
      text,
      data,
      clock.cause,
    );
    this.#sim.because(entry, () => {
      this.#host.failed(uid, container, type, text);
    });
    return entry;
  }

  #announce(uid: string, clock: Clock, success: boolean): void {
    const seen = this.#host.container(uid, clock.container);
    const { container, type } = clock;
    const word = success ? 'succeeded' : 'failed';
    const message = `${TITLES[type]} of container ${container} ${word}`;
    const entry = this.#sim.record(
      'kubelet.verdict',
      `pods/${seen?.podKey ?? uid}`,
      '',
      message,
      { container, type, success },
      clock.cause,
    );
    this.#sim.because(entry, () => {
      this.#host.verdict(uid, container, type, success);
    });
  }

  /** The clock as if each tick that it slept through before `until` (exclusive) had been asked and had passed. */
  #wake(clock: Clock, until: number): Clock {
    const { asleep } = clock;
    if (!asleep) return clock;
    const period = periodMs(clock);
    const first = firstTick(clock, asleep.since + 1);
    const missed = until > first ? Math.ceil((until - first) / period) : 0;
    if (missed === 0) return { ...clock, asleep: null };
    const shown = Math.min(missed, RESULTS);
    const filled = Array.from({ length: shown }, (_, i) => ({
      at: first + (missed - shown + i) * period,
      ok: true,
      message: '',
    }));
    const worker = { ...clock.worker, resultRun: clock.worker.resultRun + missed };
    return { ...clock, asleep: null, worker, results: [...clock.results, ...filled].slice(-RESULTS) };
  }

  #stop(uid: string, index: number): void {
    const clock = this.#clocks.get(uid)?.[index];
    if (!clock) return;
    this.#cancel(clock);
    // An answer that was still on its way does not count.
    const filled = this.#wake(clock, this.#sim.now + 1 - (clock.asleep?.afterMs ?? 0));
    this.#put(uid, index, { ...filled, tick: null, asked: null, asleep: null });
  }

  #cancel({ tick, asked }: Clock): void {
    if (tick) this.#sim.cancel(tick.event);
    if (asked) this.#sim.cancel(asked.event);
  }

  #schedule(uid: string, index: number, clock: Clock, at: number, cause: number | null): NonNullable<Clock['tick']> {
    const event: TickEvent = { kind: 'kubelet.probe', uid, index };
    return { at, event: this.#sim.schedule(at, order(clock), event, cause) };
  }

  #put(uid: string, index: number, clock: Clock): void {
    const clocks = this.#clocks.get(uid);
    if (clocks)
      this.#clocks.set(
        uid,
        clocks.map((old, i) => (i === index ? clock : old)),
      );
  }

  /** Every clock of the pod, each as it is when its turn comes. */
  #each(uid: string, act: (clock: Clock, index: number) => void): void {
    const count = this.#clocks.get(uid)?.length ?? 0;
    for (let i = 0; i < count; i++) {
      const clock = this.#clocks.get(uid)?.[i];
      if (clock) act(clock, i);
    }
  }
}

/** After all else that kubelets do in the same millisecond, clock by clock. */
function order({ rank }: Clock): number {
  return phase.probe + rank / RANKS;
}

function periodMs({ probe }: Clock): number {
  return probe.periodSeconds * 1000;
}

/** The first tick at or after `at`. */
function firstTick(clock: Clock, at: number): number {
  const period = periodMs(clock);
  return at <= clock.anchor ? clock.anchor : clock.anchor + Math.ceil((at - clock.anchor) / period) * period;
}

function verdictText(verdict: WorkerState['verdict']): ProbeView['verdict'] {
  return verdict === 'Success' ? 'success' : verdict === 'Failure' ? 'failure' : 'unknown';
}
