// `docker pull` and `docker push` (docker/cli 28.2, cli/command/image/pull.go and push.go).

import { fullName, fullString, type Reference, withDefaultTag } from '../../../sim/containers/images/reference.ts';
import type { Context } from './context.ts';
import { DockerError } from './errors.ts';
import { platformQuery, reference } from './images.ts';
import { registryAuth } from './login.ts';
import { showProgress } from './progress.ts';

export async function run(context: Context): Promise<void> {
  await (context.path === 'image push' ? push(context) : pullCommand(context));
}

async function pullCommand(context: Context): Promise<void> {
  const { flags } = context;
  const named = reference(context.arg(0));
  const quiet = flags.bool('quiet');
  const all = flags.bool('all-tags');
  const whole = named.tag === undefined && named.digest === undefined;
  if (all && !whole) throw new DockerError("tag can't be used with --all-tags/-a");
  const target = whole && !all ? withDefaultTag(named) : named;
  if (whole && !all && !quiet) await context.out(`Using default tag: ${target.tag ?? ''}\n`);
  await pull(context, target, { platform: flags.text('platform'), quiet, out: (text) => context.out(text) });
  await context.out(`${fullString(target)}\n`);
}

interface PullWish {
  readonly platform: string;
  readonly quiet: boolean;
  readonly out: (text: string) => Promise<void>;
}

export async function pull(context: Context, target: Reference, { platform, quiet, out }: PullWish): Promise<void> {
  const { proc, engine } = context;
  const answer = await engine.request('POST', '/images/create', {
    query: {
      fromImage: fullName(target),
      platform: platform === '' ? undefined : platform.toLowerCase(),
      tag: target.digest ?? target.tag,
    },
    headers: registryAuth(context, target.domain),
  });
  await showProgress(answer, {
    write: quiet ? () => Promise.resolve() : out,
    isTTY: proc.stdout.isTTY && !quiet,
    columns: proc.columns,
  });
}

async function push(context: Context): Promise<void> {
  const { flags, proc, engine } = context;
  const named = reference(context.arg(0));
  const all = flags.bool('all-tags');
  const quiet = flags.bool('quiet');
  if (all && named.tag !== undefined) throw new DockerError("tag can't be used with --all-tags/-a");
  const target = all ? named : withDefaultTag(named);
  if (!all && named.tag === undefined && named.digest === undefined && !quiet) {
    await context.out(`Using default tag: ${target.tag ?? ''}\n`);
  }
  const answer = await engine.request('POST', `/images/${fullName(target)}/push`, {
    query: { platform: platformQuery(flags.text('platform')), tag: target.tag },
    headers: { 'x-registry-auth': 'e30=', ...registryAuth(context, target.domain) },
  });
  await showProgress(answer, {
    write: quiet ? () => Promise.resolve() : (text) => context.out(text),
    isTTY: proc.stdout.isTTY && !quiet,
    columns: proc.columns,
  });
  if (quiet) await context.out(`${fullString(target)}\n`);
}
