// Version numbers of Debian packages: epoch, upstream version, revision, and which of two is later.
// Source: deb-version(7); checked against `dpkg --compare-versions`.

/** Weight of one character in a non-digit part: `~` before the end, letters before everything else. */
function weight(letter: string): number {
  if (letter === '' || (letter >= '0' && letter <= '9')) return 0;
  if (letter === '~') return -1;
  return /[A-Za-z]/.test(letter) ? letter.charCodeAt(0) : letter.charCodeAt(0) + 256;
}

const isDigit = (letter: string): boolean => letter >= '0' && letter <= '9' && letter !== '';

function compareParts(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a.charAt(i))) || (j < b.length && !isDigit(b.charAt(j)))) {
      const difference = weight(a.charAt(i)) - weight(b.charAt(j));
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    while (a.charAt(i) === '0') i++;
    while (b.charAt(j) === '0') j++;
    let first = 0;
    while (isDigit(a.charAt(i)) && isDigit(b.charAt(j))) {
      if (first === 0) first = a.charCodeAt(i) - b.charCodeAt(j);
      i++;
      j++;
    }
    if (isDigit(a.charAt(i))) return 1;
    if (isDigit(b.charAt(j))) return -1;
    if (first !== 0) return first;
  }
  return 0;
}

function split(version: string): { readonly epoch: number; readonly upstream: string; readonly revision: string } {
  const colon = version.indexOf(':');
  const rest = colon === -1 ? version : version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon === -1 ? 0 : Number(version.slice(0, colon)),
    upstream: dash === -1 ? rest : rest.slice(0, dash),
    revision: dash === -1 ? '' : rest.slice(dash + 1),
  };
}

/** Negative when `a` is earlier than `b`. */
export function compareVersions(a: string, b: string): number {
  const x = split(a);
  const y = split(b);
  const difference = x.epoch - y.epoch || compareParts(x.upstream, y.upstream) || compareParts(x.revision, y.revision);
  return Math.sign(difference);
}

export type Relation = '<<' | '<=' | '=' | '>=' | '>>';

export function satisfies(version: string, relation: Relation, wanted: string): boolean {
  const order = compareVersions(version, wanted);
  switch (relation) {
    case '<<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '>>':
      return order > 0;
  }
}

/** What is wrong with a version number, in dpkg's words. */
export function versionProblem(version: string): string | undefined {
  if (version === '') return 'version string is empty';
  if (/\s/.test(version)) return 'version string has embedded spaces';
  const { upstream, revision } = split(version);
  const colon = version.indexOf(':');
  if (colon === 0) return 'epoch in version is empty';
  if (colon > 0 && !/^\d+$/.test(version.slice(0, colon))) return 'epoch in version is not number';
  if (colon === version.length - 1) return 'nothing after colon in version number';
  if (version.endsWith('-')) return 'revision number is empty';
  if (!/^\d/.test(upstream)) return 'version number does not start with digit';
  if (!/^[A-Za-z0-9.+~:-]*$/.test(upstream)) return 'invalid character in version number';
  if (!/^[A-Za-z0-9.+~]*$/.test(revision)) return 'invalid character in revision number';
  return undefined;
}
