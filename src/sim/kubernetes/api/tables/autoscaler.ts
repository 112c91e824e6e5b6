// The row of a horizontal pod autoscaler. Models printHorizontalPodAutoscaler and formatHPAMetrics of
// pkg/printers/internalversion/printers.go (1.32).
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '../../kinds/policy.ts';
import { age, ageColumn, column, nameColumn, type Printer } from './table.ts';

export const autoscalers: Printer<HorizontalPodAutoscaler> = {
  columns: [
    nameColumn,
    column('Reference', ''),
    column('Targets', ''),
    column('MinPods', ''),
    column('MaxPods', ''),
    column('Replicas', ''),
    ageColumn,
  ],
  row: (autoscaler, nowUnixMs) => {
    const { spec, status } = autoscaler;
    return {
      cells: [
        autoscaler.metadata.name,
        `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
        metrics(spec.metrics ?? [], status.currentMetrics ?? []),
        spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
        spec.maxReplicas,
        status.currentReplicas ?? 0,
        age(autoscaler, nowUnixMs),
      ],
    };
  },
};

const SHOWN = 2;

function metrics(specs: readonly MetricSpec[], statuses: readonly MetricStatus[]): string {
  if (specs.length === 0) return '<none>';
  const texts = specs.slice(0, SHOWN).map((spec, i) => metric(spec, statuses[i]));
  const more = specs.length - SHOWN;
  return more > 0 ? `${texts.join(', ')} + ${String(more)} more...` : texts.join(', ');
}

const UNKNOWN = '<unknown>';

function metric(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return plain(spec.external?.target, status?.external?.current);
    case 'Object':
      return plain(spec.object?.target, status?.object?.current);
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? UNKNOWN}/${spec.pods?.target.averageValue ?? '<nil>'}`;
    case 'Resource':
      return resource(spec.resource, status?.resource?.current);
    case 'ContainerResource':
      return resource(spec.containerResource, status?.containerResource?.current);
    default:
      return '<unknown type>';
  }
}

type Target = NonNullable<MetricSpec['external']>['target'];
type Current = NonNullable<MetricStatus['external']>['current'];

function plain(target: Target | undefined, current: Current | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
  return `${current ? (current.value ?? '<nil>') : UNKNOWN}/${target?.value ?? '<nil>'}`;
}

function resource(
  spec: { readonly name: string; readonly target: Target } | undefined,
  current: Current | undefined,
): string {
  const name = spec?.name ?? '';
  const target = spec?.target;
  if (target?.averageValue !== undefined) return `${name}: ${current?.averageValue ?? UNKNOWN}/${target.averageValue}`;
  return `${name}: ${percent(current?.averageUtilization, UNKNOWN)}/${percent(target?.averageUtilization, '<auto>')}`;
}

function percent(value: number | undefined, otherwise: string): string {
  return value === undefined ? otherwise : `${String(value)}%`;
}
