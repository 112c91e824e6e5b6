// Programs of the real world that are no part of this terminal: each is refused in a sentence that says where its work
// is done here, if anywhere.

const CLUSTER = 'the cluster on this page is all there is';

const REFUSALS: Readonly<Record<string, string>> = {
  ...sentences(
    'docker podman nerdctl crictl ctr',
    'containers here are run by the kubelets, so look at them with kubectl',
  ),
  ...sentences('helm kustomize', 'write manifests and use kubectl apply'),
  ...sentences('minikube kind k3d kubeadm eksctl gcloud aws az terraform', CLUSTER),
  ...sentences('git gh svn hg', 'your files are kept in this page only'),
  ...sentences('ssh scp rsync telnet', 'to get into a container use kubectl exec'),
  ...sentences('apt apt-get yum dnf apk brew snap pip pip3 npm npx yarn cargo', 'nothing can be installed here'),
  ...sentences('sudo su doas', 'you may already do everything that can be done here'),
  ...sentences('python python3 node perl ruby php go java make gcc', 'bash, awk, sed and jq are the languages here'),
  ...sentences('wget http', 'use curl'),
  ...sentences(
    'ping traceroute nc ncat nslookup dig host netstat ss ip ifconfig tcpdump',
    'the network here carries HTTP, so try curl',
  ),
  ...sentences(
    'ps top htop free df du uptime systemctl service journalctl dmesg lsof',
    'this is no machine; try kubectl top, kubectl get pods or kubectl logs',
  ),
  ...sentences('k9s stern kubectx kubens', 'use kubectl'),
  ...sentences('emacs ed joe micro code', 'use nano or vi, which open the editor of the page'),
  ...sentences('tmux screen nohup', 'one terminal, whose jobs run on with &'),
  ...sentences('tar gzip gunzip zip unzip openssl', 'files here are plain text'),
  ...sentences('zsh fish dash ksh csh', 'the shell here is bash'),
  ...sentences('yq', 'print JSON and use jq'),
  ...sentences('bc expr', 'use $(( … )) or awk'),
};

function sentences(names: string, instead: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, `${name} is not part of this terminal: ${instead}`]));
}

/** Undefined for a name nobody has heard of. */
export function refusalOf(name: string): string | undefined {
  return Object.hasOwn(REFUSALS, name) ? REFUSALS[name] : undefined;
}
