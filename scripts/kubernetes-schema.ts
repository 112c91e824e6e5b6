// Generates what the API server knows of the fields of its kinds, from the types of the npm package `kubernetes-types`
// (made from Kubernetes' own OpenAPI), and their descriptions (Apache-2.0, as they are) for `kubectl explain`.
//
//   src/sim/kubernetes/api/schema.generated.ts           one line a type: `Name field:code field:code`
//   src/shell/programs/kubectl/explain.generated.ts      the same types with words, loaded only when asked for
//
// Codes: s string, i int32, l int64, b bool, q quantity, t time, T time with microseconds, x int or string, y bytes,
// * anything; a name is another type; `[]` list and `{}` map before any of them. After a field's name `!` says required,
// `~` says that Go cannot tell zero from absent there (no pointer), so the zero is never stored.
//
// The package is of Kubernetes 1.30; ADDED holds what 1.31 and 1.32 brought, as far as our kinds have it.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import ts from 'typescript';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const TYPES = join(ROOT, 'node_modules/kubernetes-types');

const KINDS: readonly (readonly [module: string, name: string])[] = [
  ['core/v1', 'ConfigMap'],
  ['core/v1', 'Event'],
  ['core/v1', 'Namespace'],
  ['core/v1', 'Node'],
  ['core/v1', 'Pod'],
  ['core/v1', 'Service'],
  ['core/v1', 'Binding'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'ReplicaSet'],
  ['autoscaling/v1', 'Scale'],
  ['coordination/v1', 'Lease'],
  ['discovery/v1', 'EndpointSlice'],
  ['meta/v1', 'DeleteOptions'],
  ['policy/v1', 'Eviction'],
  ['core/v1', 'Endpoints'],
  ['core/v1', 'LimitRange'],
  ['core/v1', 'PersistentVolume'],
  ['core/v1', 'PersistentVolumeClaim'],
  ['core/v1', 'ResourceQuota'],
  ['core/v1', 'Secret'],
  ['core/v1', 'ServiceAccount'],
  ['core/v1', 'ReplicationController'],
  ['certificates/v1', 'CertificateSigningRequest'],
  ['node/v1', 'RuntimeClass'],
  ['apps/v1', 'ControllerRevision'],
  ['apps/v1', 'DaemonSet'],
  ['apps/v1', 'StatefulSet'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['batch/v1', 'CronJob'],
  ['batch/v1', 'Job'],
  ['networking/v1', 'Ingress'],
  ['networking/v1', 'IngressClass'],
  ['networking/v1', 'NetworkPolicy'],
  ['policy/v1', 'PodDisruptionBudget'],
  ['rbac/v1', 'ClusterRole'],
  ['rbac/v1', 'ClusterRoleBinding'],
  ['rbac/v1', 'Role'],
  ['rbac/v1', 'RoleBinding'],
  ['scheduling/v1', 'PriorityClass'],
  ['storage/v1', 'StorageClass'],
  ['authentication/v1', 'SelfSubjectReview'],
  ['authentication/v1', 'TokenRequest'],
  ['authorization/v1', 'LocalSubjectAccessReview'],
  ['authorization/v1', 'SelfSubjectAccessReview'],
  ['authorization/v1', 'SelfSubjectRulesReview'],
  ['authorization/v1', 'SubjectAccessReview'],
];

const ADDED: Readonly<Record<string, Readonly<Record<string, readonly [code: string, words: string]>>>> = {
  PodSpec: {
    resources: [
      'ResourceRequirements',
      'Resources is the total amount of CPU and Memory resources required by all containers in the pod.',
    ],
  },
  PodStatus: { resize: ['s', "Status of resources resize desired for pod's containers."] },
  PodSecurityContext: {
    supplementalGroupsPolicy: ['s', 'Defines how supplemental groups of the first container processes are calculated.'],
    seLinuxChangePolicy: [
      's',
      "seLinuxChangePolicy defines how the container's SELinux label is applied to all volumes used by the Pod.",
    ],
  },
  ContainerStatus: {
    user: ['*', 'User represents user identity information initially attached to the first process of the container'],
    allocatedResourcesStatus: [
      '[]*',
      'AllocatedResourcesStatus represents the status of various resources allocated for this Pod.',
    ],
  },
  LeaseSpec: {
    preferredHolder: [
      's',
      'PreferredHolder signals to a lease holder that the lease has a more optimal holder and should be given up.',
    ],
    strategy: ['s', 'Strategy indicates the strategy for picking the leader for coordinated leader election.'],
  },
  NodeStatus: { features: ['*', 'Features describes the set of features implemented by the CRI implementation.'] },
};

/** Numbers that are int64 in Go's types; the others are int32. */
const INT64 = new Set(
  (
    'terminationGracePeriodSeconds activeDeadlineSeconds tolerationSeconds generation observedGeneration seconds ' +
    'deletionGracePeriodSeconds gracePeriodSeconds sizeBytes runAsUser runAsGroup fsGroup supplementalGroups expirationSeconds startingDeadlineSeconds revision'
  ).split(' '),
);
const INT_OR_STRING = new Set(['number | string', 'string | number']);

/** Scalars that are no pointers in Go: a zero there is the same as nothing. Strings are so everywhere that matters. */
const ZERO_IS_ABSENT = new Set(
  (
    'PodSpec.hostNetwork PodSpec.hostPID PodSpec.hostIPC Container.stdin Container.stdinOnce Container.tty ' +
    'ContainerPort.hostPort Probe.initialDelaySeconds Probe.timeoutSeconds Probe.periodSeconds Probe.successThreshold ' +
    'Probe.failureThreshold ServicePort.nodePort ServiceSpec.publishNotReadyAddresses ServiceSpec.healthCheckNodePort ' +
    'DeploymentSpec.minReadySeconds DeploymentSpec.paused ReplicaSetSpec.minReadySeconds NodeSpec.unschedulable ' +
    'ObjectMeta.generation VolumeMount.readOnly Event.count ScaleSpec.replicas DeploymentStatus.replicas ' +
    'DeploymentStatus.updatedReplicas DeploymentStatus.readyReplicas DeploymentStatus.availableReplicas ' +
    'DeploymentStatus.unavailableReplicas DeploymentStatus.observedGeneration ReplicaSetStatus.fullyLabeledReplicas ' +
    'ReplicaSetStatus.readyReplicas ReplicaSetStatus.availableReplicas ReplicaSetStatus.observedGeneration ' +
    'DaemonSetSpec.minReadySeconds StatefulSetSpec.minReadySeconds PriorityClass.globalDefault JobStatus.active ' +
    'JobStatus.succeeded JobStatus.failed DaemonSetStatus.observedGeneration DaemonSetStatus.updatedNumberScheduled ' +
    'DaemonSetStatus.numberAvailable DaemonSetStatus.numberUnavailable StatefulSetStatus.readyReplicas ' +
    'StatefulSetStatus.currentReplicas StatefulSetStatus.updatedReplicas PodDisruptionBudgetStatus.observedGeneration ' +
    'HorizontalPodAutoscalerStatus.currentReplicas ServiceBackendPort.number'
  ).split(' '),
);

interface Field {
  readonly name: string;
  readonly code: string;
  readonly required: boolean;
  readonly words: string;
}
interface Struct {
  readonly words: string;
  readonly fields: readonly Field[];
}

const structs = new Map<string, Struct>();
const origin = new Map<string, string>();
const sources = new Map<string, ts.SourceFile>();
for (const [module, name] of KINDS) take(module, name);

const names = [...structs.keys()].sort();
const schema = names.map((name) => `${name} ${(structs.get(name) as Struct).fields.map(fieldText(name)).join(' ')}`);
const explain = Object.fromEntries(
  names.map((name) => {
    const { words, fields } = structs.get(name) as Struct;
    return [
      name,
      { text: words, fields: Object.fromEntries(fields.map((f) => [f.name, [f.code, f.required ? 1 : 0, f.words]])) },
    ];
  }),
);
await write(
  'src/sim/kubernetes/api/schema.generated.ts',
  `// Generated by scripts/kubernetes-schema.ts; do not edit. How to read a line is said there.
export const schemaText = \`
${schema.join('\n')}
\`;
`,
);
await write(
  'src/shell/programs/kubectl/explain.generated.ts',
  `// Generated by scripts/kubernetes-schema.ts; do not edit. Types by name: what each is, and its fields as
// [code, required, description]. The codes are those of the API server's schema; the descriptions are Kubernetes' own
// (Apache-2.0, by way of the package kubernetes-types). Loaded only when somebody asks to have something explained.
export interface ExplainedType {
  readonly text: string;
  readonly fields: Readonly<Record<string, readonly [code: string, required: 0 | 1, text: string]>>;
}
export const explained = JSON.parse(${quoted(JSON.stringify(explain))}) as Readonly<Record<string, ExplainedType>>;
`,
);

function fieldText(struct: string): (field: Field) => string {
  return ({ name, code, required }) => {
    const zero = ZERO_IS_ABSENT.has(`${struct}.${name}`) ? '~' : '';
    return `${name}${required ? '!' : ''}${zero}:${code}`;
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

async function write(path: string, text: string): Promise<void> {
  const file = join(ROOT, path);
  const config = await resolveConfig(file);
  writeFileSync(file, await format(text, { ...config, filepath: file }));
}

/**
 * Reads an interface of a module, and every interface that it mentions. Returns the name it has in our schema: its own,
 * or, when a type of another module has that already, its own with the group behind `_`.
 */
function take(module: string, type: string): string {
  let name = type;
  if ((origin.get(name) ?? module) !== module) name = `${type}_${posix.dirname(module)}`;
  const held = origin.get(name);
  if (held === module) return name;
  if (held !== undefined) throw new Error(`two types called ${name}: ${held} and ${module}`);
  origin.set(name, module);
  const source = sourceOf(module);
  const found = source.statements.find(
    (s): s is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(s) && s.name.text === type,
  );
  if (!found) throw new Error(`no interface ${type} in ${module}`);
  const fields: Field[] = [];
  for (const member of found.members) {
    if (!ts.isPropertySignature(member) || !member.type) continue;
    const field = ts.isStringLiteral(member.name) || ts.isIdentifier(member.name) ? member.name.text : '';
    if (field === 'managedFields') {
      fields.push({ name: field, code: '[]*', required: false, words: descriptionOf(member) });
      continue;
    }
    const code = codeOf(module, field, member.type);
    fields.push({ name: field, code, required: !member.questionToken, words: descriptionOf(member) });
  }
  for (const [field, [code, words]] of Object.entries(ADDED[name] ?? {}))
    if (!fields.some((f) => f.name === field)) fields.push({ name: field, code, required: false, words });
  structs.set(name, { words: descriptionOf(found), fields });
  return name;
}

function codeOf(module: string, field: string, type: ts.TypeNode): string {
  if (ts.isArrayTypeNode(type)) return `[]${codeOf(module, field, type.elementType)}`;
  if (ts.isTypeLiteralNode(type)) {
    const index = type.members.find(ts.isIndexSignatureDeclaration);
    if (!index) return '*';
    return `{}${field === 'binaryData' ? 'y' : codeOf(module, field, index.type)}`;
  }
  if (INT_OR_STRING.has(type.getText())) return 'x';
  if (type.kind === ts.SyntaxKind.StringKeyword || ts.isLiteralTypeNode(type)) return field === 'caBundle' ? 'y' : 's';
  if (type.kind === ts.SyntaxKind.NumberKeyword) return INT64.has(field) ? 'l' : 'i';
  if (type.kind === ts.SyntaxKind.BooleanKeyword) return 'b';
  if (ts.isTypeReferenceNode(type)) {
    const name = type.typeName.getText();
    if (name === 'Array')
      return `[]${codeOf(module, field, (type.typeArguments as ts.NodeArray<ts.TypeNode>)[0] as ts.TypeNode)}`;
    if (name === 'Quantity') return 'q';
    if (name === 'Time') return 't';
    if (name === 'MicroTime') return 'T';
    if (name === 'FieldsV1' || name === 'RawExtension') return '*';
    return take(moduleOf(module, name), name);
  }
  throw new Error(`unknown type ${type.getText()} of ${field} in ${module}`);
}

function sourceOf(module: string): ts.SourceFile {
  let source = sources.get(module);
  if (!source) {
    const file = join(TYPES, `${module}.d.ts`);
    source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    sources.set(module, source);
  }
  return source;
}

function moduleOf(module: string, name: string): string {
  for (const statement of sourceOf(module).statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings)) continue;
    if (bindings.elements.some((e) => e.name.text === name))
      return posix.normalize(posix.join(posix.dirname(module), (statement.moduleSpecifier as ts.StringLiteral).text));
  }
  return module;
}

function descriptionOf(node: ts.Node): string {
  const docs = (node as ts.Node & { readonly jsDoc?: readonly ts.JSDoc[] }).jsDoc?.[0]?.comment;
  return (typeof docs === 'string' ? docs : (ts.getTextOfJSDocComment(docs) ?? '')).replace(/[ \t]+$/gm, '').trim();
}
