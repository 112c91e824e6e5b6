// Lesson 1.2: a fault in libtls. Hold the generation, take the fix, and look whether anybody still runs the old file.
import type { CheckView, Exercise, Finding } from '../../hosts/exercise.ts';
import { compareVersions } from '../../sim/linux/packages/version.ts';
import type { MachineWorld } from '../../sim/machines/world.ts';
import { chainTo, programOf, serve, startOf, starts, versionOf } from './1-2-checks.ts';

/** After the upgrade of the night and the start of the services; virtual ms. */
const AFTER_MS = (2 * 60 + 3) * 60_000;
const FIXED = '1.4.3-1';

/** The machine tomorrow, if nobody touches it until then. */
function tomorrow(view: CheckView<MachineWorld>): MachineWorld {
  const left = AFTER_MS - view.world.sim.now;
  return left > 0 ? view.ahead(left) : view.world;
}

function survives(view: CheckView<MachineWorld>): Finding {
  const world = tomorrow(view);
  const verdicts = ['storefront', 'payments'].map((name) => starts(world, name));
  const failed = verdicts.find(({ met }) => !met);
  const served = serve(world, 'storefront', 'payments');
  return {
    met: failed === undefined && served.met,
    observed: failed ? `tomorrow: ${failed.observed}` : `tomorrow ${served.observed}`,
    wanted: 'storefront and payments serve after the upgrade of the night',
  };
}

export const exercise: Exercise<MachineWorld> = {
  id: '1-2/patch',
  scenario: 'hole',
  seed: 7,
  startMs: 30_000,
  files: {},
  steps: [
    {
      id: 'hold',
      title: 'Hold',
      task: 'Two hours from the start, at 11:00, this machine upgrades itself: `apt-get -y upgrade`, and a minute later the services are started anew. See to it that the shop is open afterwards. What does no harm shall still be upgraded.',
      goals: [
        { say: 'tomorrow storefront and payments serve', check: survives },
        {
          say: 'and search has been upgraded',
          check: (view) => {
            const version = versionOf(tomorrow(view), 'search') ?? 'none';
            return {
              met: compareVersions(version, '2.1') >= 0,
              observed: `tomorrow search is ${version}`,
              wanted: 'search 2.1',
            };
          },
        },
      ],
      hints: [
        '`apt-get -s upgrade` tells what would happen, and does nothing.',
        '`apt-mark hold` keeps a package at the version that is installed. apt then also keeps back whatever would need a newer one.',
        'apt-mark hold lib…',
      ],
      why: 'payments 1.5 needs libtls (>= 3.2). With libtls held, that cannot be had, so apt keeps payments back too; search has nothing to do with either, and goes on.',
      evidence: (view) =>
        chainTo(
          tomorrow(view),
          ({ kind, message }) => kind === 'linux.run' && message.startsWith('apt-get -y upgrade'),
        ),
      picture: 'The board of this evening: libtls bears a padlock.',
      drawn: () => true,
      solution: `apt-get -s upgrade
apt-mark hold libtls
apt-get -s upgrade
`,
      nearMisses: [
        { why: 'storefront is held, but nobody wanted to change that', script: 'apt-mark hold storefront' },
        { why: 'everything is held', script: 'apt-mark hold storefront payments search reports libtls' },
        { why: 'the mark says something else', script: 'apt-mark manual libtls' },
      ],
      otherWays: [
        { why: 'whoever wants the new library is held instead', script: 'apt-mark hold payments' },
        {
          why: 'a pin: versions 1.x of libtls before all others',
          script: `printf 'Package: libtls\\nPin: version 1.*\\nPin-Priority: 1001\\n' > /etc/apt/preferences.d/libtls`,
        },
      ],
    },
    {
      id: 'fix',
      title: 'One patch for all',
      task: 'A fault in libtls lets strangers read what customers send. `libtls 1.4.3-1` in the suite `security` mends it. Install it, and make sure that no process goes on with the faulty file.',
      goals: [
        {
          say: 'the mended libtls is installed',
          check: ({ world }) => {
            const version = versionOf(world, 'libtls') ?? 'none';
            return {
              met: version !== 'none' && compareVersions(version, FIXED) >= 0,
              observed: `libtls is ${version}`,
              wanted: `libtls ${FIXED} or later`,
            };
          },
        },
        {
          say: 'nobody runs with a file from before',
          check: ({ world }) => {
            const old = ['storefront', 'payments'].filter((name) =>
              programOf(world, name)?.processes.some(({ stale, replaced }) => replaced || stale.length > 0),
            );
            return {
              met: old.length === 0,
              observed:
                old.length === 0
                  ? 'every process has the files of today'
                  : `${old.join(' and ')} still has the old file open`,
              wanted: 'no process that was started before the change',
            };
          },
        },
        { say: 'storefront and payments serve', check: ({ world }) => serve(world, 'storefront', 'payments') },
        { say: 'tomorrow still', check: survives },
      ],
      hints: [
        'apt will not touch what is on hold unless it is told to. And a file that was replaced stays open in the processes that have mapped it.',
        '`--allow-change-held-packages` for this once. The change takes the hold off, so put it back with `apt-mark hold`. Then `systemctl restart` for everything that uses the library: `apt-cache rdepends --installed libtls`.',
        'apt-get install -y --allow-change-held-packages libtls=1.4…; apt-mark … libtls; systemctl restart …',
      ],
      why: 'One package, one command, two programs mended, and neither had to be built anew: that is what sharing is for. The processes needed a new start, because what is mapped stays mapped.',
      evidence: ({ world }) => chainTo(world, startOf('storefront')),
      picture: 'libtls has a new version and the same shape; both programs run with it.',
      drawn: (world) => serve(world, 'storefront', 'payments').met,
      solution: `apt-get install -y --allow-change-held-packages libtls=1.4.3-1
apt-mark hold libtls
systemctl restart storefront payments
sleep 5
`,
      nearMisses: [
        {
          why: 'installed, but nobody was started anew',
          script: 'apt-get install -y --allow-change-held-packages libtls=1.4.3-1; sleep 5',
        },
        {
          why: 'one of two was started anew',
          script:
            'apt-get install -y --allow-change-held-packages libtls=1.4.3-1; systemctl restart storefront; sleep 5',
        },
        {
          why: 'the newest of all is another generation',
          script: 'apt-mark unhold libtls; apt-get -y upgrade; systemctl restart storefront payments; sleep 5',
        },
        {
          why: 'mended, but free again for the night',
          script:
            'apt-mark unhold libtls; apt-get install -y libtls=1.4.3-1; systemctl restart storefront payments; sleep 5',
        },
      ],
      otherWays: [
        {
          why: 'released, mended, and held again',
          script: `apt-mark unhold libtls
apt-get install -y libtls=1.4.3-1
apt-mark hold libtls
systemctl restart payments storefront
sleep 5`,
        },
      ],
    },
  ],
};
