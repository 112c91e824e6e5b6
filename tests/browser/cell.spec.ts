// The large cell of lesson 4.2: it fills, a node opens under the magnifier, a lost rack is told in the map and in words.
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Locator, type Page } from '@playwright/test';

const PAGE = '/4-kubernetes/2-how-the-scheduler-chooses/';

async function openCell(page: Page): Promise<Locator> {
  await page.goto(PAGE);
  const cell = page.locator('[data-cell]');
  await cell.scrollIntoViewIfNeeded();
  await expect(cell.locator('button.play')).toBeVisible();
  return cell;
}

async function choose(cell: Locator, nodes: string): Promise<void> {
  await cell
    .locator('.choices')
    .first()
    .locator('label', { hasText: new RegExp(`^${nodes}$`) })
    .click();
  await expect(cell.locator('.tally')).toContainText(`${nodes} nodes`);
}

test('a cell fills, and its nodes open under the magnifier by keyboard', async ({ page }) => {
  const cell = await openCell(page);
  await choose(cell, '300');
  await expect(cell.locator('.map')).toHaveAttribute('data-level', /stripes|tiles/);
  await cell.locator('select').selectOption('60');
  await cell.locator('button.play').click();
  await expect(cell.locator('.tally')).toContainText('3,000 of 3,000 pods run', { timeout: 90_000 });
  const surface = cell.getByRole('application');
  await surface.focus();
  await page.keyboard.press('ArrowRight');
  await expect(cell.locator('.magnifier .facts')).toContainText('compute-a-01-1: CPU');
  await expect(cell.locator('.magnifier svg')).toBeVisible();
  await expect(cell.locator('.magnifier li').first()).toContainText('ready');
  await page.keyboard.press('ArrowDown');
  await expect(cell.locator('.magnifier .facts')).toContainText('compute-a-01-2: CPU');
});

test('a rack that is switched off is told in words', async ({ page }) => {
  const cell = await openCell(page);
  await choose(cell, '300');
  await cell.locator('select').selectOption('60');
  await cell.locator('button.play').click();
  await cell.locator('.faults button.power').click();
  await expect(cell.locator('.lost')).toContainText(/: (\d+) of \1 nodes/, { timeout: 90_000 });
  await cell.locator('.twin summary').click();
  await expect(cell.locator('.buckets tbody tr')).toHaveCount(7);
  const counts = await cell.locator('.buckets tbody td:last-child').allTextContents();
  expect(counts.reduce((sum, text) => sum + Number(text.replace(',', '')), 0)).toBeLessThan(300);
});

test('a large cell is looked back at through its pictures, a small one is rewound, by keyboard', async ({ page }) => {
  const cell = await openCell(page);
  for (const [nodes, back] of [
    ['300', true],
    ['50', false],
  ] as const) {
    await choose(cell, nodes);
    await cell.locator('select').selectOption('10');
    await cell.getByRole('button', { name: 'Roll out' }).click();
    await expect(cell.locator('output.at')).toHaveText(/^00:[3-5]/, { timeout: 60_000 });
    await cell.getByRole('button', { name: 'Pause' }).click();
    await cell.getByRole('slider').focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Home');
    await expect(cell.locator('output.at')).toHaveText(/^00:0/);
    await expect(cell.locator('.back')).toHaveCount(back ? 1 : 0);
    if (!back) continue;
    await expect(cell.locator('.back')).toContainText(/The cell itself stands at 00:[3-5]/);
    await expect(cell.locator('button.power')).toBeDisabled();
    await cell.getByRole('button', { name: 'Back to the present' }).click();
    await expect(cell.locator('.back')).toHaveCount(0);
    await expect(cell.locator('output.at')).toHaveText(/^00:[3-5]/);
  }
});

test('a zone that is tainted takes no new pods, and some find no other place', async ({ page }) => {
  const cell = await openCell(page);
  await choose(cell, '300');
  const zone = cell.getByRole('radio', { name: 'its zone' });
  await zone.focus();
  await page.keyboard.press('Space');
  await cell.locator('button.taint').click();
  await cell.locator('select').selectOption('60');
  await expect(cell.locator('button.taint')).toContainText('Take the taint off zone');
  await expect(cell.locator('.tally')).toContainText('2,900 of 3,000 pods run, 0 start, 100 wait', { timeout: 90_000 });
  await cell.getByRole('application').focus();
  await page.keyboard.press('Home');
  await expect(cell.locator('.magnifier .facts')).toContainText(', 0 pods, takes no new pods');
});

test('with less motion the cell goes by steps, and says what changed', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const cell = await openCell(page);
  await choose(cell, '50');
  await cell.getByRole('button', { name: 'Roll out' }).click();
  await expect(cell.locator('output.at')).toHaveText('00:10.0', { timeout: 30_000 });
  await expect(cell.locator('.back')).toContainText(/: \d+ nodes went up the ramp/);
  await cell.getByRole('button', { name: 'Switch off' }).click();
  await cell.getByRole('button', { name: /^10\ss on$/ }).click();
  await expect(cell.locator('output.at')).toHaveText('00:20.0');
});

test('few nodes are drawn by the box, and the figure has no accessibility faults', async ({ page }) => {
  const cell = await openCell(page);
  await choose(cell, '5');
  await expect(cell.locator('.map')).toHaveAttribute('data-level', 'bays');
  const found = await new AxeBuilder({ page }).include('[data-cell]').analyze();
  expect(found.violations).toEqual([]);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('a filled cell stands there as a picture and as a table', async ({ page }) => {
    await page.goto(PAGE);
    const cell = page.locator('[data-cell]');
    await expect(cell.locator('svg.still:visible')).toHaveCount(1);
    await cell.locator('.twin summary').click();
    await expect(cell.locator('.buckets tbody tr')).toHaveCount(7);
  });
});
