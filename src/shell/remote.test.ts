import { afterEach, expect, it } from 'vitest';
import { connectShell, serveShell } from './remote.ts';
import { createShell } from './session.ts';
import { createTestHost } from './test-host.ts';
import type { PortLike, ShellClient } from './remote.ts';
import type { Shell } from './session.ts';

let channel: MessageChannel | undefined;

afterEach(() => {
  channel?.port1.close();
});

function connected(shell: Shell = createShell(createTestHost())): { client: ShellClient; port: PortLike } {
  channel = new MessageChannel();
  serveShell(channel.port1, shell);
  return { client: connectShell(channel.port2), port: channel.port1 };
}

/** Runs a line; `onText` hears of all that was written so far. */
async function run(client: ShellClient, line: string, onText: (text: string) => void = () => undefined) {
  let text = '';
  const result = await client.run(line, (chunk) => {
    text += chunk;
    onText(text);
  });
  return { text, ...result };
}

it('runs a line and answers with the exit code and the next prompt', async () => {
  const { client } = connected();
  expect(await client.greet()).toMatchObject({ history: [] });
  const ran = await run(client, 'mkdir d; cd d; echo out; echo err >&2; false');
  expect(ran).toMatchObject({ text: 'out\nerr\n', exitCode: 1, exited: false, unread: '' });
  expect(ran.prompt).toContain('~/d');
  expect(await run(client, 'exit 4')).toMatchObject({ exitCode: 4, exited: true });
});

it('makes a flood wait for the screen, and Ctrl-C gets through it', async () => {
  const { client } = connected();
  let length = 0;
  let show: () => void = () => undefined;
  const shown = new Promise<void>((resolve) => (show = resolve));
  let full: () => void = () => undefined;
  const credit = new Promise<void>((resolve) => (full = resolve));
  const flood = client.run('yes', (text) => {
    length += text.length;
    if (length > 60_000) full();
    return shown;
  });
  await credit;
  // Nothing has been shown, so no more than the credit and one piece can be on its way.
  await client.needsMore('a round through the other end');
  expect(length).toBeLessThan(80_000);
  client.interrupt();
  expect(await flood).toMatchObject({ exitCode: 130 });
  show();
  expect(await run(client, 'echo after')).toMatchObject({ text: 'after\n', exitCode: 0 });
});

it('stops a loop that writes nothing', async () => {
  const { client } = connected();
  const loop = run(client, 'echo begun; while true; do :; done', () => {
    client.interrupt();
  });
  expect(await loop).toMatchObject({ text: 'begun\n', exitCode: 130 });
});

it('gives typed lines to the program that reads, and hands back what nobody read', async () => {
  const { client } = connected();
  const reading = run(client, 'read -p "name? " x; echo "hello $x"', (text) => {
    if (text === 'name? ') client.input('world\nnext\n');
  });
  expect(await reading).toMatchObject({ text: 'name? hello world\n', unread: 'next\n' });
});

it('ends the input of a program with Ctrl-D', async () => {
  const { client } = connected();
  const copying = run(client, 'cat; echo "rc $?"', (text) => {
    if (text === 'one\n') client.input(null);
  });
  client.input('one\n');
  expect(await copying).toMatchObject({ text: 'one\nrc 0\n', exitCode: 0 });
});

it('lets two programs read one after the other', { timeout: 30_000 }, async () => {
  const { client } = connected();
  const both = run(client, 'cat > a; cat > b; wc -c a b');
  client.input('first\n');
  client.input(null);
  client.input('x'.repeat(1_000_000));
  client.input(null);
  expect((await both).text).toContain('      6 a\n1000000 b\n');
});

it('tells programs the size of the screen', async () => {
  const { client } = connected();
  client.resize(44, 11);
  expect(await run(client, 'echo $COLUMNS $LINES; [ -t 1 ] && echo tty')).toMatchObject({ text: '44 11\ntty\n' });
});

it('completes, and runs lines in the order they were sent', async () => {
  const { client } = connected();
  const [first, second] = await Promise.all([run(client, 'sleep 1; echo one > out'), run(client, 'cat out')]);
  expect(first.exitCode).toBe(0);
  expect(second.exitCode).toBe(0);
  expect(await client.complete('cat ou', 6)).toEqual({ from: 4, items: ['out'] });
});

it('says when another shell has taken its place, and ends what ran', async () => {
  const { client, port } = connected();
  const replaced = new Promise<void>((resolve) => {
    client.onReplaced = resolve;
  });
  const sleeping = run(client, 'echo begun; sleep 1000', () => {
    serveShell(port, createShell(createTestHost(), { files: { new: 'world\n' } }));
  });
  expect(await sleeping).toMatchObject({ exitCode: 130 });
  await replaced;
  expect(await run(client, 'cat new')).toMatchObject({ text: 'world\n' });
});

it('rejects what is open when it is closed', async () => {
  const { client } = connected();
  const sleeping = client.run('sleep 1000', () => undefined);
  client.close();
  await expect(sleeping).rejects.toThrow('closed');
});
