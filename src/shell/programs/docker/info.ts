// `docker info` (docker/cli 28.2, cli/command/system/info.go).

import type { Context } from './context.ts';
import { DockerError, Exit } from './errors.ts';
import {
  boolAt,
  entriesAt,
  isList,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  numberAt,
  objectAt,
  textAt,
  textsAt,
} from './json.ts';
import { documentTemplate, fill } from './system.ts';
import { bytesSize } from './units.ts';

export async function run(context: Context): Promise<void> {
  const format = context.flags.text('format');
  const template = format === '' ? undefined : documentTemplate(format, 'template parsing error');
  const client: JsonObject = {
    Debug: context.global.bool('debug'),
    Version: '28.2.2',
    GitCommit: 'e6534b4',
    GoVersion: 'go1.24.3',
    Os: 'linux',
    Arch: 'amd64',
    BuildTime: 'Fri May 30 12:07:14 2025',
    Context: 'default',
    Plugins: [],
    Warnings: null,
  };
  let info: JsonObject | undefined;
  let failure: DockerError | undefined;
  try {
    const found = await context.engine.get('/info');
    info = isObject(found) ? found : {};
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    failure = error;
  }
  if (template) {
    const clientInfo = { ClientInfo: client };
    await context.out(`${fill(template, { ...(info ?? {}), ...clientInfo })}\n`);
    if (failure) throw failure;
    return;
  }
  const debug = String(context.global.bool('debug'));
  await context.out(`Client:\n Version:    28.2.2\n Context:    default\n Debug Mode: ${debug}\n\nServer:\n`);
  if (failure) {
    await context.err(`${failure.message}\n`);
    throw new Exit(1);
  }
  await context.out(`${server(info ?? {})}\n`);
  for (const warning of textsAt(info, 'Warnings')) await context.err(`${warning}\n`);
}

function server(info: JsonObject): string {
  const lines: string[] = [];
  const add = (label: string, value: Json | undefined) => lines.push(` ${label}: ${textAt(value)}`);
  const some = (label: string, value: Json | undefined) => {
    if (textAt(value) !== '') add(label, value);
  };
  add('Containers', info['Containers']);
  lines.push(`  Running: ${textAt(info, 'ContainersRunning')}`);
  lines.push(`  Paused: ${textAt(info, 'ContainersPaused')}`);
  lines.push(`  Stopped: ${textAt(info, 'ContainersStopped')}`);
  add('Images', info['Images']);
  some('Server Version', info['ServerVersion']);
  add('Storage Driver', info['Driver']);
  for (const pair of listAt(info, 'DriverStatus')) {
    if (isList(pair)) lines.push(`  ${textAt(pair[0])}: ${textAt(pair[1])}`);
  }
  some('Logging Driver', info['LoggingDriver']);
  some('Cgroup Driver', info['CgroupDriver']);
  some('Cgroup Version', info['CgroupVersion']);
  lines.push(' Plugins:');
  lines.push(`  Volume: ${textsAt(info, 'Plugins', 'Volume').join(' ')}`);
  lines.push(`  Network: ${textsAt(info, 'Plugins', 'Network').join(' ')}`);
  if (textsAt(info, 'Plugins', 'Authorization').length > 0) {
    lines.push(`  Authorization: ${textsAt(info, 'Plugins', 'Authorization').join(' ')}`);
  }
  lines.push(`  Log: ${textsAt(info, 'Plugins', 'Log').join(' ')}`);
  const devices = listAt(info, 'CDISpecDirs').map((one) => textAt(one));
  if (devices.length > 0) lines.push(' CDI spec directories:', ...devices.map((one) => `  ${one}`));
  add('Swarm', textAt(info, 'Swarm', 'LocalNodeState'));
  const runtimes = Object.keys(objectAt(info, 'Runtimes'));
  if (runtimes.length > 0) {
    lines.push(` Runtimes: ${runtimes.join(' ')}`);
    add('Default Runtime', info['DefaultRuntime']);
  }
  if (info['OSType'] === 'linux') {
    add('Init Binary', info['InitBinary']);
    for (const [label, key] of [
      ['containerd', 'ContainerdCommit'],
      ['runc', 'RuncCommit'],
      ['init', 'InitCommit'],
    ] as const) {
      add(`${label} version`, textAt(info, key, 'ID'));
    }
    lines.push(...security(textsAt(info, 'SecurityOptions')));
  }
  add('Kernel Version', info['KernelVersion']);
  add('Operating System', info['OperatingSystem']);
  add('OSType', info['OSType']);
  add('Architecture', info['Architecture']);
  add('CPUs', info['NCPU']);
  add('Total Memory', bytesSize(numberAt(info, 'MemTotal')));
  add('Name', info['Name']);
  add('ID', info['ID']);
  add('Docker Root Dir', info['DockerRootDir']);
  add('Debug Mode', String(boolAt(info, 'Debug')));
  some('HTTP Proxy', info['HttpProxy']);
  some('HTTPS Proxy', info['HttpsProxy']);
  some('No Proxy', info['NoProxy']);
  const labels = textsAt(info, 'Labels');
  if (labels.length > 0) lines.push(' Labels:', ...labels.map((one) => `  ${one}`));
  add('Experimental', String(boolAt(info, 'ExperimentalBuild')));
  const insecure = [
    ...entriesAt(info, 'RegistryConfig', 'IndexConfigs').flatMap(([name, one]) =>
      boolAt(one, 'Secure') ? [] : [name],
    ),
    ...textsAt(info, 'RegistryConfig', 'InsecureRegistryCIDRs'),
  ];
  if (insecure.length > 0) lines.push(' Insecure Registries:', ...insecure.map((one) => `  ${one}`));
  const mirrors = textsAt(info, 'RegistryConfig', 'Mirrors');
  if (mirrors.length > 0) lines.push(' Registry Mirrors:', ...mirrors.map((one) => `  ${one}`));
  add('Live Restore Enabled', String(boolAt(info, 'LiveRestoreEnabled')));
  some('Product License', info['ProductLicense']);
  return `${lines.join('\n')}\n`;
}

function security(options: readonly string[]): string[] {
  if (options.length === 0) return [];
  return [
    ' Security Options:',
    ...options.flatMap((option) => {
      const pairs = option.split(',').map((pair) => pair.split('='));
      const name = pairs.find(([key]) => key === 'name')?.[1] ?? option;
      const more = pairs.filter(([key, value]) => key !== 'name' && value !== undefined);
      return [
        `  ${name}`,
        ...more.map(([key = '', value = '']) => `   ${key === 'profile' ? 'Profile' : key}: ${value}`),
      ];
    }),
  ];
}
