// The cluster's DNS: what a name stands for. Models CoreDNS' kubernetes plugin with the search list of a pod's
// resolv.conf: `svc`, `svc.ns`, `svc.ns.svc`, `svc.ns.svc.cluster.local`; `pod.svc…` for pods with a host name behind a
// headless Service; `10-244-1-5.ns.pod.cluster.local`; CNAMEs of ExternalName Services.
// Leaves out: caching, SRV and reverse records, names outside the cluster.
import type { Service } from '../objects.ts';
import type { Store } from '../store.ts';

export type Meaning =
  | { readonly kind: 'service'; readonly key: string; readonly service: Service }
  | { readonly kind: 'address'; readonly ip: string }
  | { readonly kind: 'outside'; readonly name: string }
  | { readonly kind: 'nothing' };

/** Names that lead to names; more than the resolver follows. */
const MOST_ALIASES = 8;
const SERVICE_NAME = 'kubernetes.io/service-name';

export function resolve(store: Store, host: string, namespace: string, aliases = 0): Meaning {
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  const service = serviceOf(store, name, namespace);
  if (service) {
    const { type, externalName = '' } = service.service.spec;
    if (type !== 'ExternalName') return service;
    if (aliases >= MOST_ALIASES) return { kind: 'nothing' };
    const meant = resolve(store, externalName.toLowerCase(), namespace, aliases + 1);
    return meant.kind === 'nothing' && externalName.includes('.') ? { kind: 'outside', name: externalName } : meant;
  }
  return addressOf(store, name, namespace) ?? { kind: 'nothing' };
}

function serviceOf(store: Store, name: string, namespace: string): Extract<Meaning, { kind: 'service' }> | undefined {
  const key = serviceKey(name, namespace);
  const service = key === '' ? undefined : store.get('services', key);
  return service && { kind: 'service', key, service };
}

/** `<namespace>/<name>` of the Service that a name would stand for, as the search list completes it; empty for none. */
function serviceKey(host: string, namespace: string): string {
  const asked = `${namespace} ${host}`;
  let key = keys.get(asked);
  if (key === undefined) {
    const match = /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(?:\.svc(?:\.cluster\.local)?)?)?$/.exec(host);
    key = match ? `${match[2] ?? namespace}/${match[1] ?? ''}` : '';
    if (keys.size > 1000) keys.clear();
    keys.set(asked, key);
  }
  return key;
}
/** Completing a name is pure; the cache saves doing it for every request. */
const keys = new Map<string, string>();

/** The address record of one pod. */
function addressOf(store: Store, name: string, namespace: string): Meaning | undefined {
  const byIP = /^(\d+)-(\d+)-(\d+)-(\d+)\.[a-z0-9-]+\.pod(?:\.cluster\.local)?$/.exec(name);
  if (byIP) return { kind: 'address', ip: byIP.slice(1).join('.') };
  const match = /^([a-z0-9-]+)\.([a-z0-9-]+)(?:\.([a-z0-9-]+)(?:\.svc(?:\.cluster\.local)?)?)?$/.exec(name);
  if (!match) return undefined;
  const [, hostname, service, in_ = namespace] = match;
  for (const slice of store.list('endpointslices', in_)) {
    if (slice.metadata.labels?.[SERVICE_NAME] !== service) continue;
    const found = slice.endpoints.find((endpoint) => endpoint.hostname === hostname && endpoint.conditions.ready);
    if (found) return { kind: 'address', ip: found.addresses[0] ?? '' };
  }
  return undefined;
}
