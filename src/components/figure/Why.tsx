// "Why?": how a thing stands now, the chain of causes that the journal has for it, and how the scheduler chose.
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { twin } from '../../draw/twin.ts';
import { clock, say, type DrawWords } from '../../draw/words.ts';
import type { Explanation } from '../../hosts/protocol.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import { shortSubject } from './rows.ts';
import type { FigureWords } from './words.ts';

interface Props {
  readonly id: string;
  readonly chosen: ReadonlySignal<string | undefined>;
  readonly explanation: ReadonlySignal<Explanation | undefined>;
  readonly snapshot: ReadonlySignal<ClusterSnapshot | undefined>;
  readonly words: FigureWords;
  readonly drawWords: DrawWords;
  readonly onClose: () => void;
  readonly onSeek: (at: number) => void;
  /** How to read the picture; it stands here while nothing is asked. */
  readonly children?: ComponentChildren;
}

export function Why({ id, chosen, explanation, snapshot, words, drawWords, onClose, onSeek, children }: Props) {
  const subject = chosen.value;
  const found = explanation.value;
  if (subject === undefined)
    return (
      <div class="why" role="group" aria-labelledby={`${id}-why`}>
        <p class="head" id={`${id}-why`}>
          {words.why}
        </p>
        <p class="ask">{words.ask}</p>
        {children}
      </div>
    );
  const now = snapshot.value && sentenceOf(snapshot.value, subject, drawWords);
  return (
    <div class="why asked" role="group" aria-labelledby={`${id}-why`} aria-live="polite">
      <p class="head" id={`${id}-why`}>
        {say(titleOf(subject, words), { name: nameOf(subject) })}
      </p>
      <button type="button" class="close" onClick={onClose}>
        {words.close}
      </button>
      {!subject.startsWith('entry/') && <p class="state">{now ?? words.gone}</p>}
      {found?.subject === subject && (
        <>
          {found.chain.length === 0 ? (
            <p>{words.noCause}</p>
          ) : (
            <ol class="chain">
              {found.chain.map((cause, i) => (
                <li key={i}>
                  <button type="button" onClick={() => onSeek(cause.at)}>
                    <time>{clock(cause.at)}</time>
                    {cause.subject !== found.subject && <span class="subject">{shortSubject(cause.subject)}</span>}
                  </button>
                  <span>
                    {cause.reason !== '' && <b>{cause.reason}</b>} {cause.message}
                  </span>
                </li>
              ))}
            </ol>
          )}
          {found.verdicts.length > 0 && (
            <table>
              <caption>{words.scheduled}</caption>
              <tbody>
                {found.verdicts.map(({ node, verdict, score, chosen: won }) => (
                  <tr key={node} class={won ? 'won' : ''}>
                    <th scope="row">{node}</th>
                    <td>{verdict !== '' ? verdict : score === null ? words.fits : say(words.score, { score })}</td>
                    <td>{won ? words.chosen : ''}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </>
      )}
    </div>
  );
}

function titleOf(subject: string, words: FigureWords): string {
  if (subject.startsWith('pods/')) return words.whyPod;
  if (subject.startsWith('nodes/')) return words.whyNode;
  if (subject.startsWith('services/')) return words.whyService;
  return words.whyEntry;
}

function nameOf(subject: string): string {
  return subject.slice(subject.lastIndexOf('/') + 1);
}

/** How it stands now, in the words of the text twin. */
function sentenceOf(snapshot: ClusterSnapshot, subject: string, words: DrawWords): string | undefined {
  const { services, nodes, quay } = twin(snapshot, words);
  const lines = [...services, ...nodes, ...nodes.flatMap(({ pods }) => pods), ...quay];
  return lines.find((line) => line.subject === subject)?.text;
}
