// Lifecycle hooks. Models k8s.io/kubernetes/pkg/kubelet/lifecycle/handlers.go and the callers in kuberuntime_container.go
// (1.32): a failed postStart kills its container, a failed preStop is only told.
// Departures: a command of a hook takes no time, but for `sleep`, which takes its seconds; what comes after a postStart
// does not wait for it; tcpSocket hooks do nothing, as in the real kubelet, which only keeps the field.
import { phase } from '../../engine/simulation.ts';
import type { Container, LifecycleHandler } from '../objects.ts';
import { checkOf } from './probe-check.ts';
import type { ContainerRecord } from './record.ts';
import type { KubeletState } from './state.ts';

/** A postStart hook failed: its container is to be killed. */
export interface HookEvent {
  readonly kind: 'kubelet.hook-failed';
  readonly uid: string;
  readonly container: string;
}

type Outcome = { readonly tookMs: number } | { readonly error: string };

/** Runs right after the container's start. */
export function runPostStart(state: KubeletState, uid: string, name: string, spec: Container): void {
  const hook = spec.lifecycle?.postStart;
  const container = state.container(uid, name);
  if (!hook || container.id === null) return;
  const outcome = run(state, container.id, hook, spec);
  if (!('error' in outcome)) return;
  state.event(state.known(uid), 'Warning', 'FailedPostStartHook', 'PostStartHook failed', container);
  const { sim } = state.cluster;
  sim.schedule<HookEvent>(sim.now, phase.kubelet, { kind: 'kubelet.hook-failed', uid, container: name });
}

/** Runs before SIGTERM; returns how long it takes. */
export function runPreStop(state: KubeletState, uid: string, container: ContainerRecord, spec: Container): number {
  const hook = spec.lifecycle?.preStop;
  if (!hook || container.id === null) return 0;
  const outcome = run(state, container.id, hook, spec);
  if (!('error' in outcome)) return outcome.tookMs;
  state.event(state.known(uid), 'Warning', 'FailedPreStopHook', 'PreStopHook failed', container);
  return 0;
}

function run(state: KubeletState, process: string, hook: LifecycleHandler, spec: Container): Outcome {
  if (hook.sleep) return { tookMs: hook.sleep.seconds * 1000 };
  if (hook.httpGet) {
    const check = checkOf(spec, { httpGet: hook.httpGet });
    if (check.kind === 'impossible') return { error: check.message };
    const answer = state.processes.probe(process, check);
    if (answer.kind !== 'status') return { error: answer.kind };
    return answer.status >= 200 && answer.status < 400
      ? { tookMs: answer.latencyMs }
      : { error: String(answer.status) };
  }
  if (!hook.exec) return { tookMs: 0 };
  const seconds = /^(?:\S*\/)?sleep (\d+)$/.exec(scriptOf(hook.exec.command));
  if (seconds) return { tookMs: Number(seconds[1]) * 1000 };
  const { exitCode, stderr } = state.processes.exec(process, hook.exec.command);
  return exitCode === 0 ? { tookMs: 0 } : { error: stderr };
}

/** The command itself, or what it hands to a shell. */
function scriptOf(command: readonly string[]): string {
  const [shell = '', flag, script] = command;
  return /^(?:\S*\/)?(?:ba|da)?sh$/.test(shell) && flag === '-c' && script !== undefined
    ? script.trim()
    : command.join(' ');
}
