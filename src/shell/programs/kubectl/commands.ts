// The commands of kubectl 1.32: all names and flags of the real one. A flag marked `!` and a command without a module
// are refused by name. The default after `=` tells the type of the flag.

import type { Context } from './context.ts';
import { type Flag, parseFlagLine } from './flags.ts';

export interface CommandModule {
  readonly run: (context: Context) => Promise<number | undefined>;
}

/** Flags that every command has. */
const globalLine =
  'as= as-group=[] as-uid= !cache-dir= !certificate-authority= !client-certificate= !client-key= !cluster= context= !disable-compression=false !insecure-skip-tls-verify=false kubeconfig= !log-flush-frequency=5s !match-server-version=false n/namespace= !password= !profile=none !profile-output=profile.pprof !request-timeout=0 !s/server= !tls-server-name= !token= !user= !username= !v/v=0 !vmodule= !warnings-as-errors=false';

const print = 'allow-missing-template-keys=true o/output= show-managed-fields=false !template=';
const file = 'f/filename=[] !k/kustomize= R/recursive=false';

/** In the order of the real program's own registration, which suggestions for a mistyped name follow. */
const table = `
create: $print dry-run=none !edit=false field-manager=kubectl-create $file raw= save-config=false l/selector= validate=strict !windows-line-endings=false
create clusterrole: aggregation-rule=[] $print dry-run=none field-manager=kubectl-create non-resource-url=[] resource=[] resource-name=[] verb=[] save-config=false validate=strict
create clusterrolebinding: $print dry-run=none field-manager=kubectl-create clusterrole= group=[] serviceaccount=[] user=[] save-config=false validate=strict
create configmap: $print append-hash=false dry-run=none field-manager=kubectl-create from-env-file=[] from-file=[] from-literal=[] save-config=false validate=strict
create cronjob: $print dry-run=none field-manager=kubectl-create image= restart= save-config=false schedule= validate=strict
create deployment: $print dry-run=none field-manager=kubectl-create image=[] port=-1 r/replicas=1 save-config=false validate=strict
create ingress: $print annotation=[] class= default-backend= dry-run=none field-manager=kubectl-create rule=[] save-config=false validate=strict
create job: $print dry-run=none field-manager=kubectl-create from= image= save-config=false validate=strict
create namespace: $print dry-run=none field-manager=kubectl-create save-config=false validate=strict
create poddisruptionbudget: $print dry-run=none field-manager=kubectl-create max-unavailable= min-available= save-config=false selector= validate=strict
create priorityclass: $print description= dry-run=none field-manager=kubectl-create global-default=false preemption-policy=PreemptLowerPriority save-config=false validate=strict value=0
create quota: $print dry-run=none field-manager=kubectl-create hard= save-config=false scopes= validate=strict
create role: $print dry-run=none field-manager=kubectl-create resource=[] resource-name=[] verb=[] save-config=false validate=strict
create rolebinding: $print dry-run=none field-manager=kubectl-create clusterrole= group=[] role= serviceaccount=[] user=[] save-config=false validate=strict
create secret:
create secret docker-registry: $print dry-run=none field-manager=kubectl-create append-hash=false docker-email= docker-password= docker-server=https://index.docker.io/v1/ docker-username= from-file=[] save-config=false validate=strict
create secret generic: $print append-hash=false dry-run=none field-manager=kubectl-create from-env-file=[] from-file=[] from-literal=[] save-config=false type= validate=strict
create secret tls: $print dry-run=none field-manager=kubectl-create append-hash=false cert= key= save-config=false validate=strict
create service:
create service clusterip: $print clusterip= dry-run=none field-manager=kubectl-create save-config=false tcp=[] validate=strict
create service externalname: $print dry-run=none external-name= field-manager=kubectl-create save-config=false tcp=[] validate=strict
create service loadbalancer: $print dry-run=none field-manager=kubectl-create save-config=false tcp=[] validate=strict
create service nodeport: $print dry-run=none field-manager=kubectl-create node-port=0 save-config=false tcp=[] validate=strict
create serviceaccount: $print dry-run=none field-manager=kubectl-create save-config=false validate=strict
create token: $print audience=[] bound-object-kind= bound-object-name= bound-object-uid= duration=0s
expose: $print cluster-ip= dry-run=none external-ip= field-manager=kubectl-expose $file l/labels= !load-balancer-ip= name= override-type=merge overrides= port= protocol= save-config=false selector= session-affinity= target-port= type=
run: $print annotations=[] attach=false cascade=background command=false dry-run=none env=[] expose=false field-manager=kubectl-run $file force=false grace-period=-1 image= image-pull-policy= l/labels= leave-stdin-open=false override-type=merge overrides= pod-running-timeout=1m0s port= !privileged=false q/quiet=false restart=Always rm=false save-config=false i/stdin=false timeout=0s t/tty=false wait=false
set:
set env: all=false $print c/containers=* dry-run=none e/env=[] field-manager=kubectl-set $file from= keys=[] list=false !local=false overwrite=true prefix= !resolve=false l/selector=
set image: all=false $print dry-run=none field-manager=kubectl-set $file !local=false l/selector=
set resources: all=false $print c/containers=* dry-run=none field-manager=kubectl-set $file limits= !local=false requests= l/selector=
set selector: all=false $print dry-run=none field-manager=kubectl-set f/filename=[] !local=false R/recursive=true resource-version=
set serviceaccount: all=false $print dry-run=none field-manager=kubectl-set $file !local=false
set subject: all=false $print dry-run=none field-manager=kubectl-set $file group=[] !local=false l/selector= serviceaccount=[] user=[]
explain: api-version= o/output=plaintext recursive=false
get: A/all-namespaces=false $print chunk-size=500 field-selector= $file ignore-not-found=false L/label-columns=[] no-headers=false output-watch-events=false raw= l/selector= server-print=true show-kind=false show-labels=false sort-by= subresource= w/watch=false watch-only=false
edit: $print field-manager=kubectl-edit $file output-patch=false save-config=false !subresource= validate=strict !windows-line-endings=false
delete: all=false A/all-namespaces=false cascade=background dry-run=none field-selector= $file force=false grace-period=-1 ignore-not-found=false i/interactive=false now=false o/output= raw= l/selector= timeout=0s wait=true
rollout:
rollout history: $print $file revision=0 l/selector=
rollout pause: $print field-manager=kubectl-rollout $file l/selector=
rollout restart: $print field-manager=kubectl-rollout $file l/selector=
rollout resume: $print field-manager=kubectl-rollout $file l/selector=
rollout status: $file revision=0 l/selector= timeout=0s w/watch=true
rollout undo: $print dry-run=none $file l/selector= to-revision=0
scale: all=false $print current-replicas=-1 dry-run=none $file replicas=0 resource-version= l/selector= timeout=0s
autoscale: $print cpu-percent=-1 dry-run=none field-manager=kubectl-autoscale $file max=-1 min=-1 name= save-config=false
certificate:
certificate approve:
certificate deny:
cluster-info:
cluster-info dump: A/all-namespaces=false allow-missing-template-keys=true namespaces=[] o/output=json output-directory= !pod-running-timeout=20s show-managed-fields=false !template=
top:
top node: no-headers=false l/selector= show-capacity=false sort-by= use-protocol-buffers=true
top pod: A/all-namespaces=false containers=false field-selector= no-headers=false l/selector= sort-by= sum=false use-protocol-buffers=true
cordon: dry-run=none l/selector=
uncordon: dry-run=none l/selector=
drain: chunk-size=500 delete-emptydir-data=false disable-eviction=false dry-run=none force=false grace-period=-1 ignore-daemonsets=false pod-selector= l/selector= !skip-wait-for-delete-timeout=0 timeout=0s
taint: all=false $print dry-run=none field-manager=kubectl-taint overwrite=false l/selector= validate=strict
describe: A/all-namespaces=false chunk-size=500 $file l/selector= show-events=true
logs: all-containers=false all-pods=false c/container= f/follow=false ignore-errors=false !insecure-skip-tls-verify-backend=false limit-bytes=0 max-log-requests=5 !pod-running-timeout=20s prefix=false p/previous=false l/selector= since=0s since-time= tail=-1 timestamps=false
attach: c/container= pod-running-timeout=1m0s q/quiet=false i/stdin=false t/tty=false
exec: c/container= f/filename=[] !pod-running-timeout=1m0s q/quiet=false i/stdin=false t/tty=false
port-forward: address=[] pod-running-timeout=1m0s
proxy:
cp: c/container= no-preserve=false retries=0
auth:
auth can-i: A/all-namespaces=false list=false no-headers=false q/quiet=false subresource=
auth reconcile: $print dry-run=none $file remove-extra-permissions=false remove-extra-subjects=false
auth whoami: $print
debug: arguments-only=false attach=false c/container= copy-to= !custom= env=[] f/filename=[] image= image-pull-policy= keep-annotations=false keep-init-containers=true keep-labels=false keep-liveness=false keep-readiness=false keep-startup=false profile=legacy q/quiet=false replace=false same-node=false set-image=[] share-processes=true i/stdin=false target= t/tty=false
events: A/all-namespaces=false $print chunk-size=500 for= no-headers=false types=[] w/watch=false
diff: concurrency=1 field-manager=kubectl-client-side-apply $file force-conflicts=false !prune=false !prune-allowlist=[] l/selector= server-side=false show-managed-fields=false
apply: all=false $print cascade=background dry-run=none field-manager=kubectl-client-side-apply $file force=false force-conflicts=false grace-period=-1 openapi-patch=true overwrite=true !prune=false !prune-allowlist=[] l/selector= server-side=false subresource= timeout=0s validate=strict wait=false
apply edit-last-applied: $print field-manager=kubectl-client-side-apply $file validate=strict !windows-line-endings=false
apply set-last-applied: $print create-annotation=false dry-run=none f/filename=[]
apply view-last-applied: all=false $file o/output=yaml l/selector=
patch: $print dry-run=none field-manager=kubectl-patch $file !local=false p/patch= patch-file= subresource= type=strategic
replace: $print cascade=background dry-run=none field-manager=kubectl-replace $file force=false grace-period=-1 raw= save-config=false subresource= timeout=0s validate=strict wait=false
wait: all=false A/all-namespaces=false $print field-selector= f/filename=[] for= !local=false R/recursive=true l/selector= timeout=30s
kustomize:
label: all=false A/all-namespaces=false $print dry-run=none field-manager=kubectl-label field-selector= $file list=false !local=false overwrite=false resource-version= l/selector=
annotate: all=false A/all-namespaces=false $print dry-run=none field-manager=kubectl-annotate field-selector= $file list=false !local=false overwrite=false resource-version= l/selector=
completion:
config:
config current-context:
config delete-cluster:
config delete-context:
config delete-user:
config get-clusters:
config get-contexts: no-headers=false o/output=
config get-users:
config rename-context:
config set: set-raw-bytes=false
config set-cluster: certificate-authority= embed-certs=false insecure-skip-tls-verify=false proxy-url= server= tls-server-name=
config set-context: cluster= current=false namespace= user=
config set-credentials: !auth-provider= !auth-provider-arg=[] client-certificate= client-key= embed-certs=false !exec-api-version= !exec-arg=[] !exec-command= !exec-env=[] !exec-interactive-mode= !exec-provide-cluster-info=false password= token= username=
config unset:
config use-context:
config view: allow-missing-template-keys=true flatten=false merge=true minify=false o/output=yaml raw=false show-managed-fields=false !template=
plugin:
plugin list: name-only=false
version: client=false o/output=
api-versions:
api-resources: api-group= cached=false categories=[] namespaced=true no-headers=false o/output= sort-by= verbs=[]`;

