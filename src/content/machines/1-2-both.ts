// Lesson 1.2: payments 1.4 has to stay and storefront has to run. First with a private copy, then packaged well.
import type { Exercise } from '../../hosts/exercise.ts';
import { compareVersions } from '../../sim/linux/packages/version.ts';
import type { MachineWorld } from '../../sim/machines/world.ts';
import { chainTo, exists, programOf, serve, startOf, starts, versionOf, whole } from './1-2-checks.ts';

const BOARD = '/usr/lib/x86_64-linux-gnu';

function newPayments(world: MachineWorld) {
  const version = versionOf(world, 'payments') ?? 'none';
  return {
    met: version !== 'none' && compareVersions(version, '1.4') >= 0,
    observed: `payments is ${version}`,
    wanted: 'payments 1.4 or later',
  };
}

export const exercise: Exercise<MachineWorld> = {
  id: '1-2/both',
  scenario: 'both',
  seed: 7,
  startMs: 10_000,
  files: {},
  steps: [
    {
      id: 'private',
      title: 'A private copy',
      task: '`payments` 1.4 takes real money since this morning and stays as it is. The old library lies in the backup, `/srv/backup/libtls.so.1.4.2`. Let `storefront` run with it, in a place where only `storefront` looks.',
      goals: [
        { say: 'storefront and payments serve', check: ({ world }) => serve(world, 'storefront', 'payments') },
        { say: 'payments is the new one', check: ({ world }) => newPayments(world) },
        {
          say: 'the shared directory is left alone',
          check: ({ world }) => {
            const there = ['libtls.so.1', 'libtls.so.1.4.2'].filter((name) => exists(world, `${BOARD}/${name}`));
            return {
              met: there.length === 0,
              observed:
                there.length === 0
                  ? 'libtls.so.3 stands there alone'
                  : `${there.join(' and ')} lies there for everybody`,
              wanted: 'no libtls.so.1 in the directory that every program searches',
            };
          },
        },
      ],
      hints: [
        'The loader looks through the directories of `LD_LIBRARY_PATH` before it asks its cache. The name it looks for is the SONAME, not the long name of the file.',
        'A service does not inherit your shell’s variables; its unit can set them with a line `Environment=`. The unit is `/etc/systemd/system/storefront.service`.',
        'cp /srv/backup/libtls.so.1.4.2 /opt/storefront/lib/libtls.so.…; Environment=LD_LIBRARY_PATH=/opt/…',
      ],
      why: 'For storefront alone a directory comes before the shared ones, and in it lies a file of the right name. dpkg knows nothing of that file: the next security fix will pass it by.',
      evidence: ({ world }) => chainTo(world, startOf('storefront')),
      picture: 'storefront stands on a little board of its own.',
      drawn: (world) => serve(world, 'storefront', 'payments').met,
      solution: `mkdir -p /opt/storefront/lib
cp /srv/backup/libtls.so.1.4.2 /opt/storefront/lib/libtls.so.1
LD_LIBRARY_PATH=/opt/storefront/lib ldd /usr/bin/storefront
sed -i '/^ExecStart/i Environment=LD_LIBRARY_PATH=/opt/storefront/lib' /etc/systemd/system/storefront.service
systemctl daemon-reload
systemctl start storefront
sleep 5
`,
      nearMisses: [
        {
          why: 'laid into the shared directory, for everybody',
          script: `cp /srv/backup/libtls.so.1.4.2 ${BOARD}/libtls.so.1; systemctl start storefront; sleep 5`,
        },
        {
          why: 'the file has its long name, and the loader asks for the SONAME',
          script: `mkdir -p /opt/storefront/lib; cp /srv/backup/libtls.so.1.4.2 /opt/storefront/lib/
sed -i '/^ExecStart/i Environment=LD_LIBRARY_PATH=/opt/storefront/lib' /etc/systemd/system/storefront.service
systemctl daemon-reload; systemctl start storefront; sleep 5`,
        },
        {
          why: 'the variable of the shell does not reach the service',
          script: `mkdir -p /opt/storefront/lib; cp /srv/backup/libtls.so.1.4.2 /opt/storefront/lib/libtls.so.1
LD_LIBRARY_PATH=/opt/storefront/lib systemctl start storefront; sleep 5`,
        },
        {
          why: 'payments gave way',
          script:
            'apt-get install -y --allow-downgrades payments=1.3 libtls=1.4.2-1; systemctl restart storefront payments; sleep 5',
        },
      ],
      otherWays: [
        {
          why: 'started by hand, without the unit',
          script: `mkdir -p /opt/old; cp /srv/backup/libtls.so.1.4.2 /opt/old; ln -s libtls.so.1.4.2 /opt/old/libtls.so.1
PORT=8080 LD_LIBRARY_PATH=/opt/old storefront > /dev/null &
sleep 5`,
        },
      ],
    },
    {
      id: 'apart',
      title: 'Packaged apart',
      task: 'The vendor has learnt. In the suite `split` every generation of libtls is a package of its own, `libtls1` and `libtls3`. Move the machine from `stable` to `split`, install both programs from there, and take the private copy out of use.',
      goals: [
        { say: 'storefront would start without help', check: ({ world }) => starts(world, 'storefront') },
        { say: 'payments is the new one', check: ({ world }) => newPayments(world) },
        { say: 'both serve', check: ({ world }) => serve(world, 'storefront', 'payments') },
        {
          say: 'every library in use belongs to a package',
          check: ({ world }) => {
            const own = programOf(world, 'storefront')?.processes.flatMap(({ libraries }) =>
              libraries.filter((path) => !/^\/(usr\/)?lib/.test(path)),
            );
            return {
              met: own?.length === 0,
              observed:
                own?.length === 0
                  ? 'storefront runs with the shared ones'
                  : `storefront runs with ${own?.join(', ') ?? 'nothing'}`,
              wanted: 'a process of storefront with the libraries of packages',
            };
          },
        },
        { say: 'dpkg is content', check: ({ world }) => whole(world) },
      ],
      hints: [
        'Where apt looks stands in `/etc/apt/sources.list.d/harbour.list`: one line for each suite. After a change `apt-get update` reads the lists anew.',
        '`apt-cache policy storefront payments` shows what `split` has. Then the unit: without its line `Environment=LD_LIBRARY_PATH` the service takes what everybody takes.',
        'sed -i s/stable/…/ /etc/apt/sources.list.d/harbour.list; apt-get update; apt-get install storefront=2.3+… payments=1.4+…',
      ],
      why: 'The two packages have different names and no file in common, because the SONAME is part of both: libtls1 and libtls3 can be installed side by side, and each program depends on the one that it was built with.',
      evidence: ({ world }) => chainTo(world, startOf('storefront')),
      picture: 'Two generations of libtls share its place on the board, and each program stands on its own.',
      drawn: (world) => serve(world, 'storefront', 'payments').met,
      solution: `sed -i s/stable/split/ /etc/apt/sources.list.d/harbour.list
apt-get update
apt-get install -y storefront=2.3+split1 payments=1.4+split1
sed -i /LD_LIBRARY_PATH/d /etc/systemd/system/storefront.service
systemctl daemon-reload
systemctl restart storefront payments
sleep 5
`,
      nearMisses: [
        {
          why: 'the unit still sends storefront to its copy',
          script: `sed -i s/stable/split/ /etc/apt/sources.list.d/harbour.list; apt-get update
apt-get install -y storefront=2.3+split1 payments=1.4+split1; systemctl restart storefront payments; sleep 5`,
        },
        {
          why: 'the copy is out of use, and nothing has taken its place',
          script: `sed -i /LD_LIBRARY_PATH/d /etc/systemd/system/storefront.service; systemctl daemon-reload
systemctl restart storefront; sleep 5`,
        },
      ],
      otherWays: [
        {
          why: 'storefront moves on to the new generation, as version 3.0',
          script: `sed -i s/stable/split/ /etc/apt/sources.list.d/harbour.list; apt-get update
apt-get install -y storefront payments
sed -i /LD_LIBRARY_PATH/d /etc/systemd/system/storefront.service; systemctl daemon-reload
systemctl restart storefront payments; sleep 5`,
        },
      ],
    },
  ],
};
