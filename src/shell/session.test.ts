import { describe, expect, it } from 'vitest';
import { createShell } from './session.ts';
import { emptyIn } from './streams.ts';
import { createTestHost, runLine, runScript } from './test-host.ts';
import type { Out, Programs } from './program.ts';
import type { Shell } from './session.ts';

/** Runs a line and presses Ctrl-C as soon as `when` holds for what has been written. */
async function interrupted(shell: Shell, line: string, when: (text: string) => boolean = () => true) {
  const stop = new AbortController();
  let text = '';
  const out: Out = {
    isTTY: true,
    write: (chunk) => {
      text = (text + chunk).slice(-10_000);
      if (when(text)) stop.abort();
    },
  };
  // A line that writes nothing is stopped when the event loop comes round, which is what must be possible.
  if (when(''))
    setTimeout(() => {
      stop.abort();
    }, 5);
  const exitCode = await shell.run(line, { stdin: emptyIn, stdout: out, stderr: out, signal: stop.signal });
  return { exitCode, text };
}

describe('Ctrl-C', { timeout: 30_000 }, () => {
  it.each([
    'while true; do :; done',
    'while true; do i=$((i + 1)); done',
    'for ((;;)); do [ 1 = 1 ]; done',
    'f() { while :; do echo x > /dev/null; done; }; f',
    'yes > /dev/null',
    'yes | cat | wc -l',
    'sleep 1000',
    'sleep 1000 | cat',
    'x=$(sleep 1000)',
    '(sleep 1000)',
    'cat <(sleep 1000)',
    'sleep 1000 & wait',
    "awk 'BEGIN { while (1) n++ }'",
    "awk 'function f() { while (1) n++ } BEGIN { f() }'",
    'yes | sed -n p | grep -c z',
    'watch -n 100 true',
    'tail -f /etc/hostname',
    'timeout 100 sleep 1000',
    'xargs sleep <<< 1000',
  ])('ends %s with 130', async (line) => {
    const shell = createShell(createTestHost(), { files: { '/etc/hostname': 'bayplan\n' } });
    expect((await interrupted(shell, line)).exitCode).toBe(130);
    expect(await runLine(shell, 'echo $?; echo alive')).toMatchObject({ stdout: '130\nalive\n' });
  });

  it('stops a flood on the terminal', async () => {
    const shell = createShell(createTestHost());
    const { exitCode } = await interrupted(shell, 'yes', (text) => text.length > 1000);
    expect(exitCode).toBe(130);
  });

  it('keeps what was written before', async () => {
    const shell = createShell(createTestHost());
    const { text, exitCode } = await interrupted(shell, 'echo one; sleep 1000; echo two', (t) => t !== '');
    expect({ text, exitCode }).toEqual({ text: 'one\n', exitCode: 130 });
  });

  it('runs the trap of INT', async () => {
    const shell = createShell(createTestHost());
    await runLine(shell, "trap 'echo caught' INT");
    const { text, exitCode } = await interrupted(shell, 'sleep 1000');
    expect({ text, exitCode }).toEqual({ text: 'caught\n', exitCode: 130 });
  });

  it('leaves a background job alone', async () => {
    const shell = createShell(createTestHost());
    const { exitCode } = await interrupted(
      shell,
      '{ while [ ! -e go ]; do sleep 1; done; echo job > out; } & sleep 1000',
    );
    expect(exitCode).toBe(130);
    expect(await runLine(shell, 'touch go; wait; cat out')).toMatchObject({
      stdout: expect.stringContaining('job\n') as string,
    });
  });
});

