// "Why is this so?": the chain of causes behind a pod, a node, a Service or one journal entry, read from the journal.
import { isSpoken } from '../sim/base-timeline.ts';
import type { Journal, JournalEntry } from '../sim/engine/journal.ts';
import type { World } from '../sim/index.ts';
import type { Explanation } from './protocol.ts';

/**
 * @param subject `pods/<namespace>/<name>`, `nodes/<name>`, `services/<namespace>/<name>`, or `entry/<id>` for one entry
 */
export function explain(world: World, subject: string): Explanation {
  return { subject, chain: chainOf(world.sim.journal, subject), verdicts: verdicts(world, subject) };
}

/** What led to the newest entry about `subject`, first cause first; `entry/<id>` asks for one entry. */
export function chainOf(journal: Journal, subject: string): Explanation['chain'] {
  const last = subject.startsWith('entry/') ? journal.get(Number(subject.slice(6))) : lastAbout(journal, subject);
  const chain = last ? journal.chain(last.id).filter(isSpoken) : [];
  return chain.map(({ at, subject: about, reason, message }) => ({ at, subject: about, reason, message }));
}

/** The newest entry with a sentence about `subject`. */
function lastAbout(journal: Journal, subject: string): JournalEntry | undefined {
  for (let id = journal.length - 1; id >= 0; id--) {
    const entry = journal.get(id);
    if (entry && isSpoken(entry) && entry.subject === subject) return entry;
  }
  return undefined;
}

function verdicts(world: World, subject: string): Explanation['verdicts'] {
  if (!subject.startsWith('pods/')) return [];
  const pod = world.store.get('pods', subject.slice(5));
  const decision = pod && world.scheduler.decision(pod.metadata.uid);
  if (!decision) return [];
  return decision.nodes.map((node) => ({
    node: node.node,
    verdict: node.filtered ? node.filtered.reasons.join(', ') : '',
    score: node.total ?? null,
    chosen: node.node === decision.chosen,
  }));
}
