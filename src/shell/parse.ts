// Bash source to syntax tree. The only file that knows the parser package (unbash 6.0.4, pinned): its types change with
// every major version, so all others import them from here.

import { forEachChild, parse as parseScript } from 'unbash';
import type { ArithmeticExpression, ParsedScript, SyntaxNode, Word } from 'unbash';

export type {
  AndOr,
  ArithmeticExpression,
  Assignment,
  Command,
  CompoundList,
  HereDoc,
  ParameterExpansionPart,
  ParsedScript,
  Pipeline,
  Redirection,
  Statement,
  SyntaxNode,
  TestExpression,
  Word,
  WordPart,
} from 'unbash';
export { forEachChild };

export type Check =
  { readonly kind: 'complete' } | { readonly kind: 'more' } | { readonly kind: 'error'; readonly message: string };

/** The last source parsed: it is checked before it is run, and a pasted megabyte should not be read twice. */
let last: { readonly source: string; readonly script: ParsedScript } | undefined;

export function parse(source: string): ParsedScript {
  if (last?.source !== source) last = { source, script: parseScript(source) };
  return last.script;
}

/** Whether `source` can be run, needs another line (`>`), or can never become right. */
export function check(source: string): Check {
  if (/(^|[^\\])(\\\\)*\\$/.test(source)) return { kind: 'more' };
  const script = parse(source);
  const error = script.errors?.[0];
  if (!error) return hasOpenHereDoc(script) ? { kind: 'more' } : { kind: 'complete' };
  const atEnd = error.pos >= source.trimEnd().length;
  if (error.message.startsWith('unterminated') || (error.message.startsWith('expected ') && atEnd))
    return { kind: 'more' };
  // An empty body is reported where it stands; it is only wrong when something else than a word would close it.
  if (error.message.startsWith('expected ') && script.errors.some((e) => e.pos >= source.trimEnd().length)) {
    const rest = source.slice(error.pos).trim();
    if (rest === '{' || rest === '(' || rest === '') return { kind: 'more' };
  }
  const token = /^([;&|<>]{2,3}|[;&|()<>]|[^\s;&|()<>]+)/.exec(source.slice(error.pos).trimStart())?.[0] ?? 'newline';
  return { kind: 'error', message: `syntax error near unexpected token \`${token}'` };
}

const arithmeticCache = new Map<string, ArithmeticExpression | undefined>();

/** The expression in `text`, as between `$((` and `))`; undefined when it is empty or wrong. */
export function parseArithmetic(text: string): ArithmeticExpression | undefined {
  let found = arithmeticCache.get(text);
  if (found !== undefined || arithmeticCache.has(text)) return found;
  const command = parseScript(`$((${text}))`).commands[0]?.command;
  const part = command?.type === 'Command' ? command.name?.parts?.[0] : undefined;
  found = part?.type === 'ArithmeticExpansion' ? part.expression : undefined;
  if (arithmeticCache.size > 500) arithmeticCache.clear();
  arithmeticCache.set(text, found);
  return found;
}

/** One word from text that is known to be one, for the alternatives of a brace expansion. */
export function parseWord(text: string): Word | undefined {
  const command = parseScript(`x ${text}`).commands[0]?.command;
  const argument = command?.type === 'Command' ? command.args[0] : undefined;
  if (argument?.type !== 'Assignment') return argument;
  return { type: 'Word', text: argument.text, value: argument.text, pos: argument.pos, end: argument.end };
}

function hasOpenHereDoc(node: SyntaxNode | ParsedScript): boolean {
  if (node.type === 'HereDoc' && !node.closing) return true;
  let open = false;
  forEachChild(node, (child) => {
    open ||= hasOpenHereDoc(child);
  });
  return open;
}
