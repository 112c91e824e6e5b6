import { describe, expect, it } from 'vitest';
import { expandWord, expandWords } from './words.ts';

const env = new Map(
  Object.entries({ PWD: '/home', SHELL: 'bash', KOREAN: '한국어', NULL: '', hi: 'hi', space: 'abc  def' }),
);

describe('a word', () => {
  // The table of buildkit's frontend/dockerfile/shell/envVarTest, as far as it is simulated.
  it.each([
    ['hello', 'hello'],
    ["he'll'o", 'hello'],
    ["he\\'llo", "he'llo"],
    ['abc\\tdef', 'abctdef'],
    ['"abc\\tdef"', 'abc\\tdef'],
    ['"abc\\\\tdef"', 'abc\\tdef'],
    ["'abc\\tdef'", 'abc\\tdef'],
    ['hello\\', 'hello'],
    ['hello\\\\', 'hello\\'],
    ['"hel\'lo"', "hel'lo"],
    ["'hello\\'", 'hello\\'],
    ['$.', '$.'],
    ['he$1x', 'hex'],
    ['he$PWD', 'he/home'],
    ['he\\$PWD', 'he$PWD'],
    ['he\\\\$PWD', 'he\\/home'],
    ['"he\\$PWD"', 'he$PWD'],
    ['\\${}', '${}'],
    ['he${hi}xx', 'hehixx'],
    ['he${XXX:-000}xx', 'he000xx'],
    ['he${PWD:-000}xx', 'he/homexx'],
    ['he${XXX:-${YYY:-yyy}}xx', 'heyyyxx'],
    ['he${NULL?}', 'he'],
    ['he${NULL:-x}', 'hex'],
    ['he${NULL-x}', 'he'],
    ['he${PWD:+${SHELL}}xx', 'hebashxx'],
    ['he${XXX:+000}xx', 'hexx'],
    ["'he${XX}'", 'he${XX}'],
    ['"he\'$PWD\'"', "he'/home'"],
    ['he${XXX:-\\$PWD:}xx', 'he$PWD:xx'],
    ['안녕$KOREAN', '안녕한국어'],
    ['${aaa}}', '}'],
    ['${aaa:-bbb {foo}', 'bbb {foo'],
    ['$999aaa', 'aaa'],
    ['$@@@', '@@'],
    ['${$:-bbb}', 'bbb'],
  ])('%s is %s', (word, expected) => expect(expandWord(word, env, '\\')).toBe(expected));

  it.each([
    ["he'llo", 'failed to process "he\'llo": unexpected end of statement while looking for matching single-quote'],
    ['"hello', 'failed to process "\\"hello": unexpected end of statement while looking for matching double-quote'],
    ['${}', 'failed to process "${}": syntax error: bad substitution'],
    ['${.}', 'failed to process "${.}": unsupported modifier (.) in substitution'],
    ['${aaa', 'failed to process "${aaa": unsupported modifier () in substitution'],
    ['${XXX:YYY}', 'failed to process "${XXX:YYY}": unsupported modifier (:Y) in substitution'],
    ['${XXX?}', 'failed to process "${XXX?}": XXX: is not allowed to be unset'],
    ['${NULL:?}', 'failed to process "${NULL:?}": NULL: is not allowed to be empty'],
    ['${XXX:?oh no}', 'failed to process "${XXX:?oh no}": XXX: oh no'],
    ['${aaa:-bbb', 'failed to process "${aaa:-bbb": syntax error: missing \'}\''],
    ['${PWD%e}', 'failed to process "${PWD%e}": substitution with ${PWD%…} is not simulated'],
  ])('%s is refused', (word, message) => expect(() => expandWord(word, env, '\\')).toThrow(message));

  it('is several where a value has spaces, unless it is quoted', () => {
    expect(expandWords('hello${space}bye', env, '\\')).toEqual(['helloabc', 'defbye']);
    expect(expandWords('hello"${space}"bye', env, '\\')).toEqual(['helloabc  defbye']);
    expect(expandWords('a\\ b', env, '\\')).toEqual(['a b']);
  });
});
