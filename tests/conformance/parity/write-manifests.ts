// More files for the commands of the parity tests: workloads of other kinds, and a certificate with its key, made for
// these tests and used for nothing else.

const template = (app: string, more = '') => `  selector:
    matchLabels:
      app: ${app}
  template:
    metadata:
      labels:
        app: ${app}
    spec:
${more}      containers:
      - name: c
        image: nginx:1.27
`;

const rbac = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods, services]
  verbs: [get, list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: reader
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: ann}
`;

export const moreManifests: Readonly<Record<string, string>> = {
  'stored.yaml': `apiVersion: v1
kind: ReplicationController
metadata:
  name: old
spec:
  replicas: 2
  template:
    metadata:
      labels:
        app: old
    spec:
      containers:
      - name: c
        image: nginx:1.27
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata:
  name: fast
handler: runsc
---
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata:
  name: ann
spec:
  signerName: example.com/signer
  request: YWJj
  usages: [client auth]
`,
  'tls.crt': `-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIUMb4jU263dt9bm0lkFDgAVSdtX1wwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMc2hvcC5leGFtcGxlMCAXDTI2MTEyNDE4MDYyNVoYDzIxMjYx
MDMxMTgwNjI1WjAXMRUwEwYDVQQDDAxzaG9wLmV4YW1wbGUwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAATOu9luycdPP6TVGkLkYSzAIEB+2+psFoNvQ4N89m2n3ZSq
DfNXXk2XW2rVt6uwkEmyqPgiCWdp743BJqYC0MeJo1MwUTAdBgNVHQ4EFgQUaf9H
NZVP4y6tq7mjNPwA3n6rKtowHwYDVR0jBBgwFoAUaf9HNZVP4y6tq7mjNPwA3n6r
KtowDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA3fVJoAYQVFBL
qNTZ/et/jfsHmiOEY2PjgiPMPNsyezMCIQCt/AEQ//S+7vHq5WOectP4Har3U5Hb
sWGK8VS5j11uNQ==
-----END CERTIFICATE-----
`,
  'tls.key': `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgp3LcRuBQClgpPGvO
0fWwiMQ5fKLuTmceH6RAACLcY66hRANCAATOu9luycdPP6TVGkLkYSzAIEB+2+ps
FoNvQ4N89m2n3ZSqDfNXXk2XW2rVt6uwkEmyqPgiCWdp743BJqYC0MeJ
-----END PRIVATE KEY-----
`,
  'docker.json': '{"auths":{}}\n',
  'cronjob.yaml': `apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    metadata:
      labels: {a: b}
      annotations: {note: x}
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - {name: c, image: "busybox:1.36", command: [sh, -c, "exit 0"]}
`,
  'job.yaml': `apiVersion: batch/v1
kind: Job
metadata:
  name: once
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: c, image: "busybox:1.36", command: [sh, -c, "exit 0"]}
`,
  'ds.yaml': `apiVersion: apps/v1\nkind: DaemonSet\nmetadata:\n  name: agent\nspec:\n${template('agent')}`,
  'sts.yaml': `apiVersion: v1
kind: Service
metadata:
  name: db
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
spec:
  serviceName: db
  replicas: 2
${template('db')}`,
  'pdb.yaml': `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  minAvailable: 2
  selector: {matchLabels: {app: web}}
`,
  'cache.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: cache
spec:
  replicas: 1
${template('cache', '      nodeName: node-a\n      volumes: [{name: v, emptyDir: {}}]\n')}`,
  'rbac-nowhere.yaml': rbac,
  'rbac.yaml': rbac.replaceAll('name: reader\n', 'name: reader\n  namespace: default\n'),
  'rbac-more.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
  namespace: default
  labels: {a: b}
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: reader
  namespace: default
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: ops}
`,
  'rbac-other.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: reader
  namespace: default
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: ops}
`,
};
