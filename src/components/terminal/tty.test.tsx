// The line discipline against a real shell and xterm's real buffer, over a real channel; only the world is missing.
import { Terminal } from '@xterm/xterm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { serveShell, type PortLike } from '../../shell/remote.ts';
import { createShell } from '../../shell/session.ts';
import type { Proc, Programs, ShellHost } from '../../shell/program.ts';
import { terminal as words } from '../../content/strings/en/terminal.ts';
import { Tty } from './tty.ts';

// A busy machine is no failure.
vi.setConfig({ testTimeout: 60_000 });
const eventually = (check: () => void) => vi.waitFor(check, 20_000);

const never = () => Promise.reject(new Error('no world here'));
const host: ShellHost = {
  now: () => 0,
  sleep: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  api: never,
  exec: never,
  http: never,
  edit: never,
};

const programs: Programs = {
  // Reads one line and answers.
  ask: {
    load:
      async () =>
      async ({ stdin, stdout }: Proc) => {
        await stdout.write(`read ${String(await stdin.read())}`);
      },
  },
  pick: {
    load: async () => async () => 0,
    complete: async () => async () => ['pods', 'podtemplates', 'services', ...(many ? names(120) : [])],
  },
};
let many = false;
const names = (n: number) => Array.from({ length: n }, (_, i) => `name-${i}`);

const open: { close: () => void }[] = [];
afterEach(() => {
  for (const it of open.splice(0)) it.close();
  many = false;
});

function start({ columns = 40 } = {}) {
  const terminal = new Terminal({ cols: columns, rows: 12, convertEol: true, scrollback: 500 });
  const said: string[] = [];
  const lines: string[] = [];
  const onReplaced = vi.fn();
  let served: PortLike | undefined;
  const serve = () => {
    if (served) serveShell(served, createShell(host, { programs }));
  };
  const tty = new Tty(terminal, {
    words,
    connect: () => {
      const { port1, port2 } = new MessageChannel();
      served = port2;
      serve();
      open.push({ close: () => port2.close() });
      return port1;
    },
    say: (text) => said.push(text),
    onLine: (text) => lines.push(text),
    onReplaced,
  });
  open.push({ close: () => tty.close() });
  const screen = () => {
    const { active } = terminal.buffer;
    const rows = Array.from({ length: active.length }, (_, i) => active.getLine(i));
    return rows
      .map((row) => (row ? row.translateToString(true).trimEnd() : ''))
      .join('\n')
      .trimEnd();
  };
  const shows = (text: string) => eventually(() => expect(screen()).toBe(text));
  return { terminal, tty, screen, shows, said, lines, onReplaced, replace: serve };
}

/** With the prompt there. */
async function ready(options?: { columns?: number }) {
  const all = start(options);
  await all.shows('~$');
  return all;
}

