// Runs the tables of Kubernetes' own unit tests for names, patches and durations (kinds name-validation,
// json-merge-patch, strategic-merge-patch, human-duration, printer-age).
import { formatMicroTime, parseTime } from '../../../src/sim/engine/time.ts';
import {
  createThreeWayJSONMergePatch,
  createThreeWayMergePatch,
  createTwoWayMergePatch,
  type JsonObject,
  mergePatch,
  type PatchType,
  strategicMergePatch,
} from '../../../src/sim/kubernetes/api/patch/index.ts';
import * as names from '../../../src/sim/kubernetes/api/validation/names.ts';
import { ageSince, humanDuration, shortHumanDuration, timeUntil } from '../../../src/sim/kubernetes/duration.ts';
import { checked, contains, fail, type Runner, same } from './check.ts';

const rules: Readonly<Record<string, names.NameRule>> = {
  'dns1123-label': names.isDNS1123Label,
  'dns1123-subdomain': names.isDNS1123Subdomain,
  'dns1035-label': names.isDNS1035Label,
  'qualified-name': names.isQualifiedName,
  'label-value': names.isLabelValue,
  'config-map-key': names.isConfigMapKey,
  'port-name': names.isPortName,
  percent: names.isPercent,
  'port-number': (value) => names.isPortNumber(Number(value)),
};

interface PatchCase {
  readonly id: number;
  readonly name: string;
  readonly table?: string;
  readonly original: JsonObject | null;
  readonly modified: JsonObject;
  readonly current: JsonObject;
  readonly patch: JsonObject;
  readonly expected: {
    readonly patch?: JsonObject;
    readonly result?: JsonObject;
    readonly twoWayPatch?: JsonObject;
    readonly threeWayPatch?: JsonObject;
    readonly twoWayResult?: JsonObject;
    readonly errorContains?: string;
  };
}

// The type of the source's tests: every list and map field may hold the same type again.
const mergeItem: Record<string, PatchType[string]> = {};
Object.assign(mergeItem, {
  mergingList: { merge: true, key: 'name', of: mergeItem },
  nonMergingList: { of: mergeItem },
  mergingIntList: { merge: true },
  simpleMap: { of: mergeItem },
  retainKeysMap: { retainKeys: true, of: mergeItem },
  retainKeysMergingList: { merge: true, retainKeys: true, key: 'name', of: mergeItem },
});

function strategic(c: PatchCase): void {
  const { original, modified, current, patch, expected } = c;
  if (c.table === 'apply') {
    const result = strategicMergePatch(original, patch, mergeItem);
    if (expected.errorContains === undefined) same(result, { value: expected.result });
    else contains('error' in result ? result.error : '', expected.errorContains);
    return;
  }
  if (c.table !== 'three-way') fail(`unknown table ${c.table ?? ''}`);
  const two = createTwoWayMergePatch(original, modified, mergeItem);
  same(two, { value: expected.twoWayPatch }, 'twoWayPatch');
  const three = createThreeWayMergePatch(original, modified, current, mergeItem);
  same(three, { value: expected.threeWayPatch }, 'threeWayPatch');
  if (!('value' in two) || !('value' in three)) return;
  same(strategicMergePatch(current, three.value, mergeItem), { value: expected.result }, 'result');
  if (!original) return;
  const back = strategicMergePatch(original, two.value, mergeItem);
  same(back, { value: expected.twoWayResult ?? modified }, 'twoWayResult');
}

interface NameCase {
  readonly table: string;
  readonly value: string | number;
  readonly expected: { readonly valid: boolean };
}

interface DurationCase {
  readonly function: string;
  readonly durationMilliseconds: number;
  readonly offsetFromNowMilliseconds: number | null;
  readonly expected: string;
}

const NOW = parseTime('2024-06-01T12:00:00Z') ?? 0;
const PRINTERS: Readonly<Record<string, (c: DurationCase) => string>> = {
  HumanDuration: (c) => humanDuration(c.durationMilliseconds),
  ShortHumanDuration: (c) => shortHumanDuration(c.durationMilliseconds),
  ageSince: (c) => ageSince(timeOf(c), NOW),
  timeUntil: (c) => timeUntil(timeOf(c), NOW),
};

function timeOf({ offsetFromNowMilliseconds: offset }: DurationCase): string | undefined {
  return offset === null ? undefined : formatMicroTime(NOW + offset);
}

const duration = checked<DurationCase>((c) => {
  const print = PRINTERS[c.function];
  if (!print) return fail(`unknown function ${c.function}`);
  same(print(c), c.expected);
});

export const machineryRunners: Readonly<Record<string, Runner>> = {
  'human-duration': duration,
  'printer-age': duration,
  'name-validation': checked<NameCase>(({ table, value, expected }) => {
    const rule = rules[table];
    if (!rule) return fail(`unknown table ${table}`);
    same(rule(String(value)).length === 0, expected.valid);
  }),
  'json-merge-patch': checked<PatchCase>(({ original, modified, current, expected }) => {
    const patch = createThreeWayJSONMergePatch(original, modified, current);
    same(patch, expected.patch, 'patch');
    same(mergePatch(current, patch), { value: expected.result }, 'result');
  }),
  'strategic-merge-patch': checked(strategic),
};
