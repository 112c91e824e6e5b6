// `--sort-by` (kubectl/pkg/cmd/get/sorter.go, 1.32): quantities by value, other text by its bytes, absent fields first.

import { compareQuantities, parseQuantity } from '../../../sim/kubernetes/quantity.ts';
import { KubectlError } from './errors.ts';
import { goSort } from './go-sort.ts';
import { findResults, type JsonPath, parseJsonPath, relaxedJsonPath } from './jsonpath.ts';
import { isObject, type Json, type JsonObject, listAt } from './object.ts';

export function sortRows(table: JsonObject, expression: string): JsonObject {
  const rows = listAt(table, 'rows').filter(isObject);
  return { ...table, rows: sorted(rows, expression, (row) => row['object'] ?? null) };
}

export function sortItems(items: readonly JsonObject[], expression: string): JsonObject[] {
  return sorted(items, expression, (item) => item);
}

function sorted<T>(items: readonly T[], expression: string, objectOf: (item: T) => Json): T[] {
  const text = relaxedJsonPath(expression);
  const path = parseJsonPath(text);
  const keyed = items.map((item) => ({ item, key: valueOf(path, objectOf(item)) }));
  if (items.length > 0 && keyed.every(({ key }) => key === undefined)) {
    throw new KubectlError(`couldn't find any field with path "${text}" in the list of objects`);
  }
  return goSort(keyed, (a, b) => isLess(a.key, b.key)).map(({ item }) => item);
}

function valueOf(path: JsonPath, object: Json): Json | undefined {
  return findResults(path, object, true)[0]?.[0];
}

function isLess(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined) return true;
  if (b === undefined) return false;
  if (a === null || b === null) return a === null && b !== null;
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  if (typeof a === 'string' && typeof b === 'string') {
    const [x, y] = [parseQuantity(a), parseQuantity(b)];
    return x && y ? compareQuantities(x, y) < 0 : a < b;
  }
  throw new KubectlError(`unsortable type: ${typeof a}`);
}
