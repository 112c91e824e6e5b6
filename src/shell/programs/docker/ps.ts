// `docker ps` (docker/cli 28.2, cli/command/container/list.go, cli/command/formatter/container.go).

import { filtersOf } from './client.ts';
import type { Context } from './context.ts';
import { formatOf, formatRows } from './format.ts';
import { type Json, isList, listAt, numberAt, objectAt, textAt, textsAt } from './json.ts';
import { Row } from './template/index.ts';
import { displayablePorts, ellipsis, goQuote, joinLabels, naturally, shortId } from './text.ts';
import { goTime, humanDuration, humanSize } from './units.ts';

const headers = {
  ID: 'CONTAINER ID',
  Names: 'NAMES',
  Image: 'IMAGE',
  Command: 'COMMAND',
  CreatedAt: 'CREATED AT',
  RunningFor: 'CREATED',
  Ports: 'PORTS',
  State: 'STATE',
  Status: 'STATUS',
  Size: 'SIZE',
  Labels: 'LABELS',
  Mounts: 'MOUNTS',
  LocalVolumes: 'LOCAL VOLUMES',
  Networks: 'NETWORKS',
};

const table = '{{.ID}}\\t{{.Image}}\\t{{.Command}}\\t{{.RunningFor}}\\t{{.Status}}\\t{{.Ports}}\\t{{.Names}}';

export async function run(context: Context): Promise<void> {
  const { flags } = context;
  const withSize = flags.bool('size');
  const format = formatOf(context, { table: withSize ? `${table}\\t{{.Size}}` : table, quiet: '{{.ID}}' });
  const last = flags.bool('latest') && !flags.changed('last') ? 1 : flags.int('last');
  const filters = filtersOf(flags.list('filter'));
  const list = await context.engine.get('/containers/json', {
    all: flags.bool('all') ? 1 : undefined,
    limit: last > 0 ? last : undefined,
    size: withSize || /\{\{[^}]*\.Size\b/.test(format) ? 1 : undefined,
    filters,
  });
  const rows = (isList(list) ? list : []).map((one) => containerRow(one, context.nowMs, !flags.bool('no-trunc')));
  await context.out(formatRows(format, { headers }, rows));
}

export function containerRow(item: Json, nowMs: number, trunc: boolean): Row {
  const created = numberAt(item, 'Created') * 1000;
  return new Row('*formatter.ContainerContext', {
    Command: () => goQuote(trunc ? ellipsis(textAt(item, 'Command'), 20) : textAt(item, 'Command')),
    CreatedAt: () => goTime(created),
    ID: () => (trunc ? shortId(textAt(item, 'Id')) : textAt(item, 'Id')),
    Image: () => imageOf(item, trunc),
    Label: () => (name) => (typeof name === 'string' ? textAt(objectAt(item, 'Labels'), name) : ''),
    Labels: () => joinLabels(objectAt(item, 'Labels')),
    LocalVolumes: () => String(listAt(item, 'Mounts').filter((mount) => textAt(mount, 'Driver') === 'local').length),
    Mounts: () =>
      listAt(item, 'Mounts')
        .map((mount) => textAt(mount, 'Name') || textAt(mount, 'Source'))
        .map((name) => (trunc ? ellipsis(name, 15) : name))
        .join(','),
    Names: () => namesOf(item, trunc),
    Networks: () =>
      Object.keys(objectAt(item, 'NetworkSettings', 'Networks'))
        .sort()
        .join(','),
    Platform: () => null,
    Ports: () => displayablePorts(listAt(item, 'Ports')),
    RunningFor: () => `${humanDuration(nowMs - created)} ago`,
    Size: () => {
      const [own, all] = [numberAt(item, 'SizeRw'), numberAt(item, 'SizeRootFs')];
      return all > 0 ? `${humanSize(own, 3)} (virtual ${humanSize(all, 3)})` : humanSize(own, 3);
    },
    State: () => textAt(item, 'State'),
    Status: () => textAt(item, 'Status'),
  });
}

/** Names that links give are left out, where there is no `--no-trunc`. */
function namesOf(item: Json, trunc: boolean): string {
  const names = textsAt(item, 'Names').map((name) => name.replace(/^\//, ''));
  return names
    .filter((name) => !trunc || !name.includes('/'))
    .sort(naturally)
    .join(',');
}

function imageOf(item: Json, trunc: boolean): string {
  const [image, id] = [textAt(item, 'Image'), textAt(item, 'ImageID')];
  if (image === '') return '<no image>';
  if (!trunc) return image;
  if (shortId(id) === shortId(image)) return shortId(id);
  return image.replace(/@sha256:[\da-f]{64}$/, '');
}
