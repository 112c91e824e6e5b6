// The multiplexed stream of the Docker Engine API (attach, exec, logs).
import type { DockerEvent } from '../shell/program.ts';

/** Takes the frames of a multiplexed stream apart: 8 bytes that say the stream and the length, and the bytes. */
export function unframe(onEvent: (event: DockerEvent) => void): (bytes: string) => void {
  let rest = '';
  return (bytes) => {
    rest += bytes;
    while (rest.length >= 8) {
      const length = [4, 5, 6, 7].reduce((sum, at) => sum * 256 + rest.charCodeAt(at), 0);
      if (rest.length < 8 + length) return;
      const stream = rest.charCodeAt(0) === 2 ? 'stderr' : 'stdout';
      onEvent({ kind: 'output', stream, bytes: rest.slice(8, 8 + length) });
      rest = rest.slice(8 + length);
    }
  };
}
