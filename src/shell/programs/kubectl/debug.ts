// `kubectl debug` (kubectl/pkg/cmd/debug, 1.32): a container added to a pod that runs, a copy of a pod with something
// changed, or a pod on a node.
// Departures: no program reads the input of `attach`, so an interactive shell is one that runs beside the container's
// own, which goes on when the shell ends; names made by chance follow from the world instead.

import { fnv1a32 } from '../../../sim/engine/hash.ts';
import { resourcePath, strategicMergePatchType } from './client.ts';
import { type Context, ownSignal } from './context.ts';
import { follow, shellIn } from './attach.ts';
import { checkConnect, talk } from './conversation.ts';
import { applyProfile, isProfile } from './debug-profiles.ts';
import { KubectlError } from './errors.ts';
import { type JsonObject, isObject, kindOf, listAt, mapAt, nameOf, namespaceOf, objectAt, textAt } from './object.ts';
import { isImageReference } from './run.ts';
import { find } from './visit.ts';

export async function run(context: Context): Promise<undefined> {
  const { args, parsed, flags } = context;
  const words = parsed.dash >= 0 ? args.slice(parsed.dash) : [];
  const names = parsed.dash >= 0 ? args.slice(0, parsed.dash) : args;
  if (!isProfile(flags.text('profile'))) throw new KubectlError(`unknown profile: ${flags.text('profile')}`);
  await check(context, names, words);
  const single = names.map((name) => (name.includes('/') ? name : `pods/${name}`));
  const { items, errors } = await find(context, { args: single });
  for (const { object, resource } of items) {
    const at = kindOf(object);
    if (at !== 'Pod' && at !== 'Node') {
      const { group, version, kind } = resource;
      throw new KubectlError(`"${group}/${version}, Kind=${kind}" not supported by debug`);
    }
    const made =
      at === 'Node'
        ? await onNode(context, object, words)
        : flags.text('copy-to') === ''
          ? await inPod(context, object, words)
          : await copyOf(context, object, words);
    const attach = flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin');
    if (attach && made.container !== '') await attachTo(context, made.pod, made.container);
  }
  if (errors[0]) throw errors[0];
  return undefined;
}

async function check(context: Context, names: readonly string[], words: readonly string[]): Promise<void> {
  const { flags } = context;
  const has = (flag: string) => flags.text(flag) !== '';
  const images = flags.list('set-image');
  const fail = (message: string): never => {
    throw new KubectlError(message);
  };
  if (flags.changed('attach') && flags.bool('attach') && !has('image') && !has('container'))
    fail('you must specify --container or create a new container using --image in order to attach.');
  if (has('copy-to')) {
    if (!has('image') && images.length === 0 && words.length === 0)
      fail('you must specify --image, --set-image or command arguments.');
    if (words.length > 0 && !has('container') && !has('image'))
      fail('you must specify an existing container or a new image when specifying args.');
  } else if (flags.bool('replace')) fail('--replace may only be used with --copy-to.');
  else if (flags.bool('same-node')) fail('--same-node may only be used with --copy-to.');
  else if (images.length > 0) fail('--set-image may only be used with --copy-to.');
  else if (!has('image')) fail('you must specify --image when not using --copy-to.');
  const image = flags.text('image');
  if (image !== '' && !isImageReference(image))
    fail(`invalid image name ${JSON.stringify(image)}: invalid reference format`);
  if (names.length === 0 && context.filenames.length === 0) fail('NAME or filename is required for debug');
  const policy = flags.text('image-pull-policy');
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(policy)) fail(`invalid image pull policy: ${policy}`);
  for (const [name, set] of pairsOf(images))
    if (!isImageReference(set))
      fail(`invalid image name ${JSON.stringify(set)} for container ${JSON.stringify(name)}: invalid reference format`);
  if (has('target')) {
    if (has('copy-to')) fail('--target is incompatible with --copy-to. Use --share-processes instead.');
    await say(
      context,
      `Targeting container ${JSON.stringify(flags.text('target'))}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.`,
    );
  }
  if (flags.bool('tty') && !flags.bool('stdin')) fail('-i/--stdin is required for containers with -t/--tty=true');
  if (flags.text('profile') === 'legacy')
    await context.err(
      '--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example "--profile=general".\n',
    );
}

async function say(context: Context, text: string): Promise<void> {
  if (!context.flags.bool('quiet')) await context.out(`${text}\n`);
}

function pairsOf(words: readonly string[]): (readonly [string, string])[] {
  return words
    .flatMap((word) => word.split(','))
    .map((word) => {
      const at = word.indexOf('=');
      return [word.slice(0, at), word.slice(at + 1)] as const;
    });
}

interface Made {
  readonly pod: JsonObject;
  /** To attach to; empty where there is none. */
  readonly container: string;
}

