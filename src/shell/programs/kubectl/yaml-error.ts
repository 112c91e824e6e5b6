// What go-yaml says of a text that the parser used here refuses (go-yaml 2.4: scannerc.go, parserc.go, decode.go).
// The two find the same mistakes but name them differently, and go-yaml counts lines from 0 where its parser, and from
// 1 where its scanner finds one; in the first line it names none.

export interface YamlProblem {
  readonly code: string;
  readonly message: string;
  readonly linePos?: readonly { readonly line: number; readonly col: number }[] | undefined;
}

const noKey = 'did not find expected key';
const noColon = "could not find expected ':'";
const noNode = 'did not find expected node content';
const cannotStart = 'found character that cannot start any token';
const noValues = 'mapping values are not allowed in this context';

export function goYamlError(text: string, problems: readonly YamlProblem[]): string {
  const [first, second] = problems;
  const lines = text.split('\n');
  const lineAt = (number: number) => lines[number - 1] ?? '';
  const { line: from = 1, col: column = 1 } = first?.linePos?.[0] ?? {};
  const to = (second?.code === 'MULTILINE_IMPLICIT_KEY' ? second : first)?.linePos?.[1]?.line ?? from;
  const before = previousLine(lines, from);
  const message = first?.message.split('\n')[0] ?? '';
  switch (first?.code) {
    case 'TAB_AS_INDENT':
      return scanner(from, /:\s*$/.test(before) ? cannotStart : 'found a tab character that violates indentation');
    case 'BLOCK_AS_IMPLICIT_KEY':
      return message.startsWith('A block sequence')
        ? parser(first.linePos?.[1]?.line ?? from, noKey)
        : scanner(to, noValues);
    case 'MULTILINE_IMPLICIT_KEY':
      return message.startsWith('Unexpected') || second?.code === 'UNEXPECTED_TOKEN'
        ? parser(from, noKey)
        : scanner(to, /:\s*$/.test(before) ? noValues : noColon);
    case 'BAD_INDENT':
      if (message.startsWith('Flow map')) return parser(from, "did not find expected ',' or '}'");
      if (message.startsWith('Flow sequence')) return parser(from, "did not find expected ',' or ']'");
      return parser(
        from,
        indentOf(before) === indentOf(lineAt(from)) && /^\s*-/.test(before)
          ? "did not find expected '-' indicator"
          : noKey,
      );
    case 'BAD_SCALAR_START':
      return message.includes('flow indicator') ? parser(from, noNode) : scanner(from, cannotStart);
    case 'BAD_DQ_ESCAPE':
      return scanner(from, 'found unknown escape character');
    case 'MISSING_CHAR':
      if (message.startsWith('Sequence item')) return parser(from, noKey);
      if (message.startsWith('Missing closing'))
        return unclosed(lines, from, /closing (.)quote/.exec(message)?.[1] ?? '"');
      return scanner(nextLine(lines, from), noColon);
    case 'UNEXPECTED_TOKEN':
      if (message.startsWith('Block scalar header'))
        return scanner(from, 'did not find expected comment or line break');
      if (message.includes('at node end') && lineAt(1).startsWith('-'))
        return parser(from, "did not find expected '-' indicator");
      return parser(from, /[:-]\s+$/.test(lineAt(from).slice(0, column - 1)) ? noNode : noKey);
    default:
      return scanner(from, message.replace(/ at line \d+.*$/, ''));
  }
}

const scanner = (line: number, words: string): string => (line > 1 ? `line ${line}: ${words}` : words);
const parser = (line: number, words: string): string => (line > 1 ? `line ${line - 1}: ${words}` : words);

/** A quote that the next one of its kind closes, lines later, leaves something behind it that nobody expects. */
function unclosed(lines: readonly string[], from: number, quote: string): string {
  const closing = lines.findIndex((line, at) => at >= from && line.includes(quote));
  return closing < 0 ? scanner(lines.length, 'found unexpected end of stream') : parser(closing + 1, noKey);
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

function previousLine(lines: readonly string[], from: number): string {
  for (let at = from - 2; at >= 0; at--) if ((lines[at] ?? '').trim() !== '') return lines[at] ?? '';
  return '';
}

/** The number of the next line with something in it, or of the end. */
function nextLine(lines: readonly string[], from: number): number {
  for (let at = from; at < lines.length; at++) if ((lines[at] ?? '').trim() !== '') return at + 1;
  return lines.length;
}
