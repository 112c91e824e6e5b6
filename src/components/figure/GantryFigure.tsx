// The figure of the gantry: for one pod what the scheduler thought of every node. With `place` the reader first puts the
// box down; only then is anything said or run.
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { DrawWords } from '../../draw/words.ts';
import type { Choice } from '../../hosts/protocol.ts';
import type { LedgerRow } from '../../sim/ledger.ts';
import type { ClusterSnapshot, PodSnapshot } from '../../sim/snapshot.ts';
import { withGuess } from '../progress/store.ts';
import { progress, startProgress, update } from '../progress/use-progress.ts';
import { FigureFrame } from './FigureFrame.tsx';
import { onHook } from './gantry-pods.ts';
import type { GantryFigureWords } from './gantry-words.ts';
import { GantryPicture } from './GantryPicture.tsx';
import { Ledger } from './Ledger.tsx';
import { PlaceBox } from './PlaceBox.tsx';
import { PodList } from './PodList.tsx';
import { Tally } from './Tally.tsx';
import { TwinView } from './TwinView.tsx';
import { useChoice } from './use-choice.ts';
import { useFigureWorld, type FrameProps } from './use-figure-world.ts';
import { Verdicts } from './Verdicts.tsx';
import './gantry.css';
import '../lesson/predict.css';

export interface Place {
  /** `4-2/place`; the key of the reader's guess. */
  readonly id: string;
  readonly question: string;
  readonly explain: string;
}

interface GantryFigureProps extends FrameProps {
  readonly workload?: string | undefined;
  readonly place?: Place | undefined;
  /** The first frame, as far as it is needed before the world stands. */
  readonly pods: readonly PodSnapshot[];
  readonly nodes: readonly string[];
  readonly rows: readonly LedgerRow[];
  readonly choice: Choice | undefined;
  readonly gantry: GantryFigureWords;
  readonly drawWords: DrawWords;
}

const PACE = { speed: 5, toStopMs: 5_000 } as const;
const SPEEDS = [1, 2, 5, 10] as const;

export function GantryFigure(props: GantryFigureProps) {
  const { id, words, gantry, drawWords, startMs, endMs, firstMs, place } = props;
  const figure = useFigureWorld<ClusterSnapshot>(props, PACE);
  const { ready, snapshot, act } = figure;
  const picked = useSignal<string | undefined>(undefined);
  /** The choice before the last change of a control. */
  const before = useSignal<Choice | undefined>(undefined);
  const marked = useSignal<string | undefined>(undefined);
  const chosenRow = useSignal<string | undefined>(undefined);
  const rows = useComputed(() => snapshot.value?.ledger ?? props.rows);
  const hooked = useComputed(() =>
    onHook(snapshot.value ?? { pods: props.pods, ledger: props.rows }, picked.value, props.workload),
  );
  const choice = useChoice(figure, hooked, props.choice);

  useEffect(() => startProgress(), []);
  const kept = place && progress.value.guesses[place.id];
  const guess = kept === undefined ? undefined : (props.nodes[kept] ?? '');
  /** Until the reader has said where, nothing is told. */
  const secret = place !== undefined && guess === undefined;

  // A guess from an earlier visit: what it was about has run.
  useSignalEffect(() => {
    if (place && ready.value && progress.value.guesses[place.id] !== undefined && !figure.touched.peek())
      act((live) => live.do('seek', endMs));
  });

  const choose = (subject: string) => {
    if (secret && subject.startsWith('nodes/')) marked.value = subject.slice('nodes/'.length);
    else if (secret && subject.startsWith('pods/')) {
      // A box is as much of its ship as the hull is.
      const node = snapshot.peek()?.pods.find(({ key }) => `pods/${key}` === subject)?.node;
      if (node) marked.value = node;
    } else if (subject.startsWith('pods/')) picked.value = subject.slice('pods/'.length);
  };

  const pod = hooked.value;
  const told = secret ? undefined : choice.value?.pod === pod?.key ? choice.value : undefined;
  const decided = told && !told.ahead && told.at !== null;
  return (
    <FigureFrame
      frame={props}
      figure={figure}
      kind="gantry"
      speeds={SPEEDS}
      held={secret}
      picture={
        <GantryPicture
          id={id}
          snapshot={snapshot}
          choice={told}
          pod={pod?.key}
          guess={place ? (secret ? marked.value : guess) : undefined}
          still={props.still}
          words={drawWords}
          gantry={gantry.draw}
          onChoose={choose}
        />
      }
      ask={
        place && (
          <PlaceBox
            question={place.question}
            explain={place.explain}
            nodes={props.nodes}
            marked={marked}
            guess={guess}
            happened={decided ? (told.chosen ?? '') : undefined}
            off={!ready.value}
            words={gantry.place}
            onCommit={(node) => {
              const index = node === '' ? props.nodes.length : props.nodes.indexOf(node);
              update((all) => withGuess(all, place.id, index));
              figure.runTo(endMs, firstMs);
            }}
            onAgain={() => {
              marked.value = undefined;
              update((all) => ({
                ...all,
                guesses: Object.fromEntries(Object.entries(all.guesses).filter(([key]) => key !== place.id)),
              }));
              act((live) => live.do('seek', firstMs));
            }}
          />
        )
      }
      tally={<Tally first={undefined} values={figure.settings} snapshot={snapshot} words={words} />}
      twin={<TwinView snapshot={snapshot} words={drawWords} first={props.twin} />}
      onChange={() => (before.value = choice.peek())}
      onReset={() => {
        picked.value = undefined;
        before.value = undefined;
        figure.restore((live) => live.do('seek', firstMs));
      }}
    >
      {!secret && (
        <>
          <PodList
            snapshot={snapshot.value ?? { pods: props.pods, workloads: [] }}
            hooked={pod}
            picked={picked.value !== undefined && pod?.key === picked.value}
            off={!ready.value}
            words={gantry}
            onPick={(key) => {
              picked.value = key;
            }}
          />
          {told && (
            <Verdicts
              choice={told}
              words={gantry}
              now={figure.now.value}
              before={before.value}
              onSeek={ready.value ? (at) => act((live) => live.do('seek', Math.max(startMs, at))) : undefined}
            />
          )}
          <div class="record">
            <Ledger
              rows={rows}
              chosen={chosenRow}
              words={words}
              onChoose={(row) => {
                chosenRow.value = `entry/${String(row.id)}`;
                if (row.subject.startsWith('pods/')) picked.value = row.subject.slice('pods/'.length);
                act((live) => live.do('seek', row.at));
              }}
            />
            <div class="why">{props.legend}</div>
          </div>
        </>
      )}
    </FigureFrame>
  );
}
