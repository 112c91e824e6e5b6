// `docker version` and `docker events` (docker/cli 28.2, cli/command/system).

import { CLIENT_API, filtersOf } from './client.ts';
import type { Context } from './context.ts';
import { DockerError } from './errors.ts';
import { entriesAt, isObject, type Json, type JsonObject, listAt, parseJson, textAt } from './json.ts';
import { BadTemplate, compileTemplate, type Template } from './template/index.ts';
import { timestamp } from './times.ts';

const USAGE = 64;

export async function run(context: Context): Promise<void> {
  await (context.path === 'version' ? version(context) : events(context));
}

/** A template for one document; `words` is what is said of a mistake in it. */
export function documentTemplate(format: string, words: string): Template {
  try {
    return compileTemplate(format === 'json' ? '{{json .}}' : format);
  } catch (error) {
    if (error instanceof BadTemplate) throw new DockerError(`${words}: ${error.message}`, USAGE);
    throw error;
  }
}

export function fill(template: Template, document: Json): string {
  try {
    return template.execute(document);
  } catch (error) {
    if (error instanceof BadTemplate) throw new DockerError(error.message);
    throw error;
  }
}

/** `Fri May 30 12:07:14 2025` */
function ansiTime(text: string): string {
  const ms = Date.parse(text.replace(/(\.\d{3})\d*/, '$1'));
  if (Number.isNaN(ms)) return text;
  const [day = '', date = '', month = '', year = '', time = ''] = new Date(ms)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${day} ${month} ${date.replace(/^0/, ' ')} ${time} ${year}`;
}

async function version(context: Context): Promise<void> {
  const format = context.flags.text('format');
  const template = format === '' ? undefined : documentTemplate(format, 'template parsing error');
  const client = (api: string): JsonObject => ({
    Version: '28.2.2',
    ApiVersion: api,
    DefaultAPIVersion: CLIENT_API,
    GitCommit: 'e6534b4',
    GoVersion: 'go1.24.3',
    Os: 'linux',
    Arch: 'amd64',
    BuildTime: 'Fri May 30 12:07:14 2025',
    Context: 'default',
  });
  let server: JsonObject | undefined;
  let failure: DockerError | undefined;
  let api = CLIENT_API;
  try {
    ({ version: api } = await context.engine.ping());
    const found = await context.engine.get('/version');
    server = isObject(found) ? found : {};
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    failure = error;
  }
  const engineTimed = server && {
    ...server,
    Components: listAt(server, 'Components').map((one) => {
      const built = textAt(one, 'Details', 'BuildTime');
      if (!isObject(one) || built === '') return one;
      return { ...one, Details: { ...(one['Details'] as JsonObject), BuildTime: ansiTime(built) } };
    }),
  };
  const document: JsonObject = { Client: client(api), Server: engineTimed ?? null };
  await context.out(template ? `${fill(template, document)}\n` : versionText(document, api));
  if (failure) throw failure;
}

const row = (label: string, value: string): string =>
  `${label.padEnd(19)}${label.length >= 19 ? ' ' : ''} ${value}\n`.replace(/^(.{19}) {2,}/, '$1 ');

function versionText({ Client: client, Server: server }: JsonObject, api: string): string {
  const line = (label: string, value: string) => row(label, value);
  const of = (key: string) => textAt(client, key);
  let text =
    'Client:\n' +
    line(' Version:', of('Version')) +
    line(' API version:', api === CLIENT_API ? api : `${api} (downgraded from ${CLIENT_API})`) +
    line(' Go version:', of('GoVersion')) +
    line(' Git commit:', of('GitCommit')) +
    line(' Built:', of('BuildTime')) +
    line(' OS/Arch:', `${of('Os')}/${of('Arch')}`) +
    line(' Context:', of('Context'));
  if (!isObject(server)) return text;
  text += `\nServer:${textAt(server, 'Platform', 'Name') && ` ${textAt(server, 'Platform', 'Name')}`}\n`;
  for (const part of listAt(server, 'Components')) {
    const name = textAt(part, 'Name');
    const detail = (key: string) => textAt(part, 'Details', key);
    text += ` ${name}:\n${line('  Version:', textAt(part, 'Version'))}`;
    if (name === 'Engine') {
      text +=
        line('  API version:', `${detail('ApiVersion')} (minimum version ${detail('MinAPIVersion')})`) +
        line('  Go version:', detail('GoVersion')) +
        line('  Git commit:', detail('GitCommit')) +
        line('  Built:', detail('BuildTime')) +
        line('  OS/Arch:', `${detail('Os')}/${detail('Arch')}`) +
        line('  Experimental:', detail('Experimental'));
    } else
      for (const [key, value] of entriesAt(part, 'Details').sort(([a], [b]) => (a < b ? -1 : 1)))
        text += line(`  ${key}:`, textAt(value));
  }
  return text;
}

async function events(context: Context): Promise<void> {
  const { flags } = context;
  const format = flags.text('format');
  const template = format === '' ? undefined : documentTemplate(format, 'Error parsing format');
  const at = (name: string) => {
    const text = flags.text(name);
    return text === '' ? undefined : timestamp(text, name, context.nowMs);
  };
  const query = { filters: filtersOf(flags.list('filter')), since: at('since'), until: at('until') };
  const answer = await context.engine.request('GET', '/events', { query });
  for await (const line of answer.lines()) {
    const event = parseJson(line);
    if (!isObject(event)) continue;
    // More digits than a number here can hold.
    const nanos = /"timeNano":(\d+)/.exec(line)?.[1] ?? '';
    if (template) await context.out(format === 'json' ? `${line.trim()}\n` : `${fill(template, event)}\n`);
    else await context.out(`${eventText(event, nanos)}\n`);
  }
}

function eventText(event: JsonObject, nanos: string): string {
  const whole = nanos.length > 9 ? nanos : `${String(Number(event['time'] ?? 0))}000000000`;
  const at = new Date(Number(whole.slice(0, -9)) * 1000).toISOString().slice(0, 19);
  const attributes = entriesAt(event, 'Actor', 'Attributes')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${textAt(value)}`);
  const head = `${at}.${whole.slice(-9)}Z ${textAt(event, 'Type')} ${textAt(event, 'Action')} ${textAt(event, 'Actor', 'ID')}`;
  return attributes.length === 0 ? head : `${head} (${attributes.join(', ')})`;
}
