// A timeline as the shell's programs see it. Reads go straight to the world; what changes something is logged as an
// input. Going back in time ends every open stream.
import type { Timeline } from '../sim/timeline.ts';
import type { ApiAnswer, HttpAnswer, ShellHost } from '../shell/program.ts';
import { chunks, lines } from './answers.ts';
import { refusal } from './refusal.ts';
import type { Waiters } from './waiters.ts';

export interface ShellHostOptions {
  /** Called after each input: the page redraws, and time starts to pass if the reader types into a sleeping world. */
  readonly onInput?: () => void;
  /** Called when a program waits for the world: a sleep, a watch, a followed log. */
  readonly onWait?: () => void;
  readonly edit?: (fileName: string, text: string) => Promise<string | null>;
}

type Target = Parameters<ShellHost['exec']>[0];

export function createShellHost(timeline: Timeline, waiters: Waiters, options: ShellHostOptions = {}): ShellHost {
  const { world } = timeline;
  const touched = () => options.onInput?.();
  const processIn = ({ namespace, pod, container }: Target): string | { readonly why: string } => {
    const chosen = container === undefined ? '' : `&container=${container}`;
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/exec?command=sh&stdout=true${chosen}`;
    const found = timeline.connect({ method: 'GET', path, headers: {} });
    if (found.kind === 'exec') return found.process;
    return { why: refusal(found.kind === 'refused' ? found.response.body : '') };
  };
  return {
    now: () => world.sim.epochMs + world.sim.now,
    sleep: (virtualMs, signal) => {
      const until = waiters.until(world.sim.now + Math.max(0, Math.round(virtualMs)), signal);
      options.onWait?.();
      return until;
    },
    edit: options.edit ?? (() => Promise.resolve(null)),

    api(request, signal) {
      const response = timeline.api(request);
      if (request.method !== 'GET') touched();
      else if (response.stream) options.onWait?.();
      const answer: ApiAnswer = {
        status: response.status,
        headers: response.headers,
        text: async () => {
          if (!response.stream) return response.body;
          let text = response.body;
          for await (const chunk of chunks(response.stream, signal, timeline, waiters)) text += chunk;
          return text;
        },
        lines: () => lines(response.body, response.stream, signal, timeline, waiters),
      };
      return Promise.resolve(answer);
    },

    exec(target, argv) {
      const process = processIn(target);
      if (typeof process === 'object') return Promise.resolve({ exitCode: 1, stdout: '', stderr: process.why });
      const result = timeline.exec(process, argv);
      touched();
      return Promise.resolve(result);
    },

    session(target, argv, { stdin, tty, onEvent }) {
      const process = processIn(target);
      if (typeof process === 'object') return Promise.resolve(process.why);
      let open = true;
      waiters.watching++;
      const shut = () => {
        if (open) waiters.watching--;
        open = false;
        off();
      };
      const off = timeline.onRewind(() => {
        shut();
        onEvent({ kind: 'exit', exitCode: 0 });
      });
      const session = timeline.session(process, argv, { stdin, tty }, (event) => {
        if (event.kind !== 'output') shut();
        onEvent(event);
      });
      touched();
      options.onWait?.();
      const said = (act: () => void) => {
        act();
        touched();
      };
      return Promise.resolve({
        input: (bytes) => said(() => session.input(bytes)),
        endInput: () => said(() => session.endInput()),
        close: () => {
          said(() => session.close());
          shut();
        },
      });
    },

    http({ method, url, timeoutMs }) {
      return new Promise<HttpAnswer>((resolve) => {
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
        timeline.http(method, url, timeoutMs, close);
        touched();
      });
    },
  };
}
