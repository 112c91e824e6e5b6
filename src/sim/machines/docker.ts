// Container engines for a timeline of machines. A page that has none does not load this file.
import { connect, handle, tick } from '../containers/api/index.ts';
import { sendInput } from '../containers/engine/index.ts';
import { engines } from './engines.ts';
import type { DockerKind } from './timeline.ts';

export const docker: DockerKind = { maker: engines, handle, connect, input: sendInput, tick };
