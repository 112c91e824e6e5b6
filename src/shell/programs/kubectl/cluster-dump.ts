// `kubectl cluster-info dump` (kubectl/pkg/cmd/clusterinfo/clusterinfo_dump.go, 1.32): the lists that tell what a
// cluster is doing, and the logs of its pods, one after the other on standard output or in files of a directory.

import type { Context } from './context.ts';
import { isObject, type JsonObject, listAt, nameOf, namespaceOf, textAt } from './object.ts';
import { printerFor } from './printers/index.ts';

/** In the order of the real one: the path of each kind, and the file that it goes to. */
const kinds = [
  ['/api/v1', 'events', 'events'],
  ['/api/v1', 'replicationcontrollers', 'replication-controllers'],
  ['/api/v1', 'services', 'services'],
  ['/apis/apps/v1', 'daemonsets', 'daemonsets'],
  ['/apis/apps/v1', 'deployments', 'deployments'],
  ['/apis/apps/v1', 'replicasets', 'replicasets'],
  ['/api/v1', 'pods', 'pods'],
] as const;

export async function run(context: Context): Promise<undefined> {
  const { client, flags, proc } = context;
  const printer = printerFor(context, { typed: true });
  const directory = flags.text('output-directory');
  const toFiles = directory !== '' && directory !== '-';
  const output = flags.text('output');
  const extension = output === 'json' || output === 'yaml' ? `.${output}` : '.txt';
  const put = async (file: string, text: string) => {
    if (!toFiles) return context.out(text);
    const path = proc.fs.resolve(proc.cwd, `${directory}/${file}`);
    proc.fs.makeDirectories(path.slice(0, path.lastIndexOf('/')));
    proc.fs.write(path, text);
  };
  const show = async (path: string, file: string): Promise<JsonObject> => {
    const list = await client.request('GET', path);
    if (printer) await put(file + extension, printer.print(list));
    return list;
  };
  await show('/api/v1/nodes', 'nodes');
  for (const namespace of await namespacesOf(context)) {
    let pods: JsonObject = {};
    for (const [root, plural, file] of kinds) {
      pods = await show(`${root}/namespaces/${namespace}/${plural}`, `${namespace}/${file}`);
    }
    for (const pod of listAt(pods, 'items').filter(isObject)) {
      await put(`${namespace}/${nameOf(pod)}/logs.txt`, await logsOf(context, pod));
    }
  }
  if (toFiles) await context.out(`Cluster info dumped to ${directory}\n`);
  return undefined;
}

async function namespacesOf(context: Context): Promise<readonly string[]> {
  const { client, flags } = context;
  if (flags.bool('all-namespaces')) {
    const list = await client.request('GET', '/api/v1/namespaces');
    return listAt(list, 'items').map((one) => textAt(one, 'metadata', 'name'));
  }
  const named = flags.list('namespaces');
  return named.length > 0 ? named : ['kube-system', await context.namespace()];
}

async function logsOf({ client }: Context, pod: JsonObject): Promise<string> {
  const where = `${namespaceOf(pod)}/${nameOf(pod)}`;
  let out = '';
  for (const key of ['initContainers', 'containers']) {
    for (const container of listAt(pod, 'spec', key)) {
      const name = textAt(container, 'name');
      const path = `/api/v1/namespaces/${namespaceOf(pod)}/pods/${nameOf(pod)}/log`;
      const answer = await client.send('GET', path, { query: { container: name } });
      const text = await answer.text();
      const shown = answer.status < 400 ? text : `Request log error: ${messageOf(text)}\n`;
      out += `==== START logs for container ${name} of pod ${where} ====\n${shown}==== END logs for container ${name} of pod ${where} ====\n`;
    }
  }
  return out;
}

function messageOf(text: string): string {
  try {
    return textAt(JSON.parse(text) as JsonObject, 'message');
  } catch {
    return text;
  }
}