/** What the flags say of the container. */
function containerOf({ flags }: Context, name: string, words: readonly string[]): JsonObject {
  const env = pairsOf(flags.list('env')).map(([key, value]) => ({ name: key, value }));
  const policy = flags.text('image-pull-policy');
  return {
    name,
    image: flags.text('image'),
    ...(words.length === 0 ? {} : flags.bool('arguments-only') ? { args: [...words] } : { command: [...words] }),
    ...(env.length === 0 ? {} : { env }),
    resources: {},
    ...(policy === '' ? {} : { imagePullPolicy: policy }),
    ...(flags.bool('stdin') ? { stdin: true } : {}),
    terminationMessagePolicy: 'File',
    ...(flags.bool('tty') ? { tty: true } : {}),
  };
}

async function nameFor(context: Context, pod: JsonObject): Promise<string> {
  const given = context.flags.text('container');
  if (given !== '') return given;
  const taken = new Set(allContainers(pod).map((one) => textAt(one, 'name')));
  for (let n = 0; ; n++) {
    const name = `debugger-${suffix(context, `${textAt(pod, 'metadata', 'uid')} ${n}`)}`;
    if (taken.has(name)) continue;
    await say(context, `Defaulting debug container name to ${name}.`);
    return name;
  }
}

function allContainers(pod: JsonObject): JsonObject[] {
  return ['containers', 'initContainers', 'ephemeralContainers'].flatMap((key) =>
    listAt(pod, 'spec', key).filter(isObject),
  );
}

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

function suffix({ proc }: Context, salt: string): string {
  let rest = fnv1a32(`${salt} ${proc.host.now()}`);
  let out = '';
  for (; out.length < 5; rest = Math.floor(rest / LETTERS.length)) out += LETTERS[rest % LETTERS.length] ?? '';
  return out;
}

async function inPod(context: Context, pod: JsonObject, words: readonly string[]): Promise<Made> {
  const name = await nameFor(context, pod);
  const target = context.flags.text('target');
  const plain = { ...containerOf(context, name, words), ...(target === '' ? {} : { targetContainerName: target }) };
  const container = applyProfile(context.flags.text('profile'), 'ephemeral', plain);
  const resource = await context.client.resource('pods');
  const order = [...listAt(pod, 'spec', 'ephemeralContainers').map((one) => textAt(one, 'name')), name];
  const body = {
    spec: {
      '$setElementOrder/ephemeralContainers': order.map((one) => ({ name: one })),
      ephemeralContainers: [container],
    },
  };
  const patched = await context.client.patch(
    resource,
    namespaceOf(pod),
    nameOf(pod),
    strategicMergePatchType,
    body,
    {},
    'ephemeralcontainers',
  );
  return { pod: patched, container: name };
}

async function onNode(context: Context, node: JsonObject, words: readonly string[]): Promise<Made> {
  const { flags } = context;
  const container = flags.text('container') || 'debugger';
  const name = `node-debugger-${nameOf(node)}-${suffix(context, nameOf(node))}`;
  await say(context, `Creating debugging pod ${name} with container ${container} on node ${nameOf(node)}.`);
  const profile = flags.text('profile');
  const own = applyProfile(profile, 'node', containerOf(context, container, words));
  const restricted = profile === 'restricted' || profile === 'baseline';
  const netadmin = profile === 'netadmin';
  const body: JsonObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'kubectl-debug' } },
    spec: {
      ...(restricted || netadmin ? {} : { volumes: [{ name: 'host-root', hostPath: { path: '/' } }] }),
      containers: [
        restricted || netadmin ? own : { ...own, volumeMounts: [{ name: 'host-root', mountPath: '/host' }] },
      ],
      restartPolicy: 'Never',
      nodeName: nameOf(node),
      ...(restricted ? {} : { hostNetwork: true, hostPID: true, hostIPC: true }),
      tolerations: [{ operator: 'Exists' }],
    },
  };
  return { pod: await createPod(context, await context.namespace(), body), container };
}

async function createPod(context: Context, namespace: string, body: JsonObject): Promise<JsonObject> {
  const path = resourcePath(await context.client.resource('pods'), namespace);
  return context.client.request('POST', path, { body });
}

