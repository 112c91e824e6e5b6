// Which builder works (docker/cli 28.2, cmd/docker/builder.go): BuildKit where the engine offers it, which the page's
// docker speaks itself; else the old one, and what docker says of that.

import type { Proc } from '../../program.ts';
import { DockerError } from './errors.ts';

/** `DOCKER_BUILDKIT`: undefined when it says nothing. */
export function buildKitWished(proc: Proc): boolean | undefined {
  const value = proc.env['DOCKER_BUILDKIT'] ?? '';
  if (value === '') return undefined;
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw new DockerError(
    `DOCKER_BUILDKIT environment variable expects boolean value: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
  );
}

const NO_BUILDX =
  'DEPRECATED: The legacy builder is deprecated and will be removed in a future release.\n' +
  '            Install the buildx component to build images with BuildKit:\n' +
  '            https://docs.docker.com/go/buildx/\n\n';

const DISABLED =
  'DEPRECATED: The legacy builder is deprecated and will be removed in a future release.\n' +
  '            BuildKit is currently disabled; enable it by removing the DOCKER_BUILDKIT=0\n' +
  '            environment-variable.\n\n';

/** Whether the engine builds with BuildKit, which its `Builder-Version` tells. */
export async function offersBuildKit(proc: Proc): Promise<boolean> {
  if (!proc.host.docker) return false;
  try {
    const answer = await proc.host.docker(proc.task, { method: 'GET', path: '/_ping', headers: {} }, proc.signal);
    return answer.headers['builder-version'] === '2';
  } catch {
    return false;
  }
}

export async function legacyNotice(proc: Proc): Promise<void> {
  const wished = buildKitWished(proc);
  if (wished === false) {
    await proc.stderr.write(DISABLED);
    return;
  }
  if (await offersBuildKit(proc)) return;
  if (wished === true) {
    throw new DockerError(
      'ERROR: BuildKit is enabled but the buildx component is missing or broken.\n' +
        '       Install the buildx component to build images with BuildKit:\n' +
        '       https://docs.docker.com/go/buildx/',
    );
  }
  await proc.stderr.write(NO_BUILDX);
}
