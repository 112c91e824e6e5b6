// `kubectl create token` (kubectl/pkg/cmd/create, 1.32): what the API gives for a ServiceAccount.

import { resourcePath } from '../client.ts';
import type { Context } from '../context.ts';
import { ApiError, KubectlError } from '../errors.ts';
import type { JsonObject } from '../object.ts';
import { textAt } from '../object.ts';
import { printerFor } from '../printers/index.ts';
import { nameFrom } from './create-one.ts';

const boundKinds: Readonly<Record<string, string>> = { Node: 'v1', Pod: 'v1', Secret: 'v1' };

export async function run(context: Context): Promise<undefined> {
  const { client, flags } = context;
  const name = nameFrom(context);
  const printer = printerFor(context, { typed: true });
  const seconds = flags.durationMs('duration') / 1000;
  check(context, name, seconds);
  const audiences = flags.list('audience');
  const kind = flags.text('bound-object-kind');
  const uid = flags.text('bound-object-uid');
  const bound: JsonObject = {
    kind,
    apiVersion: boundKinds[kind] ?? '',
    name: flags.text('bound-object-name'),
    ...(uid === '' ? {} : { uid }),
  };
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { creationTimestamp: null },
    spec: {
      audiences: audiences.length === 0 ? null : audiences,
      expirationSeconds: seconds > 0 ? seconds : null,
      boundObjectRef: kind === '' ? null : bound,
    },
    status: { token: '', expirationTimestamp: null },
  };
  let answer: JsonObject;
  try {
    const path = resourcePath(await client.resource('serviceaccounts'), await context.namespace(), name, 'token');
    answer = await client.request('POST', path, { body });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new KubectlError(`failed to create token: ${error.message}`);
  }
  const token = textAt(answer, 'status', 'token');
  if (token === '') throw new KubectlError('failed to create token: no token in server response');
  if (printer) await context.out(printer.print(answer) + printer.end());
  else await context.out(token + (context.proc.stdout.isTTY ? '\n' : ''));
  return undefined;
}

function check({ flags }: Context, name: string, seconds: number): void {
  if (name === '') throw new KubectlError('service account name is required');
  if (seconds < 0) throw new KubectlError('--duration must be greater than or equal to 0');
  if (!Number.isInteger(seconds)) throw new KubectlError('--duration cannot be expressed in units less than seconds');
  if (flags.list('audience').includes('')) throw new KubectlError('--audience must not be an empty string');
  const kind = flags.text('bound-object-kind');
  const given = (part: string) => flags.text(`bound-object-${part}`) !== '';
  if (kind === '') {
    for (const part of ['name', 'uid']) {
      if (given(part)) {
        throw new KubectlError(`--bound-object-${part} can only be set if --bound-object-kind is provided`);
      }
    }
    return;
  }
  if (!Object.hasOwn(boundKinds, kind)) {
    throw new KubectlError(`supported --bound-object-kind values are ${Object.keys(boundKinds).join(', ')}`);
  }
  if (!given('name')) throw new KubectlError('--bound-object-name is required if --bound-object-kind is provided');
}
