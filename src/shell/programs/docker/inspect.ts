// `docker inspect` and the inspect of each kind (docker/cli 28.2, cli/command/system/inspect.go, cli/command/inspect):
// the server's own document, indented, or a template over it.

import type { Query } from './client.ts';
import type { Context } from './context.ts';
import { DockerError, EngineError, Exit, notSimulated } from './errors.ts';
import { platformQuery } from './images.ts';
import { type Json, parseJson } from './json.ts';
import { BadTemplate, compileTemplate, type Template } from './template/index.ts';

/** The exit code of sysexits.h for a wrong use. */
const USAGE = 64;

const kinds = ['config', 'container', 'image', 'network', 'node', 'plugin', 'secret', 'service', 'task', 'volume'];

type Fetch = (name: string) => Promise<string>;

export async function run(context: Context): Promise<void> {
  const { flags, path } = context;
  const wanted = path === 'inspect' ? flags.text('type') : (path.split(' ')[0] ?? '');
  if (path === 'inspect' && flags.changed('type') && !kinds.includes(wanted)) {
    const all = kinds.map((kind) => JSON.stringify(kind)).join(', ');
    throw new DockerError(
      flags.text('type') === ''
        ? 'type is empty: must be one of ' + all
        : `unknown type: ${JSON.stringify(wanted)}: must be one of ${all}`,
    );
  }
  await printInspected(context, wanted === '' ? anyKind(context) : ofKind(context, wanted));
}

function ofKind(context: Context, kind: string): Fetch {
  const { flags } = context;
  const text = async (path: string, query: Query = {}) => (await context.engine.request('GET', path, { query })).text();
  const sized = flags.has('size') && flags.bool('size') ? 1 : undefined;
  switch (kind) {
    case 'container':
      return (name) => text(`/containers/${name}/json`, { size: sized });
    case 'image': {
      const platform = platformQuery(flags.has('platform') ? flags.text('platform') : '');
      return (name) => text(`/images/${name}/json`, { platform });
    }
    case 'network':
      return (name) =>
        text(`/networks/${name}`, { verbose: flags.has('verbose') && flags.bool('verbose') ? true : undefined });
    case 'volume':
      return (name) => text(`/volumes/${name}`);
    default:
      throw notSimulated(`the inspection of a ${kind}`);
  }
}

/** The first kind that has something of that name. */
function anyKind(context: Context): Fetch {
  const { engine } = context;
  const plugin: Fetch = async (name) => {
    // What belongs to a swarm is only looked for where there is one.
    await engine.get('/info');
    return (await engine.request('GET', `/plugins/${name}/json`)).text();
  };
  return async (name) => {
    for (const fetch of [...['container', 'image', 'network', 'volume'].map((kind) => ofKind(context, kind)), plugin]) {
      try {
        return await fetch(name);
      } catch (error) {
        if (!(error instanceof EngineError) || !isNotFound(error)) throw error;
      }
    }
    throw new DockerError(`Error: No such object: ${name}`);
  };
}

const isNotFound = ({ status, message }: EngineError): boolean => status === 404 || /no such|not found/i.test(message);

async function printInspected(context: Context, fetch: Fetch): Promise<void> {
  const format = context.flags.text('format');
  const template = format === '' ? undefined : compiled(format === 'json' ? '{{json .}}' : format);
  const texts: string[] = [];
  const errors: string[] = [];
  for (const name of context.args) {
    try {
      texts.push(await fetch(name));
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      errors.push(error.message);
    }
  }
  if (template) {
    let out = '';
    try {
      for (const text of texts) out += `${executed(template, parseJson(text) ?? null)}\n`;
    } catch (error) {
      await context.out(out || '\n');
      throw error;
    }
    await context.out(out || '\n');
  } else await context.out(indented(texts));
  if (errors.length > 0) {
    await context.err(`${errors.join('\n')}\n`);
    throw new Exit(1);
  }
}

function indented(texts: readonly string[]): string {
  return texts.length === 0 ? '[]\n' : `${indent(`[${texts.map((text) => text.trim()).join(',')}]`)}\n`;
}

function compiled(text: string): Template {
  try {
    return compileTemplate(text);
  } catch (error) {
    if (error instanceof BadTemplate) throw new DockerError(`template parsing error: ${error.message}`, USAGE);
    throw error;
  }
}

function executed(template: Template, document: Json): string {
  try {
    return template.execute(document);
  } catch (error) {
    if (error instanceof BadTemplate) throw new DockerError(`template parsing error: ${error.message}`);
    throw error;
  }
}

/** json.Indent with four spaces: what stands between the signs of JSON stays as the server wrote it. */
function indent(text: string): string {
  let out = '';
  let depth = 0;
  const line = () => `\n${'    '.repeat(depth)}`;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{[]\s*[}\]]|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (token === '{' || token === '[') {
      depth++;
      out += token + line();
    } else if (token === '}' || token === ']') {
      depth--;
      out += line() + token;
    } else if (token === ',') out += token + line();
    else if (token === ':') out += ': ';
    else out += /^[{[]/.test(token) ? token.replace(/\s/g, '') : token;
  }
  return out;
}
