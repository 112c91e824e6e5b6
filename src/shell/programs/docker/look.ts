// What a container holds: top, port, diff (docker/cli 28.2, cli/command/container).

import { TabWriter } from '../kubectl/printers/table.ts';
import type { Context } from './context.ts';
import { DockerError } from './errors.ts';
import { entriesAt, isList, type Json, listAt, numberAt, objectAt, textAt, textsAt } from './json.ts';
import { formatRows } from './format.ts';
import { Row } from './template/index.ts';
import { compare } from './text.ts';

export async function run(context: Context): Promise<void> {
  switch (context.path) {
    case 'container top':
      return top(context);
    case 'container port':
      return port(context);
    default:
      return diff(context);
  }
}

async function top(context: Context): Promise<void> {
  const [name = '', ...options] = context.args;
  const found = await context.engine.get(`/containers/${name}/top`, {
    ps_args: options.length > 0 ? options.join(' ') : undefined,
  });
  const writer = new TabWriter({ minWidth: 20, padding: 3, remember: false });
  writer.row(textsAt(found, 'Titles'));
  for (const process of listAt(found, 'Processes'))
    writer.row(isList(process) ? process.map((cell) => textAt(cell)) : []);
  await context.out(writer.flush());
}

const hostPort = (binding: Json): string => {
  const ip = textAt(binding, 'HostIp');
  return `${ip.includes(':') ? `[${ip}]` : ip}:${textAt(binding, 'HostPort')}`;
};

async function port(context: Context): Promise<void> {
  const [name = '', wanted] = context.args;
  const found = await context.engine.get(`/containers/${name}/json`);
  const ports = entriesAt(found, 'NetworkSettings', 'Ports');
  if (wanted === undefined) {
    const lines = ports.flatMap(([inner, bindings]) =>
      (isList(bindings) ? bindings : []).map((binding) => ({ inner, outer: hostPort(binding) })),
    );
    const number = (text: string) => Number(text.split('/')[0]);
    lines.sort((a, b) => number(a.inner) - number(b.inner) || compare(a.inner, b.inner));
    await context.out(lines.map(({ inner, outer }) => `${inner} -> ${outer}\n`).join(''));
    return;
  }
  const [number = '', proto = 'tcp'] = wanted.split('/');
  if (!/^\d+$/.test(number)) {
    throw new DockerError(
      `Error: invalid port (${number}): strconv.ParseUint: parsing ${JSON.stringify(number)}: invalid syntax`,
    );
  }
  const bindings = objectAt(found, 'NetworkSettings', 'Ports')[`${number}/${proto}`];
  if (!isList(bindings)) throw new DockerError(`Error: No public port '${wanted}' published for ${name}`);
  await context.out(bindings.map((binding) => `${hostPort(binding)}\n`).join(''));
}

const changes = ['C', 'A', 'D'];

async function diff(context: Context): Promise<void> {
  const found = await context.engine.get(`/containers/${context.arg(0)}/changes`);
  const rows = (isList(found) ? found : []).map(
    (one) =>
      new Row('*container.diffContext', {
        Path: () => textAt(one, 'Path'),
        Type: () => changes[numberAt(one, 'Kind')] ?? '',
      }),
  );
  await context.out(formatRows('{{.Type}} {{.Path}}', { headers: {} }, rows));
}
