// `kubectl describe` (kubectl/pkg/cmd/describe, kubectl/pkg/describe, 1.32): a describer for each kind that has one in
// the real program, and one that walks through the fields for all others.

import type { Resource } from '../client.ts';
import type { Context } from '../context.ts';
import { ApiError, KubectlError, throwAll } from '../errors.ts';
import { apiVersionOf, isObject, type JsonObject, kindOf, listAt, nameOf, namespaceOf, textAt } from '../object.ts';
import { groupKind } from '../rollout.ts';
import { find, isFailure } from '../visit.ts';
import { generic } from './generic.ts';
import { events, tabbed } from './text.ts';

/** What every describer may ask for. */
export interface Describing {
  readonly context: Context;
  /** The last part of a description: the events on an object; empty with `--show-events=false`. */
  readonly events: (...references: readonly Reference[]) => Promise<string>;
  readonly reference: (object: JsonObject) => Reference;
  /** All objects of a type, page by page. */
  readonly list: (type: string, namespace: string, query?: Selectors) => Promise<readonly JsonObject[]>;
}

export interface Reference {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Left out for pods, whose events are found by their id alone. */
  readonly kind?: string;
}

interface Selectors {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

type Describer = (describing: Describing, object: JsonObject) => Promise<string>;

const rbac = 'rbac.authorization.k8s.io';

/** Each topic is loaded when something of it is described. */
const describers: Readonly<Record<string, () => Promise<Describer>>> = {
  [`ClusterRole.${rbac}`]: async () => (await import('./rbac.ts')).role,
  [`ClusterRoleBinding.${rbac}`]: async () => (await import('./rbac.ts')).roleBinding,
  ConfigMap: async () => (await import('./configuration.ts')).configMap,
  'CronJob.batch': async () => (await import('./jobs.ts')).cronJob,
  'DaemonSet.apps': async () => (await import('./sets.ts')).daemonSet,
  'Deployment.apps': async () => (await import('./workload.ts')).deployment,
  Endpoints: async () => (await import('./routing.ts')).endpoints,
  'EndpointSlice.discovery.k8s.io': async () => (await import('./network.ts')).endpointSlice,
  'HorizontalPodAutoscaler.autoscaling': async () => (await import('./policy.ts')).autoscaler,
  'Ingress.networking.k8s.io': async () => (await import('./routing.ts')).ingress,
  'IngressClass.networking.k8s.io': async () => (await import('./routing.ts')).ingressClass,
  'Job.batch': async () => (await import('./jobs.ts')).job,
  LimitRange: async () => (await import('./limits.ts')).limitRange,
  Namespace: async () => (await import('./configuration.ts')).namespace,
  'NetworkPolicy.networking.k8s.io': async () => (await import('./routing.ts')).networkPolicy,
  Node: async () => (await import('./node.ts')).node,
  PersistentVolume: async () => (await import('./storage.ts')).persistentVolume,
  PersistentVolumeClaim: async () => (await import('./storage.ts')).persistentVolumeClaim,
  Pod: async () => (await import('./pod.ts')).pod,
  'PodDisruptionBudget.policy': async () => (await import('./policy.ts')).disruptionBudget,
  'PriorityClass.scheduling.k8s.io': async () => (await import('./policy.ts')).priorityClass,
  'ReplicaSet.apps': async () => (await import('./workload.ts')).replicaSet,
  ResourceQuota: async () => (await import('./limits.ts')).resourceQuota,
  [`Role.${rbac}`]: async () => (await import('./rbac.ts')).role,
  [`RoleBinding.${rbac}`]: async () => (await import('./rbac.ts')).roleBinding,
  Secret: async () => (await import('./configuration.ts')).secret,
  Service: async () => (await import('./network.ts')).service,
  ServiceAccount: async () => (await import('./configuration.ts')).serviceAccount,
  'StatefulSet.apps': async () => (await import('./sets.ts')).statefulSet,
  'StorageClass.storage.k8s.io': async () => (await import('./storage.ts')).storageClass,
};

export async function run(context: Context): Promise<undefined> {
  const { args, client } = context;
  if (args.length === 0 && context.filenames.length === 0) {
    throw new KubectlError(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.\n',
    );
  }
  const { items, errors } = await find(context, { allowAll: true });
  const failed = [...errors];
  const [problem] = errors;
  const [type, prefix] = args;
  if (failed.length === 1 && isNotFound(problem) && type !== undefined && prefix !== undefined && args.length === 2) {
    return matching(context, type, prefix, problem);
  }
  let first = true;
  const said = new Set<string>();
  for (const { resource, namespace, name } of items) {
    try {
      const text = await describe(context, await client.get(resource, namespace, name), resource);
      await context.out(first ? text : `\n\n${text}`);
      first = false;
    } catch (error) {
      if (!isFailure(error)) throw error;
      if (!said.has(error.message)) failed.push(error);
      said.add(error.message);
    }
  }
  if (items.length === 0 && failed.length === 0) {
    const where = context.flags.bool('all-namespaces') ? '' : ` in ${await context.namespace()} namespace.`;
    await context.err(`No resources found${where}\n`);
  }
  throwAll(failed);
  return undefined;
}

const isNotFound = (error: Error | undefined): error is ApiError => error instanceof ApiError && error.isNotFound;

/** `describe pod web` where no pod has that name: every one whose name begins so. */
async function matching(context: Context, type: string, prefix: string, problem: ApiError): Promise<undefined> {
  const resource = await context.client.resource(type);
  const namespace = resource.namespaced ? await context.namespace() : '';
  const list = await context.client.list(resource, namespace, { limit: context.flags.int('chunk-size') });
  const similar = listAt(list, 'items')
    .filter(isObject)
    .filter((object) => nameOf(object).startsWith(prefix));
  if (similar.length === 0) throw problem;
  for (const object of similar) {
    const whole = { apiVersion: apiVersionOf(list), kind: resource.kind, ...object };
    await context.out(`${await describe(context, whole, resource)}\n`);
  }
  return undefined;
}

async function describe(context: Context, object: JsonObject, resource: Resource): Promise<string> {
  const kind = groupKind(resource);
  const describer = await (Object.hasOwn(describers, kind) ? describers[kind] : undefined)?.();
  return tabbed(await (describer ?? generic)(describingIn(context), object));
}

function describingIn(context: Context): Describing {
  const { client, flags } = context;
  const list: Describing['list'] = async (type, namespace, query = {}) => {
    const resource: Resource = await client.resource(type);
    const found = await client.list(resource, namespace, { ...query, limit: flags.int('chunk-size') });
    return listAt(found, 'items').filter(isObject);
  };
  return {
    context,
    list,
    reference: (object) => ({
      name: nameOf(object),
      namespace: namespaceOf(object),
      uid: textAt(object, 'metadata', 'uid'),
      kind: kindOf(object),
    }),
    async events(...references) {
      if (!flags.bool('show-events')) return '';
      const found: JsonObject[] = [];
      for (const { name, namespace, uid, kind } of references) {
        const fields = [
          `involvedObject.name=${name}`,
          `involvedObject.namespace=${namespace}`,
          ...(kind === undefined ? [] : [`involvedObject.kind=${kind}`]),
          `involvedObject.uid=${uid}`,
        ];
        found.push(...(await list('events', namespace, { fieldSelector: fields.join(',') })));
      }
      return events(found, context.proc.host.now());
    },
  };
}
