// Lesson 4.3 as a reader meets it: the figure that stands still until asked, time back and forth, a prediction, the
// keyboard alone, a phone, less motion, no JavaScript.
import type { Locator, Page } from '@playwright/test';
import { expect, expectNoAxeViolations, expectNoSidewaysScroll, test, wake } from './support.ts';

const LESSON = '/4-kubernetes/3-is-it-alive/';

function figure(page: Page, id: string): Locator {
  return page.locator(`#${id}`);
}

/** The figure is alive: its picture has been taken over by the worker's world. */
async function alive(page: Page, id: string): Promise<Locator> {
  const found = figure(page, id);
  await found.scrollIntoViewIfNeeded();
  await expect(found.getByRole('slider')).toBeEnabled({ timeout: 20_000 });
  return found;
}

test('nothing moves and no cluster runs before the reader asks', async ({ page }) => {
  await page.goto(LESSON);
  const deadlock = await alive(page, 'deadlock');
  const clock = deadlock.locator('output.at');
  await expect(clock).toHaveText('01:15.0');
  const before = await deadlock.locator('.picture').innerHTML();
  await page.waitForTimeout(700);
  await expect(clock).toHaveText('01:15.0');
  expect(await deadlock.locator('.picture').innerHTML()).toBe(before);
});

test('the figure is stepped, sought, played to the next stop, and put back', async ({ page }) => {
  await page.goto(LESSON);
  const deadlock = await alive(page, 'deadlock');
  const clock = deadlock.locator('output.at');
  await deadlock.getByRole('button', { name: 'From the start' }).click();
  await expect(clock).toHaveText('00:40.0', { timeout: 20_000 });
  await expect(deadlock.getByText('All is well. Three pods').first()).toBeVisible();
  await deadlock.getByRole('button', { name: 'Step on' }).click();
  await expect(clock).not.toHaveText('00:40.0');
  await deadlock.getByRole('button', { name: 'Step back' }).click();
  const slider = deadlock.getByRole('slider');
  await slider.focus();
  await page.keyboard.press('End');
  await expect(clock).toHaveText('08:00.0');
  await page.keyboard.press('PageDown');
  await expect(clock).toHaveText('06:33.0');
  await expect(deadlock.getByText(/A liveness probe came at 5:00/).first()).toBeVisible();
  await deadlock.getByRole('button', { name: 'Reset' }).click();
  await expect(clock).toHaveText('00:00.0');
});

test('going back shows exactly the picture that was there before', async ({ page }) => {
  await page.goto(LESSON);
  const deadlock = await alive(page, 'deadlock');
  const picture = deadlock.locator('.picture svg').first();
  const slider = deadlock.getByRole('slider');
  await slider.focus();
  await page.keyboard.press('PageUp');
  await expect(deadlock.locator('output.at')).toHaveText('02:25.0');
  const there = await picture.innerHTML();
  await page.keyboard.press('End');
  await expect(deadlock.locator('output.at')).toHaveText('08:00.0');
  await page.keyboard.press('Home');
  for (const at of ['00:40.0', '01:15.0', '02:25.0']) {
    await page.keyboard.press('PageUp');
    await expect(deadlock.locator('output.at')).toHaveText(at);
  }
  expect(await picture.innerHTML()).toBe(there);
});

test('a pod tells why it is there, by keyboard, with the scheduler’s verdicts', async ({ page }) => {
  await page.goto(LESSON);
  const deadlock = await alive(page, 'deadlock');
  const pod = deadlock.locator('.picture [data-subject^="pods/default/payments-"]').first();
  await pod.focus();
  await expect(pod).toBeFocused();
  await page.keyboard.press('Enter');
  const why = deadlock.locator('.why');
  await expect(why.getByText(/How did payments-.* come to this/)).toBeVisible();
  await expect(why.locator('.chain li').first()).toBeVisible();
  await expect(why.getByText('How the scheduler chose')).toBeVisible();
  await expect(why.getByRole('row')).toHaveCount(3);
  await page.keyboard.press('Escape');
  await expect(why.getByText('Why?', { exact: true })).toBeVisible();
  await expect(pod).toBeFocused();
});

test('one thing is changed, compared, and taken back', async ({ page }) => {
  await page.goto(LESSON);
  const guess = await alive(page, 'guess');
  await guess.getByRole('radio', { name: '/readyz' }).check();
  await guess.getByRole('slider').focus();
  await page.keyboard.press('End');
  await expect(guess.locator('.twin')).toContainText(/restart/i);
  await guess.getByRole('button', { name: 'Undo' }).click();
  await expect(guess.getByRole('radio', { name: '/healthz' })).toBeChecked();
});

