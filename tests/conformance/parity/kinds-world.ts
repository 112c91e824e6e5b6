// A world with an object of every kind beside pods, deployments and services, and the command lines that read them.
import type { Scenario } from '../../../src/sim/index.ts';
import type { Lines } from './harness.ts';

const container = (name: string, image: string, more: object = {}) => ({ name, image, ...more });
const sleeper = container('main', 'busybox:1.37', { command: ['sleep', '100000'] });
const template = (app: string, spec: object, more: object = {}) => ({
  metadata: { labels: { app }, ...more },
  spec,
});
const object = (apiVersion: string, kind: string, name: string, rest: object, metadata: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name, ...metadata },
  ...rest,
});
const rbac = 'rbac.authorization.k8s.io/v1';

export const scenario: Scenario = {
  name: 'kinds',
  startsAt: '2026-11-24T09:00:00Z',
  nodes: [
    { name: 'node-a', cpu: '4', memory: '8Gi', labels: { zone: 'a' } },
    { name: 'node-b', cpu: '4', memory: '8Gi', labels: { zone: 'b' } },
    { name: 'node-c', cpu: '2', memory: '4Gi', taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] },
  ],
  objects: [
    object('v1', 'Namespace', 'team', {}),
    object('v1', 'Namespace', 'bare', {}),
    object(
      'v1',
      'ResourceQuota',
      'compute',
      { spec: { hard: { 'requests.cpu': '2', 'requests.memory': '4Gi', pods: '10' } } },
      { namespace: 'team' },
    ),
    object(
      'v1',
      'ResourceQuota',
      'besteffort',
      { spec: { hard: { pods: '3' }, scopes: ['BestEffort'] } },
      { namespace: 'team' },
    ),
    object(
      'v1',
      'LimitRange',
      'sizes',
      {
        spec: {
          limits: [
            {
              type: 'Container',
              default: { cpu: '500m' },
              defaultRequest: { cpu: '100m' },
              max: { cpu: '1' },
            },
            { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '20Gi' } },
          ],
        },
      },
      { namespace: 'team' },
    ),
    // Apart from `sizes`: the real client prints the resources of one limit in an order by chance.
    object(
      'v1',
      'LimitRange',
      'spaces',
      { spec: { limits: [{ type: 'Container', default: { memory: '64Mi' } }] } },
      { namespace: 'team' },
    ),
    object('v1', 'Pod', 'sized', { spec: { containers: [sleeper] } }, { namespace: 'team', labels: { app: 'sized' } }),
    object('v1', 'Secret', 'login', { type: 'Opaque', data: { password: 'c2VjcmV0' } }),
    object('v1', 'Secret', 'pull', {
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': 'eyJhdXRocyI6e319' },
    }),
    object('v1', 'ConfigMap', 'settings', { data: { color: 'blue' } }),
    object('v1', 'ServiceAccount', 'builder', {
      imagePullSecrets: [{ name: 'pull' }],
      secrets: [{ name: 'login' }, { name: 'gone' }],
    }),
    object('scheduling.k8s.io/v1', 'PriorityClass', 'urgent', { value: 1000, description: 'Before all others.' }),
    object('scheduling.k8s.io/v1', 'PriorityClass', 'meek', { value: -5, preemptionPolicy: 'Never' }),
    object(
      'storage.k8s.io/v1',
      'StorageClass',
      'fast',
      {
        provisioner: 'kubernetes.io/no-provisioner',
        volumeBindingMode: 'WaitForFirstConsumer',
        reclaimPolicy: 'Retain',
        allowVolumeExpansion: true,
        mountOptions: ['noatime'],
        parameters: { type: 'ssd' },
      },
      { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    ),
    object('storage.k8s.io/v1', 'StorageClass', 'slow', { provisioner: 'example.com/slow' }),
    object('v1', 'PersistentVolume', 'disk-a', {
      spec: {
        capacity: { storage: '10Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'fast',
        persistentVolumeReclaimPolicy: 'Retain',
        local: { path: '/mnt/a' },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'z'] }] },
              {
                matchExpressions: [
                  { key: 'kubernetes.io/hostname', operator: 'In', values: ['node-a'] },
                  { key: 'zone', operator: 'Exists' },
                ],
              },
            ],
          },
        },
      },
    }),
    object('v1', 'PersistentVolume', 'disk-b', {
      spec: {
        capacity: { storage: '5Gi' },
        accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
        storageClassName: 'none',
        hostPath: { path: '/mnt/b' },
      },
    }),
    object('v1', 'PersistentVolumeClaim', 'data', {
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '8Gi' } } },
    }),
    object('v1', 'PersistentVolumeClaim', 'waiting', {
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'slow', resources: { requests: { storage: '1Gi' } } },
    }),
    object(
      'v1',
      'Pod',
      'volumes',
      {
        spec: {
          serviceAccountName: 'builder',
          priorityClassName: 'urgent',
          initContainers: [
            container('first', 'busybox:1.37', { command: ['true'] }),
            { ...sleeper, name: 'sidecar', restartPolicy: 'Always' },
          ],
          containers: [
            container('main', 'busybox:1.37', {
              command: ['sleep', '100000'],
              resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
              env: [
                { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
                { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'requests.memory', divisor: '1Mi' } } },
              ],
              envFrom: [{ secretRef: { name: 'login' } }],
              volumeMounts: [
                { name: 'scratch', mountPath: '/tmp/scratch' },
                { name: 'settings', mountPath: '/etc/settings', readOnly: true },
                { name: 'login', mountPath: '/etc/login', subPath: 'password' },
                { name: 'data', mountPath: '/data' },
              ],
              lifecycle: { preStop: { exec: { command: ['sleep', '1'] } } },
            }),
          ],
          volumes: [
            { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
            { name: 'settings', configMap: { name: 'settings' } },
            { name: 'login', secret: { secretName: 'login', optional: true } },
            { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
            { name: 'host', hostPath: { path: '/var/log' } },
            { name: 'about', downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
            {
              name: 'all',
              projected: { sources: [{ secret: { name: 'login' } }, { configMap: { name: 'settings' } }] },
            },
          ],
        },
      },
      { labels: { app: 'volumes' } },
    ),
    object(
      'apps/v1',
      'DaemonSet',
      'agent',
      {
        spec: {
          selector: { matchLabels: { app: 'agent' } },
          template: template('agent', {
            containers: [sleeper],
            tolerations: [{ key: 'dedicated', operator: 'Exists' }],
            priorityClassName: 'urgent',
          }),
        },
      },
      { labels: { app: 'agent' }, annotations: { note: 'one on each node' } },
    ),
    object('v1', 'Service', 'db', {
      spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ name: 'sql', port: 5432 }] },
    }),
    object('apps/v1', 'StatefulSet', 'db', {
      spec: {
        serviceName: 'db',
        replicas: 2,
        selector: { matchLabels: { app: 'db' } },
        template: template('db', { containers: [sleeper] }),
      },
    }),
    object('apps/v1', 'StatefulSet', 'kept', {
      spec: {
        serviceName: 'kept',
        replicas: 1,
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'OnDelete' },
        selector: { matchLabels: { app: 'kept' } },
        template: template('kept', {
          containers: [{ ...sleeper, volumeMounts: [{ name: 'disk', mountPath: '/data' }] }],
        }),
        volumeClaimTemplates: [
          {
            metadata: { name: 'disk', labels: { app: 'kept', kind: 'disk' } },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    }),
    object('batch/v1', 'Job', 'sum', {
      spec: {
        completions: 3,
        parallelism: 2,
        completionMode: 'Indexed',
        template: template('sum', {
          restartPolicy: 'Never',
          containers: [container('c', 'busybox:1.37', { command: ['sh', '-c', 'sleep 5; echo done'] })],
        }),
      },
    }),
    object('batch/v1', 'Job', 'broken', {
      spec: {
        backoffLimit: 1,
        activeDeadlineSeconds: 600,
        ttlSecondsAfterFinished: 100000,
        template: template('broken', {
          restartPolicy: 'Never',
          containers: [container('c', 'busybox:1.37', { command: ['sh', '-c', 'exit 2'] })],
        }),
      },
    }),
    object('batch/v1', 'CronJob', 'tick', {
      spec: {
        schedule: '*/2 * * * *',
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 60,
        jobTemplate: {
          spec: {
            template: template('tick', {
              restartPolicy: 'OnFailure',
              containers: [container('c', 'busybox:1.37', { command: ['sh', '-c', 'sleep 10; date'] })],
            }),
          },
        },
      },
    }),
    object('batch/v1', 'CronJob', 'stopped', {
      spec: {
        schedule: '0 0 1 1 *',
        suspend: true,
        jobTemplate: {
          spec: { template: template('tick', { restartPolicy: 'Never', containers: [sleeper] }) },
        },
      },
    }),
    object(
      'apps/v1',
      'Deployment',
      'web',
      {
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: 'web' } },
          template: template('web', {
            containers: [
              container('nginx', 'nginx:1.27', {
                ports: [{ name: 'http', containerPort: 80 }],
                resources: { requests: { cpu: '100m', memory: '64Mi' } },
              }),
            ],
          }),
        },
      },
      { labels: { app: 'web' } },
    ),
    object('v1', 'Service', 'web', { spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] } }),
    object('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 2,
        maxReplicas: 5,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
          { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '200Mi' } } },
        ],
        behavior: {
          scaleDown: {
            stabilizationWindowSeconds: 60,
            policies: [{ type: 'Pods', value: 1, periodSeconds: 30 }],
          },
        },
      },
    }),
    object('autoscaling/v2', 'HorizontalPodAutoscaler', 'nothing', {
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gone' }, maxReplicas: 3 },
    }),
    object('policy/v1', 'PodDisruptionBudget', 'web', {
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
    }),
    object('policy/v1', 'PodDisruptionBudget', 'db', {
      spec: { maxUnavailable: '50%', selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['db'] }] } },
    }),
    object('networking.k8s.io/v1', 'IngressClass', 'outer', {
      spec: {
        controller: 'example.com/ingress',
        parameters: { apiGroup: 'example.com', kind: 'Parameters', name: 'outer' },
      },
    }),
    object(
      'networking.k8s.io/v1',
      'Ingress',
      'shop',
      {
        spec: {
          ingressClassName: 'outer',
          tls: [{ hosts: ['shop.example.com', 'www.example.com'], secretName: 'cert' }, { hosts: ['a.example.com'] }],
          rules: [
            {
              host: 'shop.example.com',
              http: {
                paths: [
                  { path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } },
                  { path: '/db', pathType: 'Exact', backend: { service: { name: 'gone', port: { name: 'sql' } } } },
                ],
              },
            },
            {
              http: {
                paths: [
                  { pathType: 'Prefix', path: '/x', backend: { service: { name: 'web', port: { name: 'http' } } } },
                ],
              },
            },
          ],
        },
      },
      { annotations: { note: 'the shop' } },
    ),
    object('networking.k8s.io/v1', 'Ingress', 'rest', {
      spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
    }),
    object('networking.k8s.io/v1', 'NetworkPolicy', 'closed', { spec: { podSelector: {}, policyTypes: ['Ingress'] } }),
    object('networking.k8s.io/v1', 'NetworkPolicy', 'db', {
      spec: {
        podSelector: { matchLabels: { app: 'db' } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            from: [
              { podSelector: { matchLabels: { app: 'web' } } },
              { namespaceSelector: { matchLabels: { team: 'a' } }, podSelector: {} },
              { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.2.0.0/16'] } },
            ],
            ports: [
              { protocol: 'TCP', port: 5432 },
              { port: 6000, endPort: 6010 },
            ],
          },
          {},
        ],
        egress: [{ to: [{ namespaceSelector: {} }], ports: [{ protocol: 'UDP', port: 53 }] }],
      },
    }),
    object('rbac.authorization.k8s.io/v1', 'Role', 'reader', {
      rules: [
        { apiGroups: ['', 'apps'], resources: ['pods', 'pods/log', 'deployments'], verbs: ['get', 'list'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['watch'] },
        { apiGroups: [''], resources: ['configmaps'], resourceNames: ['settings'], verbs: ['update'] },
      ],
    }),
    object(rbac, 'ClusterRole', 'health', {
      rules: [
        { nonResourceURLs: ['/healthz', '/livez'], verbs: ['get'] },
        { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      ],
    }),
    object(rbac, 'RoleBinding', 'readers', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [
        { kind: 'User', name: 'ada', apiGroup: 'rbac.authorization.k8s.io' },
        { kind: 'ServiceAccount', name: 'builder', namespace: 'default' },
      ],
    }),
    object(rbac, 'ClusterRoleBinding', 'checkers', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'health' },
      subjects: [{ kind: 'Group', name: 'ops', apiGroup: 'rbac.authorization.k8s.io' }],
    }),
    object('v1', 'Endpoints', 'manual', {
      subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 9000 }] }],
    }),
  ],
  clients: [],
  script: [],
};

