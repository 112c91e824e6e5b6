// A taint on a node of a large cell, written as `kubectl taint` writes it: a request to the API, nothing beside it.
import type { Timeline } from '../sim/timeline.ts';

const TAINT = { key: 'harbour.example/closed', value: 'reader', effect: 'NoSchedule' } as const;

/** Puts the taint on a node, or takes it off. */
export function setCellTaint(timeline: Timeline, name: string, on: boolean): void {
  const before = timeline.world.store.get('nodes', name)?.spec.taints ?? [];
  const others = before.filter(({ key }) => key !== TAINT.key);
  if (!on && others.length === before.length) return;
  const { status, body } = timeline.api({
    method: 'PATCH',
    path: `/api/v1/nodes/${encodeURIComponent(name)}`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({ spec: { taints: on ? [...others, TAINT] : others } }),
  });
  if (status >= 400) throw new Error(`taint: ${body.slice(0, 200)}`);
}
