// The prediction: the reader puts the box down before the scheduler does, with the mouse in the picture or here. The
// guess is kept, and stands dashed in magenta beside what happened.
import { useSignal, type Signal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { say } from '../../draw/words.ts';
import type { PlaceWords } from './gantry-words.ts';

interface Props {
  readonly question: string;
  readonly explain: string;
  readonly nodes: readonly string[];
  /** What is marked, not yet said; `''` is nowhere. */
  readonly marked: Signal<string | undefined>;
  readonly guess: string | undefined;
  /** Where the pod went, `''` for nowhere; undefined until it has run. */
  readonly happened: string | undefined;
  readonly off: boolean;
  readonly words: PlaceWords;
  readonly onCommit: (node: string) => void;
  readonly onAgain: () => void;
}

export function PlaceBox(props: Props) {
  const { question, explain, nodes, marked, guess, happened, off, words, onCommit, onAgain } = props;
  const name = useId();
  const asked = useSignal(false);
  if (guess !== undefined)
    return (
      <section class="place predict" aria-label={words.legend}>
        <p role="status">
          <span class="yours">{say(words.yours, { node: guess === '' ? words.nowhere : guess })}</span>{' '}
          {happened !== undefined && (
            <>
              {happened === '' ? words.nowhereChosen : say(words.happened, { node: happened })}{' '}
              <strong>{happened === guess ? words.right : words.wrong}</strong>{' '}
              <span dangerouslySetInnerHTML={{ __html: explain }} />
            </>
          )}
        </p>
        <p class="buttons">
          <button type="button" onClick={onAgain}>
            {words.again}
          </button>
        </p>
      </section>
    );
  return (
    <form
      class="place predict"
      onSubmit={(event) => {
        event.preventDefault();
        asked.value = marked.value === undefined;
        if (marked.value !== undefined) onCommit(marked.value);
      }}
    >
      <fieldset disabled={off}>
        <legend>{words.legend}</legend>
        <p dangerouslySetInnerHTML={{ __html: question }} />
        <p class="how">{words.how}</p>
        <div class="ships">
          {[...nodes, ''].map((node) => (
            <label key={node}>
              <input
                type="radio"
                name={name}
                checked={marked.value === node}
                onChange={() => {
                  marked.value = node;
                }}
              />
              <span>{node === '' ? words.nowhere : node}</span>
            </label>
          ))}
        </div>
        <button type="submit">{words.commit}</button>
        <span class="need" role="status">
          {asked.value && marked.value === undefined ? words.need : ''}
        </span>
      </fieldset>
    </form>
  );
}
