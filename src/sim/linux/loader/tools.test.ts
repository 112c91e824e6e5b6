// readelf, nm, objdump, file and ldd on a description against the real tools on a file that a compiler made of the same.
// Addresses and what the linker adds of its own are left out. Without a compiler the recorded lines stand for them.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesWith, runCommand } from '../packages/test-machine.ts';
import { loaderCommands } from './index.ts';
import { elfOf } from './scenarios.ts';

const goldenPath = new URL('../../../../tests/data/loader/tools.json', import.meta.url).pathname;
const golden = existsSync(goldenPath)
  ? (JSON.parse(readFileSync(goldenPath, 'utf8')) as Record<string, readonly string[]>)
  : {};

const library = { soname: 'libfoo.so.1', gives: { FOO_1: ['foo'], FOO_2: ['foo_two', 'foo_more'] } };
const program = {
  program: true,
  runpath: '/opt/lib:$ORIGIN/lib',
  wants: [
    { library: 'libfoo.so.1', functions: ['foo'], version: 'FOO_1' },
    { library: 'libfoo.so.1', functions: ['foo_two'], version: 'FOO_2' },
  ],
};

/** What is told of both: names, versions, words; no addresses, no numbers of the linker's, no order of the linker's. */
const views: Readonly<Record<string, { readonly command: readonly string[]; readonly keep: RegExp }>> = {
  'readelf -d program': { command: ['readelf', '-d', 'program'], keep: /\((NEEDED|RUNPATH|VERNEEDNUM)\).*/g },
  'readelf -d library': { command: ['readelf', '-d', 'libfoo.so.1'], keep: /\((SONAME|VERDEFNUM)\).*/g },
  'readelf -h program': {
    command: ['readelf', '-h', 'program'],
    keep: /^ {2}(Class|Data|Version|OS\/ABI|ABI Version|Type|Machine|Flags|Size of.*):.*/gm,
  },
  'readelf -h library': { command: ['readelf', '-h', 'libfoo.so.1'], keep: /^ {2}(Magic|Type|Machine):.*/gm },
  'readelf -V program': {
    command: ['readelf', '-V', 'program'],
    keep: /(Version: 1 {2}File.*|Name: \S+ {2}Flags: none)/g,
  },
  'readelf -V library': {
    command: ['readelf', '-V', 'libfoo.so.1'],
    keep: /(Version definition section.*|0x.*Rev: 1.*|000000: Rev.*|0x.*Parent.*)/g,
  },
  'readelf -l program': { command: ['readelf', '-l', 'program'], keep: /\[Requesting program interpreter.*\]/g },
  'nm -D program': { command: ['nm', '-D', 'program'], keep: /[A-Z] (foo.*|__libc_start_main.*)/g },
  'nm -D library': { command: ['nm', '-D', 'libfoo.so.1'], keep: /[A-Z] (foo|FOO).*/g },
  'objdump -p program': {
    command: ['objdump', '-p', 'program'],
    keep: /(NEEDED|RUNPATH) .*|required from .*|0x[0-9a-f]{8} 0x00 /g,
  },
  'objdump -p library': { command: ['objdump', '-p', 'libfoo.so.1'], keep: /SONAME .*|^\d+ 0x0\d 0x.*|^\tFOO.*/gm },
  'file program': { command: ['file', 'program'], keep: /.*(?=, BuildID)|not stripped/g },
  'file library': { command: ['file', 'libfoo.so.1'], keep: /.*(?=, BuildID)|not stripped/g },
  'ldd library': { command: ['ldd', 'libfoo.so.1'], keep: /statically linked|not found/g },
};

const kept = (text: string, keep: RegExp): string[] => [...text.matchAll(keep)].map(([line]) => line.trim()).sort();

function modelled(view: keyof typeof views): string[] {
  const { command, keep } = views[view]!;
  const files = filesWith({
    '/program': { elf: elfOf(program) },
    '/libfoo.so.1': { elf: elfOf(library) },
    '/lib64/ld-linux-x86-64.so.2': { elf: elfOf({ soname: 'ld-linux-x86-64.so.2' }) },
  });
  const ran = runCommand(files, loaderCommands[command[0] ?? '']!, command);
  return kept(ran.out + ran.err, keep);
}

