// Every pod by name, to be put on the hook: by mouse, or by the arrow keys as any group of radio buttons.
import { useId } from 'preact/hooks';
import { say } from '../../draw/words.ts';
import type { ClusterSnapshot, PodSnapshot } from '../../sim/snapshot.ts';
import type { GantryFigureWords } from './gantry-words.ts';

export function PodList({
  snapshot,
  hooked,
  picked,
  off,
  words,
  onPick,
}: {
  readonly snapshot: Pick<ClusterSnapshot, 'pods' | 'workloads'>;
  readonly hooked: PodSnapshot | undefined;
  readonly picked: boolean;
  readonly off: boolean;
  readonly words: GantryFigureWords;
  readonly onPick: (key: string | undefined) => void;
}) {
  const name = useId();
  const pods = [...snapshot.pods].sort(
    (a, b) => Number(a.node !== null) - Number(b.node !== null) || (a.key < b.key ? -1 : 1),
  );
  return (
    <fieldset class="pods" disabled={off}>
      <legend>{words.pods}</legend>
      <label>
        <input type="radio" name={name} checked={!picked} onChange={() => onPick(undefined)} />
        <span>{words.newest}</span>
      </label>
      {pods.map((pod) => (
        <label key={pod.key} class={pod === hooked ? 'hooked' : ''}>
          <input type="radio" name={name} checked={picked && pod === hooked} onChange={() => onPick(pod.key)} />
          <span>
            {pod.name} <small>{whereOf(pod, words)}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function whereOf(pod: PodSnapshot, words: GantryFigureWords): string {
  if (pod.node !== null) return say(words.onNode, { node: pod.node });
  return pod.status === 'SchedulingGated' ? words.gated : words.waits;
}