const aliases: Readonly<Record<string, string>> = {
  'config use': 'config use-context',
  'create cm': 'create configmap',
  'create cj': 'create cronjob',
  'create deploy': 'create deployment',
  'create ing': 'create ingress',
  'create ns': 'create namespace',
  'create pdb': 'create poddisruptionbudget',
  'create pc': 'create priorityclass',
  'create resourcequota': 'create quota',
  'create svc': 'create service',
  'create sa': 'create serviceaccount',
  'set sa': 'set serviceaccount',
  'top nodes': 'top node',
  'top no': 'top node',
  'top pods': 'top pod',
  'top po': 'top pod',
};

const modules: Readonly<Record<string, () => Promise<CommandModule>>> = {
  get: () => import('./get.ts'),
  describe: () => import('./describe/index.ts'),
  apply: () => import('./apply.ts'),
  create: () => import('./create.ts'),
  delete: () => import('./delete.ts'),
  edit: () => import('./edit.ts'),
  scale: () => import('./scale.ts'),
  label: () => import('./label.ts'),
  annotate: () => import('./label.ts'),
  patch: () => import('./patch.ts'),
  replace: () => import('./replace.ts'),
  expose: () => import('./expose.ts'),
  run: () => import('./run.ts'),
  completion: () => import('./completion-script.ts'),
  'plugin list': () => import('./plugin.ts'),
  explain: () => import('./explain.ts'),
  logs: () => import('./logs.ts'),
  exec: () => import('./exec.ts'),
  attach: () => import('./attach.ts'),
  cp: () => import('./cp.ts'),
  debug: () => import('./debug.ts'),
  'port-forward': () => import('./port-forward.ts'),
  cordon: () => import('./drain.ts'),
  uncordon: () => import('./drain.ts'),
  drain: () => import('./drain.ts'),
  taint: () => import('./taint.ts'),
  wait: () => import('./wait.ts'),
  events: () => import('./events.ts'),
  'top node': () => import('./top.ts'),
  'top pod': () => import('./top.ts'),
  diff: () => import('./diff.ts'),
  version: () => import('./cluster.ts'),
  'cluster-info': () => import('./cluster.ts'),
  'cluster-info dump': () => import('./cluster-dump.ts'),
  'api-resources': () => import('./cluster.ts'),
  'api-versions': () => import('./cluster.ts'),
  'rollout status': () => import('./rollout.ts'),
  'rollout restart': () => import('./rollout.ts'),
  'rollout pause': () => import('./rollout.ts'),
  'rollout resume': () => import('./rollout.ts'),
  'rollout history': () => import('./rollout-history.ts'),
  'rollout undo': () => import('./rollout-history.ts'),
  autoscale: () => import('./autoscale.ts'),
  'set selector': () => import('./set-object.ts'),
  'set serviceaccount': () => import('./set-object.ts'),
  'set subject': () => import('./set-object.ts'),
  'set image': () => import('./set.ts'),
  'set env': () => import('./set.ts'),
  'set resources': () => import('./set.ts'),
  'apply edit-last-applied': () => import('./edit.ts'),
  'apply set-last-applied': () => import('./last-applied.ts'),
  'apply view-last-applied': () => import('./last-applied.ts'),
  'auth can-i': () => import('./auth.ts'),
  'auth reconcile': () => import('./reconcile.ts'),
  'auth whoami': () => import('./auth.ts'),
  'config current-context': () => import('./config.ts'),
  'config delete-context': () => import('./config.ts'),
  'config delete-cluster': () => import('./config-entries.ts'),
  'config delete-user': () => import('./config-entries.ts'),
  'config set': () => import('./config-entries.ts'),
  'config set-cluster': () => import('./config-entries.ts'),
  'config set-credentials': () => import('./config-entries.ts'),
  'config unset': () => import('./config-entries.ts'),
  'config get-clusters': () => import('./config.ts'),
  'config get-contexts': () => import('./config.ts'),
  'config get-users': () => import('./config.ts'),
  'config rename-context': () => import('./config.ts'),
  'config set-context': () => import('./config.ts'),
  'config use-context': () => import('./config.ts'),
  'config view': () => import('./config.ts'),
  'create clusterrole': () => import('./generators/access.ts'),
  'create clusterrolebinding': () => import('./generators/access.ts'),
  'create configmap': () => import('./generators/data.ts'),
  'create cronjob': () => import('./generators/workload.ts'),
  'create deployment': () => import('./generators/workload.ts'),
  'create ingress': () => import('./generators/network.ts'),
  'create job': () => import('./generators/workload.ts'),
  'create namespace': () => import('./generators/policy.ts'),
  'create poddisruptionbudget': () => import('./generators/policy.ts'),
  'create priorityclass': () => import('./generators/policy.ts'),
  'create quota': () => import('./generators/policy.ts'),
  'create role': () => import('./generators/access.ts'),
  'create rolebinding': () => import('./generators/access.ts'),
  'create secret docker-registry': () => import('./generators/data.ts'),
  'create secret generic': () => import('./generators/data.ts'),
  'create secret tls': () => import('./generators/data.ts'),
  'create service clusterip': () => import('./generators/network.ts'),
  'create service externalname': () => import('./generators/network.ts'),
  'create service loadbalancer': () => import('./generators/network.ts'),
  'create service nodeport': () => import('./generators/network.ts'),
  'create serviceaccount': () => import('./generators/policy.ts'),
  'create token': () => import('./generators/token.ts'),
};

