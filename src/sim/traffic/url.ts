// The few URLs that clients use: http, a name or an IPv4 address, a port, a path.

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Undefined for what is not such a URL; `https` is refused by name. */
export function parseUrl(url: string): Target | { readonly error: string } {
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([A-Za-z0-9.-]+)(?::(\d{1,5}))?(\/[^\s#]*|\?[^\s#]*)?(?:#.*)?$/.exec(
    url,
  );
  if (!match) return { error: `malformed URL ${url}` };
  const [, scheme = 'http', host = '', port, path = '/'] = match;
  if (scheme !== 'http') return { error: `${scheme} is not simulated` };
  const number = port === undefined ? 80 : Number(port);
  if (number < 1 || number > 65_535) return { error: `port number ${port ?? ''} out of range` };
  return { host: host.toLowerCase(), port: number, path: path.startsWith('/') ? path : `/${path}` };
}
