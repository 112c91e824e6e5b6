// What the scheduler thought of every node, as tables: the filters in the order in which they are asked, every score
// with its weight, and who would have to go. The same tables stand in the page without scripts.
import { clock, say, seconds } from '../../draw/words.ts';
import type { Choice, NodeChoice } from '../../hosts/protocol.ts';
import type { VerdictWords } from './gantry-words.ts';

interface Props {
  readonly choice: Choice;
  readonly words: VerdictWords;
  /** The present, virtual ms. */
  readonly now: number;
  /** The choice before the reader's last change, to be compared with. */
  readonly before?: Choice | undefined;
  readonly onSeek?: ((at: number) => void) | undefined;
}

export function Verdicts({ choice, words, now, before, onSeek }: Props) {
  const { at, ahead, attempts, message } = choice;
  return (
    <div class="verdicts">
      <p class="head">{say(words.about, { pod: nameOf(choice.pod) })}</p>
      <p class="moment">
        {at === null
          ? words.untried
          : ahead
            ? say(words.ahead, { time: seconds10(at - now) })
            : say(words.decided, { time: clock(at), n: attempts })}{' '}
        {onSeek && at !== null && !ahead && (
          <button type="button" onClick={() => onSeek(at - BEFORE_MS)}>
            {words.before}
          </button>
        )}
      </p>
      {message !== '' && <p class="message">{message}</p>}
      {at !== null && <Filters choice={choice} words={words} />}
      {at !== null && <Scores choice={choice} before={before} words={words} />}
      {choice.preemption && <Preemption choice={choice} words={words} />}
    </div>
  );
}

/** An attempt takes 5 ms; so long before it the pod stands on the quay. */
const BEFORE_MS = 5;

function seconds10(ms: number): string {
  return ms < 100 ? `${String(ms)}\u2009ms` : seconds(ms);
}

