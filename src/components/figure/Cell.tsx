// The place of a large cell: the still until the figure has loaded, which it does when it comes into view.
import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import type { CellProps } from './cell/CellLive.tsx';
import './figure.css';
import './cell.css';

export function Cell(props: CellProps) {
  const live = useSignal<{ readonly Live: ComponentType<CellProps> } | undefined>(undefined);
  useEffect(() => {
    void import('./cell/CellLive.tsx').then((loaded) => {
      live.value = { Live: loaded.default };
    });
  }, []);
  if (live.value) {
    const { Live } = live.value;
    return <Live {...props} />;
  }
  return (
    <div class="figure cell">
      <p class="tally">{props.words.still}</p>
      <div class="stage still-stage">
        <div class="picture">{props.still}</div>
      </div>
      <details class="twin">
        <summary>{props.words.twin}</summary>
        {props.twin}
      </details>
    </div>
  );
}
