// The files that the commands of the parity tests read, right and wrong ones.

interface DeploymentText {
  readonly image?: string;
  readonly replicas?: number | string;
  /** More lines of the container. */
  readonly more?: string;
}

function deployment(name: string, { image = 'nginx:1.27', replicas = 2, more = '' }: DeploymentText = {}): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app: ${name}
spec:
  replicas: ${String(replicas)}
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
      - name: ${name}
        image: ${image}
        ports:
        - containerPort: 80
${more}`;
}

const configMap = (name: string, more = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`;

const pod = (more = '') => `apiVersion: v1
kind: Pod
metadata:
  name: solo
  labels:
    app: solo
spec:
  containers:
  - name: c
    image: nginx:1.27
${more}`;

const KIND = 'apiVersion: v1\nkind: ConfigMap\n';

export const manifests: Readonly<Record<string, string>> = {
  'web.yaml': deployment('web'),
  'web-changed.yaml': deployment('web', {
    image: 'nginx:1.28',
    replicas: 3,
    more: '        env:\n        - name: A\n          value: "1"\n',
  }),
  'svc.yaml': `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
  - port: 80
    targetPort: 80
`,
  'pod.yaml': pod(),
  'pod-changed.yaml': pod('    command: [sleep]\n'),
  'two.yaml': `${configMap('one', 'data:\n  a: "1"\n')}---\n${configMap('two', 'data:\n  b: "2"\n')}`,
  'half-good.yaml': `${configMap('three')}---\n${configMap('Four!')}---\n${configMap('five')}`,
  'list.yaml': `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: l1
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: l2
`,
  'stream.json': `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"j1"}}
{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"j2"}}
`,
  'html.yaml': configMap('html', 'data:\n  page: |\n    <a href="x">&amp;</a>\n'),
  'team.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: team\n',
  'in-team.yaml': configMap('one', '  namespace: team\ndata:\n  a: "1"\n'),
  'dir/a.yaml': configMap('a', '  labels:\n    x: z\n'),
  'dir/b.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}',
  'dir/note.txt': 'not a manifest\n',
  'dir/sub/c.yml': configMap('c'),
  'no-manifests/note.txt': 'not a manifest\n',
  'patch.yaml': 'spec:\n  replicas: 4\n',
  'env.txt': '# of the shop\nA=1\nB=two\n',
  'conf.ini': '[x]\ny=1\n',

  'unknown-field.yaml': deployment('odd').replace('  replicas: 2', '  replicas: 2\n  foo: 1'),
  'bad-name.yaml': deployment('Bad_Name'),
  'negative.yaml': deployment('odd', { replicas: -1 }),
  'wrong-type.yaml': deployment('odd', { replicas: 'two' }),
  'twice.yaml': configMap('twice', '  name: thrice\n'),
  'generated.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  generateName: gen-\n',
  'no-kind.yaml': 'apiVersion: v1\nmetadata:\n  name: x\n',
  'no-version.yaml': 'kind: ConfigMap\nmetadata:\n  name: x\n',
  'neither.yaml': 'metadata:\n  name: x\n',
  'cron.yaml': 'apiVersion: batch/v2\nkind: CronTab\nmetadata:\n  name: x\n',
  'text.yaml': 'hello\n',
  'empty.yaml': '',
  'number-label.yaml': configMap('x', '  labels:\n    a: 1\n'),
  'yes-label.yaml': configMap('x', '  annotations:\n    a: yes\n'),

  'bad-indent.yaml': `${KIND}metadata:\n  name: x\n labels: y\n`,
  'bad-nesting.yaml': `${KIND}metadata:\n  name: x\n   labels: y\n`,
  'bad-tab.yaml': `${KIND}metadata:\n\tname: x\n`,
  'bad-colon.yaml': 'apiVersion: v1\nkind ConfigMap\nmetadata:\n  name: x\n',
  'bad-quote.yaml': `${KIND}metadata:\n  name: "x\n`,
  'bad-brace.yaml': `${KIND}metadata: {name: x\n`,
  'bad-dash.yaml': `${KIND}spec:\n  containers:\n  - name: a\n   image: b\n`,
  'bad-at.yaml': `${KIND}metadata:\n  name: @x\n`,
  'bad-comma.json': '{"apiVersion":"v1",}',
  'bad-string.json': '{"apiVersion":"v1" "kind":"ConfigMap"}',
  'bad-end.json': '{"apiVersion":"v1"',
};