function Filters({ choice: { filters, nodes }, words }: { readonly choice: Choice; readonly words: VerdictWords }) {
  return (
    <>
      <div class="wide" role="group" aria-label={words.filter} tabIndex={0}>
        <table class="filters">
          <caption>{words.filter}</caption>
          <thead>
            <tr>
              <th scope="col">{words.node}</th>
              {filters.map((name, i) => (
                <th key={name} scope="col" title={name}>
                  <span aria-hidden="true">{i + 1}</span>
                  <span class="visually-hidden">{name}</span>
                </th>
              ))}
              <th scope="col">{words.said}</th>
            </tr>
          </thead>
          <tbody>
            {nodes.map(({ node, verdict }) => {
              const no = typeof verdict === 'object' && verdict ? filters.indexOf(verdict.plugin) : filters.length;
              return (
                <tr key={node}>
                  <th scope="row">{node}</th>
                  {filters.map((name, i) => (
                    <td key={name} class={verdict === null || i > no ? 'unasked' : i === no ? 'no' : 'yes'}>
                      <span aria-hidden="true">{verdict === null || i > no ? '·' : i === no ? '✕' : '✓'}</span>
                      <span class="visually-hidden">
                        {verdict === null || i > no ? words.unasked : i === no ? words.refuses : words.passes}
                      </span>
                    </td>
                  ))}
                  <td class={typeof verdict === 'object' && verdict ? 'words no' : 'words'}>
                    {saidOf(verdict, words)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <ol class="names" aria-hidden="true">
        {filters.map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ol>
    </>
  );
}

function saidOf(verdict: NodeChoice['verdict'], words: VerdictWords): string {
  if (verdict === null) return words.unasked;
  return verdict === 'fits' ? words.fits : `${verdict.plugin}: ${verdict.reasons.join(', ')}`;
}

function Scores({
  choice,
  before,
  words,
}: {
  readonly choice: Choice;
  readonly before: Choice | undefined;
  readonly words: VerdictWords;
}) {
  const { nodes, weights, chosen, tied } = choice;
  const scored = nodes.filter(({ scores }) => scores !== null);
  if (scored.length === 0)
    return <p class="note">{nodes.some(({ verdict }) => verdict === 'fits') ? words.single : words.silent}</p>;
  const past = new Map(before?.nodes.map(({ node, scores }) => [node, scores?.total]));
  const differs = before !== undefined && scored.some(({ node, scores }) => past.get(node) !== scores?.total);
  return (
    <>
      <div class="wide" role="group" aria-label={words.score} tabIndex={0}>
        <table class="scores">
          <caption>{words.score}</caption>
          <thead>
            <tr>
              <th scope="col">{words.plugin}</th>
              {scored.map(({ node }) => (
                <th key={node} scope="col" class={node === chosen ? 'won' : ''}>
                  {node}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {weights.map(({ plugin, weight }) => (
              <tr key={plugin}>
                <th scope="row">
                  {plugin} <small>{say(words.weight, { weight })}</small>
                </th>
                {scored.map(({ node, scores }) => {
                  const score = scores?.by[plugin];
                  return (
                    <td key={node} class={node === chosen ? 'won' : ''}>
                      {score?.weighted ?? 0} <small>{`${String(score?.normalized ?? 0)} × ${String(weight)}`}</small>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{words.sum}</th>
              {scored.map(({ node, scores }) => (
                <td key={node} class={node === chosen ? 'won' : ''}>
                  {scores?.total ?? 0} {node === chosen && <small>{words.winner}</small>}
                  {differs && past.get(node) !== undefined && past.get(node) !== scores?.total && (
                    <small class="was">{say(words.was, { total: past.get(node) ?? 0 })}</small>
                  )}
                </td>
              ))}
            </tr>
          </tfoot>
        </table>
      </div>
      {tied > 1 && <p class="note">{say(words.tied, { n: tied })}</p>}
    </>
  );
}

/** The measure that is a sum of priorities. */
const SUM = 2;

function Preemption({ choice, words }: { readonly choice: Choice; readonly words: VerdictWords }) {
  const { preemption } = choice;
  if (!preemption) return null;
  const rows = preemption.candidates.map(({ node, violations, victims }) => ({
    node,
    victims,
    measures: [
      violations,
      Math.max(...victims.map(({ priority }) => priority)),
      victims.reduce((sum, { priority }) => sum + priority, 0),
      victims.length,
    ],
  }));
  // A candidate is out at the first measure in which another one, still in, does better.
  const outAt = new Map<string, number>();
  for (let i = 0; i < 4; i++) {
    const still = rows.filter(({ node }) => !outAt.has(node));
    // The scheduler moves priorities above zero before it adds them up, so that more victims are a larger sum.
    const lifted = ({ measures, victims }: (typeof rows)[number]) =>
      (measures[i] ?? 0) + (i === SUM ? victims.length * 2 ** 31 : 0);
    const least = Math.min(...still.map(lifted));
    for (const row of still) if (lifted(row) > least) outAt.set(row.node, i);
  }
  return (
    <>
      <div class="wide" role="group" aria-label={words.preemption} tabIndex={0}>
        <table class="plan">
          <caption>{words.preemption}</caption>
          <thead>
            <tr>
              <th scope="col">{words.node}</th>
              <th scope="col">{words.victims}</th>
              {[words.budgets, words.highest, words.total, words.count].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ node, victims, measures }) => (
              <tr key={node} class={node === preemption.chosen ? 'won' : ''}>
                <th scope="row">
                  {node} {node === preemption.chosen && <small>{words.winner}</small>}
                </th>
                <td class="words">{victims.map(({ pod }) => nameOf(pod)).join(', ')}</td>
                {measures.map((value, i) => {
                  const out = outAt.get(node);
                  return (
                    <td key={i} class={out === i ? 'no' : out !== undefined && i > out ? 'unasked' : ''}>
                      {value}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="note">{words.criteria}</p>
    </>
  );
}

function nameOf(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}
