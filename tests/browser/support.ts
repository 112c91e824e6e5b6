// What every browser test watches for: errors in the console, blocked scripts, and requests to any other host.
import AxeBuilder from '@axe-core/playwright';
import { expect, test as base, type Locator, type Page } from '@playwright/test';

interface Watched {
  /** Everything that went wrong on the page so far. The test fails at its end when there is any. */
  readonly trouble: string[];
}

export const test = base.extend<Watched>({
  trouble: [
    async ({ page, baseURL }, use) => {
      const trouble: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') trouble.push(`console: ${message.text()}`);
      });
      page.on('pageerror', (error) => trouble.push(`page: ${error.message}`));
      page.on('request', (request) => {
        const url = request.url();
        if (/^https?:/.test(url) && !url.startsWith(baseURL ?? '')) trouble.push(`another host: ${url}`);
      });
      await use(trouble);
      expect(trouble).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** No violation of WCAG 2.2 A and AA on the page as it is now. */
export async function expectNoAxeViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  const found = violations.map(
    ({ id, help, nodes }) => `${id}: ${help} (${nodes.map((node) => node.target.join(' ')).join(', ')})`,
  );
  expect(found).toEqual([]);
}

/** Scrolls to an island's element and waits until its script listens; a click before that would be lost. */
export async function wake(element: Locator): Promise<void> {
  await expect
    .poll(async () => {
      // What comes into view above may get its real height only now, and push the element away again.
      await element.scrollIntoViewIfNeeded();
      return element.evaluate((found) => found.closest('astro-island')?.hasAttribute('ssr') ?? false);
    })
    .toBe(false);
}

/** Nothing sticks out sideways: the page itself never scrolls across. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide).toBeLessThanOrEqual(0);
}
