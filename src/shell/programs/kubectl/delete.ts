// `kubectl delete` (kubectl/pkg/cmd/delete, 1.32): deletes, says so, and waits until everything is gone.

import { resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { type Deleted, deletionOf, gone } from './deletion.ts';
import { KubectlError } from './errors.ts';
import { textAt } from './object.ts';
import { visit, withSource } from './visit.ts';

export async function run(context: Context): Promise<undefined> {
  const { flags, client } = context;
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
