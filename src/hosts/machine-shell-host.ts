// A timeline of machines as a shell on one of them sees it. Reads go straight to the world; what changes something is
// logged as an input. Going back in time ends what waits.
import { LinuxError } from '../sim/linux/contract.ts';
import { signalNamed } from '../sim/linux/tasks/signals.ts';
import type { MachineTimeline } from '../sim/machines/timeline.ts';
import { machineOf } from '../sim/machines/world.ts';
import { Interrupted, type DockerAnswer, type HttpAnswer, type ShellHost, type TaskRef } from '../shell/program.ts';
import type { DockerResponse } from '../sim/containers/api/index.ts';
import { chunks, lines } from './answers.ts';
import { unframe } from './frames.ts';
import type { ShellHostOptions } from './shell-host.ts';
import type { Waiters } from './waiters.ts';

/** `docker stats` reads once a second. */
const READING_MS = 1000;
/** 128 + SIGINT. */
const INTERRUPTED = 130;

export function createMachineShellHost(
  timeline: MachineTimeline,
  waiters: Waiters,
  options: ShellHostOptions = {},
): ShellHost {
  const { world } = timeline;
  const touched = () => options.onInput?.();
  const here = world.shell;
  const elsewhere = () => Promise.reject(new Error('there is no cluster in this world'));

  const http = (from: TaskRef, request: { method: string; url: string; timeoutMs: number }): Promise<HttpAnswer> =>
    new Promise((resolve) => {
      waiters.watching++;
      let open = true;
      const close = (answer: HttpAnswer) => {
        if (!open) return;
        open = false;
        waiters.watching--;
        stop();
        resolve(answer);
      };
      const stop = timeline.onRewind(() => {
        close({ outcome: 'timeout', status: 0, body: '', latencyMs: 0 });
      });
      const { method, url, timeoutMs } = request;
      timeline.http(from, { method, url, timeoutMs }, close);
      touched();
    });

  /** The machine whose engine a program reaches, if it may. */
  const engineOf = (from: TaskRef | undefined): string => {
    const at = from ?? here;
    if (!world.engines.has(at.machine)) throw new Error('there is no container engine on this machine');
    if (!machineOf(world, at).files(at.pid).access('/run/docker.sock', 'write')) throw new Error('permission denied');
    return at.machine;
  };

  /** Lets those who watch have a reading every second, as long as they do. */
  const readings = async (machine: string, signal: AbortSignal): Promise<void> => {
    try {
      for (;;) {
        await waiters.until(world.sim.now + READING_MS, signal);
        timeline.dockerTick(machine);
      }
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    }
  };

  const dockerAnswer = (response: DockerResponse, signal: AbortSignal): DockerAnswer => {
    const { stream } = response;
    const all = async function* () {
      if (response.body !== '') yield response.body;
      if (stream) yield* chunks(stream, signal, timeline, waiters);
    };
    return {
      status: response.status,
      headers: response.headers,
      async text() {
        let text = '';
        for await (const chunk of all()) text += chunk;
        return text;
      },
      lines: () => lines(response.body, stream, signal, timeline, waiters),
      chunks: all,
    };
  };

  return {
    now: () => world.sim.epochMs + world.sim.now,
    sleep: (virtualMs, signal) => {
      const until = waiters.until(world.sim.now + Math.max(0, Math.round(virtualMs)), signal);
      options.onWait?.();
      return until;
    },
    edit: options.edit ?? (() => Promise.resolve(null)),
    api: elsewhere,
    exec: elsewhere,
    http: (request) => http(here, request),
    ...(world.engines.size > 0 && {
      async docker(from, request, signal) {
        const machine = engineOf(from);
        const response = timeline.docker(machine, request);
        if (request.method !== 'GET') touched();
        const { later } = response;
        if (response.stream || later) options.onWait?.();
        if (/\/stats(\?|$)/.test(request.path)) void readings(machine, signal);
        if (!later) return dockerAnswer(response, signal);
        return new Promise<DockerAnswer>((resolve, reject) => {
          waiters.watching++;
          const end = (act: () => void) => {
            waiters.watching--;
            offRewind();
            signal.removeEventListener('abort', interrupt);
            act();
          };
          const interrupt = () => {
            stop();
            end(() => reject(new Interrupted()));
          };
          const stop = later((last) =>
            end(() => resolve(dockerAnswer({ ...last, headers: { ...response.headers, ...last.headers } }, signal))),
          );
          const offRewind = timeline.onRewind(() => end(() => reject(new Error('the world is at another moment'))));
          signal.addEventListener('abort', interrupt, { once: true });
        });
      },
      dockerAttach(from, request, { signal, onEvent }) {
        const machine = engineOf(from);
        const found = timeline.dockerConnect(machine, request);
        touched();
        if (found.kind === 'refused') return Promise.resolve(dockerAnswer(found.response, signal));
        options.onWait?.();
        const { target, tty, output } = found;
        let open = true;
        waiters.watching++;
        const end = () => {
          if (!open) return;
          open = false;
          waiters.watching--;
          offRewind();
          signal.removeEventListener('abort', hangUp);
          onEvent({ kind: 'end' });
        };
        const hangUp = () => {
          stop();
          end();
        };
        const frames = unframe(onEvent);
        const offRewind = timeline.onRewind(end);
        signal.addEventListener('abort', hangUp, { once: true });
        const stop = output.open((bytes) => {
          if (tty) onEvent({ kind: 'output', stream: 'stdout', bytes });
          else frames(bytes);
        }, end);
        const say = (bytes: string | null) => {
          if (!open) return;
          timeline.dockerInput(machine, target, bytes);
          touched();
        };
        return Promise.resolve({ input: say, endInput: () => say(null), close: hangUp });
      },
    }),
    machines: {
      login: here,
      task: ({ machine, pid }) => world.machines.get(machine)?.task(pid),
      identity(at) {
        const machine = machineOf(world, at);
        const uid = machine.task(at.pid)?.uid ?? 0;
        const files = machine.files(at.pid);
        const passwd = files.exists('/etc/passwd') ? files.readText('/etc/passwd') : '';
        const line = passwd.split('\n').find((one) => one.split(':')[2] === String(uid));
        const [user = uid === 0 ? 'root' : String(uid), , , , , home = '/'] = line?.split(':') ?? [];
        return { user, home, hostname: machine.calls(at.pid).hostname() };
      },
      files: (at) => timeline.files(at),
      run(at, argv, how) {
        const started = timeline.spawn(at, argv, how);
        touched();
        return started;
      },
      exit(at, exitCode) {
        timeline.exit(at, exitCode);
        touched();
      },
      wait: (at, signal, onOutput) =>
        new Promise((resolve, reject) => {
          waiters.watching++;
          const end = (act: () => void) => {
            waiters.watching--;
            off();
            offRewind();
            signal.removeEventListener('abort', interrupt);
            act();
          };
          const interrupt = () => {
            end(() => {
              if (world.machines.get(at.machine)?.task(at.pid)) timeline.kill(null, at.machine, at.pid, 'INT');
              touched();
              reject(new Interrupted());
            });
          };
          const off = world.watch(at, {
            output: onOutput,
            exit: (exitCode) => end(() => resolve(exitCode)),
          });
          const offRewind = timeline.onRewind(() => end(() => resolve(INTERRUPTED)));
          signal.addEventListener('abort', interrupt, { once: true });
          options.onWait?.();
        }),
      kill(from, pid, name) {
        const known = signalNamed(name);
        if (known === undefined) throw new LinuxError('EINVAL');
        const target = machineOf(world, from).find(pid, from.pid);
        if (!target) throw new LinuxError('ESRCH');
        timeline.kill(from, from.machine, target.pid, known);
        touched();
      },
      remoteLogin(from, name) {
        if (!world.machines.has(name)) return `ssh: Could not resolve hostname ${name}: Name or service not known`;
        if (name === from.machine && world.machines.size > 1)
          return `ssh: connect to host ${name} port 22: Connection refused`;
        const task = timeline.login(name);
        touched();
        return task;
      },
      http,
    },
  };
}
