// The scheduler's record of one pod, asked of the worker anew whenever the moment or the pod has changed; one question at
// a time, the newest last.
import { useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Choice } from '../../hosts/protocol.ts';
import type { ClusterSnapshot, PodSnapshot } from '../../sim/snapshot.ts';
import type { FigureWorld } from './use-figure-world.ts';

/** @param first what it was at the first frame */
export function useChoice(
  { world, ready, snapshot }: FigureWorld<ClusterSnapshot>,
  hooked: ReadonlySignal<PodSnapshot | undefined>,
  first: Choice | undefined,
): ReadonlySignal<Choice | undefined> {
  const choice = useSignal(first);
  const asking = useRef(false);
  /** Asked for while an answer was on its way. */
  const again = useRef<string | undefined>(undefined);
  useSignalEffect(() => {
    const live = world.value;
    const pod = hooked.value?.key;
    if (!live || !ready.value || !snapshot.value || pod === undefined) return;
    const ask = async (key: string): Promise<void> => {
      asking.current = true;
      const answer = await live.choice(key);
      asking.current = false;
      if (answer) choice.value = answer;
      const next = again.current;
      again.current = undefined;
      if (next !== undefined) await ask(next);
    };
    if (asking.current) again.current = pod;
    else void ask(pod);
  });
  return choice;
}