const compiler = 'gcc';
const says = (tool: string, version: string): boolean =>
  (spawnSync(tool, ['--version'], { encoding: 'utf8' }).stdout as string | null)?.includes(version) === true;
const present = says('gcc', ' 12.') && says('readelf', ' 2.40') && says('file', '5.44');

function recorded(): Record<string, string[]> {
  const root = mkdtempSync(join(tmpdir(), 'elf-'));
  try {
    writeFileSync(
      join(root, 'map'),
      'FOO_1 { global: foo; local: *; };\nFOO_2 { global: foo_two; foo_more; } FOO_1;\n',
    );
    writeFileSync(
      join(root, 'lib.c'),
      'int foo(void){return 0;} int foo_two(void){return 0;} int foo_more(void){return 0;}\n',
    );
    writeFileSync(
      join(root, 'program.c'),
      'int foo(void); int foo_two(void); int main(void){return foo()+foo_two();}\n',
    );
    const gcc = (...flags: string[]): unknown => execFileSync(compiler, flags, { cwd: root });
    gcc(
      '-shared',
      '-fPIC',
      '-nodefaultlibs',
      '-Wl,-soname,libfoo.so.1',
      '-Wl,--version-script=map',
      '-o',
      'libfoo.so.1',
      'lib.c',
    );
    gcc('-o', 'program', 'program.c', './libfoo.so.1', '-Wl,-rpath,/opt/lib:$ORIGIN/lib');
    const entries = Object.entries(views).map(([view, { command, keep }]) => {
      const [tool = '', ...rest] = command;
      const ran = spawnSync(tool, rest, { cwd: root, encoding: 'utf8' });
      return [view, kept(ran.stdout + ran.stderr, keep)] as const;
    });
    return Object.fromEntries(entries);
  } finally {
    rmSync(root, { recursive: true });
  }
}

if (process.env['RECORD_LOADER'] !== undefined) {
  const all = recorded();
  writeFileSync(goldenPath, `${JSON.stringify(all, null, 1)}\n`);
  Object.assign(golden, all);
}

describe('the tools tell of a description what the real ones tell of the file', () => {
  test.each(Object.keys(views))('%s', (view) => {
    expect(golden[view]).toBeDefined();
    expect(golden[view]!.length).toBeGreaterThan(0);
    expect(modelled(view)).toEqual(golden[view]);
  });

  test.skipIf(!present)('the real ones tell the same still', () => expect(recorded()).toEqual(golden), 60_000);
});

describe('what is no ELF file', () => {
  const files = filesWith({
    '/etc/motd': 'Welcome to the machine, reader. It is a fine day and all is well here.\n',
    '/bin/hello': '#!/bin/sh\necho hello\n',
    '/bin/tool': { symlink: 'hello' },
  });
  test.each([
    ['readelf -d /etc/motd', 1, '', 'readelf: Error: Not an ELF file - it has the wrong magic bytes at the start\n'],
    ['readelf -d /nothing', 1, '', "readelf: Error: '/nothing': No such file\n"],
    ['readelf --relocs /etc/motd', 1, '', 'readelf: option --relocs is not simulated\n'],
    ['nm -D /etc/motd', 1, '', 'nm: /etc/motd: file format not recognized\n'],
    ['ldd /bin/hello', 1, '', '\tnot a dynamic executable\n'],
    ['ldd /nothing', 1, '', 'ldd: /nothing: No such file or directory\n'],
    [
      'file /bin/hello /bin/tool /etc /nothing',
      0,
      "/bin/hello: POSIX shell script, ASCII text executable\n/bin/tool:  symbolic link to hello\n/etc:       directory\n/nothing:   cannot open `/nothing' (No such file or directory)\n",
      '',
    ],
    ['ldconfig -p', 1, '', "ldconfig: Can't open cache file /etc/ld.so.cache\n: No such file or directory\n"],
  ] as const)('%s', (line, code, out, err) => {
    const argv = line.split(' ');
    expect(runCommand(files, loaderCommands[argv[0] ?? '']!, argv)).toEqual({ code, out, err });
  });
});
