// `kubectl delete` (kubectl/pkg/cmd/delete, 1.32): deletes, says so, and waits until everything is gone.

import type { Proc } from '../../program.ts';
import { resourcePath, typed } from './client.ts';
import type { Context } from './context.ts';
import { type Deleted, deletionOf, gone } from './deletion.ts';
import { KubectlError } from './errors.ts';
import { textAt } from './object.ts';
import { visit, type VisitOptions, withSource } from './visit.ts';

export async function run(context: Context): Promise<undefined> {
  const { flags, client } = context;
  if (flags.text('raw') !== '') {
    if (flags.bool('interactive')) throw new KubectlError('--interactive can not be used with --raw');
    return (await import('./raw.ts')).sendRaw(context, 'DELETE');
  }
  const graceSeconds = graceOf(context);
  const body = deletionOf(context, graceSeconds);
  const dryRun = context.dryRun();
  const output = flags.text('output');
  const every = flags.bool('all') || flags.text('selector') !== '' || flags.text('field-selector') !== '';
  const ignoreNotFound = flags.changed('ignore-not-found') ? flags.bool('ignore-not-found') : every;
  check(context, output, graceSeconds);
  if (graceSeconds === 0 && flags.bool('force')) {
    await context.err(
      'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
    );
  }
  let warnScope = context.namespaceGiven && !flags.bool('all-namespaces');
  const operation =
    (graceSeconds === 0 ? 'force deleted' : 'deleted') +
    (dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : '');
  const deleted: Deleted[] = [];

  const options = { lazy: true, ignoreNotFound, selectAll: flags.bool('all') };
  if (flags.bool('interactive')) {
    const agreed = await confirmed(context, options);
    if (agreed !== true) {
      await context.out(agreed);
      return undefined;
    }
  }
  let found = 0;
  await visit(context, options, async ({ resource, namespace, name, source }) => {
    found++;
    if (warnScope && !resource.namespaced) {
      warnScope = false;
      await context.err('Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n');
    }
    const kind = resource.kind.toLowerCase() + (resource.group && `.${resource.group}`);
    const say = () => context.out(output === 'name' ? `${kind}/${name}\n` : `${kind} "${name}" ${operation}\n`);
    if (dryRun === 'client') return say();
    try {
      const path = resourcePath(resource, namespace, name);
      const query = { dryRun: dryRun === 'server' ? 'All' : undefined };
      const answer = await client.request('DELETE', path, { body, query });
      const uid = textAt(answer, 'metadata', 'uid') || textAt(answer, 'details', 'uid');
      deleted.push({ resource, namespace, name, ...(uid === '' ? {} : { uid }) });
    } catch (error) {
      throw withSource('deleting', source, error);
    }
    return say();
  });
  if (found === 0) await context.out('No resources found\n');
  else if (flags.bool('wait') && dryRun === 'none') await gone(context, deleted, flags.durationMs('timeout'));
  return undefined;
}

/** Shows what would go, and asks; the sentence to end with when nothing should. */
async function confirmed(context: Context, options: VisitOptions): Promise<true | string> {
  const names: string[] = [];
  await visit(context, options, ({ resource, name }) => {
    names.push(`${typed(resource, name)}\n`);
    return Promise.resolve();
  });
  if (names.length === 0) return 'No resources found\n';
  await context.out(`You are about to delete the following ${names.length} resource(s):\n${names.join('')}`);
  await context.out('Do you want to continue? (y/n): ');
  const [word, ...more] = ((await readLine(context.proc)) ?? '').trim().split(/\s+/);
  return word?.toLowerCase() === 'y' && more.length === 0 ? true : 'deletion is cancelled\n';
}

/** One line of what is typed; what is read too far is given back. */
async function readLine({ stdin }: Proc): Promise<string | undefined> {
  let text = '';
  for (;;) {
    const end = text.indexOf('\n');
    if (end >= 0) {
      stdin.unread?.(text.slice(end + 1));
      return text.slice(0, end);
    }
    const more = await stdin.read();
    if (more === null) return undefined;
    text += more;
  }
}

function graceOf({ flags }: Context): number {
  const given = flags.int('grace-period');
  if (flags.bool('now')) {
    if (given !== -1) throw new KubectlError('--now and --grace-period cannot be specified together');
    return 1;
  }
  const force = flags.bool('force');
  // Without --force nothing is killed by a slip: 0 is taken for 1.
  if (given === 0 && !force) return 1;
  return force && given < 0 ? 0 : given;
}

function check({ flags }: Context, output: string, graceSeconds: number): void {
  if (output !== '' && output !== 'name') {
    throw new KubectlError(`unexpected -o output mode: ${output}. We only support '-o name'`);
  }
  if (graceSeconds > 0 && flags.bool('force')) {
    throw new KubectlError('--force and --grace-period greater than 0 cannot be specified together');
  }
}
