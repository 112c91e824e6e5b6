// The exercises of lesson 4.3 as a reader does them: nothing runs before "Start the cluster"; commands are typed into
// the terminal; the goals read the state of the world; the way back, the hints, the editor, and the shown solution.
import type { Locator, Page } from '@playwright/test';
import { expect, expectNoAxeViolations, expectNoSidewaysScroll, test, wake } from './support.ts';

const LESSON = '/4-kubernetes/3-is-it-alive/';

const READINESS = [
  "sed -i '/# Add/,$d' payments.yaml",
  "printf '        readinessProbe:\\n          httpGet:\\n            path: /readyz\\n            port: 8080\\n' >> payments.yaml",
  'kubectl apply -f payments.yaml',
];

/** The exercise once its island is awake. */
async function awake(page: Page, n = 0): Promise<Locator> {
  const exercise = page.locator('section.exercise').nth(n);
  await wake(exercise);
  return exercise;
}

/** The first exercise, with its cluster started and its terminal open. */
async function started(page: Page, n = 0): Promise<{ exercise: Locator; terminal: Locator }> {
  await page.goto(LESSON);
  const exercise = await awake(page, n);
  await exercise.getByRole('button', { name: 'Start the cluster' }).click();
  const terminal = exercise.locator('.xterm');
  await expect(terminal).toBeVisible({ timeout: 20_000 });
  await expect(exercise.locator('.xterm-rows')).toContainText('$', { timeout: 20_000 });
  return { exercise, terminal };
}

/** Types a line and waits until the prompt is back below what it printed. */
async function type(page: Page, exercise: Locator, line: string): Promise<void> {
  const field = exercise.locator('.xterm-helper-textarea');
  await field.focus();
  await page.keyboard.type(line);
  await page.keyboard.press('Enter');
}

test('a whole step is solved by typing, and stays solved', async ({ page }) => {
  test.setTimeout(120_000);
  const { exercise } = await started(page);
  await type(page, exercise, 'kubectl get pods');
  await expect(exercise.locator('.xterm-rows')).toContainText('Running', { timeout: 20_000 });
  const goals = exercise.getByRole('list', { name: 'Goals' });
  for (const line of READINESS) await type(page, exercise, line);
  await expect(exercise.locator('.xterm-rows')).toContainText('deployment.apps/payments configured', {
    timeout: 20_000,
  });
  await expect(goals.locator('li[data-met]')).toHaveCount(3, { timeout: 60_000 });
  await expect(exercise.getByText('Why it worked')).toBeVisible();
  await expect(exercise.locator('ol.causes li').first()).toBeVisible();
  await page.reload();
  const again = page.locator('section.exercise').first();
  await again.scrollIntoViewIfNeeded();
  await expect(again.getByRole('button', { name: /Step 1 of 2, solved/ })).toBeVisible();
});

test('a wrong try says what was observed and what was wanted', async ({ page }) => {
  const { exercise } = await started(page);
  const patch = `'{"spec":{"template":{"spec":{"containers":[{"name":"payments","readinessProbe":{"httpGet":{"path":"/healthz","port":8080}}}]}}}}'`;
  await type(page, exercise, `kubectl patch deployment payments -p ${patch}`);
  await expect(exercise.locator('.xterm-rows')).toContainText('deployment.apps/payments patched', { timeout: 20_000 });
  const goals = exercise.getByRole('list', { name: 'Goals' });
  await expect(goals.getByText('observed:').first()).toBeVisible({ timeout: 30_000 });
  await expect(goals.locator('li[data-met]').first()).toContainText('the pods of payments have a readiness probe');
});

test('undo takes the last change back; reset begins anew; the terminal goes on', async ({ page }) => {
  const { exercise } = await started(page);
  await type(page, exercise, 'kubectl delete service payments');
  await expect(exercise.locator('.xterm-rows')).toContainText('service "payments" deleted', { timeout: 20_000 });
  await exercise.getByRole('button', { name: 'Undo' }).click();
  await type(page, exercise, 'kubectl get service payments -o name');
  await expect(exercise.locator('.xterm-rows')).toContainText('service/payments', { timeout: 20_000 });
  await type(page, exercise, 'kubectl scale deployment payments --replicas=0');
  await expect(exercise.locator('.xterm-rows')).toContainText('deployment.apps/payments scaled', { timeout: 20_000 });
  await exercise.getByRole('button', { name: 'Reset' }).click();
  await type(page, exercise, "kubectl get deployment payments -o jsonpath='{.spec.replicas} replicas'");
  await expect(exercise.locator('.xterm-rows')).toContainText('3 replicas', { timeout: 20_000 });
});

test('the keyboard alone is enough: start, type, leave the terminal, ask for a hint', async ({ page }) => {
  await page.goto(LESSON);
  const exercise = await awake(page);
  const start = exercise.getByRole('button', { name: 'Start the cluster' });
  await start.focus();
  await page.keyboard.press('Enter');
  const field = exercise.locator('.xterm-helper-textarea');
  await expect(field).toBeFocused({ timeout: 20_000 });
  await page.keyboard.type('kubectl get po');
  await page.keyboard.press('Tab');
  await expect(exercise.locator('.xterm-rows')).toContainText('kubectl get pod', { timeout: 20_000 });
  await page.keyboard.press('Control+c');
  await page.keyboard.press('Shift+Tab');
  await expect(field).not.toBeFocused();
  const hint = exercise.getByRole('button', { name: 'Where to look' });
  await hint.focus();
  await page.keyboard.press('Enter');
  await expect(hint).toHaveAttribute('aria-expanded', 'true');
  await expect(exercise.getByText(/Ask both paths of a dead pod/)).toBeVisible();
});

