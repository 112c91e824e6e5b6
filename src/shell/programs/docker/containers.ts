// What is done to containers by name: stop, kill, restart, pause, unpause, rename, rm, wait, update (docker/cli 28.2,
// cli/command/container).

import type { Context } from './context.ts';
import { DockerError, each } from './errors.ts';
import { type Json, type JsonObject, listAt, numberAt, textAt } from './json.ts';
import { decimalNano } from './container-values.ts';
import { ramInBytes } from './units.ts';

export async function run(context: Context): Promise<void> {
  const { flags, engine } = context;
  const verb = context.path.slice('container '.length);
  const post = (query: Readonly<Record<string, string | number | undefined>> = {}) =>
    each(context.args, async (name) => {
      await engine.act('POST', `/containers/${name}/${verb}`, { query });
      await context.out(`${name}\n`);
    });
  switch (verb) {
    case 'stop':
    case 'restart': {
      const signal = flags.text('signal') || undefined;
      return post({ t: flags.changed('timeout') ? flags.int('timeout') : undefined, signal });
    }
    case 'kill':
      return post({ signal: flags.text('signal') || undefined });
    case 'pause':
    case 'unpause':
      return post();
    case 'rename':
      return rename(context);
    case 'rm':
      return remove(context);
    case 'wait':
      return each(context.args, async (name) => {
        const ended = await engine.json('POST', `/containers/${name}/wait`);
        await context.out(`${String(numberAt(ended, 'StatusCode'))}\n`);
      });
    default:
      return update(context);
  }
}

async function rename(context: Context): Promise<void> {
  const [from = '', to = ''] = context.args.map((name) => name.trim());
  if (from === '' || to === '') throw new DockerError('Error: Neither old nor new names may be empty');
  await context.engine.act('POST', `/containers/${from}/rename`, { query: { name: to } });
}

async function remove(context: Context): Promise<void> {
  const { flags, engine } = context;
  await each(context.args, async (given) => {
    const name = given.replace(/^\/+|\/+$/g, '');
    if (name === '') throw new DockerError('Container name cannot be empty');
    await engine.act('DELETE', `/containers/${name}`, {
      query: {
        force: flags.bool('force') ? 1 : undefined,
        link: flags.bool('link') ? 1 : undefined,
        v: flags.bool('volumes') ? 1 : undefined,
      },
    });
    await context.out(`${given}\n`);
  });
}

async function update(context: Context): Promise<void> {
  const { flags } = context;
  if (flags.given.length === 0) throw new DockerError('you must provide one or more flags when using this command');
  const bytes = (name: string): number => {
    const text = flags.text(name);
    if (text === '' || text === '-1') return Number(text);
    return Number(ramInBytes(text));
  };
  const restart = flags.text('restart');
  const body: JsonObject = {
    CpuShares: flags.int('cpu-shares'),
    Memory: bytes('memory'),
    NanoCpus: decimalNano(flags.text('cpus')),
    CgroupParent: '',
    BlkioWeight: flags.int('blkio-weight'),
    ...Object.fromEntries(
      ['WeightDevice', 'DeviceReadBps', 'DeviceWriteBps', 'DeviceReadIOps', 'DeviceWriteIOps'].map((name) => [
        `Blkio${name}`,
        null,
      ]),
    ),
    CpuPeriod: flags.int('cpu-period'),
    CpuQuota: flags.int('cpu-quota'),
    CpuRealtimePeriod: flags.int('cpu-rt-period'),
    CpuRealtimeRuntime: flags.int('cpu-rt-runtime'),
    CpusetCpus: flags.text('cpuset-cpus'),
    CpusetMems: flags.text('cpuset-mems'),
    Devices: null,
    DeviceCgroupRules: null,
    DeviceRequests: null,
    MemoryReservation: bytes('memory-reservation'),
    MemorySwap: bytes('memory-swap'),
    MemorySwappiness: null,
    OomKillDisable: null,
    PidsLimit: flags.changed('pids-limit') ? flags.int('pids-limit') : null,
    Ulimits: null,
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    RestartPolicy: restart === '' ? { Name: '', MaximumRetryCount: 0 } : restartPolicy(restart),
  };
  const warnings: string[] = [];
  await each(context.args, async (name) => {
    const answer = await context.engine.json('POST', `/containers/${name}/update`, { body });
    await context.out(`${name}\n`);
    warnings.push(...listAt(answer, 'Warnings').map((one) => textAt(one)));
  });
  if (warnings.length > 0) await context.out(`${warnings.join('\n')}\n`);
}

export function restartPolicy(text: string): Json {
  const [name = '', count] = text.split(':');
  if (count === undefined) return { Name: name, MaximumRetryCount: 0 };
  if (text.startsWith(':')) throw new DockerError('invalid restart policy format: no policy provided before colon');
  if (!/^\d+$/.test(count))
    throw new DockerError('invalid restart policy format: maximum retry count must be an integer');
  return { Name: name, MaximumRetryCount: Number(count) };
}
