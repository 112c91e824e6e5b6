// The web's equivalent in words, kept current.
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { webTwin } from '../../../draw/web/twin.ts';
import type { WebWords } from '../../../draw/web/words.ts';
import { clock } from '../../../draw/words.ts';
import type { MachineSnapshot } from '../../../sim/machines/snapshot.ts';

export function WebTwin({
  snapshot,
  words,
  first,
}: {
  readonly snapshot: ReadonlySignal<MachineSnapshot | undefined>;
  readonly words: WebWords;
  /** The first frame, made at build time. */
  readonly first: ComponentChildren;
}) {
  const now = snapshot.value;
  return now ? <WebList snapshot={now} words={words} /> : <>{first}</>;
}

export function WebList({ snapshot, words }: { readonly snapshot: MachineSnapshot; readonly words: WebWords }) {
  const { programs, libraries } = webTwin(snapshot, words);
  return (
    <>
      <p>
        <time>{clock(snapshot.at)}</time>
      </p>
      <ul>
        {[[words.programs, programs] as const, [words.libraries, libraries] as const].map(([title, lines]) => (
          <li key={title}>
            {title}
            <ul>
              {lines.map((line) => (
                <li key={line.subject}>{line.text}</li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </>
  );
}
