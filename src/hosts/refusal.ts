// How kubectl tells that a connection to a container was refused: a Status in its own words, any other body as the
// failure of the upgrade (k8s.io/client-go/tools/remotecommand, 1.32).

/** A line for standard error. */
export function refusal(body: string): string {
  if (!body.startsWith('{')) return `error: unable to upgrade connection: ${body}\n`;
  const { reason = '', message = '' } = JSON.parse(body) as { readonly reason?: string; readonly message?: string };
  return `Error from server (${reason}): ${message}\n`;
}
