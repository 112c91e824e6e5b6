// What Tab does with the offers of the shell, as readline does.
import type { Completion } from '../../shell/completion.ts';

type Completed =
  | { readonly kind: 'none' }
  /** Goes into the line in the place of what stands from `from` on. */
  | { readonly kind: 'insert'; readonly text: string }
  /** Nothing more is certain; a second Tab shows these. */
  | { readonly kind: 'choices'; readonly names: readonly string[] };

/** `typed`: what stands between `from` and the cursor. */
export function applyCompletion({ items }: Completion, typed: string): Completed {
  const [first] = items;
  if (first === undefined) return { kind: 'none' };
  if (items.length === 1) {
    // A directory and a flag that wants a value leave the word open.
    const text = /[/=:]$/.test(first) ? first : `${first} `;
    return text === typed ? { kind: 'none' } : { kind: 'insert', text };
  }
  let common = first;
  for (const item of items) while (!item.startsWith(common)) common = common.slice(0, -1);
  if (common.length > typed.length) return { kind: 'insert', text: common };
  return { kind: 'choices', names: items.map(lastPart) };
}

/** Of a path only its last part is shown. */
function lastPart(item: string): string {
  return item.slice(item.lastIndexOf('/', item.length - 2) + 1);
}

/** In columns, downwards first, as `ls` and readline list. */
export function listInColumns(names: readonly string[], width: number): string[] {
  const column = Math.max(...names.map((name) => name.length)) + 2;
  const columns = Math.max(1, Math.floor(width / column));
  const rows = Math.ceil(names.length / columns);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (__, i) => names[row + i * rows] ?? '')
      .map((name) => name.padEnd(column))
      .join('')
      .trimEnd(),
  );
}
