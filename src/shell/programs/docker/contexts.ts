// `docker context`: the one endpoint there is (docker/cli 28.2, cli/command/context). Others cannot be made here.

import type { Context } from './context.ts';
import { DEFAULT_HOST } from './client.ts';
import { DockerError } from './errors.ts';
import { formatOf, formatRows } from './format.ts';
import { digestOf } from '../../../sim/containers/images/digest.ts';
import { goJson, type JsonObject } from './json.ts';
import { documentTemplate, fill } from './system.ts';
import { Row } from './template/index.ts';

const headers = {
  Name: 'NAME',
  Description: 'DESCRIPTION',
  DockerEndpoint: 'DOCKER ENDPOINT',
  Current: '',
  Error: 'ERROR',
};

export async function run(context: Context): Promise<void> {
  switch (context.path) {
    case 'context ls':
      return list(context);
    case 'context show':
      return context.out('default\n');
    case 'context use':
      return use(context);
    default:
      return inspect(context);
  }
}

const overridden = ({ proc }: Context): boolean => (proc.env['DOCKER_HOST'] ?? '') !== '';

async function list(context: Context): Promise<void> {
  const format = formatOf(context, {
    table: '{{.Name}}{{if .Current}} *{{end}}\\t{{.Description}}\\t{{.DockerEndpoint}}\\t{{.Error}}',
    quiet: '{{.Name}}',
  });
  const row = new Row('*formatter.clientContextContext', {
    Current: () => true,
    Description: () => 'Current DOCKER_HOST based configuration',
    DockerEndpoint: () => context.engine.host,
    Error: () => '',
    Name: () => 'default',
  });
  await context.out(formatRows(format, { headers }, [row]));
  if (overridden(context)) {
    await context.err(
      'Warning: DOCKER_HOST environment variable overrides the active context. To use a context, either set the ' +
        'global --context flag, or unset DOCKER_HOST environment variable.\n',
    );
  }
}

function missing(context: Context, name: string): DockerError {
  const path = `${context.home}/.docker/contexts/meta/${digestOf(name).slice('sha256:'.length)}/meta.json`;
  return new DockerError(`context ${JSON.stringify(name)}: context not found: open ${path}: no such file or directory`);
}

async function use(context: Context): Promise<void> {
  const name = context.arg(0);
  if (name !== 'default') throw missing(context, name);
  await context.out('default\n');
  await context.err('Current context is now "default"\n');
  if (overridden(context)) {
    await context.err(
      'Warning: DOCKER_HOST environment variable overrides the active context. To use "default", either set the ' +
        'global --context flag, or unset DOCKER_HOST environment variable.\n',
    );
  }
}

async function inspect(context: Context): Promise<void> {
  const wrong = context.args.find((name) => name !== 'default');
  if (wrong !== undefined) throw missing(context, wrong);
  const host = context.engine.host === DEFAULT_HOST ? DEFAULT_HOST : context.engine.host;
  const document: JsonObject = {
    Name: 'default',
    Metadata: {},
    Endpoints: { docker: { Host: host, SkipTLSVerify: false } },
    TLSMaterial: {},
    Storage: { MetadataPath: '<IN MEMORY>', TLSPath: '<IN MEMORY>' },
  };
  const format = context.flags.text('format');
  if (format !== '') await context.out(`${fill(documentTemplate(format, 'template parsing error'), document)}\n`);
  else await context.out(`${goJson([document], { html: true, indent: 4 })}\n`);
}
