import { expect, it } from 'vitest';
import { createShell } from './session.ts';
import { createTestHost, runLine } from './test-host.ts';
import type { Programs } from './program.ts';

const programs: Programs = {
  ship: {
    load: () => Promise.resolve(() => Promise.resolve()),
    complete: () => Promise.resolve((words) => Promise.resolve(words.length === 2 ? ['load', 'unload', 'lash'] : [])),
  },
};

function shellWithFiles() {
  const files = { 'notes.txt': '', 'node.yaml': '', 'my file': '', 'manifests/web.yaml': '', '.hidden': '' };
  return createShell(createTestHost(), { files, programs });
}

async function items(line: string, shell = shellWithFiles()) {
  const { from, items: found } = await shell.complete(line, line.length);
  return { from, items: found };
}

it('offers commands in the place of a command', async () => {
  expect((await items('kub')).items).toEqual(['kubectl']);
  expect((await items('echo x | so')).items).toEqual(['sort', 'source']);
  expect((await items('echo x; expo')).items).toEqual(['export']);
  const shell = shellWithFiles();
  await runLine(shell, 'alias kk=kubectl; kfun() { :; }');
  expect((await items('k', shell)).items).toEqual(['kfun', 'kill', 'kk', 'kubectl']);
});

it('offers files elsewhere, and marks directories', async () => {
  expect(await items('cat no')).toEqual({ from: 4, items: ['node.yaml', 'notes.txt'] });
  expect((await items('cat manifests/')).items).toEqual(['manifests/web.yaml']);
  expect((await items('cd ')).items).toEqual(['manifests/']);
  expect((await items('cat m')).items).toEqual(['manifests/', 'my\\ file']);
  expect((await items('cat .h')).items).toEqual(['.hidden']);
  expect((await items('sort < no')).items).toEqual(['node.yaml', 'notes.txt']);
});

it('offers variables after a dollar sign', async () => {
  const shell = shellWithFiles();
  await runLine(shell, 'CARGO=1; CAR=2');
  expect(await items('echo $CAR', shell)).toEqual({ from: 6, items: ['CAR', 'CARGO'] });
  expect(await items('echo "${CARG', shell)).toEqual({ from: 8, items: ['CARGO'] });
});

it('asks a program about its own arguments, through an alias too', async () => {
  expect((await items('ship l')).items).toEqual(['lash', 'load']);
  const shell = shellWithFiles();
  await runLine(shell, 'alias s=ship');
  expect((await items('s u', shell)).items).toEqual(['unload']);
  // Where the program knows nothing, files are offered.
  expect((await items('ship load no', shell)).items).toEqual(['node.yaml', 'notes.txt']);
});
