// RUN in a build: a container like any other, made from the layers so far; what it has changed becomes the next layer.
// Models moby 28 builder/dockerfile/containerbackend.go. Departure: with BuildKit too the command runs in a container of
// the engine, which is not listed.
import type { RunRequest, RunResult } from '../build/job.ts';
import { DaemonError } from '../images/errors.ts';
import { makeImage, rfc3339 } from '../images/image.ts';
import { entriesOf, type LayerEntry } from '../../linux/files/layer.ts';
import { createContainer } from './create.ts';
import { type Dockerd, nowMs } from './dockerd.ts';
import { killNow, removeNow, startContainer } from './lifecycle.ts';
import { overlayOf } from './rootfs.ts';
import type { Container } from './state.ts';

/** The result when it is over at once; else {@link runEnded} is called for its container. */
export function runStep(engine: Dockerd, build: number, request: RunRequest): RunResult | undefined {
  const { layers, argv, env, user, cwd, platform, containerId } = request;
  const { architecture, os, variant } = platform;
  const image = makeImage(
    {
      created: rfc3339(nowMs(engine)),
      architecture,
      os,
      ...(variant !== undefined && { variant }),
      config: {},
      history: [],
    },
    layers,
  );
  const body = { Image: request.imageId, Cmd: argv, Entrypoint: [''], Env: env, User: user, WorkingDir: cwd };
  createContainer(engine, { body, image, id: containerId, build });
  try {
    startContainer(engine, containerId);
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    const container = engine.state.containers.get(containerId);
    if (container) removeNow(engine, container, true);
    return { exitCode: 127, stdout: '', stderr: '', tookMs: 0, changes: [], startError: error.message };
  }
  return undefined;
}

export function stopStep(engine: Dockerd, { containerId }: RunRequest): void {
  killNow(engine, containerId);
  const container = engine.state.containers.get(containerId);
  if (container) removeNow(engine, container, true);
}

export function runEnded(engine: Dockerd, container: Container): void {
  const log = engine.state.logs.get(container.id) ?? [];
  const text = (stream: 'stdout' | 'stderr') => log.filter((entry) => entry.stream === stream).map((entry) => entry.text).join(''); // prettier-ignore
  const { startedAt, finishedAt, exitCode } = container.state;
  const result: RunResult = {
    exitCode,
    stdout: text('stdout'),
    stderr: text('stderr'),
    tookMs: (finishedAt ?? 0) - (startedAt ?? 0),
    changes: changesOf(engine, container),
  };
  removeNow(engine, container, true);
  if (container.build !== null) engine.builds.ran(container.build, result);
}

/** The layer that takes changes, as entries. */
export function changesOf(engine: Dockerd, container: Container): readonly LayerEntry[] {
  const { upper } = overlayOf(engine, container);
  // A layer travels as a tar, which knows whole seconds.
  const whole = (entry: LayerEntry): LayerEntry => ({ ...entry, mtimeMs: Math.floor(entry.mtimeMs / 1000) * 1000 });
  return upper ? entriesOf(upper.fs, upper.root).map(whole) : [];
}
