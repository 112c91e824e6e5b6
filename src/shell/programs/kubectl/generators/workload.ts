// `kubectl create deployment`, `create job` and `create cronjob` (kubectl/pkg/cmd/create, 1.32).

import type { Context } from '../context.ts';
import { KubectlError } from '../errors.ts';
import { type JsonObject, mapAt, nameOf, objectAt, textAt } from '../object.ts';
import { find } from '../visit.ts';
import { createOne, type Generator, metadataOf } from './create-one.ts';

const generators: Readonly<Record<string, Generator>> = {
  'create cronjob': {
    plural: 'cronjobs',
    failure: 'failed to create cronjob: ',
    required: ['image', 'schedule'],
    make: cronJob,
  },
  'create deployment': {
    plural: 'deployments',
    failure: 'failed to create deployment: ',
    required: ['image'],
    make: deployment,
  },
  'create job': { plural: 'jobs', failure: 'failed to create job: ', make: job },
};

export function run(context: Context): Promise<undefined> {
  return createOne(context, generators);
}

/** The template of a pod with no labels of its own. */
function template(context: Context, name: string, restartPolicy: string): JsonObject {
  const command = context.args.slice(1);
  const image = context.flags.text('image');
  const container: JsonObject = {
    name,
    resources: {},
    ...(image === '' ? {} : { image }),
    ...(command.length === 0 ? {} : { command }),
  };
  return { metadata: { creationTimestamp: null }, spec: { containers: [container], restartPolicy } };
}

// ---- Job

async function job(context: Context, name: string): Promise<JsonObject> {
  const { flags, args } = context;
  const [image, from] = [flags.text('image'), flags.text('from')];
  if ((image === '') === (from === '')) throw new KubectlError('either --image or --from must be specified');
  if (args.length > 1 && from !== '') throw new KubectlError('cannot specify --from and command');
  const made = { apiVersion: 'batch/v1', kind: 'Job' };
  if (from === '') {
    const metadata = metadataOf(context, name);
    return { ...made, metadata, spec: { template: template(context, name, 'Never') }, status: {} };
  }
  const { items, errors } = await find(context, { args: [from], labelSelector: '' });
  if (errors[0]) throw errors[0];
  const [item] = items;
  if (!item || items.length !== 1) throw new KubectlError('from must be an existing cronjob');
  if (item.resource.kind !== 'CronJob') throw new KubectlError(`unknown object type ${goType(item.resource)}`);
  const { object } = item;
  const owner = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    name: nameOf(object),
    uid: textAt(object, 'metadata', 'uid'),
  };
  const labels = mapAt(object, 'spec', 'jobTemplate', 'metadata', 'labels');
  const metadata = metadataOf(context, name, {
    annotations: {
      'cronjob.kubernetes.io/instantiate': 'manual',
      ...mapAt(object, 'spec', 'jobTemplate', 'metadata', 'annotations'),
    },
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ownerReferences: [{ ...owner, controller: true }],
  });
  return { ...made, metadata, spec: objectAt(object, 'spec', 'jobTemplate', 'spec'), status: {} };
}

/** `*v1.Deployment` */
const goType = ({ version, kind }: { readonly version: string; readonly kind: string }): string =>
  `*${version}.${kind}`;

function cronJob(context: Context, name: string): JsonObject {
  const { flags } = context;
  const jobSpec = { template: template(context, name, flags.text('restart') || 'OnFailure') };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metadataOf(context, name),
    spec: {
      jobTemplate: { metadata: { creationTimestamp: null, name }, spec: jobSpec },
      schedule: flags.text('schedule'),
    },
    status: {},
  };
}

// ---- Deployment

function deployment(context: Context, name: string): JsonObject {
  const { flags, args } = context;
  const command = args.slice(1);
  const images = flags.list('image');
  if (images.length > 1 && command.length > 0) {
    throw new KubectlError('cannot specify multiple --image options and command');
  }
  const port = flags.int('port');
  const labels = { app: name };
  const containers = images.map((image, at) => ({
    image,
    name: containerName(image, context),
    resources: {},
    ...(command.length === 0 ? {} : { command }),
    ...(at === 0 && port >= 0 ? { ports: [{ containerPort: port }] } : {}),
  }));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(context, name, { labels }),
    spec: {
      replicas: flags.int('replicas'),
      selector: { matchLabels: labels },
      strategy: {},
      template: { metadata: { creationTimestamp: null, labels }, spec: { containers } },
    },
    status: {},
  };
}

/** The image's own name; one with signs that a container's may not have gets five signs by chance, here by the clock. */
function containerName(image: string, { proc }: Context): string {
  const name = (image.split('/').at(-1) ?? '').split(':')[0]?.split('@')[0] ?? '';
  if (!/[_.]/.test(name)) return name;
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  let seed = proc.host.now();
  let suffix = '';
  for (let i = 0; i < 5; i++) {
    suffix += alphabet[seed % alphabet.length] ?? '';
    seed = Math.floor(seed / alphabet.length);
  }
  return `${name.replace(/[_.]/g, '-')}-${suffix}`;
}
