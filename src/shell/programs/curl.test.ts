import { expect, it } from 'vitest';
import { createTestHost, runScript } from '../test-host.ts';

const host = () =>
  createTestHost({
    payments: { outcome: 'ok', status: 200, body: 'ok\n', latencyMs: 12 },
    broken: { outcome: 'error', status: 503, body: 'overloaded\n', latencyMs: 3 },
    closed: { outcome: 'refused', latencyMs: 2 },
    empty: { outcome: 'no endpoints', latencyMs: 1 },
    stuck: { outcome: 'timeout' },
  });

const run = (script: string, world = host()) => runScript(script, {}, world);

it('shows the body of an answer, whatever its status', async () => {
  expect(await run('curl http://payments/healthz')).toEqual({ stdout: 'ok\n', stderr: '', exitCode: 0 });
  expect(await run('curl broken')).toEqual({ stdout: 'overloaded\n', stderr: '', exitCode: 0 });
});

it('writes the status as a script wants it', async () => {
  expect((await run(String.raw`curl -s -o /dev/null -w '%{http_code}\n' http://payments`)).stdout).toBe('200\n');
  expect((await run(String.raw`curl -so out -w '%{http_code} %{time_total}\n' broken; cat out`)).stdout).toBe(
    '503 0.003000\noverloaded\n',
  );
  expect(await run(String.raw`curl -s -o /dev/null -w '%{http_code}\n' nosuch`)).toMatchObject({
    stdout: '000\n',
    exitCode: 6,
  });
});

it('shows heads with -i and -I, and everything with -v', async () => {
  expect((await run('curl -i payments')).stdout).toBe('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n');
  expect((await run('curl -I broken')).stdout).toBe('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 11\r\n\r\n');
  const { stderr, stdout } = await run('curl -v http://payments:8080/healthz?full=1');
  expect(stdout).toBe('ok\n');
  expect(stderr).toBe(
    '* Connected to payments port 8080 (#0)\n> GET /healthz?full=1 HTTP/1.1\n> Host: payments:8080\n> User-Agent: curl/7.88.1\n> Accept: */*\n> \n' +
      '< HTTP/1.1 200 OK\n< Content-Length: 3\n< \n* Connection #0 to host payments left intact\n',
  );
});

it('sends methods, headers and bodies', async () => {
  const world = host();
  await run(
    `echo -n '{"a":1}' > body; curl -X PUT -H 'X-Trace: 7' -d @body -d x=1 http://payments/pay; curl -d a payments; curl -H 'Accept:' payments`,
    world,
  );
  expect(world.requests).toMatchObject([
    {
      method: 'PUT',
      url: 'http://payments/pay',
      body: '{"a":1}&x=1',
      headers: { 'x-trace': '7', host: 'payments', 'content-length': '11' },
    },
    { method: 'POST', body: 'a' },
    { method: 'GET' },
  ]);
  expect(world.requests[2]?.headers).not.toHaveProperty('accept');
});

it.each([
  ['curl nosuch', 6, 'curl: (6) Could not resolve host: nosuch\n'],
  ['curl closed:8080', 7, "curl: (7) Failed to connect to closed port 8080 after 2 ms: Couldn't connect to server\n"],
  ['curl empty', 7, "curl: (7) Failed to connect to empty port 80 after 1 ms: Couldn't connect to server\n"],
  ['curl --max-time 2 stuck', 28, 'curl: (28) Operation timed out after 2000 milliseconds with 0 bytes received\n'],
  ['curl -m 0.5 http://stuck/', 28, 'curl: (28) Operation timed out after 500 milliseconds with 0 bytes received\n'],
  ['curl -f broken', 22, 'curl: (22) The requested URL returned error: 503\n'],
  ['curl -s nosuch', 6, ''],
  ['curl -sS nosuch', 6, 'curl: (6) Could not resolve host: nosuch\n'],
  ['curl ftp://payments', 1, 'curl: (1) Protocol "ftp" not supported or disabled in libcurl\n'],
  ['curl', 2, "curl: try 'curl --help' or 'curl --manual' for more information\n"],
  ['curl --cookie a payments', 2, "curl: option '--cookie' is not simulated here\n"],
])('%s ends with %i', async (line, exitCode, stderr) => {
  expect(await run(line)).toEqual({ stdout: '', stderr, exitCode });
});
