// `kubectl run` that stays with its pod (kubectl/pkg/cmd/run, 1.32): waits until it runs, shows what its program says,
// and tells how it ended.
// Departure: no program reads input here, so an interactive shell is one that runs beside the pod's own; its end is
// taken for the end of the pod.

import { resourcePath } from './client.ts';
import { type Context, ownSignal } from './context.ts';
import { follow, shellIn } from './attach.ts';
import { talk } from './conversation.ts';
import { Exit, KubectlError } from './errors.ts';
import { type JsonObject, listAt, nameOf, namespaceOf, textAt } from './object.ts';
import { alarm } from './watching.ts';

export async function attachTo(context: Context, created: JsonObject): Promise<number> {
  try {
    return await attached(context, created);
  } finally {
    if (context.flags.bool('rm')) await remove(context, created);
  }
}

const phaseOf = (pod: JsonObject): string => textAt(pod, 'status', 'phase');
const isOver = (pod: JsonObject): boolean => phaseOf(pod) === 'Succeeded' || phaseOf(pod) === 'Failed';
const isReady = (pod: JsonObject): boolean =>
  phaseOf(pod) === 'Running' &&
  listAt(pod, 'status', 'conditions').some(
    (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
  );

async function attached(context: Context, created: JsonObject): Promise<number> {
  const { flags, proc } = context;
  const container = textAt(created, 'spec', 'containers', 0, 'name');
  const pod = await waitFor(context, created, (one) => isOver(one) || isReady(one));
  if (isOver(pod)) await logs(context, pod, container);
  else {
    if (flags.bool('tty') && !proc.stdin.isTTY && !flags.bool('quiet')) {
      await context.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
    }
    if (!flags.bool('quiet')) await context.err("If you don't see a command prompt, try pressing enter.\n");
    const command = shellIn(pod, container);
    if (flags.bool('stdin') && command) {
      const tty = flags.bool('tty') && proc.stdin.isTTY;
      const out = (text: string) => context.out(text);
      const err = (text: string) => context.err(text);
      const exitCode = await talk(context, { pod, container, command, input: proc.stdin, tty, out, err });
      return resumable(context, pod, container, exitCode);
    }
    await follow(context, pod, container, -1);
  }
  const restart = textAt(pod, 'spec', 'restartPolicy');
  if (restart !== 'Never' && restart !== 'OnFailure') return resumable(context, pod, container, 0);
  const ended = await waitFor(context, created, (one) =>
    restart === 'Never' ? isOver(one) : phaseOf(one) === 'Succeeded',
  );
  return exitCode(context, ended);
}

/** A pod that is started again can be attached to again. */
async function resumable(context: Context, pod: JsonObject, container: string, exitCode: number): Promise<number> {
  const { flags } = context;
  const always = textAt(pod, 'spec', 'restartPolicy') === 'Always';
  if (!always) return exitCode === 0 ? 0 : failed(context, pod, exitCode, 'Error');
  if (flags.bool('stdin') && flags.bool('tty') && !flags.bool('quiet')) {
    await context.err(
      `Session ended, resume using 'kubectl attach ${nameOf(pod)} -c ${container} -i -t' command when the pod is running\n`,
    );
  }
  return 0;
}

async function exitCode(context: Context, pod: JsonObject): Promise<number> {
  if (phaseOf(pod) === 'Succeeded') return 0;
  const [status] = listAt(pod, 'status', 'containerStatuses');
  const code = Number(textAt(status, 'state', 'terminated', 'exitCode') || 0);
  if (code === 0) throw new KubectlError(`pod ${namespaceOf(pod)}/${nameOf(pod)} failed with unknown exit code`);
  return failed(context, pod, code, textAt(status, 'state', 'terminated', 'reason'));
}

async function failed(context: Context, pod: JsonObject, code: number, reason: string): Promise<never> {
  await context.err(`pod ${namespaceOf(pod)}/${nameOf(pod)} terminated (${reason})\n`);
  throw new Exit(code);
}

async function logs(context: Context, pod: JsonObject, container: string): Promise<void> {
  const path = resourcePath(await context.client.resource('pods'), namespaceOf(pod), nameOf(pod), 'log');
  const answer = await context.client.send('GET', path, { query: { container } });
  await context.out(await answer.text());
}

async function waitFor(
  context: Context,
  created: JsonObject,
  condition: (pod: JsonObject) => boolean,
): Promise<JsonObject> {
  const resource = await context.client.resource('pods');
  const namespace = namespaceOf(created);
  const query = { fieldSelector: `metadata.name=${nameOf(created)}` };
  const list = await context.client.list(resource, namespace, query);
  const [now] = listAt(list, 'items') as readonly JsonObject[];
  if (now && condition(now)) return now;
  const { signal, stop } = ownSignal(context.proc.signal);
  const clock = alarm(context, context.flags.durationMs('pod-running-timeout'), signal, stop);
  try {
    const since = { ...query, resourceVersion: textAt(list, 'metadata', 'resourceVersion') };
    for await (const { object, type } of context.client.watch(resource, namespace, since, { signal })) {
      if (type !== 'DELETED' && condition(object)) return object;
    }
  } catch (error) {
    if (!clock.rang || context.proc.signal.aborted) throw error;
  } finally {
    stop();
  }
  throw new KubectlError('timed out waiting for the condition');
}

async function remove(context: Context, created: JsonObject): Promise<void> {
  const path = resourcePath(await context.client.resource('pods'), namespaceOf(created), nameOf(created));
  await context.client.request('DELETE', path, { body: { propagationPolicy: 'Background' } });
  if (!context.flags.bool('quiet')) await context.out(`pod "${nameOf(created)}" deleted\n`);
}