describe('the prompt', () => {
  it('runs what is typed and comes back', async () => {
    const { tty, shows, said } = await ready();
    tty.data('echo one; nosuch; echo two\r');
    await shows('~$ echo one; nosuch; echo two\none\nbash: nosuch: command not found\ntwo\n~$');
    expect(said.join('')).toBe('one\nbash: nosuch: command not found\ntwo\n');
  });

  it('edits in the middle of a line that wraps, of wide characters, and after a resize', async () => {
    const { tty, terminal, shows } = await ready({ columns: 20 });
    tty.data('echo 한글과 漢字 abcdefghij');
    await shows('~$ echo 한글과 漢字\nabcdefghij');
    tty.data('\x1bb\x1bb\x7fX');
    await shows('~$ echo 한글과X漢字\nabcdefghij');
    terminal.resize(40, 12);
    tty.data('Y');
    await shows('~$ echo 한글과XY漢字 abcdefghij');
    tty.data('\x05\r');
    await shows('~$ echo 한글과XY漢字 abcdefghij\n한글과XY漢字 abcdefghij\n~$');
  });

  it('survives a line of exactly the width', async () => {
    const { tty, terminal, shows } = await ready({ columns: 20 });
    for (const letter of 'echo 789012345678') tty.data(letter);
    await shows('~$ echo 789012345678');
    await eventually(() => expect([terminal.buffer.active.cursorX, terminal.buffer.active.cursorY]).toEqual([0, 1]));
    tty.data('9\x7f\x7f');
    await shows('~$ echo 78901234567');
  });

  it('asks for more while a command is not whole, and recalls it whole', async () => {
    const { tty, shows } = await ready();
    tty.data('for i in 1 2; do\recho n$i\rdone\r');
    await shows('~$ for i in 1 2; do\n> echo n$i\n> done\nn1\nn2\n~$');
    tty.data('\x1b[A');
    await shows('~$ for i in 1 2; do\n> echo n$i\n> done\nn1\nn2\n~$ for i in 1 2; do\n> echo n$i\n> done');
  });

  it('shows a paste and waits for Enter', async () => {
    const { tty, shows } = await ready();
    tty.data('\x1b[200~echo a\necho b\n\x1b[201~');
    await shows('~$ echo a\n> echo b');
    tty.data('\r');
    await shows('~$ echo a\n> echo b\na\nb\n~$');
  });

  it('drops the line at Ctrl-C and clears the screen at Ctrl-L', async () => {
    const { tty, shows, terminal } = await ready();
    tty.data('echo never\x1b[D\x03');
    await shows('~$ echo never^C\n~$');
    tty.data('half\x0c');
    await eventually(() =>
      expect(terminal.buffer.active.getLine(terminal.buffer.active.baseY)?.translateToString(true)).toBe('~$ half'),
    );
  });

  it('searches the history', async () => {
    const { tty, shows } = await ready();
    tty.data('echo first\r');
    await shows('~$ echo first\nfirst\n~$');
    tty.data('\x12fir');
    await shows("~$ echo first\nfirst\n(reverse-i-search)`fir': echo first");
    tty.data('\r');
    await shows('~$ echo first\nfirst\n~$ echo first\nfirst\n~$');
  });

  it('recalls what !! became', async () => {
    const { tty, shows } = await ready();
    tty.data('echo x\r');
    await shows('~$ echo x\nx\n~$');
    tty.data('!! y\r');
    await shows('~$ echo x\nx\n~$ !! y\necho x y\nx y\n~$');
    tty.data('\x1b[A');
    await shows('~$ echo x\nx\n~$ !! y\necho x y\nx y\n~$ echo x y');
  });

  it('marks output that has no line break at its end', async () => {
    const { tty, shows } = await ready();
    tty.data('echo -n open\r');
    await shows('~$ echo -n open\nopen%\n~$');
  });
});

describe('completion', () => {
  it('completes, then lists at the second Tab, and keeps the line', async () => {
    const { tty, shows, said } = await ready();
    tty.data('pick p\t');
    await shows('~$ pick pod');
    tty.data('\t');
    await shows('~$ pick pod\npods          podtemplates\n~$ pick pod');
    expect(said).toContain('pods podtemplates\n');
    tty.data('s\t');
    await shows('~$ pick pod\npods          podtemplates\n~$ pick pods');
  });

  it('asks before it lists very many', async () => {
    many = true;
    const { tty, screen, shows } = await ready();
    tty.data('pick \t\t');
    await shows('~$ pick\nDisplay all 123 possibilities? (y or n)');
    tty.data('n');
    await shows('~$ pick\nDisplay all 123 possibilities? (y or n)\n~$ pick');
    tty.data('\t\ty');
    await eventually(() => expect(screen()).toContain('name-119'));
  });
});

describe('a running program', () => {
  it('gets the lines that are typed, edited, and the end of input', async () => {
    const { tty, shows } = await ready();
    tty.data('cat\r');
    tty.data('hellx\x7fo\r');
    await shows('~$ cat\nhello\nhello');
    tty.data('한x\x7f\x7fb\r');
    await shows('~$ cat\nhello\nhello\nb\nb');
    tty.data('\x04');
    await shows('~$ cat\nhello\nhello\nb\nb\n~$');
  });

  it('is stopped by Ctrl-C, also one that floods', async () => {
    const { tty, shows, screen } = await ready();
    tty.data('sleep 1000\r');
    await shows('~$ sleep 1000');
    tty.data('\x03');
    await shows('~$ sleep 1000\n^C\n~$');
    tty.data('yes\r');
    await eventually(() => expect(screen()).toContain('y\ny\ny'));
    tty.data('\x03');
    await eventually(() => expect(screen()).toMatch(/\n~\$$/));
  });

  it('leaves what it did not read to the next prompt, in order', async () => {
    const { tty, screen, said } = await ready();
    tty.data('ask\r');
    tty.data('for it\recho next\rhalf');
    await eventually(() => expect(screen()).toMatch(/read for it\n(.*\n)?~\$ echo next\n(half)?next\n~\$ half$/));
    expect(said.join('')).toBe('read for it\nnext\n');
  });

  it('loses no line that came after it had ended', async () => {
    const { tty, shows, said } = await ready();
    const all = Array.from({ length: 20 }, (_, i) => `n${String(i)}`);
    for (const name of all) tty.data(`echo ${name}\r`);
    await eventually(() => expect(said.join('').trim().split('\n')).toEqual(all));
    tty.data('clear\r');
    await shows('~$');
  });
});

