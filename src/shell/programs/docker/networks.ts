// Networks: ls, create, connect, disconnect, rm (docker/cli 28.2, cli/command/network).

import { filtersOf } from './client.ts';
import { splitPair } from './container-config.ts';
import type { Context } from './context.ts';
import { DockerError, EngineError, notSimulated } from './errors.ts';
import { formatOf, formatRows } from './format.ts';
import { boolAt, isList, type Json, type JsonObject, objectAt, textAt } from './json.ts';
import { Row } from './template/index.ts';
import { joinLabels, naturally, shortId } from './text.ts';
import { unixMs } from './units.ts';

export async function run(context: Context): Promise<void> {
  switch (context.path) {
    case 'network ls':
      return list(context);
    case 'network create':
      return create(context);
    case 'network connect':
      return connect(context);
    case 'network disconnect':
      return context.engine.act('POST', `/networks/${context.arg(0)}/disconnect`, {
        body: { Container: context.arg(1), Force: context.flags.bool('force') },
      });
    default:
      return remove(context);
  }
}

const headers = {
  ID: 'NETWORK ID',
  Name: 'NAME',
  Driver: 'DRIVER',
  Scope: 'SCOPE',
  IPv4: 'IPV4',
  IPv6: 'IPV6',
  Internal: 'INTERNAL',
  Labels: 'LABELS',
  CreatedAt: 'CREATED AT',
};

async function list(context: Context): Promise<void> {
  const { flags } = context;
  const format = formatOf(context, {
    table: '{{.ID}}\\t{{.Name}}\\t{{.Driver}}\\t{{.Scope}}',
    quiet: '{{.ID}}',
  });
  const found = await context.engine.get('/networks', { filters: filtersOf(flags.list('filter')) });
  const all = [...(isList(found) ? found : [])].sort((a, b) => naturally(textAt(a, 'Name'), textAt(b, 'Name')));
  const rows = all.map((one) => networkRow(one, !flags.bool('no-trunc')));
  await context.out(formatRows(format, { headers }, rows));
}

function networkRow(item: Json, trunc: boolean): Row {
  return new Row('*network.networkContext', {
    CreatedAt: () => goTimeOf(textAt(item, 'Created')),
    Driver: () => textAt(item, 'Driver'),
    ID: () => (trunc ? shortId(textAt(item, 'Id')) : textAt(item, 'Id')),
    IPv4: () => String(boolAt(item, 'EnableIPv4')),
    IPv6: () => String(boolAt(item, 'EnableIPv6')),
    Internal: () => String(boolAt(item, 'Internal')),
    Label: () => (name) => (typeof name === 'string' ? textAt(objectAt(item, 'Labels'), name) : ''),
    Labels: () => joinLabels(objectAt(item, 'Labels')),
    Name: () => textAt(item, 'Name'),
    Scope: () => textAt(item, 'Scope'),
  });
}

/** `2025-06-20 10:00:00.123456789 +0000 UTC` */
function goTimeOf(text: string): string {
  const ms = unixMs(text);
  if (ms === undefined) return '0001-01-01 00:00:00 +0000 UTC';
  const fraction = (/\.(\d+)/.exec(text)?.[1] ?? '').replace(/0+$/, '');
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}${fraction && `.${fraction}`} +0000 UTC`;
}

async function create(context: Context): Promise<void> {
  const { flags } = context;
  for (const name of ['config-only', 'config-from', 'ingress', 'aux-address', 'ipam-opt', 'scope']) {
    if (flags.changed(name)) throw notSimulated(`the flag --${name}`);
  }
  const subnets = flags.list('subnet');
  const config = subnets.map((subnet, n): JsonObject => {
    const [range, gateway] = [flags.list('ip-range')[n], flags.list('gateway')[n]];
    return {
      Subnet: subnet,
      ...(range !== undefined && { IPRange: range }),
      ...(gateway !== undefined && { Gateway: gateway }),
    };
  });
  if (subnets.length === 0 && flags.list('gateway').length > 0) {
    throw new DockerError(`no matching subnet for gateway ${flags.list('gateway')[0] ?? ''}`);
  }
  const made = await context.engine.json('POST', '/networks/create', {
    body: {
      Name: context.arg(0),
      Driver: flags.text('driver'),
      Scope: '',
      ...(flags.changed('ipv4') && { EnableIPv4: flags.bool('ipv4') }),
      ...(flags.changed('ipv6') && { EnableIPv6: flags.bool('ipv6') }),
      IPAM: { Driver: flags.text('ipam-driver'), Options: {}, Config: config },
      Internal: flags.bool('internal'),
      Attachable: flags.bool('attachable'),
      Ingress: false,
      ConfigOnly: false,
      ConfigFrom: null,
      Options: Object.fromEntries(flags.list('opt').map(splitPair)),
      Labels: Object.fromEntries(flags.list('label').map(splitPair)),
    },
  });
  const warning = textAt(made, 'Warning');
  if (warning !== '') await context.err(`WARNING: ${warning}\n`);
  await context.out(`${textAt(made, 'Id')}\n`);
}

async function connect(context: Context): Promise<void> {
  const { flags } = context;
  const [ip, ip6] = [flags.text('ip'), flags.text('ip6')];
  const options = flags.list('driver-opt').map(splitPair);
  const orNull = (name: string): Json => (flags.list(name).length === 0 ? null : flags.list(name));
  await context.engine.act('POST', `/networks/${context.arg(0)}/connect`, {
    body: {
      Container: context.arg(1),
      EndpointConfig: {
        IPAMConfig: {
          ...(ip !== '' && { IPv4Address: ip }),
          ...(ip6 !== '' && { IPv6Address: ip6 }),
          ...(flags.list('link-local-ip').length > 0 && { LinkLocalIPs: flags.list('link-local-ip') }),
        },
        Links: orNull('link'),
        Aliases: [...flags.list('alias')],
        MacAddress: '',
        DriverOpts: Object.fromEntries(options),
        GwPriority: flags.int('gw-priority'),
        NetworkID: '',
        EndpointID: '',
        Gateway: '',
        IPAddress: '',
        IPPrefixLen: 0,
        IPv6Gateway: '',
        GlobalIPv6Address: '',
        GlobalIPv6PrefixLen: 0,
        DNSNames: null,
      },
    },
  });
}

async function remove(context: Context): Promise<void> {
  const { engine } = context;
  let failed = false;
  for (const name of context.args) {
    try {
      // The real one asks first whether it is an ingress network, and does not mind when there is none.
      await engine.get(`/networks/${name}`).catch((error: unknown) => {
        if (!(error instanceof EngineError)) throw error;
      });
      await engine.act('DELETE', `/networks/${name}`);
      await context.out(`${name}\n`);
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      if (context.flags.bool('force') && error instanceof EngineError && error.status === 404) continue;
      await context.err(`${error.message}\n`);
      failed = true;
    }
  }
  if (failed) throw new DockerError('exit status 1');
}
