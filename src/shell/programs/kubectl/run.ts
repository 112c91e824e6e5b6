// `kubectl run` (kubectl/pkg/cmd/run, 1.32): one pod of one image, and with `--attach` or `-i` what its program says.

import { resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { KubectlError } from './errors.ts';
import { atoi, newMetadata, newService, parseLabelSpec, savedTyped } from './new-objects.ts';
import { type JsonObject, withAt } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { envNameProblem } from './text.ts';
import { requireFlags, writing } from './visit.ts';

/** github.com/distribution/reference, ReferenceRegexp. */
const domain = String.raw`(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?`;
const part = String.raw`[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*`;
const reference = new RegExp(
  String.raw`^(?:${domain}/)?${part}(?:/${part})*(?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,})?$`,
);

export function isImageReference(text: string): boolean {
  return reference.test(text);
}

export async function run(context: Context): Promise<number | undefined> {
  const { flags, args } = context;
  requireFlags(context, 'image');
  const dryRun = context.dryRun();
  const print = resultPrinter(context, 'created', { typed: true });
  const [name = ''] = args;
  if (args.length === 0) throw context.usage('NAME is required for run');
  check(context);
  const pod = podOf(context, name, args.slice(1));
  const namespace = await context.namespace();
  const create = async (object: JsonObject, plural: string): Promise<JsonObject> => {
    if (dryRun === 'client')
      return context.namespaceGiven ? withAt(object, ['metadata', 'namespace'], namespace) : object;
    const path = resourcePath(await context.client.resource(plural), namespace);
    return context.client.request('POST', path, {
      body: savedTyped(object, flags.bool('save-config')),
      query: writing(context),
    });
  };
  const { overridden } = await import('./overrides.ts');
  const created = await create(overridden(context, pod, 'Pod'), 'pods');
  if (flags.bool('expose')) {
    const service = await create(serviceFor(context, name), 'services');
    await print(await context.client.resource('services'), service);
    if (flags.text('output') === 'yaml') await context.out('---\n');
  }
  if (attaches(context)) {
    const { attachTo } = await import('./run-attached.ts');
    return attachTo(context, created);
  }
  await print(await context.client.resource('pods'), created);
  return undefined;
}

const attaches = ({ flags }: Context): boolean =>
  flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin');

function check(context: Context): void {
  const { flags } = context;
  const image = flags.text('image');
  if (image === '') throw new KubectlError('--image is required');
  if (!reference.test(image)) {
    throw new KubectlError(`Invalid image name ${JSON.stringify(image)}: invalid reference format`);
  }
  if (flags.bool('tty') && !flags.bool('stdin'))
    throw context.usage('-i/--stdin is required for containers with -t/--tty=true');
  if (flags.bool('expose') && !flags.text('port')) throw context.usage('--port must be set when exposing a service');
  const restart = flags.text('restart');
  if (!['', 'Always', 'OnFailure', 'Never'].includes(restart))
    throw context.usage(`invalid restart policy: ${restart}`);
  if (flags.bool('rm') && !attaches(context)) throw context.usage('--rm should only be used for attached containers');
  if (attaches(context) && context.dryRun() !== 'none') {
    throw context.usage(
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    );
  }
  const pull = flags.text('image-pull-policy');
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(pull))
    throw context.usage(`invalid image pull policy: ${pull}`);
}

function podOf({ flags }: Context, name: string, words: readonly string[]): JsonObject {
  const env = flags.list('env').map((word) => {
    const equals = word.indexOf('=');
    const variable = word.slice(0, equals);
    if (equals <= 0 || envNameProblem(variable) !== undefined) throw new KubectlError(`invalid env: ${word}`);
    const value = word.slice(equals + 1);
    return { name: variable, ...(value === '' ? {} : { value }) };
  });
  const annotations = annotationsOf(flags.list('annotations'));
  const labels = flags.text('labels') ? parseLabelSpec(flags.text('labels')) : { run: name };
  const pull = flags.text('image-pull-policy');
  const port = flags.text('port');
  const container: JsonObject = {
    image: flags.text('image'),
    name,
    resources: {},
    ...(words.length === 0 ? {} : { [flags.bool('command') ? 'command' : 'args']: words }),
    ...(env.length === 0 ? {} : { env }),
    ...(pull === '' ? {} : { imagePullPolicy: pull }),
    ...(port === '' ? {} : { ports: [{ containerPort: atoi(port) }] }),
    ...(flags.bool('stdin') ? { stdin: true } : {}),
    ...(flags.bool('stdin') && !flags.bool('leave-stdin-open') ? { stdinOnce: true } : {}),
    ...(flags.bool('tty') ? { tty: true } : {}),
  };
  const metadata = newMetadata(name, { labels, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) });
  const restartPolicy = flags.text('restart') || 'Always';
  const spec = { containers: [container], dnsPolicy: 'ClusterFirst', restartPolicy };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec, status: {} };
}

function annotationsOf(words: readonly string[]): Record<string, string> {
  const annotations: Record<string, string> = {};
  const wrong: string[] = [];
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals > 0) annotations[word.slice(0, equals)] = word.slice(equals + 1);
    else wrong.push(word);
  }
  if (wrong.length > 0) throw new KubectlError(`invalid annotations format: ${wrong.join(', ')}`);
  return annotations;
}

function serviceFor({ flags }: Context, name: string): JsonObject {
  const labels = flags.text('labels');
  const port = atoi(flags.text('port'));
  const metadata = newMetadata(name, labels ? { labels: parseLabelSpec(labels) } : {});
  const selector = parseLabelSpec(labels || `run=${name}`);
  return newService(metadata, { ports: [{ port, protocol: 'TCP', targetPort: port }], selector });
}
