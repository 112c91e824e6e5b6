// Rows of what limits, ranks and permits: disruption budgets, priority classes, quotas, secrets, accounts, role
// bindings. Models their printers in pkg/printers/internalversion/printers.go (1.32).
import type {
  ClusterRoleBinding,
  PodDisruptionBudget,
  PriorityClass,
  ResourceQuota,
  RoleBinding,
  Secret,
  ServiceAccount,
} from '../../kinds/policy.ts';
import { age, ageColumn, column, nameColumn, wide, type Printer } from './table.ts';

export const podDisruptionBudgets: Printer<PodDisruptionBudget> = {
  columns: [
    nameColumn,
    column('Min Available', 'The minimum number of pods that must be available.'),
    column('Max Unavailable', 'The maximum number of pods that may be unavailable.'),
    column('Allowed Disruptions', 'Calculated number of pods that may be disrupted at this time.', 'integer'),
    ageColumn,
  ],
  row: (budget, nowUnixMs) => ({
    cells: [
      budget.metadata.name,
      orNotGiven(budget.spec.minAvailable),
      orNotGiven(budget.spec.maxUnavailable),
      (budget.status as { readonly disruptionsAllowed?: number }).disruptionsAllowed ?? 0,
      age(budget, nowUnixMs),
    ],
  }),
};

function orNotGiven(value: number | string | undefined): string {
  return value === undefined ? 'N/A' : String(value);
}

export const priorityClasses: Printer<PriorityClass> = {
  columns: [
    nameColumn,
    column('Value', '', 'integer'),
    column('Global-Default', '', 'boolean'),
    ageColumn,
    column('PreemptionPolicy', ''),
  ],
  row: (priorityClass, nowUnixMs) => ({
    cells: [
      priorityClass.metadata.name,
      priorityClass.value,
      priorityClass.globalDefault ?? false,
      age(priorityClass, nowUnixMs),
      (priorityClass as { readonly preemptionPolicy?: string }).preemptionPolicy ?? '',
    ],
  }),
};

export const resourceQuotas: Printer<ResourceQuota> = {
  columns: [
    nameColumn,
    ageColumn,
    column('Request', 'Request represents a minimum amount of cpu/memory that a container may consume.'),
    column(
      'Limit',
      'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
    ),
  ],
  row: (quota, nowUnixMs) => {
    const { hard = {}, used = {} } = quota.status;
    const list = (limits: boolean) =>
      Object.keys(hard)
        .sort()
        .filter((name) => name.startsWith('limits.') === limits)
        .map((name) => `${name}: ${used[name] ?? '0'}/${hard[name] ?? '0'}`)
        .join(', ');
    return { cells: [quota.metadata.name, age(quota, nowUnixMs), list(false), list(true)] };
  },
};

export const secrets: Printer<Secret> = {
  columns: [nameColumn, column('Type', ''), column('Data', ''), ageColumn],
  row: (secret, nowUnixMs) => ({
    cells: [
      secret.metadata.name,
      (secret as { readonly type?: string }).type ?? '',
      Object.keys(secret.data ?? {}).length,
      age(secret, nowUnixMs),
    ],
  }),
};

export const serviceAccounts: Printer<ServiceAccount> = {
  columns: [nameColumn, column('Secrets', ''), ageColumn],
  row: (account, nowUnixMs) => ({
    cells: [account.metadata.name, account.secrets?.length ?? 0, age(account, nowUnixMs)],
  }),
};

export const roleBindings: Printer<RoleBinding | ClusterRoleBinding> = {
  columns: [
    nameColumn,
    column('Role', ''),
    ageColumn,
    wide('Users', 'Users in the roleBinding'),
    wide('Groups', 'Groups in the roleBinding'),
    wide('ServiceAccounts', 'ServiceAccounts in the roleBinding'),
  ],
  row: (binding, nowUnixMs) => {
    const { roleRef, subjects = [] } = binding;
    const named = (kind: string) =>
      subjects
        .filter((s) => s.kind === kind)
        .map((s) => (kind === 'ServiceAccount' && s.namespace ? `${s.namespace}/${s.name}` : s.name))
        .join(', ');
    return {
      cells: [
        binding.metadata.name,
        `${roleRef.kind}/${roleRef.name}`,
        age(binding, nowUnixMs),
        named('User'),
        named('Group'),
        named('ServiceAccount'),
      ],
    };
  },
};
