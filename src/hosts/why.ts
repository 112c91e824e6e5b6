// "Why is this so?": the chain of causes behind a pod, a node, a Service or one journal entry, read from the journal.
import { isSpoken, type JournalEntry, type World } from '../sim/index.ts';
import type { Explanation } from './protocol.ts';

/**
 * @param subject `pods/<namespace>/<name>`, `nodes/<name>`, `services/<namespace>/<name>`, or `entry/<id>` for one entry
 */
export function explain(world: World, subject: string): Explanation {
  const { journal } = world.sim;
  const last = subject.startsWith('entry/') ? journal.get(Number(subject.slice(6))) : lastAbout(world, subject);
  const chain = last ? journal.chain(last.id).filter(isSpoken) : [];
  return {
    subject,
    chain: chain.map(({ at, subject: about, reason, message }) => ({ at, subject: about, reason, message })),
    verdicts: verdicts(world, subject),
  };
}

/** The newest entry with a sentence about `subject`. */
function lastAbout(world: World, subject: string): JournalEntry | undefined {
  const { journal } = world.sim;
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
