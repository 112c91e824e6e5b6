// The picture's equivalent in words, kept current.
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { twin } from '../../draw/twin.ts';
import { clock, type DrawWords } from '../../draw/words.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';

interface Props {
  readonly snapshot: ReadonlySignal<ClusterSnapshot | undefined>;
  readonly words: DrawWords;
  /** The first frame, made at build time. */
  readonly first: ComponentChildren;
}

export function TwinView({ snapshot, words, first }: Props) {
  const now = snapshot.value;
  return now ? <TwinList snapshot={now} words={words} /> : <>{first}</>;
}

export function TwinList({ snapshot, words }: { readonly snapshot: ClusterSnapshot; readonly words: DrawWords }) {
  const { services, nodes, quay } = twin(snapshot, words);
  return (
    <>
      <p>
        <time>{clock(snapshot.at)}</time>
      </p>
      <ul>
        {services.map((line) => (
          <li key={line.subject}>{line.text}</li>
        ))}
        {nodes.map((node) => (
          <li key={node.subject}>
            {node.text}
            {node.pods.length === 0 ? (
              `; ${words.none}`
            ) : (
              <ul>
                {node.pods.map((line) => (
                  <li key={line.subject}>{line.text}</li>
                ))}
              </ul>
            )}
          </li>
        ))}
        {quay.length > 0 && (
          <li>
            {words.unscheduled}
            <ul>
              {quay.map((line) => (
                <li key={line.subject}>{line.text}</li>
              ))}
            </ul>
          </li>
        )}
      </ul>
    </>
  );
}
