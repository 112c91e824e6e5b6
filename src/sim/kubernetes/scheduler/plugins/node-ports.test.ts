// What running upstream's table does not tell apart: a plugin that has nothing to say, and one that says yes.
import { expect, test } from 'vitest';
import table from '../../../../../tests/data/upstream/node-ports-filter.json' with { type: 'json' };
import { type UpstreamCase, upstreamTable } from '../testing.ts';
import { nodePorts } from './node-ports.ts';

interface Case extends UpstreamCase {
  readonly expected: Readonly<Record<string, { readonly code?: string }>>;
}

test('a pod is skipped exactly where upstream says Skip', () => {
  let checked = 0;
  for (const c of table.cases as unknown as readonly Case[]) {
    const { info, table: nodes } = upstreamTable(c);
    for (const { code } of Object.values(c.expected)) {
      if (code === undefined) continue;
      checked++;
      expect([c.name, nodePorts.prepareFilter(info, nodes).kind === 'skip']).toEqual([c.name, code === 'Skip']);
    }
  }
  expect(checked).toBeGreaterThan(0);
});
