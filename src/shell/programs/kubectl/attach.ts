// `kubectl attach` (kubectl/pkg/cmd/attach, 1.32): what a container's own program says from now on.
// Departure: with `-i` an interactive shell is one that runs beside the container's own, which waits for input as well;
// input for another program is refused by name, because none reads any.

import { apiError, resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { checkConnect, defaultContainer, talk } from './conversation.ts';
import { podNamed } from './exec.ts';
import { KubectlError, notSimulated } from './errors.ts';
import { type JsonObject, listAt, nameOf, namespaceOf, textAt } from './object.ts';
import { hasContainer } from './pods.ts';

export async function run(context: Context): Promise<undefined> {
  const { args, flags } = context;
  if (args.length === 0) throw new KubectlError('at least 1 argument is required for attach');
  if (args.length > 2)
    throw new KubectlError(
      `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(' ')}]`,
    );
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
  await checkConnect(context, pod, 'attach');
  if (flags.bool('stdin')) {
    const command = shellIn(pod, container);
    if (!command) throw notSimulated('input for the program of a container that is no shell');
    const { stdin } = context.proc;
    const tty = flags.bool('tty') && stdin.isTTY;
    const [out, err] = [(text: string) => context.out(text), (text: string) => context.err(text)];
    await talk(context, { pod, container, command, input: stdin, tty, out, err });
    return undefined;
  }
  await follow(context, pod, container);
  return undefined;
}

/** The words of a container that is an interactive shell waiting for input. */
export function shellIn(pod: JsonObject, container: string): string[] | undefined {
  const spec = (['containers', 'initContainers', 'ephemeralContainers'] as const)
    .flatMap((key) => listAt(pod, 'spec', key))
    .find((one) => textAt(one, 'name') === container);
  if (textAt(spec, 'stdin') !== 'true') return undefined;
  const command = ['command', 'args'].flatMap((key) => listAt(spec, key)).map((word) => textAt(word));
  if (command.length > 0) return isShell(command) ? command : undefined;
  return /^(?:.*\/)?(?:alpine|busybox)(?::|$)/.test(textAt(spec, 'image')) ? ['sh'] : undefined;
}

const isShell = ([program = '', ...words]: readonly string[]): boolean =>
  /^(?:\/(?:usr\/)?bin\/)?(?:ba|da)?sh$/.test(program) && words.every((word) => /^-[il]+$/.test(word));

/** What the program says, until it ends: from now on, or from its beginning where `tailLines` is negative. */
export async function follow(context: Context, pod: JsonObject, container: string, tailLines = 0): Promise<void> {
  const path = resourcePath(await context.client.resource('pods'), namespaceOf(pod), nameOf(pod), 'log');
  const query = { container, follow: true, ...(tailLines < 0 ? {} : { tailLines }) };
  const answer = await context.client.send('GET', path, { query });
  if (answer.status >= 400) throw apiError(answer.status, await answer.text(), 'GET', path);
  for await (const line of answer.lines()) await context.out(`${line}\n`);
}
