// `kubectl attach` (kubectl/pkg/cmd/attach, 1.32): what a container's own program says from now on.
// Left out: input for it, which no program of the simulator reads (refused by name).

import { apiError, resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { defaultContainer } from './conversation.ts';
import { podNamed } from './exec.ts';
import { KubectlError, notSimulated } from './errors.ts';
import { type JsonObject, nameOf, namespaceOf, textAt } from './object.ts';
import { hasContainer } from './pods.ts';

export async function run(context: Context): Promise<undefined> {
  const { args, flags } = context;
  if (args.length === 0) throw new KubectlError('at least 1 argument is required for attach');
  if (args.length > 2)
    throw new KubectlError(
      `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(' ')}]`,
    );
  if (flags.bool('stdin')) throw notSimulated('input for the program of a container');
  const pod = await podNamed(context, args.join('/'), flags.durationMs('pod-running-timeout'));
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') {
    throw new KubectlError(`cannot attach a container in a completed pod; current phase is ${phase}`);
  }
  const say = flags.bool('quiet') ? () => Promise.resolve() : (text: string) => context.err(text);
  const named = flags.text('container');
  if (named !== '' && !hasContainer(pod, named)) {
    throw new KubectlError(`cannot attach to the container: container ${named} not found in pod ${nameOf(pod)}`);
  }
  const container = named || (await defaultContainer(pod, say));
  if (!flags.bool('quiet')) await context.err("If you don't see a command prompt, try pressing enter.\n");
  await follow(context, pod, container);
  return undefined;
}

/** What the program says, until it ends: from now on, or from its beginning where `tailLines` is negative. */
export async function follow(context: Context, pod: JsonObject, container: string, tailLines = 0): Promise<void> {
  const path = resourcePath(await context.client.resource('pods'), namespaceOf(pod), nameOf(pod), 'log');
  const query = { container, follow: true, ...(tailLines < 0 ? {} : { tailLines }) };
  const answer = await context.client.send('GET', path, { query });
  if (answer.status >= 400) throw apiError(answer.status, await answer.text(), 'GET', path);
  for await (const line of answer.lines()) await context.out(`${line}\n`);
}