describe('a shell that goes', () => {
  it('says so once, keeps the line, the scrollback and the history', async () => {
    const { tty, shows, replace, onReplaced } = await ready({ columns: 80 });
    tty.data('A=1; echo first\r');
    await shows('~$ A=1; echo first\nfirst\n~$');
    tty.data('echo a$A.');
    await shows('~$ A=1; echo first\nfirst\n~$ echo a$A.');
    replace();
    const notice = `~$ A=1; echo first\nfirst\n${words.replaced}\n`;
    await shows(`${notice}~$ echo a$A.`);
    replace();
    await eventually(() => expect(onReplaced).toHaveBeenCalledTimes(2));
    await shows(`${notice}~$ echo a$A.`);
    tty.data('\r');
    await shows(`${notice}~$ echo a$A.\na.\n~$`);
    tty.data('\x1b[A\x1b[A');
    await shows(`${notice}~$ echo a$A.\na.\n~$ A=1; echo first`);
  });

  it('takes the running program along', async () => {
    const { tty, shows, replace } = await ready({ columns: 80 });
    tty.data('sleep 1000\r');
    await shows('~$ sleep 1000');
    replace();
    await shows(`~$ sleep 1000\n${words.replaced}\n~$`);
    tty.data('echo on\r');
    await shows(`~$ sleep 1000\n${words.replaced}\n~$ echo on\non\n~$`);
  });

  it('ends at Ctrl-D and begins anew at Enter', async () => {
    const { tty, shows } = await ready({ columns: 80 });
    tty.data('\x04');
    const ended = `~$ exit\n${words.ended} ${words.again}`;
    await shows(ended);
    tty.data('x');
    tty.data('\r');
    await shows(`${ended}\n~$`);
  });

  it('says why when there is none', async () => {
    const terminal = new Terminal({ cols: 80, rows: 5 });
    const said: string[] = [];
    const tty = new Tty(terminal, {
      words,
      connect: () => Promise.reject(new Error('the worker did not start')),
      say: (text) => said.push(text),
      onLine: () => undefined,
      onReplaced: () => undefined,
    });
    open.push({ close: () => tty.close() });
    await eventually(() =>
      expect(said).toEqual([`${words.broken.replace('{reason}', 'the worker did not start')} ${words.again}\n`]),
    );
  });
});

describe('from outside', () => {
  it('runs a command in the place of what stands at the prompt', async () => {
    const { tty, shows } = await ready();
    tty.data('half');
    tty.run('echo whole\n');
    await shows('~$ echo whole\nwhole\n~$');
  });

  it('waits for the prompt, and interrupts what runs', async () => {
    const { tty, shows } = start();
    tty.run('echo early');
    await shows('~$ echo early\nearly\n~$');
    tty.data('sleep 1000\r');
    await shows('~$ echo early\nearly\n~$ sleep 1000');
    tty.run('echo next');
    await shows('~$ echo early\nearly\n~$ sleep 1000\n^C\n~$ echo next\nnext\n~$');
  });

  it('takes a line as the compose bar has it, and tells it what became of it', async () => {
    const { tty, shows, lines } = await ready();
    tty.setLine('pick se', 7);
    await shows('~$ pick se');
    expect(lines).toEqual([]);
    tty.data('\t');
    await shows('~$ pick services');
    expect(lines).toEqual(['pick services ']);
    tty.enter('cat');
    await shows('~$ cat');
    tty.setLine('for cat', 7);
    tty.enter('for cat');
    await shows('~$ cat\nfor cat\nfor cat');
    tty.setLine('echo later', 10);
    tty.data('\x04');
    await shows('~$ cat\nfor cat\nfor cat\n~$ echo later');
  });
});
