// The figure of a cluster: its picture, who calls it and how that fared, the ledger, and why anything is as it is.
import { useComputed, useSignal } from '@preact/signals';
import type { Room } from '../../draw/layout.ts';
import type { DrawWords } from '../../draw/words.ts';
import type { Explanation } from '../../hosts/protocol.ts';
import type { LedgerRow } from '../../sim/ledger.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import { FigureFrame } from './FigureFrame.tsx';
import { Ledger } from './Ledger.tsx';
import { LivePicture } from './LivePicture.tsx';
import { Tally } from './Tally.tsx';
import { TwinView } from './TwinView.tsx';
import { useFigureWorld, type FrameProps } from './use-figure-world.ts';
import { Why } from './Why.tsx';

interface FigureProps extends FrameProps {
  /** The fullest moment of the run, so that the picture keeps its height. */
  readonly keep: Room;
  /** Rows of the ledger at the first frame, newest last. */
  readonly rows: readonly LedgerRow[];
  /** Who calls, at the first frame; left out where nobody does. */
  readonly client?: Pick<ClusterSnapshot['clients'][number], 'name' | 'totals'>;
  readonly drawWords: DrawWords;
}

const TO_STOP_MS = 6_000;
const SPEEDS = [1, 2, 5, 10, 60] as const;
/** Above this speed requests on their way only flicker. */
const FASTEST_DRAWN = 5;

export function Figure(props: FigureProps) {
  const { id, words, drawWords } = props;
  const figure = useFigureWorld<ClusterSnapshot>(props, {
    speed: defaultSpeed(props.endMs - props.startMs),
    toStopMs: TO_STOP_MS,
  });
  const { root, world, ready, playing, snapshot, act } = figure;
  const chosen = useSignal<string | undefined>(undefined);
  const explanation = useSignal<Explanation | undefined>(undefined);
  const fast = useComputed(() => playing.value && (world.value?.clock.value?.speed ?? 1) > FASTEST_DRAWN);
  const rows = useComputed(() => snapshot.value?.ledger ?? props.rows);

  const ask = async (subject: string) => {
    const live = world.peek();
    if (!live || !ready.peek()) return;
    chosen.value = subject;
    explanation.value = await live.why(subject);
  };
  const close = () => {
    const subject = chosen.peek();
    if (subject === undefined) return;
    chosen.value = undefined;
    explanation.value = undefined;
    root.current?.querySelector<SVGElement>(`[data-subject="${CSS.escape(subject)}"]`)?.focus({ preventScroll: true });
  };

  return (
    <FigureFrame
      frame={props}
      figure={figure}
      speeds={SPEEDS}
      picture={
        <LivePicture
          id={id}
          snapshot={snapshot}
          base={figure.base}
          still={props.still}
          keep={props.keep}
          words={drawWords}
          chosen={chosen}
          guess={figure.guess}
          fast={fast}
          onChoose={(subject) => void ask(subject)}
        />
      }
      tally={<Tally first={props.client} values={figure.settings} snapshot={snapshot} words={words} />}
      twin={<TwinView snapshot={snapshot} words={drawWords} first={props.twin} />}
      onReset={() => figure.restore((live) => live.do('reset'))}
      onEscape={close}
    >
      <div class="record">
        <Ledger
          rows={rows}
          chosen={chosen}
          words={words}
          onChoose={(row) => {
            act((live) => live.do('seek', row.at));
            void ask(`entry/${String(row.id)}`);
          }}
        />
        <Why
          id={id}
          chosen={chosen}
          explanation={explanation}
          snapshot={snapshot}
          words={words}
          drawWords={drawWords}
          onClose={close}
          onSeek={(at) => act((live) => live.do('seek', at))}
        >
          {props.legend}
        </Why>
      </div>
    </FigureFrame>
  );
}

function defaultSpeed(length: number): number {
  return length > 240_000 ? 10 : 5;
}
