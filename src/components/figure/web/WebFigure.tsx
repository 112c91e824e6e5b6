// The figure of the library market: programs on one shared board of libraries, what a change has reached, and for a chosen
// program what the loader would open. The reader may choose in the picture or from a list.
import { useComputed, useSignal } from '@preact/signals';
import type { LedgerRow } from '../../../sim/ledger.ts';
import type { MachineSnapshot } from '../../../sim/machines/snapshot.ts';
import { FigureFrame } from '../FigureFrame.tsx';
import { Ledger } from '../Ledger.tsx';
import { useFigureWorld, type FrameProps } from '../use-figure-world.ts';
import { Order } from './Order.tsx';
import { Radius } from './Radius.tsx';
import { WebPicture } from './WebPicture.tsx';
import { WebTwin } from './WebTwin.tsx';
import type { WebFigureWords } from './words.ts';
import '../gantry.css';
import './web.css';

interface WebFigureProps extends FrameProps {
  /** The first frame and how it was before anything changed, as far as they are needed before the world stands. */
  readonly first: MachineSnapshot;
  readonly before: MachineSnapshot;
  /** Path of the program whose libraries are lit as the figure begins. */
  readonly program?: string | undefined;
  readonly web: WebFigureWords;
}

const PACE = { speed: 5, toStopMs: 5_000 } as const;
const SPEEDS = [1, 2, 5, 10] as const;

export function WebFigure(props: WebFigureProps) {
  const { id, words, web, firstMs, before } = props;
  const figure = useFigureWorld<MachineSnapshot>(props, PACE);
  const { ready, snapshot, act } = figure;
  const chosen = useSignal<string | undefined>(props.program);
  const row = useSignal<string | undefined>(undefined);
  const rows = useComputed<readonly LedgerRow[]>(() => (snapshot.value ?? props.first).ledger);
  const now = snapshot.value ?? props.first;
  const choose = (subject: string) => {
    if (subject.startsWith('program/')) {
      const program = subject.slice('program/'.length);
      chosen.value = chosen.peek() === program ? undefined : program;
    }
  };
  const programs = now.machines[0]?.programs ?? [];
  return (
    <FigureFrame
      frame={props}
      figure={figure}
      kind="web"
      speeds={SPEEDS}
      picture={
        <WebPicture
          id={id}
          snapshot={snapshot}
          before={before}
          chosen={chosen.value === undefined ? undefined : `program/${chosen.value}`}
          still={props.still}
          words={web.draw}
          onChoose={choose}
        />
      }
      ask={
        figure.guess.value !== undefined && (
          <p class="guess" dangerouslySetInnerHTML={{ __html: `${web.guess} ${figure.guess.value}` }} />
        )
      }
      twin={<WebTwin snapshot={snapshot} words={web.draw} first={props.twin} />}
      onReset={() => {
        chosen.value = props.program;
        figure.restore((live) => live.do('seek', firstMs));
      }}
    >
      <fieldset class="pods" disabled={!ready.value}>
        <legend>{web.choose}</legend>
        {[undefined, ...programs].map((program) => (
          <label key={program?.key ?? ''} class={program?.key === chosen.value ? 'hooked' : ''}>
            <input
              type="radio"
              name={`${id}-whose`}
              checked={program?.key === chosen.value}
              onChange={() => (chosen.value = program?.key)}
            />
            <span>{program?.name ?? web.nobody}</span>
          </label>
        ))}
      </fieldset>
      {chosen.value !== undefined && <Order snapshot={now} program={chosen.value} words={web} />}
      <Radius now={now} before={before} words={web} />
      <div class="record">
        <Ledger
          rows={rows}
          chosen={row}
          words={words}
          onChoose={(of) => {
            row.value = `entry/${String(of.id)}`;
            act((live) => live.do('seek', of.at));
          }}
        />
        <div class="why">{props.legend}</div>
      </div>
    </FigureFrame>
  );
}
