// The headers of a message as the simulator's API takes them: one text a name.
import type { IncomingMessage } from 'node:http';

export function plainHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}
