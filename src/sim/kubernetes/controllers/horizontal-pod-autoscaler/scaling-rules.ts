// How far and how soon the autoscaler follows a proposal: windows of past recommendations, and policies that limit the
// change in a period. Pure functions.
// Models: pkg/controller/podautoscaler/horizontal.go stabilizeRecommendation(WithBehaviors),
// convertDesiredReplicasWithRules, convertDesiredReplicasWithBehaviorRate and calculateScale*Limit* (1.32).
import type { HPAScalingRules } from '../../kinds/policy.ts';

/** What a metric asked for, and when (Unix ms). */
export interface Recommendation {
  readonly replicas: number;
  readonly at: number;
}

/** A change of the number of replicas: how many were added, or taken away, and when (Unix ms). */
export interface ScaleEvent {
  readonly change: number;
  readonly at: number;
}

/** A number with the reason and the message of condition ScalingLimited. */
export interface Limited {
  readonly replicas: number;
  readonly reason: string;
  readonly message: string;
}

const WITHIN_RANGE = ['DesiredWithinRange', 'the desired count is within the acceptable range'] as const;
const TOO_FEW = ['TooFewReplicas', 'the desired replica count is less than the minimum replica count'] as const;
const TOO_MANY = ['TooManyReplicas', 'the desired replica count is more than the maximum replica count'] as const;
const UP_LIMIT = [
  'ScaleUpLimit',
  'the desired replica count is increasing faster than the maximum scale rate',
] as const;
const DOWN_LIMIT = [
  'ScaleDownLimit',
  'the desired replica count is decreasing faster than the maximum scale rate',
] as const;
const SCALE_UP_FACTOR = 2;
const SCALE_UP_MINIMUM = 4;
const LEAST = -2_147_483_648;
const MOST = 2_147_483_647;

// ---- Without a behaviour

/** The highest recommendation of the window counts. Returns the recommendations to keep, the new one among them. */
export function stabilize(
  recommendations: readonly Recommendation[],
  desired: number,
  windowMs: number,
  now: number,
): { readonly replicas: number; readonly kept: readonly Recommendation[] } {
  let replicas = desired;
  let old = -1;
  recommendations.forEach((past, i) => {
    if (past.at < now - windowMs) old = i;
    else if (past.replicas > replicas) replicas = past.replicas;
  });
  return { replicas, kept: remembered(recommendations, { replicas: desired, at: now }, old) };
}

/** Within [min, max], and at most doubled (or 4) in one step. */
export function limitWithoutBehavior(current: number, desired: number, min: number, max: number): Limited {
  const upLimit = Math.trunc(Math.max(SCALE_UP_FACTOR * current, SCALE_UP_MINIMUM));
  const [most, why] = max > upLimit ? ([upLimit, UP_LIMIT] as const) : ([max, TOO_MANY] as const);
  if (desired < min) return limited(min, TOO_FEW);
  if (desired > most) return limited(most, why);
  return limited(desired, WITHIN_RANGE);
}

// ---- With a behaviour

/** The lowest recommendation of the window holds an increase back, the highest one a decrease. */
export function stabilizeWithBehavior(
  recommendations: readonly Recommendation[],
  current: number,
  desired: number,
  windows: { readonly upMs: number; readonly downMs: number },
  now: number,
): {
  readonly replicas: number;
  readonly reason: string;
  readonly message: string;
  readonly kept: readonly Recommendation[];
} {
  let up = desired;
  let down = desired;
  let old = -1;
  recommendations.forEach((past, i) => {
    if (past.at > now - windows.upMs) up = Math.min(past.replicas, up);
    if (past.at > now - windows.downMs) down = Math.max(past.replicas, down);
    if (past.at < now - windows.upMs && past.at < now - windows.downMs) old = i;
  });
  let replicas = current;
  if (replicas < up) replicas = up;
  if (replicas > down) replicas = down;
  const kept = remembered(recommendations, { replicas: desired, at: now }, old);
  return desired >= current
    ? {
        replicas,
        reason: 'ScaleUpStabilized',
        message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
        kept,
      }
    : {
        replicas,
        reason: 'ScaleDownStabilized',
        message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
        kept,
      };
}

/** Within [min, max], and no faster than the policies allow after what happened in their periods. */
export function limitWithBehavior(
  current: number,
  desired: number,
  range: { readonly min: number; readonly max: number },
  rules: { readonly up: HPAScalingRules; readonly down: HPAScalingRules },
  past: { readonly up: readonly ScaleEvent[]; readonly down: readonly ScaleEvent[] },
  now: number,
): Limited {
  if (desired > current) {
    const limit = Math.max(current, scaleUpLimit(current, rules.up, past.up, past.down, now));
    const [most, why] = range.max > limit ? ([limit, UP_LIMIT] as const) : ([range.max, TOO_MANY] as const);
    if (desired > most) return limited(most, why);
  } else if (desired < current) {
    const limit = Math.min(current, scaleDownLimit(current, rules.down, past.up, past.down, now));
    const [least, why] = range.min < limit ? ([limit, DOWN_LIMIT] as const) : ([range.min, TOO_FEW] as const);
    if (desired < least) return limited(least, why);
  }
  return limited(desired, WITHIN_RANGE);
}

export function scaleUpLimit(
  current: number,
  { selectPolicy = 'Max', policies = [] }: HPAScalingRules,
  ups: readonly ScaleEvent[],
  downs: readonly ScaleEvent[],
  now: number,
): number {
  if (selectPolicy === 'Disabled') return current;
  const select = selectPolicy === 'Min' ? Math.min : Math.max;
  let result = selectPolicy === 'Min' ? MOST : LEAST;
  for (const { type, value, periodSeconds } of policies) {
    const start = current - changed(ups, periodSeconds, now) + changed(downs, periodSeconds, now);
    // Rounded up, because a step of less than one pod would never be one.
    result = select(result, type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100)));
  }
  return result;
}

function scaleDownLimit(
  current: number,
  { selectPolicy = 'Max', policies = [] }: HPAScalingRules,
  ups: readonly ScaleEvent[],
  downs: readonly ScaleEvent[],
  now: number,
): number {
  if (selectPolicy === 'Disabled') return current;
  const select = selectPolicy === 'Min' ? Math.max : Math.min;
  let result = selectPolicy === 'Min' ? LEAST : MOST;
  for (const { type, value, periodSeconds } of policies) {
    const start = current - changed(ups, periodSeconds, now) + changed(downs, periodSeconds, now);
    result = select(result, type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100)));
  }
  return result;
}

/** The events with a new one, which takes the place of the last that no policy looks at any more. (storeScaleEvent) */
export function withScaleEvent(
  events: readonly ScaleEvent[],
  change: number,
  { policies = [] }: HPAScalingRules,
  now: number,
): readonly ScaleEvent[] {
  const longest = Math.max(0, ...policies.map(({ periodSeconds }) => periodSeconds));
  const old = events.findLastIndex(({ at }) => at < now - longest * 1000);
  return remembered(events, { change, at: now }, old);
}

function changed(events: readonly ScaleEvent[], periodSeconds: number, now: number): number {
  let sum = 0;
  for (const { change, at } of events) if (at > now - periodSeconds * 1000) sum += change;
  return sum;
}

/** `list` with `next` in the place of number `old`, or at the end when there is none. */
function remembered<T>(list: readonly T[], next: T, old: number): readonly T[] {
  return old < 0 ? [...list, next] : list.with(old, next);
}

function limited(replicas: number, [reason, message]: readonly [string, string]): Limited {
  return { replicas, reason, message };
}
