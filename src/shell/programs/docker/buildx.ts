// What the multi-platform story needs of docker/buildx 0.24 and of `docker manifest`: the builder there is, and which
// platforms a registry has an image for, as far as the engine tells.

import { fullString, withDefaultTag } from '../../../sim/containers/images/reference.ts';
import type { Context } from './context.ts';
import { DockerError, notSimulated } from './errors.ts';
import { reference } from './images.ts';
import { goJson, isObject, type Json, listAt, numberAt, textAt } from './json.ts';
import { documentTemplate, fill } from './system.ts';

export async function run(context: Context): Promise<void> {
  switch (context.path) {
    case 'buildx version':
      return context.out('github.com/docker/buildx v0.24.0 d0e5e86\n');
    case 'buildx ls':
      return builders(context);
    case 'manifest inspect':
      return manifest(context);
    default:
      return imagetools(context);
  }
}

async function builders(context: Context): Promise<void> {
  const info = await context.engine.get('/info');
  const machine = textAt(info, 'Architecture');
  const platforms = machine === 'aarch64' ? 'linux/arm64' : 'linux/amd64 (+3)';
  await context.out(
    'NAME/NODE     DRIVER/ENDPOINT   STATUS    BUILDKIT   PLATFORMS\n' +
      `default*      docker                                 \n` +
      ` \\_ default    \\_ default       running   v0.22.0    ${platforms}\n`,
  );
}

interface Distribution {
  readonly descriptor: Json;
  readonly platforms: readonly Json[];
}

async function distribution(context: Context, name: string): Promise<Distribution> {
  const found = await context.engine.get(`/distribution/${name}/json`);
  return { descriptor: isObject(found) ? (found['Descriptor'] ?? null) : null, platforms: listAt(found, 'Platforms') };
}

const platformName = (platform: Json): string =>
  ['os', 'architecture', 'variant']
    .map((key) => textAt(platform, key))
    .filter((part) => part !== '')
    .join('/');

async function imagetools(context: Context): Promise<void> {
  const { flags } = context;
  const target = withDefaultTag(reference(context.arg(0)));
  if (flags.bool('raw')) throw notSimulated('the flag --raw');
  const { descriptor, platforms } = await distribution(context, fullString(target));
  const format = flags.text('format');
  if (format !== '') {
    await context.out(`${fill(documentTemplate(format, 'template parsing error'), { Manifest: descriptor })}\n`);
    return;
  }
  const digest = textAt(descriptor, 'digest');
  let text = `Name:      ${fullString(target)}\nMediaType: ${textAt(descriptor, 'mediaType')}\nDigest:    ${digest}\n`;
  if (platforms.length > 1) {
    text += '           \nManifests: \n';
    text += platforms.map((one) => `  Platform:    ${platformName(one)}\n`).join('');
  }
  await context.out(text);
}

async function manifest(context: Context): Promise<void> {
  if (context.args.length > 1) throw notSimulated("a manifest list of one's own");
  const { descriptor, platforms } = await distribution(context, fullString(withDefaultTag(reference(context.arg(0)))));
  if (platforms.length === 0)
    throw new DockerError(`no such manifest: ${fullString(withDefaultTag(reference(context.arg(0))))}`);
  const manifests = platforms.map((platform) => ({
    platform: {
      architecture: textAt(platform, 'architecture'),
      os: textAt(platform, 'os'),
      ...(textAt(platform, 'variant') !== '' && { variant: textAt(platform, 'variant') }),
    },
  }));
  const document = {
    schemaVersion: 2,
    mediaType: textAt(descriptor, 'mediaType'),
    size: numberAt(descriptor, 'size'),
    manifests,
  };
  await context.out(`${goJson(document, { indent: 3 })}\n`);
}
