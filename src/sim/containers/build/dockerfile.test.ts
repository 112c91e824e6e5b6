import { describe, expect, it } from 'vitest';
import { parseDockerfile } from './dockerfile.ts';
import { readDockerfile } from './instructions.ts';

const only = (text: string) => readDockerfile(`FROM a\n${text}\n`).stages[0]!.instructions[0];

describe('a Dockerfile', () => {
  it('joins continued lines without their comments', () => {
    const { lines, warnings } = parseDockerfile('# about\nFROM a\n\nRUN one \\\n  # not this\n  two \\\n\n  three\n');
    expect(lines.map(({ original, line }) => [line, original])).toEqual([
      [2, 'FROM a'],
      [4, 'RUN one   two   three'],
    ]);
    expect(warnings).toEqual(['Empty continuation line found in: RUN one   two   three']);
  });

  it('takes another escape token from a directive, and only at the top', () => {
    const file = parseDockerfile('# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN dir c:\\ `\n  x\n');
    expect(file).toMatchObject({ escape: '`', syntax: 'docker/dockerfile:1' });
    expect(file.lines[1]!.original).toBe('RUN dir c:\\   x');
    expect(parseDockerfile('FROM a\n# escape=`\n').escape).toBe('\\');
  });

  it.each([
    ['RUN echo "a b" c', { kind: 'run', command: { words: ['echo "a b" c'], shell: true } }],
    ['RUN ["echo", "a b"]', { kind: 'run', command: { words: ['echo', 'a b'], shell: false } }],
    ["RUN ['echo']", { kind: 'run', command: { words: ["['echo']"], shell: true } }],
    ['CMD ["a"]', { kind: 'cmd', command: { words: ['a'], shell: false } }],
    [
      'ENV A=b C="d e" F=g\\ h',
      {
        kind: 'env',
        pairs: [
          { key: 'A', value: 'b' },
          { key: 'C', value: '"d e"' },
          { key: 'F', value: 'g\\ h' },
        ],
      },
    ],
    ['ENV A b c', { kind: 'env', pairs: [{ key: 'A', value: 'b c' }] }],
    ['ARG A B=c', { kind: 'arg', args: [{ key: 'A' }, { key: 'B', value: 'c' }] }],
    [
      'COPY --from=build --chown=1:2 a b /c/',
      { kind: 'copy', sources: ['a', 'b'], target: '/c/', from: 'build', chown: '1:2' },
    ],
    ['COPY ["a b", "/c"]', { kind: 'copy', sources: ['a b'], target: '/c' }],
    ['EXPOSE 443 80/udp', { kind: 'expose', ports: ['443', '80/udp'] }],
    ['VOLUME ["/a", "/b"]', { kind: 'volume', paths: ['/a', '/b'] }],
    [
      'HEALTHCHECK --interval=1m30s --retries=3 CMD curl -f x',
      { kind: 'healthcheck', health: { Test: ['CMD-SHELL', 'curl -f x'], Interval: 90e9, Retries: 3 } },
    ],
    ['HEALTHCHECK NONE', { kind: 'healthcheck', health: { Test: ['NONE'] } }],
    ['ONBUILD RUN make', { kind: 'onbuild', expression: 'RUN make' }],
    ['SHELL ["/bin/bash", "-c"]', { kind: 'shell', words: ['/bin/bash', '-c'] }],
    ['run --mount=type=cache,target=/x make', { kind: 'run', flags: ['mount'] }],
  ])('%s', (text, expected) => expect(only(text)).toMatchObject(expected));

  it.each([
    ['FROM a\n\nRUNN x', 3, 'dockerfile parse error on line 3: unknown instruction: RUNN (did you mean RUN?)'],
    ['FROM a\nFOOBAR x', 2, 'dockerfile parse error on line 2: unknown instruction: FOOBAR'],
    ['FROM a b', 1, 'dockerfile parse error on line 1: FROM requires either one or three arguments'],
    [
      'FROM a AS 1x',
      1,
      'dockerfile parse error on line 1: invalid name for build stage: "1x", name can\'t start with a number or contain symbols',
    ],
    [
      'FROM a\nCOPY x',
      2,
      'dockerfile parse error on line 2: COPY requires at least two arguments, but only one was provided. Destination could not be determined',
    ],
    ['FROM a\nENV A', 2, 'ENV must have two arguments'],
    ['FROM a\nENV A=b C', 2, 'Syntax error - can\'t find = in "C". Must be of the form: name=value'],
    ['FROM a\nENV', 2, 'dockerfile parse error on line 2: ENV requires at least one argument'],
    ['FROM a\nWORKDIR', 2, 'dockerfile parse error on line 2: WORKDIR requires exactly one argument'],
    ['FROM a\nCOPY --form=x a b', 2, 'dockerfile parse error on line 2: unknown flag: --form (did you mean from?)'],
    ['FROM a\nCOPY --from a b', 2, 'dockerfile parse error on line 2: missing a value on flag: --from'],
    [
      'FROM a\nHEALTHCHECK --interval=3 CMD x',
      2,
      'dockerfile parse error on line 2: time: missing unit in duration "3"',
    ],
    ['FROM a\nHEALTHCHECK RUN x', 2, 'dockerfile parse error on line 2: Unknown type "RUN" in HEALTHCHECK (try CMD)'],
    ['FROM a\nONBUILD FROM b', 2, "dockerfile parse error on line 2: FROM isn't allowed as an ONBUILD trigger"],
    ['FROM a\nSHELL bash', 2, 'dockerfile parse error on line 2: SHELL requires the arguments to be in JSON form'],
    ['FROM a\nCMD ["a", 1]', 2, 'when using JSON array syntax, arrays must be comprised of strings only'],
    ['FROM a\nRUN <<EOF\nx\nEOF', 2, 'heredocs are not simulated'],
    ['RUN x', 1, 'no build stage in current context'],
    ['# nothing\n', 0, 'file with no instructions'],
    ['# escape=x\nFROM a', 0, "invalid escape token 'x' does not match ` or \\"],
  ])('%j is refused with its line', (text, line, message) => {
    expect(() => readDockerfile(text)).toThrow(expect.objectContaining({ message, line }) as Error);
  });
});
