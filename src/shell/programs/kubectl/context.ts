// What every command gets: its flags and arguments, the client, and where its text goes.

import { ageSince } from '../../../sim/kubernetes/duration.ts';
import type { Proc } from '../../program.ts';
import { Client } from './client.ts';
import { BareError, KubectlError, usageError } from './errors.ts';
import { type Manifest, readManifests } from './files.ts';
import type { Parsed } from './flags.ts';
import { contextNamed, currentContext, type Kubeconfig, loadKubeconfig } from './kubeconfig.ts';
import { textAt } from './object.ts';

export class Context {
  readonly proc: Proc;
  /** `rollout status` */
  readonly path: string;
  readonly parsed: Parsed;
  readonly client: Client;
  #config: Kubeconfig | undefined;

  constructor(proc: Proc, path: string, parsed: Parsed) {
    this.proc = proc;
    this.path = path;
    this.parsed = parsed;
    const warn = (text: string) => this.proc.stderr.write(text);
    this.client = new Client(proc.host, proc.signal, path, warn, impersonation(parsed));
  }

  get flags() {
    return this.parsed.flags;
  }
  get args() {
    return this.parsed.args;
  }
  async out(text: string): Promise<void> {
    if (text !== '') await this.proc.stdout.write(text);
  }
  async err(text: string): Promise<void> {
    if (text !== '') await this.proc.stderr.write(text);
  }
  usage(message: string): KubectlError {
    return usageError(this.path, message);
  }

  async config(): Promise<Kubeconfig> {
    this.#config ??= await loadKubeconfig(this.proc, this.flags.text('kubeconfig'), this.path.startsWith('config '));
    return this.#config;
  }

  /** Groups are those of somebody (clientcmd, validateAuthInfo). */
  async checkImpersonation(): Promise<void> {
    if (this.flags.text('as') !== '' || (!this.flags.changed('as-group') && !this.flags.changed('as-uid'))) return;
    const { document } = await this.config();
    const named = contextNamed(document, this.flags.text('context') || currentContext(document));
    const user = textAt(named, 'context', 'user');
    throw new KubectlError(`requesting uid, groups or user-extra for ${user} without impersonating a user`);
  }

  /** Age by the clock of the reader's machine, which is the world's. */
  age(timestamp: string): string {
    return ageSince(timestamp, this.proc.host.now());
  }

  /** The namespace of `-n`, else of the context, else `default`. */
  async namespace(): Promise<string> {
    const named = this.flags.has('namespace') ? this.flags.text('namespace') : '';
    const { document } = await this.config();
    const chosen = this.flags.text('context');
    const context = contextNamed(document, chosen || currentContext(document));
    if (chosen && !context)
      throw new BareError(`Error in configuration: context was not found for specified context: ${chosen}`);
    return named || textAt(context, 'context', 'namespace') || 'default';
  }
  /** True when the command line itself says which namespace. */
  get namespaceGiven(): boolean {
    return this.flags.changed('namespace');
  }

  get filenames(): readonly string[] {
    return this.flags.has('filename') ? this.flags.list('filename') : [];
  }
  get recursive(): boolean {
    return this.flags.has('recursive') && this.flags.bool('recursive');
  }
  manifests(): Promise<Manifest[]> {
    return readManifests(this.proc, this.filenames, { recursive: this.recursive });
  }

  /** `none`, `client` or `server`. */
  dryRun(): 'none' | 'client' | 'server' {
    if (!this.flags.has('dry-run')) return 'none';
    const value = this.flags.text('dry-run');
    switch (value) {
      case 'none':
      case 'client':
      case 'server':
        return value;
      // Without a value; the real one warns of it in its log.
      case 'unchanged':
      case 'true':
        return 'client';
      case 'false':
        return 'none';
      default:
        throw new KubectlError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
    }
  }
}

/** A signal of its own that also stops with the program's: for watches that end before the program does. */
export function ownSignal(parent: AbortSignal): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const stop = () => {
    controller.abort();
  };
  if (parent.aborted) stop();
  else parent.addEventListener('abort', stop, { once: true });
  return { signal: controller.signal, stop };
}

/** Whom the requests act for: `--as` and its companions. */
function impersonation({ flags }: Parsed): Readonly<Record<string, string>> {
  const [user, groups, uid] = [flags.text('as'), flags.list('as-group'), flags.text('as-uid')];
  return {
    ...(user === '' ? {} : { 'impersonate-user': user }),
    ...(groups.length === 0 ? {} : { 'impersonate-group': groups.join(',') }),
    ...(uid === '' ? {} : { 'impersonate-uid': uid }),
  };
}
