// The pages around the lessons: front page, course list, search, display settings, progress.
import { readFileSync } from 'node:fs';
import { expect, expectNoAxeViolations, expectNoSidewaysScroll, test } from './support.ts';

const LESSON = '/4-kubernetes/3-is-it-alive/';
/** The first that is written. */
const FIRST_LESSON = '/1-one-machine/2-the-library-market/';

test('the front page shows both sides and leads into the lesson', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByRole('img', { name: /one board of shared libraries/ })).toBeVisible();
  await expect(page.getByRole('img', { name: /each in a container/ })).toBeVisible();
  await page.getByRole('link', { name: /Begin with/ }).click();
  await expect(page).toHaveURL(FIRST_LESSON);
  await expect(page.getByRole('heading', { level: 1, name: 'The library market' })).toBeVisible();
});

test('every lesson of the course is listed, and only those that are written are links', async ({ page }) => {
  await page.goto('/');
  const legs = page.locator('ol.legs');
  await expect(legs.locator('ol li')).toHaveCount(28);
  const links = legs.getByRole('link');
  const unwritten = legs.getByText('not written yet');
  expect((await links.count()) + (await unwritten.count())).toBe(28);
  for (const link of await links.all()) {
    const answer = await page.request.get((await link.getAttribute('href')) ?? '');
    expect(answer.status()).toBe(200);
  }
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`axe finds nothing on the front page, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto('/');
    await expectNoAxeViolations(page);
  });

for (const width of [320, 390, 768])
  test(`the front page fits ${String(width)} px, and its picture keeps words of at least 12 px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 });
    await page.goto('/');
    await expectNoSidewaysScroll(page);
    const small = await page.locator('.sides svg text').evaluateAll((texts) =>
      texts
        .filter((text): text is SVGTextElement => text instanceof SVGTextElement)
        .map((text) => {
          const scale = text.getScreenCTM()?.a ?? 1;
          return { text: text.textContent, px: parseFloat(getComputedStyle(text).fontSize) * scale };
        })
        .filter(({ px }) => px < (innerWidth < 390 ? 9.5 : 11.9)),
    );
    expect(small).toEqual([]);
  });

test('a narrow page opens the course list and closes it with Escape', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(LESSON);
  const course = page.getByRole('navigation', { name: 'Course' });
  await expect(course).toBeHidden();
  await page.getByRole('button', { name: 'Course' }).click();
  await expect(course).toBeVisible();
  await expect(course.getByRole('link', { name: 'Is it alive?' })).toHaveAttribute('aria-current', 'page');
  await page.keyboard.press('Escape');
  await expect(course).toBeHidden();
});

test('search opens with a slash, finds the lesson, and loads nothing before', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto('/');
  expect(asked.filter((url) => url.includes('pagefind'))).toEqual([]);
  await page.keyboard.press('/');
  await page.getByRole('searchbox').fill('liveness');
  const found = page.getByRole('dialog').getByRole('link', { name: /Is it alive/ });
  await expect(found.first()).toBeVisible();
  await page.getByRole('searchbox').fill('zzyzx');
  await expect(page.getByRole('dialog').getByRole('status')).toHaveText('Nothing found.');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('colours and motion are chosen on the page and kept', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/');
  await page.getByText('Display', { exact: true }).click();
  await page.getByRole('radio', { name: 'Bridge at night' }).check();
  await page.getByRole('checkbox', { name: 'Less motion' }).check();
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.locator('html')).toHaveAttribute('data-motion', 'less');
});

test('a broken store is set aside, said, and not lost', async ({ page }) => {
  await page.addInitScript(() => {
    if (localStorage.getItem('bayplan.progress.aside') === null)
      localStorage.setItem('bayplan.progress', '{"version":9}');
  });
  await page.goto('/');
  await expect(page.getByText(/could not be read \(version: expected 1, found 9\)/)).toBeVisible();
  expect(await page.evaluate(() => localStorage.getItem('bayplan.progress.aside'))).toBe('{"version":9}');
});

test('progress can be saved to a file and brought in again; a wrong file is refused with the field', async ({
  page,
}) => {
  await page.addInitScript(() => {
    if (localStorage.getItem('bayplan.progress') === null)
      localStorage.setItem(
        'bayplan.progress',
        '{"version":1,"steps":{"4-3/deadlock#readiness":5},"guesses":{},"cards":{}}',
      );
  });
  await page.goto('/');
  await expect(page.getByText('1 exercise step solved.')).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save to a file' }).click();
  const saved = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as unknown;
  expect(saved).toMatchObject({ version: 1, steps: { '4-3/deadlock#readiness': 5 } });
  const file = page.getByLabel('Bring in a file');
  await file.setInputFiles({
    name: 'p.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{"version":1,"steps":{"a":"x"},"guesses":{},"cards":{}}'),
  });
  await expect(page.getByText(/That file was not taken: steps.a: expected a number/)).toBeVisible();
  await file.setInputFiles({
    name: 'p.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{"version":1,"steps":{"b":7},"guesses":{},"cards":{}}'),
  });
  await expect(page.getByText('2 exercise steps solved.')).toBeVisible();
});

test('a page that does not exist says so and leads back', async ({ page, trouble }) => {
  const answer = await page.goto('/nowhere/');
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('link', { name: 'Bayplan' }).first()).toBeVisible();
  // The browser itself reports the missing page.
  trouble.length = 0;
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });
  test('the front page is complete', async ({ page }) => {
    await page.goto('/');
    await expect(page.getByRole('img', { name: /each in a container/ })).toBeVisible();
    await expect(page.getByRole('link', { name: /Begin with/ })).toBeVisible();
    await expect(page.locator('ol.legs ol li')).toHaveCount(28);
  });
});
