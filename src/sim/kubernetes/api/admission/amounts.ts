// What a pod asks for in all, by the names of resources. Only what some container names is there, as in a Go map.
import { podLimits, podRequests } from '../../pods.ts';
import type { Pod } from '../../objects.ts';
import { type ExactQuantity, parseQuantity } from '../../quantity.ts';

export function podAmounts(
  pod: Pick<Pod, 'spec'>,
  kind: 'requests' | 'limits',
): readonly (readonly [name: string, amount: ExactQuantity])[] {
  const sum = kind === 'requests' ? podRequests(pod) : podLimits(pod);
  const out: [string, ExactQuantity][] = [];
  if (sum.cpuMilli > 0) out.push(['cpu', exactQuantity(`${String(sum.cpuMilli)}m`)]);
  if (sum.memoryBytes > 0) out.push(['memory', bytes(sum.memoryBytes)]);
  if (sum.ephemeralStorageBytes > 0) out.push(['ephemeral-storage', bytes(sum.ephemeralStorageBytes)]);
  for (const [name, value] of Object.entries(sum.other)) out.push([name, exactQuantity(String(value))]);
  return out;
}

/** Nothing is zero. */
export function exactQuantity(text: string | undefined): ExactQuantity {
  return parseQuantity(text ?? '0') ?? { nano: 0n, format: 'DecimalSI' };
}

function bytes(count: number): ExactQuantity {
  return { ...exactQuantity(String(count)), format: 'BinarySI' };
}