const types = [
  'daemonsets',
  'statefulsets',
  'jobs',
  'cronjobs',
  'hpa',
  'pdb',
  'priorityclasses',
  'secrets',
  'serviceaccounts',
  'resourcequota',
  'limitranges',
  'pv',
  'pvc',
  'storageclasses',
  'ingress',
  'ingressclasses',
  'networkpolicies',
  'endpoints',
  'roles',
  'rolebindings',
  'clusterroles',
  'clusterrolebindings',
  'controllerrevisions',
];

/** By subject: texts that the server made, or that have no ages. */
export const plain: Lines = {
  'get: tables of every kind': types.flatMap((type) => [
    `kubectl get ${type}`,
    `kubectl get ${type} -A -o wide`,
    `kubectl get ${type} --show-labels --no-headers`,
    `kubectl get ${type} -o name`,
    `kubectl get ${type} nope`,
  ]),
  'get: objects of every kind': [
    ...types.map((type) => `kubectl get ${type} -o yaml`),
    'kubectl get ds agent -o yaml --show-managed-fields',
    'kubectl get sts db -o json',
    'kubectl get job sum -o json',
    'kubectl get hpa web -o yaml',
    'kubectl get pod volumes -o yaml',
    'kubectl get deploy web --subresource=scale -o yaml',
    'kubectl get deploy web --subresource=status -o name',
    'kubectl get cm settings --subresource=status',
    'kubectl get sts db --subresource=nonsense',
    'kubectl get jobs -o jsonpath=\'{range .items[*]}{.metadata.name} {.status.succeeded}{"\\n"}{end}\'',
    'kubectl get hpa -o custom-columns=NAME:.metadata.name,MIN:.spec.minReplicas,TARGET:.spec.scaleTargetRef.name',
    'kubectl get secrets login -o jsonpath={.data.password}',
    'kubectl get pv,pvc,sc',
    'kubectl get all',
    'kubectl get all -A',
    'kubectl get all -n team -o wide',
    'kubectl get all -o name',
    'kubectl get pv disk-a -n nowhere',
    'kubectl get hpa.v2.autoscaling',
    'kubectl get hpa.v1.autoscaling',
    'kubectl get cronjobs.batch tick stopped',
    'kubectl get roles.rbac.authorization.k8s.io reader',
    'kubectl get pods -l app=sum -L batch.kubernetes.io/job-completion-index',
    'kubectl get pods --sort-by=.metadata.labels.app -o name',
    'kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes/nope',
    'kubectl get deploy --subresource=scale',
    'kubectl get deploy -l app=web --subresource=status -o name',
    'kubectl get nodes node-a --subresource=status',
    'kubectl api-resources --categories=all',
    'kubectl api-resources --api-group=autoscaling',
    'kubectl api-resources',
    'kubectl api-versions',
    'kubectl get pv -A --sort-by=.spec.capacity.storage',
    'kubectl get nodemetrics -o name',
    'kubectl get podmetrics -o name',
  ],
  top: [
    'kubectl top node',
    'kubectl top nodes --no-headers',
    'kubectl top node node-a',
    'kubectl top node -l zone=a',
    'kubectl top node --sort-by=cpu',
    'kubectl top node --show-capacity',
    'kubectl top node nope',
    'kubectl top pod',
    'kubectl top pods -A',
    'kubectl top pod volumes',
    'kubectl top pod volumes --containers',
    'kubectl top pod -l app=web',
    'kubectl top pod -l app=nothing',
    'kubectl top pod --sort-by=memory',
    'kubectl top pod --sum',
    'kubectl top pod -A --sum --containers',
    'kubectl top pod --no-headers --sum',
    'kubectl top pod -n bare',
    'kubectl top pod nope',
    'kubectl top pod --field-selector=metadata.name=volumes',
  ],
  'logs of workloads': [
    'kubectl logs job/sum',
    'kubectl logs job/broken',
    'kubectl logs ds/agent',
    'kubectl logs sts/db',
    'kubectl logs deploy/web --all-pods --tail=1 | sort',
    'kubectl logs job/sum --all-pods | sort',
    'kubectl logs deploy/web --all-pods --all-containers --prefix --tail=1 | sort',
    'kubectl logs -l app=sum --prefix | sort',
    'kubectl logs cronjob/stopped',
    'kubectl logs hpa/web',
    'kubectl logs volumes -c sidecar',
    'kubectl logs volumes --all-containers',
  ],
  'rollouts of every kind': [
    'kubectl rollout status ds/agent',
    'kubectl rollout status sts/db',
    'kubectl rollout status sts/kept',
    'kubectl rollout history ds/agent',
    'kubectl rollout history sts/db',
    'kubectl rollout status job/sum',
    'kubectl wait --for=condition=complete job/sum',
    'kubectl wait --for=condition=failed job/broken',
  ],
};

/** Texts with ages that the client counts. */
export const aged: Readonly<Record<string, readonly string[]>> = {
  'describe every kind': [
    ...types.map((type) => `kubectl describe ${type}`),
    'kubectl describe ns team',
    'kubectl describe ns bare',
    'kubectl describe pod volumes',
    'kubectl describe pods -n team',
    'kubectl describe nodes',
    'kubectl describe svc db',
    'kubectl describe job sum',
    'kubectl describe job/nope',
    'kubectl describe sts d',
    'kubectl describe pods -l app=sum',
    'kubectl describe quota -n team',
    'kubectl describe limits -n team',
    'kubectl describe ds agent --show-events=false',
  ],
  'ages that the client counts': ['kubectl get sts db --subresource=scale'],
  events: [
    'kubectl events --for job/sum',
    'kubectl events --for sts/db',
    'kubectl events --types=Warning -A',
    'kubectl events --for ds/agent -o json',
  ],
};
