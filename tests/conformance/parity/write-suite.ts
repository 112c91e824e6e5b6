// What the tests of writing commands share: one pair of worlds for a list of lines, each typed into both.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lines, Parity, realKubectl, whyNot } from './harness.ts';
import { writingWorld } from './suites.ts';

export function testWriting(subjects: Lines): void {
  for (const [title, lines] of Object.entries(subjects)) {
    describe.skipIf(realKubectl === undefined)(`${title}${whyNot(title)}`, () => {
      let parity: Parity;
      beforeAll(async () => {
        parity = await Parity.start(writingWorld);
      }, 60_000);
      afterAll(() => parity.close());
      for (const entry of lines) {
        const [line, options] = typeof entry === 'string' ? [entry, {}] : entry;
        test(line, { timeout: 40_000 }, async () => {
          const { real, page } = await parity.run(line, options);
          expect(page).toEqual(real);
        });
      }
    });
  }
}