describe('pipelines', { timeout: 30_000 }, () => {
  it('end their upstream when the reader has enough', async () => {
    expect(await runScript('yes | head -2; echo ${PIPESTATUS[@]}')).toMatchObject({ stdout: 'y\ny\n141 0\n' });
    expect(
      await runScript('yes | sed 3q | wc -l; yes | grep -m1 y; yes | awk "NR == 2 { exit }"; echo end'),
    ).toMatchObject({
      stdout: '3\ny\nend\n',
    });
  });

  it('let text through as it comes', async () => {
    const seen: string[] = [];
    const feed: Programs = {
      feed: {
        load: () =>
          Promise.resolve(async (proc) => {
            for (const line of ['one\n', 'two\n', 'three\n']) {
              const before = seen.length;
              await proc.stdout.write(line);
              // The next comes only when this one has arrived at the other end.
              while (seen.length === before) await proc.host.sleep(1, proc.signal);
            }
          }),
      },
    };
    const shell = createShell(createTestHost(), { programs: feed, interactive: false });
    const out: Out = { isTTY: false, write: (text) => void seen.push(text.trim()) };
    const line = "feed | cat | sed -u s/o/0/ | grep -v x | awk '{ print $1 }' | tr e E | cut -c1-9 | uniq | jq -R .";
    await shell.run(line, { stdin: emptyIn, stdout: out, stderr: out, signal: new AbortController().signal });
    expect(seen).toEqual(['"0nE"', '"tw0"', '"thrEE"']);
  });

  it('pass JSON values on one by one', async () => {
    const { stdout } = await runScript(`while :; do echo '{"a":1}'; done | jq -c .a | head -2`);
    expect(stdout).toBe('1\n1\n');
  });
});

describe('limits', { timeout: 60_000 }, () => {
  it('end a fork bomb and leave the shell usable', async () => {
    const shell = createShell(createTestHost());
    await runLine(shell, 'bomb() { bomb | bomb & }; bomb');
    await runLine(shell, 'unset -f bomb; wait');
    expect(await runLine(shell, 'echo alive')).toMatchObject({
      stdout: expect.stringContaining('alive\n') as string,
      exitCode: 0,
    });
  });

  it('refuse endless recursion, nested functions, and huge captures in a sentence', async () => {
    expect(await runScript('f() { f; }; f')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('nesting level') as string,
    });
    expect(await runScript('x=$(yes)')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('8 MiB') as string,
    });
    expect(await runScript("awk 'function f() { return f() } BEGIN { f() }'")).toMatchObject({ exitCode: 2 });
    expect(await runScript("jq -n 'def f: f; f'")).toMatchObject({ exitCode: 5 });
    expect(await runScript("jq -n 'range(infinite) | empty'")).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('stopped') as string,
    });
  });

  it('refuse files that are too large or too many', async () => {
    const { stderr } = await runScript('while :; do printf "%1000000s" x || break; done >> big');
    expect(stderr).toContain('File too large');
    expect(await runScript('touch f{1..6000}')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('No space left') as string,
    });
  });

  it('take a pasted megabyte', async () => {
    const shell = createShell(createTestHost());
    const line = `echo ${'word '.repeat(200_000)}| wc -w`;
    expect(shell.needsMore(line)).toBe(false);
    expect(await runLine(shell, line)).toMatchObject({ stdout: '200000\n', exitCode: 0 });
  });
});

describe('a session', () => {
  it('keeps files, variables, functions, aliases and the directory', async () => {
    const shell = createShell(createTestHost());
    for (const line of ['x=1', 'f() { echo "f $x"; }', "alias say='echo said'", 'mkdir d; cd d', 'echo text > file'])
      await runLine(shell, line);
    expect(await runLine(shell, 'f; say it; cat file; pwd')).toMatchObject({
      stdout: 'f 1\nsaid it\ntext\n/home/user/d\n',
    });
    expect(shell.prompt()).toContain('~/d');
  });

  it('remembers lines up to a limit, and expands !! and !$', async () => {
    const shell = createShell(createTestHost());
    for (let i = 0; i < 1100; i++) await runLine(shell, `: ${i}`);
    expect(shell.history.length).toBe(1000);
    await runLine(shell, 'echo a b');
    expect((await runLine(shell, 'echo !$')).stdout).toBe('echo b\nb\n');
    expect((await runLine(shell, '!!')).stdout).toBe('echo b\nb\n');
    await runLine(shell, ' secret');
    expect(shell.history).not.toContain(' secret');
    expect(await runLine(shell, 'echo !nosuch')).toMatchObject({
      exitCode: 1,
      stderr: 'bash: !nosuch: event not found\n',
    });
  });

  it('tells at the next prompt which jobs have ended', async () => {
    const shell = createShell(createTestHost());
    expect((await runLine(shell, 'sleep 1 &')).stderr).toMatch(/^\[1\] \d+\n$/);
    expect((await runLine(shell, 'wait')).stdout).toMatch(/^\[1\]\+ {2}Done +sleep 1\n$/);
    expect((await runLine(shell, 'sleep 1000 & jobs; kill %1; wait')).stdout).toMatch(
      /Running +sleep 1000 &\n.*Terminated/s,
    );
    expect((await runLine(shell, 'kill %7')).stderr).toBe('bash: kill: %7: no such job\n');
  });

  it('ends with exit, and an error in a line does not end it', async () => {
    const shell = createShell(createTestHost());
    expect(await runLine(shell, 'echo $((1/0))')).toMatchObject({ exitCode: 1 });
    expect(await runLine(shell, 'fi')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('syntax error') as string,
    });
    expect(shell.exited).toBeUndefined();
    expect(await runLine(shell, 'exit 3')).toMatchObject({ exitCode: 3 });
    expect(shell.exited).toBe(3);
  });
});

