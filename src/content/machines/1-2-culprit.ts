// Lesson 1.2: what broke storefront? The loader's error, the library, the package, and the way back.
import type { Exercise } from '../../hosts/exercise.ts';
import type { MachineWorld } from '../../sim/machines/world.ts';
import { chainTo, loaderError, namesIn, note, serve, startOf, starts, versionOf, whole } from './1-2-checks.ts';

const LIBRARY = /lib[a-z0-9_+-]+\.so(?:\.\d+)+/g;
const PROGRAM = /\b(?:storefront|payments|search|reports)\b/g;

export const exercise: Exercise<MachineWorld> = {
  id: '1-2/culprit',
  scenario: 'broken',
  seed: 7,
  startMs: 60_000,
  files: {},
  steps: [
    {
      id: 'missing',
      title: 'Read the loader’s error',
      task: 'The services of `harbour` were started anew a moment ago, and `storefront` did not come back. Nobody has touched it. Find out which library the loader cannot find, and note its name (the SONAME) in the file `missing` in your home directory.',
      goals: [
        {
          say: 'the note names the library that is not there',
          check: ({ world }) => {
            const text = note(world, 'missing');
            const names = namesIn(text ?? '', LIBRARY);
            return {
              met: names.length === 1 && names[0] === 'libtls.so.1',
              observed:
                text === undefined
                  ? 'there is no file missing in /root'
                  : names.length === 0
                    ? 'the note names no library'
                    : `the note names ${names.join(', ')}`,
              wanted: 'the one name that storefront asks for in vain',
            };
          },
        },
      ],
      hints: [
        'Start the program by hand: `storefront`. Its one line of complaint comes from the loader, before any code of its own has run.',
        '`ldd` asks the loader what it would open for a program file, and says `not found` behind a name that it looked for in vain.',
        'ldd /usr/bin/… | grep "not found" > missing',
      ],
      why: 'The file /usr/bin/storefront is the same as yesterday. It names libtls.so.1, and no file of that name is left in the directories that the loader searches.',
      evidence: ({ world }) => chainTo(world, loaderError('storefront')),
      picture: 'The plug of storefront hangs over a socket of another shape: it wants .so.1, and .so.3 is there.',
      drawn: () => true,
      solution: `storefront || true
ldd /usr/bin/storefront | grep 'not found' > missing
cat missing
`,
      nearMisses: [
        { why: 'every library of the program is listed', script: 'ldd /usr/bin/storefront > missing' },
        {
          why: 'the library that is there, not the one that is wanted',
          script: 'ldd /usr/bin/payments | grep libtls > missing',
        },
        { why: 'a package is no SONAME', script: 'echo libtls > missing' },
      ],
      otherWays: [
        { why: 'the error itself is kept', script: 'storefront 2> missing || true' },
        { why: 'written by hand', script: 'echo libtls.so.1 > ~/missing' },
      ],
    },
    {
      id: 'package',
      title: 'Find the package that did it',
      task: '`libtls.so.1` is gone, but `libtls.so.3` is there. Which package brought it, in which version? Note both in `package`. And who else stands on that package? Note the installed programs that depend on it in `affected`.',
      goals: [
        {
          say: 'package: the name and the version that is installed',
          check: ({ world }) => {
            const text = note(world, 'package');
            const version = versionOf(world, 'libtls') ?? '';
            const named = /\blibtls\b(?!\.so)/.test(text ?? '');
            const told = version !== '' && (text ?? '').includes(version);
            return {
              met: named && told,
              observed:
                text === undefined
                  ? 'there is no file package in /root'
                  : named
                    ? told
                      ? `the note says libtls ${version}`
                      : 'the note names libtls, but not the version that is installed'
                    : 'the note names another package, or none',
              wanted: 'the package that owns libtls.so.3, and its installed version',
            };
          },
        },
        {
          say: 'affected: who depends on it, and nobody else',
          check: ({ world }) => {
            const text = note(world, 'affected');
            const names = [...namesIn(text ?? '', PROGRAM)].sort();
            return {
              met: names.join() === 'payments,storefront',
              observed:
                text === undefined
                  ? 'there is no file affected in /root'
                  : names.length === 0
                    ? 'the note names none of the four programs'
                    : `the note names ${names.join(', ')}`,
              wanted: 'those of the four programs whose packages depend on it',
            };
          },
        },
      ],
      hints: [
        'dpkg remembers which package brought every file; apt knows what depends on what.',
        '`dpkg -S` searches for a file name, `dpkg-query -W` prints name and version, `apt-cache rdepends` turns the dependencies round.',
        'dpkg-query -W … > package; apt-cache rdepends --installed … > affected',
      ],
      why: 'payments 1.4 depends on libtls (>= 3.2), so apt took libtls along. storefront depends on libtls (>= 1.4), and 3.2 is more than 1.4: to dpkg all is well. The number that counts, the SONAME, is in the file and not in that dependency.',
      evidence: ({ world }) => chainTo(world, ({ message }) => message.startsWith('apt-get install')),
      picture: 'One library, two programs on it, and one of them fits.',
      drawn: () => true,
      solution: `dpkg -S libtls.so.3
dpkg-query -W libtls > package
apt-cache rdepends --installed libtls > affected
cat package affected
`,
      nearMisses: [
        {
          why: 'the file is named, the version is not',
          script: 'dpkg -S libtls.so.3 > package; apt-cache rdepends --installed libtls > affected',
        },
        {
          why: 'one program is overlooked',
          script: 'dpkg-query -W libtls > package; echo storefront > affected',
        },
        {
          why: 'the victim is not the culprit',
          script: 'dpkg-query -W storefront > package; apt-cache rdepends --installed storefront > affected',
        },
      ],
      otherWays: [
        {
          why: 'with apt alone',
          script:
            'apt-cache policy libtls > package; apt-cache rdepends --installed libtls | grep -v libtls > affected',
        },
        {
          why: 'from the list of packages, and by the programs’ own names for libraries',
          script: `dpkg -l libtls > package
for program in storefront payments search reports; do readelf -d /usr/bin/$program | grep -q libtls && echo $program; done > affected || true`,
        },
      ],
    },
    {
      id: 'back',
      title: 'Go back',
      task: 'The shop is closed until both run again. Put the machine back to where `storefront` and `payments` start, with the package tools, and get both services running.',
      goals: [
        { say: 'storefront would start', check: ({ world }) => starts(world, 'storefront') },
        { say: 'payments would start', check: ({ world }) => starts(world, 'payments') },
        { say: 'both serve', check: ({ world }) => serve(world, 'storefront', 'payments') },
        { say: 'dpkg is content', check: ({ world }) => whole(world) },
      ],
      hints: [
        '`apt-cache policy libtls` lists every version that the repositories still hold, and `apt-cache policy payments` too.',
        '`apt install NAME=VERSION` takes an older one as well. apt asks before it goes down; with `-y` it has to be told `--allow-downgrades`. What depends on the newer one has to come back with it.',
        'apt-get install -y --allow-downgrades libtls=1.… payments=1.…; systemctl restart storefront payments',
      ],
      why: 'The older package brought the file libtls.so.1 back, and ldconfig, which runs after every such change, put it into the loader’s cache. Nothing had been wrong with storefront.',
      evidence: ({ world }) => chainTo(world, startOf('storefront')),
      picture: 'Both plugs sit in a socket of their own shape again.',
      drawn: (world) => serve(world, 'storefront', 'payments').met,
      solution: `apt-get install -y --allow-downgrades libtls=1.4.2-1 payments=1.3
systemctl restart storefront payments
sleep 5
curl -s http://localhost:8080/healthz
`,
      nearMisses: [
        {
          why: 'payments 1.4 cannot live with the old library, and apt removes it',
          script: 'apt-get install -y --allow-downgrades libtls=1.4.2-1; systemctl restart storefront; sleep 5',
        },
        {
          why: 'a link of the old name to the new file: the versions of the symbols are not in it',
          script:
            'ln -s libtls.so.3.2.1 /lib/x86_64-linux-gnu/libtls.so.1; systemctl restart storefront payments; sleep 5',
        },
        {
          why: 'both packages are back, but payments still is the process of before',
          script: 'apt-get install -y --allow-downgrades libtls=1.4.2-1 payments=1.3; sleep 5',
        },
      ],
      otherWays: [
        {
          why: 'to the newest of the old generation',
          script: `apt-get install -y --allow-downgrades payments=1.3 libtls=1.4.3-1
systemctl restart payments
systemctl start storefront
sleep 5`,
        },
      ],
    },
  ],
};
