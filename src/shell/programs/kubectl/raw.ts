// `--raw` of `create`, `replace` and `delete` (kubectl/pkg/rawhttp, 1.32): a file goes to a path of the server as it is,
// and the answer comes back as it is.

import { apiError } from './client.ts';
import type { Context } from './context.ts';
import { KubectlError } from './errors.ts';
import { readStdin } from './files.ts';

export async function sendRaw(context: Context, method: 'POST' | 'PUT' | 'DELETE'): Promise<undefined> {
  const { flags, filenames, client, proc, args } = context;
  const path = flags.text('raw');
  if (args.length > 0 && method !== 'DELETE')
    throw new KubectlError('arguments may not be passed when --raw is specified');
  const few = method === 'DELETE' ? filenames.length <= 1 : filenames.length === 1;
  if (!few) {
    if (filenames.length === 0) throw new KubectlError('must specify one of -f and -k');
    throw new KubectlError('--raw can only use a single local file or stdin');
  }
  if (context.recursive) throw new KubectlError('--raw and --recursive are mutually exclusive');
  if (flags.text('output') !== '') throw new KubectlError('--raw and --output are mutually exclusive');
  if (!path.startsWith('/')) {
    throw new KubectlError(`--raw must be a valid URL path: parse ${JSON.stringify(path)}: invalid URI for request`);
  }
  const [file] = filenames;
  let body: string | undefined;
  if (file === '-') body = await readStdin(proc);
  else if (file !== undefined) {
    const full = proc.fs.resolve(proc.cwd, file);
    if (!proc.fs.exists(full)) throw new KubectlError(`open ${file}: no such file or directory`);
    body = proc.fs.read(full);
  }
  const answer = await client.send(method, path, body === undefined ? {} : { body });
  const text = await answer.text();
  if (answer.status >= 400) throw apiError(answer.status, text, method, path);
  await context.out(text);
  return undefined;
}