describe('needsMore', () => {
  const shell = createShell(createTestHost());

  it.each([
    'echo "open',
    "echo 'open",
    'for i in 1 2',
    'for i in 1 2; do',
    'while true; do echo',
    'if true; then',
    'case x in',
    'case x in a) echo',
    'f() {',
    '{ echo',
    '(echo',
    'echo a |',
    'echo a &&',
    'echo a ||',
    'echo \\',
    'cat <<EOF',
    'cat <<EOF\ntext',
    'x=$(echo',
    'echo $((1 +',
    'a=(1 2',
    'echo `ls',
  ])('waits after %j', (source) => {
    expect(shell.needsMore(source)).toBe(true);
  });

  it.each([
    '',
    'echo',
    'echo "x"',
    'for i in 1; do echo; done',
    'cat <<EOF\nx\nEOF',
    'echo a; echo b',
    'fi',
    'echo a && && b',
    'echo )',
    'if true; then echo; fi',
    '# comment',
    'echo a &',
  ])('is satisfied by %j', (source) => {
    expect(shell.needsMore(source)).toBe(false);
  });
});

describe('what is not part of it', () => {
  it.each(['docker ps', 'helm ls', 'git status', 'ssh web', 'apt install x', 'sudo ls', 'python3 x.py'])(
    'refuses %s in one sentence',
    async (line) => {
      const { stderr, exitCode } = await runScript(line);
      const [name = ''] = line.split(' ');
      expect(exitCode).toBe(127);
      expect(stderr).toMatch(new RegExp(`^${name} is not part of this terminal: .+\\n$`));
    },
  );

  it("says bash's own words of a name nobody knows", async () => {
    expect(await runScript('foo')).toEqual({ stdout: '', stderr: 'bash: foo: command not found\n', exitCode: 127 });
    expect(await runScript('./foo')).toEqual({
      stdout: '',
      stderr: 'bash: ./foo: No such file or directory\n',
      exitCode: 127,
    });
  });

  it.each([
    ["awk '{ getline }'", 2, 'getline is not simulated'],
    ['awk \'BEGIN { print gensub(/a/, "b", 1) }\'', 2, 'gensub never defined'],
    ['sed w', 1, "command 'w' is not simulated"],
    ["sed 's/a/b/e'", 1, "flag 'e' of the command 's'"],
    ['sed -z p', 1, "option '-z' is not simulated"],
    ['jq -n \'import "a" as a; 1\'', 3, 'import is not simulated'],
    ['jq -n \'"x" | strptime("%Y")\'', 3, 'strptime/1 is not simulated'],
    ['jq --stream .', 2, "option '--stream' is not simulated"],
    ['ls --zero', 2, "option '--zero' is not simulated"],
    ['echo x > >(cat)', 1, 'output process substitution is not simulated'],
  ])('refuses the part in %s by name', async (line, exitCode, words) => {
    const ran = await runScript(line);
    expect(ran.stderr).toContain(words);
    expect(ran.exitCode).toBe(exitCode);
  });
});