test('Ctrl-C ends a watch, and what was printed is read out', async ({ page }) => {
  const { exercise } = await started(page);
  await type(page, exercise, 'kubectl get pods -w');
  await expect(exercise.locator('.xterm-rows')).toContainText('Running', { timeout: 20_000 });
  await page.keyboard.press('Control+c');
  await type(page, exercise, 'echo "left with $?"');
  await expect(exercise.locator('.xterm-rows')).toContainText('left with 130', { timeout: 20_000 });
  await expect(exercise.getByRole('log')).toContainText('left with 130');
});

test('kubectl edit opens the editor of the page, and saving changes the cluster', async ({ page }) => {
  const { exercise } = await started(page);
  await type(page, exercise, 'kubectl edit deployment payments');
  const editor = page.getByRole('dialog', { name: /Edit / });
  await expect(editor).toBeVisible({ timeout: 20_000 });
  const text = editor.getByRole('textbox');
  await expect(text).toBeVisible();
  await text.fill((await text.inputValue()).replace(/replicas: 3/, 'replicas: 2'));
  await editor.getByRole('button', { name: 'Save' }).click();
  await expect(exercise.locator('.xterm-rows')).toContainText('deployment.apps/payments edited', { timeout: 20_000 });
});

test('a manifest with a typo is refused with the field, and nothing is lost', async ({ page }) => {
  const { exercise } = await started(page);
  await type(page, exercise, "sed -i 's/replicas: 3/replica: 3/' payments.yaml");
  await type(page, exercise, 'kubectl apply -f payments.yaml');
  await expect(exercise.locator('.xterm-rows')).toContainText('unknown field "spec.replica"', { timeout: 20_000 });
  await type(page, exercise, 'helm install x');
  await expect(exercise.locator('.xterm-rows')).toContainText('helm is not part of this terminal', { timeout: 20_000 });
});

test('"Show me" plays the solution on a copy that can be scrubbed, and the reader’s own cluster stands', async ({
  page,
}) => {
  test.setTimeout(120_000);
  const { exercise } = await started(page);
  await exercise.getByRole('button', { name: 'Show me' }).click();
  const slider = exercise.getByRole('slider', { name: /Moment of the solution/ });
  await expect(slider).toBeEnabled({ timeout: 40_000 });
  await slider.focus();
  await page.keyboard.press('End');
  const typed = exercise.locator('.transcript').getByRole('button', { name: 'kubectl apply -f payments.yaml' });
  await expect(typed).toHaveAttribute('data-done', '');
  await exercise.getByRole('button', { name: 'Back to my cluster' }).click();
  await type(page, exercise, "kubectl get deployment payments -o jsonpath='[{..readinessProbe}]'");
  await expect(exercise.locator('.xterm-rows')).toContainText('[]', { timeout: 20_000 });
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`axe finds nothing with a cluster and a terminal open, ${colorScheme}`, async ({ page }) => {
    test.setTimeout(120_000);
    await page.emulateMedia({ colorScheme });
    await started(page);
    await expectNoAxeViolations(page);
  });

test('on a phone the exercise is stacked, its terminal keeps 80 columns, and a line can be composed', async ({
  browser,
  baseURL,
}) => {
  const context = await browser.newContext({
    ...(baseURL === undefined ? {} : { baseURL }),
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  const page = await context.newPage();
  const { exercise } = await started(page);
  await expectNoSidewaysScroll(page);
  const line = exercise.getByRole('textbox', { name: 'Line to run' });
  await expect(line).toBeVisible();
  await line.fill('kubectl get pods -o wide | head -2');
  await exercise.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(exercise.locator('.xterm-rows')).toContainText('NOMINATED', { timeout: 20_000 });
  await context.close();
});

test('the worlds of the page are those of Node, to the last entry of the journal', async ({ page }) => {
  test.setTimeout(120_000);
  const { readFileSync } = await import('node:fs');
  const golden = JSON.parse(readFileSync(new URL('../data/journal-hashes.json', import.meta.url), 'utf8')) as {
    readonly scenario: string;
    readonly settings: object;
    readonly seed: number;
    readonly at: number;
    readonly hash: string;
  }[];
  expect(golden.length).toBeGreaterThan(3);
  let worker = '';
  page.on('worker', (made) => (worker = made.url()));
  await page.goto(LESSON);
  await page.locator('#deadlock').scrollIntoViewIfNeeded();
  await expect.poll(() => worker, { timeout: 20_000 }).not.toBe('');
  const hashes = await page.evaluate(
    async ({ url, runs }) => {
      const port = new Worker(url, { type: 'module' });
      let next = 0;
      const waiting = new Map<number, (answer: { value?: unknown; error?: string }) => void>();
      port.onmessage = ({ data }: MessageEvent<{ kind: string; id: number; value?: unknown; error?: string }>) => {
        if (data.kind === 'answer') waiting.get(data.id)?.(data);
      };
      const call = (world: number, method: string, ...args: unknown[]) =>
        new Promise<unknown>((resolve, reject) => {
          const id = next++;
          waiting.set(id, ({ value, error }) => {
            if (error === undefined) resolve(value);
            else reject(new Error(error));
          });
          port.postMessage({ kind: 'call', id, world, method, args });
        });
      const found: unknown[] = [];
      for (const [world, run] of runs.entries()) {
        const { scenario, settings, seed, at } = run;
        await call(world, 'open', { scenario, settings, seed, startMs: at, endMs: at });
        found.push(await call(world, 'journalHash'));
        await call(world, 'close');
      }
      port.terminate();
      return found;
    },
    { url: worker, runs: golden },
  );
  expect(hashes).toEqual(golden.map(({ hash }) => hash));
});