const lines = new Map(
  table
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const),
);

export const globalFlags: readonly Flag[] = parseFlagLine(globalLine);

/** All commands, `rollout status` among them. */
export const commandPaths: readonly string[] = [...lines.keys()];

/** The full name of a word after `path`, or undefined. */
export function subcommand(path: string, word: string): string | undefined {
  const full = path === '' ? word : `${path} ${word}`;
  if (lines.has(full)) return full;
  return Object.hasOwn(aliases, full) ? aliases[full] : undefined;
}

export function subcommandsOf(path: string): string[] {
  const depth = path === '' ? 1 : path.split(' ').length + 1;
  return commandPaths
    .filter((one) => (path === '' || one.startsWith(`${path} `)) && one.split(' ').length === depth)
    .map((one) => one.slice(one.lastIndexOf(' ') + 1));
}

export function flagsOf(path: string): Flag[] {
  const line = (lines.get(path) ?? '').replace('$print', print).replace('$file', file);
  const own = parseFlagLine(line);
  const named = new Set(own.map(({ name }) => name));
  return [...own, ...globalFlags.filter(({ name }) => !named.has(name))];
}

export function moduleOf(path: string): (() => Promise<CommandModule>) | undefined {
  return Object.hasOwn(modules, path) ? modules[path] : undefined;
}
