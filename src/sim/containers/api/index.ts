// The Docker Engine API of one engine, for whoever carries requests to it: a timeline, a host, a test.
export { connect, type DockerConnection } from './connect.ts';
export { handle } from './handle.ts';
export type { DockerResponse } from './response.ts';
export { tick } from './stats.ts';
