// `docker stats` (docker/cli 28.2, cli/command/container/stats.go, formatter_stats.go).
// Departures: a live list is drawn anew when the numbers of all containers have come, and not every half second.

import { filtersOf } from './client.ts';
import type { Context } from './context.ts';
import { DockerError } from './errors.ts';
import { formatOf, formatRows } from './format.ts';
import { ownSignal } from '../kubectl/context.ts';
import { entriesAt, isList, type Json, listAt, numberAt, objectAt, parseObject, textAt } from './json.ts';
import { Row } from './template/index.ts';
import { shortId } from './text.ts';
import { bytesSize, humanSize } from './units.ts';

const headers = {
  Container: 'CONTAINER',
  ID: 'CONTAINER ID',
  Name: 'NAME',
  CPUPerc: 'CPU %',
  MemUsage: 'MEM USAGE / LIMIT',
  MemPerc: 'MEM %',
  NetIO: 'NET I/O',
  BlockIO: 'BLOCK I/O',
  PIDs: 'PIDS',
};

const table =
  '{{.ID}}\\t{{.Name}}\\t{{.CPUPerc}}\\t{{.MemUsage}}\\t{{.MemPerc}}\\t{{.NetIO}}\\t{{.BlockIO}}\\t{{.PIDs}}';

export async function run(context: Context): Promise<void> {
  const { flags, args, engine } = context;
  const format = formatOf(context, { table, quiet: '{{.ID}}' });
  const trunc = !flags.bool('no-trunc');
  const once = flags.bool('no-stream');
  const all = args.length === 0;
  const names = all ? await running(context, once) : args;
  const show = (lines: readonly (Json | undefined)[]) =>
    formatRows(
      format,
      { headers },
      lines.map((one, n) => statsRow(names[n] ?? '', one, trunc)),
    );
  if (once) {
    const lines: Json[] = [];
    for (const name of names) lines.push(await engine.get(`/containers/${name}/stats`, { stream: 0 }));
    await context.out(show(lines));
    return;
  }
  await live(context, names, show);
}

/** With no names those that run; their ids. */
async function running(context: Context, once: boolean): Promise<string[]> {
  const { engine, flags } = context;
  const events = ownSignal(context.proc.signal);
  const filters = filtersOf([], { type: 'container' });
  await engine.send('GET', '/events', { query: { filters }, signal: events.signal });
  try {
    const list = await engine.get('/containers/json', { all: flags.bool('all') ? 1 : undefined });
    return (isList(list) ? list : []).map((one) => shortId(textAt(one, 'Id')));
  } finally {
    if (once) events.stop();
  }
}

const CLEAR = '\x1b[H';

async function live(
  context: Context,
  names: readonly string[],
  show: (lines: readonly (Json | undefined)[]) => string,
): Promise<void> {
  const latest = new Map<string, Json>();
  const { isTTY } = context.proc.stdout;
  const draw = async () => {
    const text = show(names.map((name) => latest.get(name)));
    const body = text
      .split('\n')
      .map((line) => `${line}\x1b[K`)
      .join('\n');
    await context.out(isTTY ? `${CLEAR}${body}\x1b[J` : text);
  };
  if (isTTY) await context.out('\x1b[2J');
  if (names.length === 0) await draw();
  let fresh = new Set<string>();
  await Promise.all(
    names.map(async (name) => {
      const answer = await context.engine.request('GET', `/containers/${name}/stats`, { query: { stream: 1 } });
      for await (const line of answer.lines()) {
        const one = parseObject(line);
        if (!one) continue;
        latest.set(name, one);
        fresh.add(name);
        if (fresh.size < names.length) continue;
        fresh = new Set();
        await draw();
      }
    }),
  );
  if (names.length === 0) throw new DockerError('docker: a live list without containers is not simulated');
}

function statsRow(asked: string, one: Json | undefined, trunc: boolean): Row {
  const none = one === undefined;
  const memory = objectAt(one, 'memory_stats');
  const inactive = numberAt(memory, 'stats', 'inactive_file') || numberAt(memory, 'stats', 'total_inactive_file');
  const usage = numberAt(memory, 'usage');
  const used = inactive < usage ? usage - inactive : usage;
  const limit = numberAt(memory, 'limit');
  const network = (key: string) =>
    entriesAt(one, 'networks').reduce((total, [, each]) => total + numberAt(each, key), 0);
  const block = (letter: string) =>
    listAt(one, 'blkio_stats', 'io_service_bytes_recursive')
      .filter((each) => textAt(each, 'op').toLowerCase().startsWith(letter))
      .reduce<number>((total, each) => total + numberAt(each, 'value'), 0);
  const pair = (a: number, b: number) => (none ? '--' : `${humanSize(a, 3)} / ${humanSize(b, 3)}`);
  const percent = (value: number) => (none ? '--' : `${value.toFixed(2)}%`);
  const id = textAt(one, 'id');
  return new Row('*container.statsContext', {
    BlockIO: () => pair(block('r'), block('w')),
    CPUPerc: () => percent(cpuPercent(one)),
    Container: () => asked,
    ID: () => (none ? '--' : trunc ? shortId(id) : id),
    MemPerc: () => percent(limit === 0 ? 0 : (used / limit) * 100),
    MemUsage: () => (none ? '-- / --' : `${bytesSize(used)} / ${bytesSize(limit)}`),
    Name: () => textAt(one, 'name').replace(/^\//, '') || '--',
    NetIO: () => pair(network('rx_bytes'), network('tx_bytes')),
    PIDs: () => (none ? '--' : String(numberAt(one, 'pids_stats', 'current'))),
  });
}

function cpuPercent(one: Json | undefined): number {
  const [now, before] = [objectAt(one, 'cpu_stats'), objectAt(one, 'precpu_stats')];
  const used = numberAt(now, 'cpu_usage', 'total_usage') - numberAt(before, 'cpu_usage', 'total_usage');
  const whole = numberAt(now, 'system_cpu_usage') - numberAt(before, 'system_cpu_usage');
  const cpus = numberAt(now, 'online_cpus') || listAt(now, 'cpu_usage', 'percpu_usage').length;
  return used > 0 && whole > 0 ? (used / whole) * cpus * 100 : 0;
}
