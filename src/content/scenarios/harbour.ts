// Harbour Goods: the manifests that several scenarios share. Ordinary Kubernetes objects; they work unchanged on a
// real cluster that has the images.

export interface DeploymentOptions {
  readonly replicas?: number;
  readonly cpu?: string;
  readonly memory?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly livenessProbe?: object;
  readonly readinessProbe?: object;
  readonly startupProbe?: object;
  readonly nodeSelector?: Readonly<Record<string, string>>;
}

export function deployment(name: string, image: string, options: DeploymentOptions = {}): object {
  const { replicas = 3, cpu = '500m', memory = '256Mi', env = {} } = options;
  const probes = Object.fromEntries(
    (['startupProbe', 'readinessProbe', 'livenessProbe'] as const)
      .filter((probe) => options[probe] !== undefined)
      .map((probe) => [probe, options[probe]]),
  );
  return applied({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          ...(options.nodeSelector ? { nodeSelector: options.nodeSelector } : {}),
          containers: [
            {
              name,
              image,
              ports: [{ containerPort: 8080 }],
              ...(Object.keys(env).length > 0
                ? { env: Object.entries(env).map(([key, value]) => ({ name: key, value })) }
                : {}),
              resources: { requests: { cpu, memory }, limits: { cpu, memory } },
              ...probes,
            },
          ],
        },
      },
    },
  });
}

export function service(name: string): object {
  return applied({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: { app: name } },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  });
}

interface Manifest {
  readonly kind: string;
  readonly apiVersion: string;
  readonly spec: object;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}

/** As `kubectl apply` leaves it: the manifest is remembered in an annotation, so that the next apply can compare. */
export function applied(manifest: Manifest): object {
  const remembered = { ...manifest, metadata: { annotations: {}, ...manifest.metadata, namespace: 'default' } };
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(sorted(remembered))}\n` };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

/** kubectl writes the names of an object in alphabetical order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}

/** An HTTP probe as it stands in a manifest; what is not given is left to the API server's defaults. */
export function get(path: string, timing: object = {}): object {
  return { httpGet: { path, port: 8080 }, ...timing };
}

/** The three machines of the shop. */
export const machines = [
  { name: 'node-a', cpu: '3', memory: '2Gi' },
  { name: 'node-b', cpu: '3', memory: '2Gi' },
  { name: 'node-c', cpu: '3', memory: '2Gi' },
] as const;

export const morning = '2026-11-24T09:10:00Z';
