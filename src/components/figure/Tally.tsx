// How the requests of a run fared. After a change the run before stays beside it, in magenta, up to the same moment.
import { useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { say } from '../../draw/words.ts';
import type { Settings } from '../../hosts/protocol.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import type { FigureWords } from './words.ts';

type Client = Pick<ClusterSnapshot['clients'][number], 'name' | 'totals'>;

interface Sample {
  readonly at: number;
  readonly sent: number;
  readonly failed: number;
}

/** Virtual ms between two samples of a run. */
const SAMPLE_MS = 1000;

export function Tally({
  first,
  values,
  snapshot,
  words,
}: {
  /** Who calls, as it stood at the first frame; undefined where nobody does. */
  readonly first: Client | undefined;
  /** Where the controls stand. */
  readonly values: ReadonlySignal<Settings>;
  readonly snapshot: ReadonlySignal<ClusterSnapshot | undefined>;
  readonly words: FigureWords;
}) {
  const before = useSignal<readonly Sample[]>([]);
  const run = useRef<Sample[]>([]);
  const of = useRef(values.peek());
  useSignalEffect(() => {
    const now = snapshot.value;
    if (!now) return;
    if (of.current !== values.value) {
      of.current = values.value;
      // What is shown is still the run before.
      before.value = [...run.current, sampleOf(now)];
      run.current = [];
      return;
    }
    const last = run.current.at(-1);
    if (!last || now.at >= last.at + SAMPLE_MS) run.current.push(sampleOf(now));
  });
  const now = snapshot.value;
  const client = now ? now.clients[0] : first;
  if (!client) return null;
  const { sent, failed } = client.totals;
  const other = before.value;
  const last = other.at(-1);
  const near = now && last && now.at <= last.at ? other.findLast((sample) => sample.at <= now.at) : undefined;
  // Where the run before was only jumped over there is nothing to compare with.
  const then = near && now && now.at - near.at <= 2 * SAMPLE_MS ? near : undefined;
  return (
    <p class="tally">
      {say(words.tally, { client: client.name, sent, failed, percent: percent(failed, sent) })}
      {then && (
        <span class="before">
          {say(words.before, { failed: then.failed, percent: percent(then.failed, then.sent) })}
        </span>
      )}
    </p>
  );
}

function sampleOf({ at, clients }: ClusterSnapshot): Sample {
  const { sent = 0, failed = 0 } = clients[0]?.totals ?? {};
  return { at, sent, failed };
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0' : String(Math.round((100 * part) / whole));
}
