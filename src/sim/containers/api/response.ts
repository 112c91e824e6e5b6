// Answers of the Docker Engine API. Bodies are strings of bytes where they are archives or multiplexed streams, text
// elsewhere.
import type { ApiResponse, ApiStream } from '../../api/http.ts';
import { toBytes } from '../../workload/bytes.ts';
import type { Notice } from '../engine/dockerd.ts';
import type { Engine } from '../engine/index.ts';

export interface DockerResponse extends ApiResponse {
  /**
   * The answer comes when something has happened (`docker stop` waits for the end); what stands here is what it will be
   * if all goes well. Without it the answer is final.
   */
  readonly later?: (onAnswer: (answer: ApiResponse) => void) => () => void;
  /** `body` and the stream are strings of bytes. */
  readonly binary?: boolean;
}

const JSON_TYPE = { 'content-type': 'application/json' };

export const VERSION_HEADERS: Readonly<Record<string, string>> = {
  'api-version': '1.50',
  'docker-experimental': 'false',
  ostype: 'linux',
  server: 'Docker/28.2.2 (linux)',
};

export function json(value: unknown, status = 200): DockerResponse {
  return { status, headers: JSON_TYPE, body: `${JSON.stringify(value)}\n` };
}

export function refusal(status: number, message: string): DockerResponse {
  return json({ message }, status);
}

export function empty(status: number): DockerResponse {
  return { status, headers: {}, body: '' };
}

export function streamed(
  stream: ApiStream,
  headers: Readonly<Record<string, string>> = JSON_TYPE,
  body = '',
): DockerResponse {
  // prettier-ignore
  return { status: 200, headers, body, stream };
}

/** What happens in an engine, as a stream; `false` from the listener ends it. */
export function follow(
  engine: Engine,
  begin: (send: (text: string) => void) => boolean,
  hear: (notice: Notice, send: (text: string) => void) => boolean,
): ApiStream {
  // prettier-ignore
  return {
    open(onText, onEnd) {
      let open = true;
      const stop = () => {
        open = false;
        engine.listeners.delete(listener);
      };
      const end = () => {
        if (!open) return;
        stop();
        onEnd();
      };
      const listener = (notice: Notice) => {
        if (notice.kind === 'rewound' || !hear(notice, onText)) end();
      };
      engine.listeners.add(listener);
      if (!begin(onText)) end();
      return stop;
    },
  };
}

/** One piece of a multiplexed stream: 8 bytes of header and the bytes themselves. */
export function frame(stream: 'stdout' | 'stderr', text: string, tty: boolean): string {
  const bytes = toBytes(text);
  if (tty) return bytes;
  const { length } = bytes;
  const size = String.fromCharCode((length >>> 24) & 255, (length >>> 16) & 255, (length >>> 8) & 255, length & 255);
  return `${stream === 'stdout' ? '\x01' : '\x02'}\0\0\0${size}${bytes}`;
}

/** Lines of a pull, push or build: what has been said, and what comes. */
export function jobStream(engine: Engine, job: string): ApiStream {
  return follow(
    engine,
    (send) => {
      const found = engine.jobs.get(job);
      for (const line of found?.lines ?? []) send(line);
      return found?.ended !== true;
    },
    (notice, send) => {
      if (notice.kind === 'progress' && notice.job === job) send(notice.line);
      return notice.kind !== 'job-ended' || notice.job !== job;
    },
  );
}
