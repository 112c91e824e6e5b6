// Small texts that several commands share, in the words of k8s.io/apimachinery.

import { isQuantity } from '../../../sim/kubernetes/quantity.ts';
import { KubectlError } from './errors.ts';
import { sortedKeys } from './object.ts';

/** `a=b,c=d`, or `<none>`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  const keys = sortedKeys(labels);
  return keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${labels[key] ?? ''}`).join(',');
}

/** What is wrong with the name of an environment variable. The server allows more since 1.30 than kubectl does. */
export function envNameProblem(name: string): string | undefined {
  if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name)) {
    return "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')";
  }
  if (name === '.') return "must not be '.'";
  if (name === '..') return "must not be '..'";
  return name.startsWith('..') ? "must not start with '..'" : undefined;
}

/** Refuses what is no quantity, in the words of resource.ParseQuantity. */
export function checkQuantity(amount: string): void {
  if (isQuantity(amount)) return;
  throw new KubectlError(
    /^[+-]?\d+(\.\d*)?[eEinumkKMGTP]+[-+]?\d*$/.test(amount)
      ? "unable to parse quantity's suffix"
      : "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  );
}
