// Rows of ingresses, ingress classes, network policies and the older endpoints. Models their printers in
// pkg/printers/internalversion/printers.go (1.32). The server always renders wide, so addresses are never cut.
import type { Endpoints, Ingress, IngressClass, NetworkPolicy } from '../../kinds/networking.ts';
import { formatLabelSelector } from '../../selector.ts';
import { age, ageColumn, column, nameColumn, orNone, textOr, type Printer } from './table.ts';

const SHOWN = 3;

export const ingresses: Printer<Ingress> = {
  columns: [
    nameColumn,
    column('Class', 'The name of the IngressClass resource that should be used for additional configuration'),
    column('Hosts', 'Hosts that incoming requests are matched against before the ingress rule'),
    column('Address', 'Address is a list containing ingress points for the load-balancer'),
    column('Ports', 'Ports of TLS configurations that open'),
    ageColumn,
  ],
  row: (ingress, nowUnixMs) => {
    const { spec, status } = ingress;
    const points = (status.loadBalancer.ingress ?? []).map(({ ip, hostname }) => textOr(ip, hostname ?? ''));
    return {
      cells: [
        ingress.metadata.name,
        orNone(spec.ingressClassName),
        hosts(spec.rules ?? []),
        [...new Set(points.filter((point) => point !== ''))].sort().join(','),
        (spec.tls?.length ?? 0) > 0 ? '80, 443' : '80',
        age(ingress, nowUnixMs),
      ],
    };
  },
};

function hosts(rules: NonNullable<Ingress['spec']['rules']>): string {
  const shown: string[] = [];
  let more = false;
  for (const { host } of rules)
    if (shown.length === SHOWN) more = true;
    else if (host) shown.push(host);
  if (shown.length === 0) return '*';
  return more ? `${shown.join(',')} + ${String(rules.length - SHOWN)} more...` : shown.join(',');
}

export const ingressClasses: Printer<IngressClass> = {
  columns: [
    nameColumn,
    column('Controller', 'Controller that is responsible for handling this class'),
    column('Parameters', 'A reference to a resource with additional parameters'),
    ageColumn,
  ],
  row: (ingressClass, nowUnixMs) => {
    const { controller, parameters } = ingressClass.spec;
    const kind = parameters?.apiGroup === undefined ? parameters?.kind : `${parameters.kind}.${parameters.apiGroup}`;
    return {
      cells: [
        ingressClass.metadata.name,
        controller ?? '',
        parameters ? `${kind ?? ''}/${parameters.name}` : '<none>',
        age(ingressClass, nowUnixMs),
      ],
    };
  },
};

export const networkPolicies: Printer<NetworkPolicy> = {
  columns: [nameColumn, column('Pod-Selector', ''), ageColumn],
  row: (policy, nowUnixMs) => ({
    cells: [policy.metadata.name, formatLabelSelector(policy.spec.podSelector), age(policy, nowUnixMs)],
  }),
};

export const endpoints: Printer<Endpoints> = {
  columns: [nameColumn, column('Endpoints', ''), ageColumn],
  row: (object, nowUnixMs) => ({
    cells: [object.metadata.name, addresses(object.subsets ?? []), age(object, nowUnixMs)],
  }),
};

function addresses(subsets: NonNullable<Endpoints['subsets']>): string {
  if (subsets.length === 0) return '<none>';
  const all = subsets.flatMap(({ addresses: ready = [], ports = [] }) =>
    ports.length === 0
      ? ready.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => ready.map(({ ip }) => `${ip}:${String(port)}`)),
  );
  const shown = all.slice(0, SHOWN).join(',');
  return all.length > SHOWN ? `${shown} + ${String(all.length - SHOWN)} more...` : shown;
}
