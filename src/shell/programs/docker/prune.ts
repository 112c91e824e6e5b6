// The prunes (docker/cli 28.2, cli/command/{container,image,network,volume,builder,system}/prune.go).

import { filtersOf } from './client.ts';
import type { Context } from './context.ts';
import { Exit } from './errors.ts';
import { type Json, listAt, numberAt, textAt, textsAt } from './json.ts';
import { humanSize } from './units.ts';

interface Pruned {
  readonly text: string;
  readonly bytes: number;
}

const ask = 'Are you sure you want to continue?';

export async function run(context: Context): Promise<void> {
  const { flags, path } = context;
  const all = flags.has('all') && flags.bool('all');
  const filters = flags.has('filter') ? flags.list('filter') : [];
  if (path === 'system prune') return everything(context, all, filters);
  const warnings: Readonly<Record<string, string>> = {
    'container prune': 'This will remove all stopped containers.',
    'image prune': all
      ? 'This will remove all images without at least one container associated to them.'
      : 'This will remove all dangling images.',
    'network prune': 'This will remove all custom networks not used by at least one container.',
    'volume prune': all
      ? 'This will remove all local volumes not used by at least one container.'
      : 'This will remove anonymous local volumes not used by at least one container.',
    'builder prune': all ? 'This will remove all build cache.' : 'This will remove all dangling build cache.',
  };
  const separator = path === 'builder prune' ? ' ' : '\n';
  await agreed(context, `WARNING! ${warnings[path] ?? ''}${separator}${ask}`);
  const { text, bytes } = (await pruners[path.split(' ')[0] ?? '']?.(context, all, filters)) ?? { text: '', bytes: 0 };
  if (text !== '') await context.out(`${text}\n`);
  if (path !== 'network prune') await context.out(`Total reclaimed space: ${humanSize(bytes)}\n`);
}

async function agreed(context: Context, question: string): Promise<void> {
  if (context.flags.bool('force') || (await context.confirm(question))) return;
  throw new Exit(0);
}

type Pruner = (context: Context, all: boolean, filters: readonly string[]) => Promise<Pruned>;

const deleted = (title: string, names: readonly string[]): string =>
  names.length === 0 ? '' : `${title}:\n${names.map((name) => `${name}\n`).join('')}`;

const post = (
  context: Context,
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): Promise<Json> => context.engine.json('POST', path, { query });

const pruners: Readonly<Record<string, Pruner>> = {
  container: async (context, _, filters) => {
    const report = await post(context, '/containers/prune', { filters: filtersOf(filters) });
    return {
      text: deleted('Deleted Containers', textsAt(report, 'ContainersDeleted')),
      bytes: numberAt(report, 'SpaceReclaimed'),
    };
  },
  network: async (context, _, filters) => {
    const report = await post(context, '/networks/prune', { filters: filtersOf(filters) });
    return { text: deleted('Deleted Networks', textsAt(report, 'NetworksDeleted')), bytes: 0 };
  },
  volume: async (context, all, filters) => {
    const report = await post(context, '/volumes/prune', { filters: filtersOf(filters, all ? { all: 'true' } : {}) });
    return {
      text: deleted('Deleted Volumes', textsAt(report, 'VolumesDeleted')),
      bytes: numberAt(report, 'SpaceReclaimed'),
    };
  },
  image: async (context, all, filters) => {
    const report = await post(context, '/images/prune', { filters: filtersOf(filters, { dangling: String(!all) }) });
    const lines = listAt(report, 'ImagesDeleted').map((one) => {
      const untagged = textAt(one, 'Untagged');
      return untagged === '' ? `deleted: ${textAt(one, 'Deleted')}` : `untagged: ${untagged}`;
    });
    return { text: deleted('Deleted Images', lines), bytes: numberAt(report, 'SpaceReclaimed') };
  },
  builder: async (context, all, filters) => {
    const report = await post(context, '/build/prune', { all: all ? 1 : undefined, filters: filtersOf(filters) ?? '' });
    return {
      text: deleted('Deleted build cache objects', textsAt(report, 'CachesDeleted')),
      bytes: numberAt(report, 'SpaceReclaimed'),
    };
  },
};

async function everything(context: Context, all: boolean, filters: readonly string[]): Promise<void> {
  const volumes = context.flags.bool('volumes');
  const removed = [
    'all stopped containers',
    'all networks not used by at least one container',
    ...(volumes ? ['all anonymous volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
    all ? 'all build cache' : 'unused build cache',
  ];
  const filtered =
    filters.length === 0
      ? ''
      : `\n  Items to be pruned will be filtered with:\n${filters.map((one) => `  - ${one}\n`).join('')}`;
  const list = removed.map((one) => `  - ${one}\n`).join('');
  await agreed(context, `WARNING! This will remove:\n${list}${filtered}\n${ask}`);
  let total = 0;
  for (const kind of ['container', 'network', ...(volumes ? ['volume'] : []), 'image', 'builder']) {
    const { text, bytes } = (await pruners[kind]?.(context, kind === 'volume' ? false : all, filters)) ?? {
      text: '',
      bytes: 0,
    };
    total += bytes;
    if (text !== '') await context.out(`${text}\n`);
  }
  await context.out(`Total reclaimed space: ${humanSize(total)}\n`);
}
