// Lesson 4.2 as a reader meets it: the gantry for any pod at any moment, the box put down before the scheduler does, a
// changed weight, a plan of preemption, one task typed whole; by keyboard, on a phone, with less motion, without scripts.
import type { Locator, Page } from '@playwright/test';
import { expect, expectNoAxeViolations, expectNoSidewaysScroll, test, wake } from './support.ts';

const LESSON = '/4-kubernetes/2-how-the-scheduler-chooses/';

/** The figure is alive: its picture has been taken over by the worker's world. */
async function alive(page: Page, id: string): Promise<Locator> {
  const found = page.locator(`#${id}`);
  await found.scrollIntoViewIfNeeded();
  await expect(found.locator('.pods:not(:disabled), .place fieldset:not(:disabled)').first()).toBeVisible({
    timeout: 20_000,
  });
  return found;
}

test('every node says why not, and another pod says why', async ({ page }) => {
  await page.goto(LESSON);
  const berths = await alive(page, 'berths');
  await expect(berths.locator('output.at')).toHaveText('00:40.0');
  const verdicts = berths.locator('.figure > .verdicts');
  await expect(verdicts.getByRole('row').filter({ hasText: 'node-b2' })).toContainText(
    'NodeResourcesFit: Insufficient cpu',
  );
  await expect(verdicts.locator('.message')).toContainText('0/5 nodes are available: 1 Insufficient cpu');
  await berths.locator('.pods label').filter({ hasText: 'storefront' }).first().click();
  await expect(verdicts.getByText(/How the scheduler sees storefront/)).toBeVisible();
  await expect(verdicts.locator('table.scores tfoot')).toContainText('wins');
  await verdicts.getByRole('button', { name: 'Go to just before' }).click();
  await expect(berths.locator('output.at')).toHaveText(/^00:05\.0|00:00\.\d$/);
});

test('time goes to a stop and back, and the newest pod hangs on the hook', async ({ page }) => {
  await page.goto(LESSON);
  const berths = await alive(page, 'berths');
  const slider = berths.getByRole('slider');
  await slider.focus();
  await page.keyboard.press('PageUp');
  await page.keyboard.press('PageUp');
  await expect(berths.locator('output.at')).toHaveText('01:40.0');
  const verdicts = berths.locator('.figure > .verdicts');
  await expect(verdicts.getByText('Best sum on 3 nodes: chance decides.')).toBeVisible();
  await page.keyboard.press('PageDown');
  await page.keyboard.press('PageDown');
  await expect(verdicts.locator('.message')).toContainText("3 node(s) didn't match Pod's node affinity/selector");
});

test('the box is put down by keyboard alone, and the guess stays beside what happened', async ({ page }) => {
  await page.goto(LESSON);
  const place = await alive(page, 'place');
  await expect(place.locator('.verdicts')).toHaveCount(0);
  await place.getByRole('radio').first().focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(place.getByRole('radio', { name: 'node-b1' })).toBeChecked();
  await expect(place.locator('.picture .guess')).toBeVisible();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(place.getByText('Your guess: node-b1.')).toBeVisible();
  await expect(place.getByText('Another ship.')).toBeVisible({ timeout: 20_000 });
  await expect(place.locator('.picture .guess')).toBeVisible();
  await expect(place.locator('table.scores td.won').first()).toBeVisible();
  await page.reload();
  const again = await alive(page, 'place');
  await expect(again.getByText('Your guess: node-b1.')).toBeVisible();
  await again.getByRole('button', { name: 'Guess again' }).click();
  await expect(again.getByRole('button', { name: 'That is my guess' })).toBeVisible();
});

test('the box is put down with the mouse, in the picture', async ({ page }) => {
  await page.goto(LESSON);
  const place = await alive(page, 'place');
  await place.locator('.picture [data-subject="nodes/node-a2"]').click({ position: { x: 60, y: 30 } });
  await expect(place.getByRole('radio', { name: 'node-a2' })).toBeChecked();
  await place.getByRole('button', { name: 'That is my guess' }).click();
  await expect(place.getByText('As you said.')).toBeVisible({ timeout: 20_000 });
});

test('a weight is changed, compared with before, and taken back', async ({ page }) => {
  await page.goto(LESSON);
  const scores = await alive(page, 'scores');
  const sums = scores.locator('.figure > .verdicts table.scores tfoot');
  await expect(sums).toContainText('650');
  await scores.getByRole('radio', { name: 'preferred' }).check();
  await expect(sums).toContainText('733');
  await expect(sums).toContainText('was 579');
  await scores.getByRole('spinbutton').fill('6');
  await scores.getByRole('spinbutton').press('Tab');
  await expect(sums).toContainText('1050');
  await scores.getByRole('button', { name: 'Undo' }).click();
  await expect(sums).toContainText('733');
  await scores.getByRole('button', { name: 'Reset' }).click();
  await expect(sums).toContainText('650');
});

