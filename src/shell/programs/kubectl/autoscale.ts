// `kubectl autoscale` (kubectl/pkg/cmd/autoscale, 1.32): a HorizontalPodAutoscaler, in the words of autoscaling/v1, for
// what can be scaled.

import { apiVersion, resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { KubectlError } from './errors.ts';
import { newMetadata, savedTyped } from './new-objects.ts';
import type { JsonObject } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { requireFlags, visit, writing } from './visit.ts';

export async function run(context: Context): Promise<undefined> {
  const { flags, client } = context;
  requireFlags(context, 'max');
  const dryRun = context.dryRun();
  const [min, max, percent] = [flags.int('min'), flags.int('max'), flags.int('cpu-percent')];
  if (max < 1) throw new KubectlError(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
  if (max < min) {
    throw new KubectlError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
  }
  const namespace = await context.namespace();
  const known = await client.resource('horizontalpodautoscalers');
  const autoscalers = { ...known, version: 'v1' };
  const count = await visit(context, {}, async ({ resource, name }) => {
    if (!resource.subresources.includes('scale')) {
      throw new KubectlError(
        `cannot autoscale a ${resource.kind}: could not find scale subresource for ${resource.group}/${resource.version}, Resource=${resource.plural} in discovery information`,
      );
    }
    const spec = {
      maxReplicas: max,
      ...(min > 0 ? { minReplicas: min } : {}),
      scaleTargetRef: { apiVersion: apiVersion(resource), kind: resource.kind, name },
      ...(percent >= 0 ? { targetCPUUtilizationPercentage: percent } : {}),
    };
    const metadata = newMetadata(flags.text('name') || name, context.namespaceGiven ? { namespace } : {});
    const status = { currentReplicas: 0, desiredReplicas: 0 };
    const made: JsonObject = { apiVersion: apiVersion(autoscalers), kind: autoscalers.kind, metadata, spec, status };
    if (dryRun === 'client') {
      await resultPrinter(context, 'created', { typed: true })(autoscalers, made);
      return;
    }
    const body = savedTyped(made, flags.bool('save-config'));
    const path = resourcePath(autoscalers, namespace);
    const created = await client.request('POST', path, { body, query: writing(context) });
    await resultPrinter(context, 'autoscaled', { typed: true })(autoscalers, created);
  });
  if (count === 0) throw new KubectlError('no objects passed to autoscale');
  return undefined;
}
