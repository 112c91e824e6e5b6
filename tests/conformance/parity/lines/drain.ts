// Drains that budgets, daemon sets and volumes stand in the way of, told by the real kubectl and by the page's, byte for
// byte. Its timeout is one of the real clock.
import type { Lines } from '../harness.ts';

export const draining: Lines = {
  'kubectl drain': [
    'kubectl scale deploy payments --replicas=0',
    'kubectl apply -f web.yaml -f pdb.yaml -f ds.yaml',
    'kubectl rollout status deploy/web',
    ['kubectl drain node-a --timeout=6s', { polls: true }],
    ['kubectl drain node-a --ignore-daemonsets --timeout=6s', { polls: true }],
    'kubectl drain node-a --ignore-daemonsets --dry-run=client',
    'kubectl uncordon node-a',
    'kubectl delete pdb web',
    'kubectl drain node-a --ignore-daemonsets --dry-run=server',
    'kubectl apply -f cache.yaml',
    'kubectl create -f pod.yaml',
    ['kubectl drain node-a --ignore-daemonsets --timeout=10s', { polls: true }],
    'kubectl drain node-a -l a=b',
    'kubectl drain -l kubernetes.io/hostname=node-a --ignore-daemonsets',
    'kubectl drain node-a node-b --dry-run=client --ignore-daemonsets --pod-selector=app=nope',
  ],
};
