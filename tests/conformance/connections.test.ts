// What kubectl keeps open between the reader's machine and a pod, in the page: forwarded ports and conversations.
import { describe, expect, test } from 'vitest';
import { Headless } from '../../src/hosts/headless.ts';
import { cluster } from '../../src/hosts/kinds/cluster.ts';
import { type Scenario, Timeline } from '../../src/sim/index.ts';
import * as kinds from './parity/kinds-world.ts';
import * as read from './parity/read-world.ts';

/** Until every pod that can be ready is. */
const START_MS = 120_000;

function shell({ scenario }: { readonly scenario: Scenario }): Headless {
  const timeline = new Timeline(scenario, 1);
  timeline.run(START_MS);
  return new Headless(timeline, cluster, { untilMs: START_MS + 600_000 });
}

describe('port-forward', () => {
  test('curl reaches a pod for as long as it runs', async () => {
    const world = shell(read);
    // The program is loaded at its first use, which takes no virtual time.
    await world.run('kubectl port-forward svc/web nope');
    const { stdout, stderr } = await world.run(
      `kubectl port-forward svc/web 8080:http > log &
      sleep 1
      curl -s -o /dev/null -w '%{http_code}\\n' localhost:8080/
      kill %1; sleep 1
      curl -s -o /dev/null -w '%{http_code}\\n' localhost:8080/
      cat log`,
    );
    expect(stderr).not.toContain('rror');
    expect(stdout).toBe(
      '200\n000\nForwarding from 127.0.0.1:8080 -> 80\nForwarding from [::1]:8080 -> 80\nHandling connection for 8080\n',
    );
  });

  test('a port that is taken is refused, a port where nobody listens loses the connection', async () => {
    const world = shell(read);
    const taken = await world.run(
      'kubectl port-forward deploy/web 8080:80 > log & sleep 1; kubectl port-forward deploy/web 8080:80; kill %1; sleep 1',
    );
    expect(taken.stderr).toContain('error: unable to listen on any of the requested ports: [{8080 80}]\n');
    const lost = await world.run(
      'kubectl port-forward both 9000 > log & sleep 1; curl localhost:9000; wait $!; echo $?',
    );
    expect(lost.stderr).toContain('curl: (52) Empty reply from server\n');
    expect(lost.stderr).toContain('an error occurred forwarding 9000 -> 9000: error forwarding port 9000 to pod ');
    expect(lost.stderr).toContain('error: lost connection to pod\n');
    expect(lost.stdout).toMatch(/1\n$/);
  });
});

describe('a conversation', () => {
  test('a shell keeps what its lines have set', async () => {
    const { stdout, exitCode } = await shell(kinds).run(
      String.raw`printf 'cd /tmp\na=1\nfor n in 1 2\ndo echo $a$n\ndone\nexit 4\n' | kubectl exec -i db-0 -- sh`,
    );
    expect(stdout).toBe('11\n12\n');
    expect(exitCode).toBe(4);
  });

  test('files go to a container and come back', async () => {
    const { stdout } = await shell(kinds).run(
      'echo ü > a; kubectl cp a db-0:/tmp/b; kubectl cp db-0:/tmp/b c > /dev/null; cat c',
    );
    expect(stdout).toBe('ü\n');
  });
});
