// Lesson 1.2 as a reader meets it: whole without scripts, a figure that is changed by one button, an exercise that is
// solved by typing on a machine, on a phone and without violations.
import { expect, expectNoAxeViolations, expectNoSidewaysScroll, test, wake } from './support.ts';

const LESSON = '/1-one-machine/2-the-library-market/';

test('is read whole without JavaScript', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${baseURL ?? ''}${LESSON}`);
  await expect(page.locator('#market svg:visible').first()).toBeVisible();
  await expect(page.getByText('payments is down.').first()).toBeAttached();
  await expect(page.getByRole('heading', { name: 'Step 1 of 3: Read the loader’s error' })).toBeVisible();
  await context.close();
});

test('the figure shows whom a change reaches', async ({ page }) => {
  test.setTimeout(90_000);
  await page.goto(LESSON);
  const figure = page.locator('#upgrade');
  await wake(figure.locator('astro-island > *').first());
  const radius = figure.getByRole('table').first();
  await figure.getByRole('slider').first().focus();
  await page.keyboard.press('End');
  await expect(radius).toContainText('does not start', { timeout: 30_000 });
  await figure.getByRole('radio', { name: 'security fix' }).check();
  await expect(radius).not.toContainText('does not start', { timeout: 30_000 });
});

test('an exercise is solved by typing on the machine', async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto(LESSON);
  const exercise = page.locator('section.exercise').first();
  await wake(exercise);
  await exercise.getByRole('button', { name: 'Start the machine' }).click();
  const rows = exercise.locator('.xterm-rows');
  await expect(rows).toContainText('root@harbour:~#', { timeout: 20_000 });
  await exercise.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type('storefront\n');
  await expect(rows).toContainText('libtls.so.1: cannot open shared', { timeout: 20_000 });
  await page.keyboard.type('echo libtls.so.1 > missing\n');
  await expect(exercise.getByRole('list', { name: 'Goals' }).locator('li[data-met]')).toHaveCount(1, {
    timeout: 30_000,
  });
  await expect(exercise.getByText('Why it worked')).toBeVisible();
});

test('fits a phone, and breaks no rule of access', async ({ page }) => {
  test.setTimeout(120_000);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(LESSON);
  await wake(page.locator('#market astro-island > *').first());
  for (const exercise of await page.locator('section.exercise').all()) await wake(exercise);
  await expectNoSidewaysScroll(page);
  await expectNoAxeViolations(page);
});