async function copyOf(context: Context, pod: JsonObject, words: readonly string[]): Promise<Made> {
  const { flags } = context;
  const profile = flags.text('profile');
  const { ephemeralContainers: _old, nodeName, ...spec } = objectAt(pod, 'spec');
  const images = new Map(pairsOf(flags.list('set-image')));
  const containers = listAt(pod, 'spec', 'containers')
    .filter(isObject)
    .map((one) => {
      const image = images.get(textAt(one, 'name')) ?? images.get('*');
      return image === undefined ? one : { ...one, image };
    });
  const existing = containers.findIndex((one) => textAt(one, 'name') === flags.text('container'));
  let name = flags.text('container');
  const debugs = existing >= 0 || flags.text('image') !== '';
  if (!debugs && images.size === 0) throw new KubectlError('you must specify image when creating new container');
  if (debugs) {
    if (existing < 0) name = await nameFor(context, pod);
    const { image, resources, terminationMessagePolicy, ...wish } = containerOf(context, name, words);
    const { stdin: _stdin, tty: _tty, args, ...before } = containers[existing] ?? {};
    const kept = args !== undefined && !(words.length > 0 && !flags.bool('arguments-only')) ? { args } : {};
    const base = existing < 0 ? { resources: resources ?? {}, terminationMessagePolicy } : { ...before, ...kept };
    const changed = { ...base, ...wish, ...(image === '' ? {} : { image }) } as JsonObject;
    containers[existing < 0 ? containers.length : existing] = applyProfile(profile, 'copy', changed);
  }
  const share = flags.changed('share-processes')
    ? { shareProcessNamespace: flags.bool('share-processes') }
    : profile === 'legacy' || profile === 'restricted' || !debugs
      ? {}
      : { shareProcessNamespace: true };
  const body: JsonObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: flags.text('copy-to'),
      namespace: namespaceOf(pod),
      ...keptMaps(context, pod, debugs),
    },
    spec: {
      ...spec,
      ...(flags.bool('same-node') && nodeName !== undefined ? { nodeName } : {}),
      ...share,
      ...(flags.bool('keep-init-containers') ? {} : { initContainers: [] }),
      containers: profile === 'legacy' ? containers : containers.map((one) => withoutProbes(context, one)),
    },
  };
  const created = await createPod(context, namespaceOf(pod), body);
  if (flags.bool('replace')) {
    const path = resourcePath(await context.client.resource('pods'), namespaceOf(pod), nameOf(pod));
    await context.client.request('DELETE', path, { body: { gracePeriodSeconds: 0 } });
  }
  return { pod: created, container: debugs ? name : '' };
}

/** A copy that answered for the pod would be sent its traffic, so most profiles leave its labels behind. */
function keptMaps({ flags }: Context, pod: JsonObject, leaves: boolean): JsonObject {
  const out: Record<string, JsonObject> = {};
  for (const key of ['annotations', 'labels'] as const) {
    const map = mapAt(pod, 'metadata', key);
    if (Object.keys(map).length > 0 && (!leaves || flags.bool(`keep-${key}`))) out[key] = map;
  }
  return out;
}

function withoutProbes({ flags }: Context, container: JsonObject): JsonObject {
  const gone = ['liveness', 'readiness', 'startup'].filter((probe) => !flags.bool(`keep-${probe}`));
  return Object.fromEntries(
    Object.entries(container).filter(([key]) => !gone.some((probe) => key === `${probe}Probe`)),
  );
}

// ---- Attaching

async function attachTo(context: Context, made: JsonObject, container: string): Promise<void> {
  const { flags, proc } = context;
  const pod = await running(context, made, container);
  if (isObject(objectAt(statusOf(pod, container), 'state')['terminated'])) {
    await logs(context, pod, container);
    return;
  }
  await checkConnect(context, pod, 'attach');
  if (flags.bool('tty') && !proc.stdin.isTTY && !flags.bool('quiet'))
    await context.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  if (!flags.bool('quiet')) await context.err("If you don't see a command prompt, try pressing enter.\n");
  const command = shellIn(pod, container);
  if (flags.bool('stdin') && command) {
    const tty = flags.bool('tty') && proc.stdin.isTTY;
    const [out, err] = [(text: string) => context.out(text), (text: string) => context.err(text)];
    await talk(context, { pod, container, command, input: proc.stdin, tty, out, err });
  } else await follow(context, pod, container, -1);
}

function statusOf(pod: JsonObject, container: string): JsonObject | undefined {
  return ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses']
    .flatMap((key) => listAt(pod, 'status', key).filter(isObject))
    .find((status) => textAt(status, 'name') === container);
}

/** The pod once the container runs or has ended; however long that takes. */
async function running(context: Context, made: JsonObject, container: string): Promise<JsonObject> {
  const { client, flags, proc } = context;
  const resource = await client.resource('pods');
  const query = { fieldSelector: `metadata.name=${nameOf(made)}` };
  const list = await client.list(resource, namespaceOf(made), query);
  const seen = async (pod: JsonObject): Promise<boolean> => {
    const state = objectAt(statusOf(pod, container), 'state');
    if (isObject(state['running']) || isObject(state['terminated'])) return true;
    const message = textAt(state, 'waiting', 'message');
    if (message !== '' && !flags.bool('quiet')) await context.err(`Warning: container ${container}: ${message}\n`);
    return false;
  };
  for (const pod of listAt(list, 'items').filter(isObject)) if (await seen(pod)) return pod;
  const { signal, stop } = ownSignal(proc.signal);
  try {
    const since = { ...query, resourceVersion: textAt(list, 'metadata', 'resourceVersion') };
    for await (const { object, type } of client.watch(resource, namespaceOf(made), since, { signal })) {
      if (type === 'DELETED') throw new KubectlError('pods "" not found');
      if (await seen(object)) return object;
    }
  } finally {
    stop();
  }
  throw new KubectlError('timed out waiting for the condition');
}

async function logs(context: Context, pod: JsonObject, container: string): Promise<void> {
  const path = resourcePath(await context.client.resource('pods'), namespaceOf(pod), nameOf(pod), 'log');
  const answer = await context.client.send('GET', path, { query: { container } });
  await context.out(await answer.text());
}
