// What kubectl writes: every command that changes something, told by the real one and by the page's, byte for byte.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Parity, realKubectl, whyNot } from './harness.ts';
import { writingWorld } from './suites.ts';
import { writing } from './write-lines.ts';

const reason = whyNot('tests/conformance/parity/write.test.ts');

for (const [title, lines] of Object.entries(writing)) {
  describe.skipIf(realKubectl === undefined)(`${title}${reason}`, () => {
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
