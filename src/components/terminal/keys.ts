// What a terminal sends, cut into keys: escape sequences, control characters, runs of plain text.

export const PASTE_BEGIN = '\x1b[200~';
export const PASTE_END = '\x1b[201~';

/** One key each; plain text stays together. A lone Escape is a key of its own: the next one counts as typed with Alt. */
export function splitKeys(data: string): string[] {
  return data.match(/\x1b\[[\d;]*[A-Za-z~]|\x1bO[A-Z]|\x1b[^[O\x1b]|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/g) ?? [];
}

/** Whether the key is text to insert. */
export function isText(key: string): boolean {
  return key >= ' ' && !key.startsWith('\x7f');
}
