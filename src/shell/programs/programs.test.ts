import { expect, it } from 'vitest';
import { createShell } from '../session.ts';
import { createTestHost, runLine, runScript } from '../test-host.ts';
import { common } from './common.ts';
import { programs } from './index.ts';

it('names every common program in the list that loads nothing', () => {
  for (const name of Object.keys(common)) expect(programs, name).toHaveProperty(name);
});

it('loads every program it names', async () => {
  for (const entry of Object.values(programs)) expect(await entry.load()).toBeTypeOf('function');
});

it('opens the editor of the page for nano, vi and vim', async () => {
  const host = createTestHost();
  const shell = createShell(host, { files: { 'a.yaml': 'kind: Pod\n' } });
  host.editorGives = (text) => `${text}# edited\n`;
  expect(await runLine(shell, 'vim a.yaml && cat a.yaml')).toMatchObject({
    stdout: 'kind: Pod\n# edited\n',
    exitCode: 0,
  });
  await runLine(shell, 'nano new.txt');
  expect(host.edited).toEqual([
    { fileName: 'a.yaml', text: 'kind: Pod\n' },
    { fileName: 'new.txt', text: '' },
  ]);
  host.editorGives = () => null;
  expect(await runLine(shell, 'vi a.yaml')).toMatchObject({ stderr: 'vi: a.yaml was not saved\n', exitCode: 1 });
  expect(await runLine(shell, 'vi')).toMatchObject({ exitCode: 1 });
});

it('sleeps in the time of the world', async () => {
  const host = createTestHost();
  const before = host.now();
  await runScript('sleep 1.5; sleep 0.5s 10', {}, host);
  expect(host.now() - before).toBe(12_000);
  expect(await runScript('sleep x')).toMatchObject({ stderr: 'sleep: invalid time interval ‘x’\n', exitCode: 1 });
});

it('ends a command at its time limit', async () => {
  expect(await runScript('timeout 5 sleep 1000; echo $?')).toMatchObject({ stdout: '124\n' });
  expect(await runScript('timeout 5 sh -c "exit 3"; echo $?; timeout 5 yes | head -1')).toMatchObject({
    stdout: '3\ny\n',
  });
  expect(await runScript('timeout')).toMatchObject({ exitCode: 125 });
});

it('repeats a command with watch until it is stopped', async () => {
  const host = createTestHost();
  const { stdout } = await runScript('watch -t -n 1 -e "date +%S; [ ! -e stop ] && touch stop"', {}, host);
  expect(stdout).toBe('00\n01\n');
});

it('has a short man and a help', async () => {
  expect(await runScript('man grep')).toMatchObject({
    stdout: expect.stringContaining('grep - print lines that match patterns') as string,
  });
  expect(await runScript('man nosuch')).toMatchObject({ stderr: 'No manual entry for nosuch\n', exitCode: 16 });
  expect((await runScript('help')).stdout).toContain('kubectl');
});

it('paints matches and JSON on a terminal only', async () => {
  expect((await runScript('echo abc | grep --color=always b')).stdout).toBe('a\x1b[01;31m\x1b[Kb\x1b[m\x1b[Kc\n');
  expect((await runScript('echo abc | grep --color=auto b; echo 1 | jq .')).stdout).toBe('abc\n1\n');
});

it('says what is wrong with JSON that is none', async () => {
  const { stderr, exitCode } = await runScript('echo "No resources found" | jq .');
  expect({ stderr, exitCode }).toEqual({
    stderr: 'jq: parse error: Invalid numeric literal at line 1, column 3\n',
    exitCode: 2,
  });
  expect((await runScript(`echo '{"a":' | jq .`)).stderr).toBe(
    'jq: parse error: Unfinished JSON term at EOF at line 2, column 0\n',
  );
});

it("says where in a filter or program a mistake is, in each program's words", async () => {
  expect((await runScript(`echo '{"a":[1]}' | jq '.a.b'`)).stderr).toBe(
    'jq: error (at <stdin>:1): Cannot index array with string "b"\n',
  );
  expect((await runScript("jq -n 'nosuch'")).stderr).toBe(
    'jq: error: nosuch/0 is not defined at <top-level>, line 1:\nnosuch\njq: 1 compile error\n',
  );
  expect((await runScript("echo | sed 's/a/b'")).stderr).toBe(
    "sed: -e expression #1, char 5: unterminated `s' command\n",
  );
  expect((await runScript("awk '{ print ) }'")).stderr).toBe('awk: line 1: syntax error at or near )\n');
  expect((await runScript('awk 1 nosuch')).stderr).toBe('awk: cannot open nosuch (No such file or directory)\n');
});
