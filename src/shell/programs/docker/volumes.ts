// Volumes: ls, create, rm (docker/cli 28.2, cli/command/volume). Left out: volumes of a cluster.

import { filtersOf } from './client.ts';
import { splitPair } from './container-config.ts';
import type { Context } from './context.ts';
import { DockerError, each } from './errors.ts';
import { formatOf, formatRows } from './format.ts';
import { type Json, listAt, numberAt, objectAt, textAt } from './json.ts';
import { Row } from './template/index.ts';
import { joinLabels, naturally } from './text.ts';
import { humanSize } from './units.ts';

export async function run(context: Context): Promise<void> {
  switch (context.path) {
    case 'volume ls':
      return list(context);
    case 'volume create':
      return create(context);
    default:
      return each(context.args, async (name) => {
        await context.engine.act('DELETE', `/volumes/${name}`, {
          query: { force: context.flags.bool('force') ? 1 : undefined },
        });
        await context.out(`${name}\n`);
      });
  }
}

export const volumeHeaders = {
  Name: 'VOLUME NAME',
  Driver: 'DRIVER',
  Scope: 'SCOPE',
  Availability: 'AVAILABILITY',
  Mountpoint: 'MOUNTPOINT',
  Labels: 'LABELS',
  Links: 'LINKS',
  Size: 'SIZE',
  Group: 'GROUP',
  Status: 'STATUS',
};

async function list(context: Context): Promise<void> {
  const format = formatOf(context, { table: '{{.Driver}}\\t{{.Name}}', quiet: '{{.Name}}' });
  const found = await context.engine.get('/volumes', { filters: filtersOf(context.flags.list('filter')) });
  const all = [...listAt(found, 'Volumes')].sort((a, b) => naturally(textAt(a, 'Name'), textAt(b, 'Name')));
  await context.out(formatRows(format, { headers: volumeHeaders }, all.map(volumeRow)));
}

export function volumeRow(item: Json): Row {
  const usage = objectAt(item, 'UsageData');
  const known = Object.keys(usage).length > 0;
  return new Row('*formatter.volumeContext', {
    Availability: () => 'N/A',
    Driver: () => textAt(item, 'Driver'),
    Group: () => 'N/A',
    Label: () => (name) => (typeof name === 'string' ? textAt(objectAt(item, 'Labels'), name) : ''),
    Labels: () => joinLabels(objectAt(item, 'Labels')),
    Links: () => (known ? String(numberAt(usage, 'RefCount')) : 'N/A'),
    Mountpoint: () => textAt(item, 'Mountpoint'),
    Name: () => textAt(item, 'Name'),
    Scope: () => textAt(item, 'Scope'),
    Size: () => (known ? humanSize(numberAt(usage, 'Size')) : 'N/A'),
    Status: () => 'N/A',
  });
}

async function create(context: Context): Promise<void> {
  const { flags, args } = context;
  if (args[0] !== undefined && flags.text('name') !== '') {
    throw new DockerError(
      'conflicting options: cannot specify a volume-name through both --name and as a positional arg',
    );
  }
  const name = args[0] ?? flags.text('name');
  const made = await context.engine.json('POST', '/volumes/create', {
    body: {
      Driver: flags.text('driver'),
      ...(flags.changed('opt') && { DriverOpts: Object.fromEntries(flags.list('opt').map(splitPair)) }),
      ...(flags.changed('label') && { Labels: Object.fromEntries(flags.list('label').map(splitPair)) }),
      ...(name !== '' && { Name: name }),
    },
  });
  await context.out(`${textAt(made, 'Name')}\n`);
}