test('preemption stands as a plan before it happens', async ({ page }) => {
  await page.goto(LESSON);
  const preempt = await alive(page, 'preempt');
  const plan = preempt.locator('.figure > .verdicts table.plan');
  await expect(plan.locator('tr.won')).toContainText('node-a2');
  await expect(preempt.getByText(/It will be looked at 10\sms from now/).first()).toBeVisible();
  await expect(preempt.locator('.picture .victim.goes')).toHaveCount(1);
  await preempt.getByRole('radio', { name: 'all', exact: true }).check();
  await expect(plan.locator('tr.won')).toContainText('node-a2');
  await expect(plan.locator('tr.won td').nth(1)).toHaveText('1');
  await preempt.getByRole('radio', { name: 'monthly-reports', exact: true }).check();
  await expect(plan.locator('tr.won')).toContainText('node-a1');
  await preempt.getByRole('radio', { name: 'Never' }).check();
  await expect(plan).toHaveCount(0);
});

test('one task is typed whole', async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto(LESSON);
  const task = page.locator('section.exercise').filter({ hasText: 'Every node tainted' });
  await wake(task);
  await task.getByRole('button', { name: 'Start the cluster' }).click();
  const rows = task.locator('.xterm-rows');
  await expect(rows).toContainText('$', { timeout: 20_000 });
  const type = async (line: string) => {
    await task.locator('.xterm-helper-textarea').focus();
    await page.keyboard.type(line);
    await page.keyboard.press('Enter');
  };
  await type('kubectl describe node node-b1 | grep Taints');
  await expect(rows).toContainText('harbour.example/maintenance=planned:NoSchedule', { timeout: 20_000 });
  await type('kubectl taint nodes node-b1 node-b2 harbour.example/maintenance-');
  await expect(rows).toContainText('node/node-b2 untainted', { timeout: 20_000 });
  await expect(task.getByText('Why it worked')).toBeVisible({ timeout: 60_000 });
  await expect(task.locator('ol.causes li').first()).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`axe finds nothing on the lesson with its figures alive, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(LESSON);
    for (const id of ['berths', 'place', 'scores', 'preempt']) await alive(page, id);
    await expectNoAxeViolations(page);
  });

test('a phone shows everything without sideways scroll, in words of at least 12 px', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(LESSON);
  for (const id of ['berths', 'preempt']) {
    const found = await alive(page, id);
    await expectNoSidewaysScroll(page);
    const small = await found.locator('.picture svg text').evaluateAll((texts) =>
      texts
        .filter((text): text is SVGTextElement => text instanceof SVGTextElement && text.getClientRects().length > 0)
        .map((text) => parseFloat(getComputedStyle(text).fontSize) * (text.getScreenCTM()?.a ?? 1))
        .filter((px) => px < 11.9),
    );
    expect(small).toEqual([]);
  }
});

test('with less motion the next stop is simply there', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(LESSON);
  const berths = await alive(page, 'berths');
  await berths.getByRole('button', { name: 'From the start' }).click();
  await expect(berths.locator('output.at')).toHaveText('00:10.0');
  await berths.getByRole('button', { name: 'Continue' }).click();
  await expect(berths.locator('output.at')).toHaveText('00:40.0');
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });
  test('the lesson is complete: pictures, tables of every stop, the answer, solutions', async ({ page }) => {
    await page.goto(LESSON);
    const berths = page.locator('#berths');
    await expect(berths.locator('.picture svg:visible')).toHaveCount(1);
    await expect(berths.locator('.figure > .verdicts, .figure .verdicts').first()).toContainText('Insufficient cpu');
    await berths.getByText('Every stop as a picture').click();
    await expect(berths.locator('.strip li svg')).toHaveCount(4);
    await expect(berths.locator('.strip li .verdicts')).toHaveCount(4);
    const answer = page.locator('#place figcaption details');
    await answer.locator('summary').click();
    await expect(answer).toContainText('604 against 650');
    const solution = page.locator('.exercise-text').first().locator('details').nth(1);
    await solution.locator('summary').click();
    await expect(solution.locator('pre')).toContainText('kubectl set resources');
    await expectNoSidewaysScroll(page);
  });
});
