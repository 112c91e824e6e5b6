// One node of the cell under the magnifier: its numbers, its bay as the small clusters draw it, and its pods.
import { useComputed, type ReadonlySignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { valueOf } from '../../../draw/heat-map/measure.ts';
import { magnified } from '../../../draw/heat-map/nodes.ts';
import { boxState } from '../../../draw/status.ts';
import { toSvg } from '../../../draw/svg.ts';
import { say, type DrawWords } from '../../../draw/words.ts';
import { CORDONED, NOT_READY, TAINTED, type CellLoad, type CellMap } from '../../../sim/cell-snapshot.ts';
import type { ClusterSnapshot } from '../../../sim/snapshot.ts';
import type { CellWords } from '../cell-words.ts';

interface Props {
  readonly map: ReadonlySignal<CellMap | undefined>;
  readonly load: ReadonlySignal<CellLoad | undefined>;
  readonly looked: ReadonlySignal<ClusterSnapshot | undefined>;
  /** The map shows a picture of the past: boxes are not kept. */
  readonly past: ReadonlySignal<boolean>;
  readonly chosen: ReadonlySignal<number | undefined>;
  readonly held: ReadonlySignal<boolean>;
  readonly words: CellWords;
  readonly drawWords: DrawWords;
}

const WIDTH = 286;
const MOST_PODS = 12;

export function Magnifier({ map, load, looked, past, chosen, held, words, drawWords }: Props) {
  const name = map.value?.names[chosen.value ?? -1];
  // Drawn as often as the numbers change, and when another node comes.
  const nodes = useComputed(() => looked.value?.nodes.map((one) => one.name).join(' '));
  const boxes = useComputed(() => (load.value && nodes.value !== undefined ? looked.peek() : undefined));
  const node = boxes.value?.nodes.find((one) => one.name === name);
  const pods = boxes.value?.pods;
  const drawn = useMemo(() => {
    const now = boxes.peek();
    return now && node ? toSvg(magnified(now, node, WIDTH, drawWords), { id: 'cell-magnifier' }) : '';
  }, [node, pods, drawWords]);
  if (name === undefined || !map.value || !load.value || chosen.value === undefined)
    return (
      <div class="magnifier">
        <p class="ask">{words.point}</p>
      </div>
    );
  const here = pods?.filter((pod) => pod.node === name) ?? [];
  return (
    <div class={held.value ? 'magnifier held' : 'magnifier'}>
      <p class="facts">{tileText(map.value, load.value, chosen.value, words)}</p>
      {node ? (
        <div class="bay" dangerouslySetInnerHTML={{ __html: drawn }} />
      ) : (
        <p class="ask">{past.value ? words.notKept : words.lookingUp}</p>
      )}
      {node && (
        <>
          <p class="head">{words.onNode}</p>
          {here.length === 0 ? (
            <p class="ask">{words.noPods}</p>
          ) : (
            <ul>
              {here.slice(0, MOST_PODS).map((pod) => (
                <li key={pod.uid}>
                  <code>{pod.name}</code> {drawWords.state[boxState(pod, node)]}
                </li>
              ))}
              {here.length > MOST_PODS && <li>{say(words.more, { n: here.length - MOST_PODS })}</li>}
            </ul>
          )}
        </>
      )}
    </div>
  );
}

/** `general-a-07-3: CPU 62 % requested, memory 40 %, 7 pods`. */
export function tileText(map: CellMap, load: CellLoad, i: number, words: CellWords): string {
  const flags = load.flags[i] ?? 0;
  const name = map.names[i] ?? '';
  if ((flags & NOT_READY) !== 0) return say(words.tileLost, { name });
  const percent = (measure: 'cpu' | 'memory') => Math.round(valueOf(map, load, measure, i));
  const text = say(words.tile, { name, cpu: percent('cpu'), memory: percent('memory'), pods: load.pods[i] ?? 0 });
  return (flags & (CORDONED | TAINTED)) !== 0 ? `${text}, ${words.closed}` : text;
}
