// `docker system df` (docker/cli 28.2, cli/command/formatter/disk_usage.go).

import type { Context } from './context.ts';
import { DockerError } from './errors.ts';
import { formatRows } from './format.ts';
import { imageRow } from './images.ts';
import { boolAt, type Json, listAt, numberAt, textAt, textsAt } from './json.ts';
import { containerRow } from './ps.ts';
import { Row } from './template/index.ts';
import { shortId } from './text.ts';
import { humanDuration, humanSize, unixMs } from './units.ts';
import { volumeHeaders, volumeRow } from './volumes.ts';

const headers = { Type: 'TYPE', TotalCount: 'TOTAL', Active: 'ACTIVE', Size: 'SIZE', Reclaimable: 'RECLAIMABLE' };
const table = 'table {{.Type}}\\t{{.TotalCount}}\\t{{.Active}}\\t{{.Size}}\\t{{.Reclaimable}}';

export async function run(context: Context): Promise<void> {
  const { flags } = context;
  const format = flags.text('format');
  const found = await context.engine.get('/system/df');
  if (flags.bool('verbose')) {
    if (format !== '') throw new DockerError('the verbose and the format options conflict');
    await context.out(verbose(found, context.nowMs));
    return;
  }
  await context.out(formatRows(format === '' || format === 'table' ? table : format, { headers }, summary(found)));
}

function sum(items: readonly Json[], value: (item: Json) => number): number {
  return items.reduce<number>((total, item) => total + value(item), 0);
}

const share = (part: number, whole: number, digits = 4): string =>
  whole > 0 ? `${humanSize(part, digits)} (${String(Math.trunc((part * 100) / whole))}%)` : humanSize(part, digits);

function summary(found: Json): Row[] {
  const line = (type: string, total: number, active: number, size: string, reclaimable: string) =>
    new Row('*formatter.diskUsageContext', {
      Active: () => String(active),
      Reclaimable: () => reclaimable,
      Size: () => size,
      TotalCount: () => String(total),
      Type: () => type,
    });
  const [images, containers] = [listAt(found, 'Images'), listAt(found, 'Containers')];
  const [volumes, cache] = [listAt(found, 'Volumes'), listAt(found, 'BuildCache')];
  const layers = numberAt(found, 'LayersSize');
  const used = sum(images, (one) => {
    const [size, shared] = [numberAt(one, 'Size'), numberAt(one, 'SharedSize')];
    return numberAt(one, 'Containers') === 0 || size === -1 || shared === -1 ? 0 : size - shared;
  });
  const running = (one: Json) => ['running', 'paused', 'restarting'].includes(textAt(one, 'State'));
  const written = sum(containers, (one) => numberAt(one, 'SizeRw'));
  const idle = sum(containers, (one) => (running(one) ? 0 : numberAt(one, 'SizeRw')));
  const sizeOf = (one: Json) => Math.max(0, numberAt(one, 'UsageData', 'Size'));
  const links = (one: Json) => numberAt(one, 'UsageData', 'RefCount');
  const kept = sum(volumes, sizeOf);
  const unused = sum(volumes, (one) => (links(one) === 0 ? sizeOf(one) : 0));
  const own = cache.filter((one) => !boolAt(one, 'Shared'));
  const cached = sum(own, (one) => numberAt(one, 'Size'));
  const inUse = sum(own, (one) => (boolAt(one, 'InUse') ? numberAt(one, 'Size') : 0));
  return [
    line(
      'Images',
      images.length,
      images.filter((one) => numberAt(one, 'Containers') > 0).length,
      humanSize(layers, 3),
      share(layers - used, layers, 3),
    ),
    line('Containers', containers.length, containers.filter(running).length, humanSize(written), share(idle, written)),
    line(
      'Local Volumes',
      volumes.length,
      volumes.filter((one) => links(one) > 0).length,
      humanSize(kept),
      share(unused, kept),
    ),
    line(
      'Build Cache',
      cache.length,
      cache.filter((one) => boolAt(one, 'InUse')).length,
      humanSize(cached),
      humanSize(cached - inUse),
    ),
  ];
}

