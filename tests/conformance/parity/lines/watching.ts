// Watches, each until it has told enough: the table's first rows and what changes after them.
import type { Lines } from '../harness.ts';

export const watching: Lines = {
  'get --watch': [
    'kubectl get pods -w | head -n 12',
    'kubectl get pods -w --no-headers -o name | head -n 9',
    'kubectl get pods --watch-only -o wide | head -n 3',
    'kubectl get pods -l app=payments -w --output-watch-events | head -n 4',
    'kubectl get pods --watch-only -o jsonpath=\'{.metadata.name}{"\\n"}\' | head -n 2',
    'kubectl get pods --watch-only -o custom-columns=N:.metadata.name,P:.status.phase | head -n 3',
    'kubectl get pods -A -w --show-labels | head -n 14',
    'kubectl get pods --watch-only -o yaml | head -n 5',
    'kubectl get pods --watch-only -o json | head -n 5',
    'kubectl get deploy payments -w -o name | head -n 1',
    'kubectl get pods nope -w',
    'kubectl get pods -w --sort-by=.metadata.name nope',
  ],
};