test('a guess is kept, stands in the picture while it runs, and survives a reload', async ({ page }) => {
  await page.goto(LESSON);
  const legend = page.getByText('Your guess before it runs').first();
  await legend.scrollIntoViewIfNeeded();
  const form = page.locator('form.predict').first();
  await wake(form);
  await form.getByRole('button', { name: 'That is my guess' }).click();
  await expect(form.getByText('Choose one first.')).toBeVisible();
  await form.getByRole('radio').first().check();
  await form.getByRole('button', { name: 'That is my guess' }).click();
  const answer = page.locator('section.predict').first();
  await expect(answer.getByText('It went another way.')).toBeVisible();
  await answer.getByRole('button', { name: 'Watch it happen' }).click();
  const guess = figure(page, 'guess');
  await expect(guess.locator('.picture').getByText('Your guess', { exact: false }).first()).toBeVisible({
    timeout: 20_000,
  });
  await page.reload();
  await page.locator('.predict').first().scrollIntoViewIfNeeded();
  await expect(page.locator('section.predict').first().getByText('It went another way.')).toBeVisible();
});

test('off the screen the figure stands still', async ({ page }) => {
  await page.goto(LESSON);
  const deadlock = await alive(page, 'deadlock');
  await deadlock.getByRole('button', { name: 'Play' }).click();
  await expect(deadlock.getByRole('button', { name: 'Pause' })).toBeVisible();
  await page.getByRole('heading', { name: 'On a real machine' }).scrollIntoViewIfNeeded();
  const clock = deadlock.locator('output.at');
  await page.waitForTimeout(500);
  const left = await clock.textContent();
  await page.waitForTimeout(700);
  expect(await clock.textContent()).toBe(left);
  await deadlock.scrollIntoViewIfNeeded();
  await expect(deadlock.getByRole('button', { name: 'Play' })).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`axe finds nothing on the lesson with a figure alive, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(LESSON);
    await alive(page, 'deadlock');
    await expectNoAxeViolations(page);
  });

test('a phone shows everything without sideways scroll, in words of at least 12 px', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(LESSON);
  const deadlock = await alive(page, 'deadlock');
  await expectNoSidewaysScroll(page);
  const small = await deadlock.locator('.picture svg text').evaluateAll((texts) =>
    texts
      .filter((text): text is SVGTextElement => text instanceof SVGTextElement && text.getClientRects().length > 0)
      .map((text) => ({
        text: text.textContent,
        px: parseFloat(getComputedStyle(text).fontSize) * (text.getScreenCTM()?.a ?? 1),
      }))
      .filter(({ px }) => px < 11.9),
  );
  expect(small).toEqual([]);
  await deadlock
    .getByRole('button', { name: 'Continue' })
    .or(deadlock.getByRole('button', { name: 'From the start' }))
    .click();
  await expect(deadlock.locator('output.at')).not.toHaveText('01:15.0');
});

test('with less motion the next stop is simply there, with what changed outlined', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(LESSON);
  const deadlock = await alive(page, 'deadlock');
  await deadlock.getByRole('button', { name: 'From the start' }).click();
  await expect(deadlock.locator('output.at')).toHaveText('00:40.0');
  await deadlock.getByRole('button', { name: 'Continue' }).click();
  await expect(deadlock.locator('output.at')).toHaveText('01:15.0');
  const running = await page.evaluate(() => document.getAnimations().filter((a) => a.playState === 'running').length);
  expect(running).toBe(0);
});

test('the two cards come back tomorrow once they were known', async ({ page }) => {
  await page.goto(LESSON);
  const cards = page.locator('ol.cards');
  await wake(cards);
  await cards.getByRole('button', { name: 'Show the answer' }).first().click();
  await expect(cards.getByText('Liveness kills; readiness decides')).toBeVisible();
  await cards.getByRole('button', { name: 'I knew it' }).click();
  await expect(cards.getByText('comes back tomorrow')).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });
  test('the lesson is complete: stills of every stop, events, answers, solutions', async ({ page }) => {
    await page.goto(LESSON);
    const deadlock = figure(page, 'deadlock');
    await expect(deadlock.locator('.picture svg:visible')).toHaveCount(1);
    await deadlock.getByText('Every stop as a picture').click();
    await expect(deadlock.locator('.strip li svg')).toHaveCount(8);
    await deadlock.getByText('The events of this run').click();
    await expect(deadlock.getByRole('row').filter({ hasText: 'Readiness probe failed' }).first()).toBeVisible();
    // Text inside noscript is out of reach of getByText.
    const answer = page.locator('noscript details', { has: page.locator('summary') }).first();
    await answer.locator('summary').click();
    await expect(answer.locator('p')).toContainText('A probe is only as good as the question');
    await expect(answer.locator('p')).toBeVisible();
    const solution = page.locator('.exercise-text').first().locator('details').nth(1);
    await solution.locator('summary').click();
    await expect(solution.locator('pre')).toContainText('readinessProbe:');
    await expect(solution.locator('pre')).toBeVisible();
    await expectNoSidewaysScroll(page);
  });
});