function verbose(found: Json, nowMs: number): string {
  const names = (one: Json) => {
    const [name = '<none>:<none>'] = textsAt(one, 'RepoTags');
    const colon = name.lastIndexOf(':');
    return { repository: name.slice(0, colon), tag: name.slice(colon + 1), digest: '<none>' };
  };
  const images = formatRows(
    'table {{.Repository}}\\t{{.Tag}}\\t{{.ID}}\\t{{.CreatedSince}}\\t{{.Size}}\\t{{.SharedSize}}\\t{{.UniqueSize}}\\t{{.Containers}}',
    {
      headers: {
        Repository: 'REPOSITORY',
        Tag: 'TAG',
        ID: 'IMAGE ID',
        CreatedSince: 'CREATED',
        Size: 'SIZE',
        SharedSize: 'SHARED SIZE',
        UniqueSize: 'UNIQUE SIZE',
        Containers: 'CONTAINERS',
      },
    },
    listAt(found, 'Images').map((one) => imageRow(one, names(one), nowMs, true)),
  );
  const containers = formatRows(
    'table {{.ID}}\\t{{.Image}}\\t{{.Command}}\\t{{.LocalVolumes}}\\t{{.Size}}\\t{{.RunningFor}}\\t{{.Status}}\\t{{.Names}}',
    {
      headers: {
        ID: 'CONTAINER ID',
        Image: 'IMAGE',
        Command: 'COMMAND',
        LocalVolumes: 'LOCAL VOLUMES',
        Size: 'SIZE',
        RunningFor: 'CREATED',
        Status: 'STATUS',
        Names: 'NAMES',
      },
    },
    listAt(found, 'Containers').map((one) => containerRow(one, nowMs, true)),
  );
  const volumes = formatRows(
    'table {{.Name}}\\t{{.Links}}\\t{{.Size}}',
    { headers: volumeHeaders },
    listAt(found, 'Volumes').map(volumeRow),
  );
  const cache = listAt(found, 'BuildCache');
  const total = sum(
    cache.filter((one) => !boolAt(one, 'Shared')),
    (one) => numberAt(one, 'Size'),
  );
  const ago = (text: string) => {
    const ms = unixMs(text);
    return ms === undefined ? '' : `${humanDuration(nowMs - ms)} ago`;
  };
  const caches = formatRows(
    'table {{.ID}}\\t{{.CacheType}}\\t{{.Size}}\\t{{.CreatedSince}}\\t{{.LastUsedSince}}\\t{{.UsageCount}}\\t{{.Shared}}',
    {
      headers: {
        ID: 'CACHE ID',
        CacheType: 'CACHE TYPE',
        Size: 'SIZE',
        CreatedSince: 'CREATED',
        LastUsedSince: 'LAST USED',
        UsageCount: 'USAGE',
        Shared: 'SHARED',
      },
    },
    cache.map(
      (one) =>
        new Row('*formatter.buildCacheContext', {
          CacheType: () => textAt(one, 'Type'),
          CreatedSince: () => ago(textAt(one, 'CreatedAt')),
          ID: () => shortId(textAt(one, 'ID')) + (boolAt(one, 'InUse') ? '*' : ''),
          LastUsedSince: () => ago(textAt(one, 'LastUsedAt')),
          Shared: () => String(boolAt(one, 'Shared')),
          Size: () => humanSize(numberAt(one, 'Size'), 3),
          UsageCount: () => String(numberAt(one, 'UsageCount')),
        }),
    ),
  );
  return (
    `Images space usage:\n\n${images}\nContainers space usage:\n\n${containers}\n` +
    `Local Volumes space usage:\n\n${volumes}\nBuild cache usage: ${humanSize(total, 4)}\n\n${caches}`
  );
}
