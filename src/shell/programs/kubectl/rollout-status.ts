// What `kubectl rollout status` says of a workload (kubectl/pkg/polymorphichelpers/rollout_status.go, 1.32).

import { revisionOf } from './deployments.ts';
import { KubectlError } from './errors.ts';
import { at, type JsonObject, listAt, nameOf, numberAt, textAt } from './object.ts';

interface Said {
  readonly text: string;
  readonly done: boolean;
}

/** The sentence on the rollout of an object, and whether it is over; by kind and group. */
export const viewers: Readonly<Record<string, (object: JsonObject, revision: number) => Said>> = {
  'Deployment.apps': deployment,
  'DaemonSet.apps': daemonSet,
  'StatefulSet.apps': statefulSet,
};

const waiting = (text: string): Said => ({ text: `${text}\n`, done: false });
const over = (text: string): Said => ({ text: `${text}\n`, done: true });

const isObserved = (object: JsonObject): boolean =>
  numberAt(object, 'metadata', 'generation') <= numberAt(object, 'status', 'observedGeneration');

function deployment(object: JsonObject, revision: number): Said {
  const name = nameOf(object);
  const rollout = `Waiting for deployment "${name}" rollout to finish:`;
  const running = revisionOf(object) ?? 0;
  if (revision > 0 && revision !== running) {
    throw new KubectlError(`desired revision (${revision}) is different from the running revision (${running})`);
  }
  if (!isObserved(object)) return waiting('Waiting for deployment spec update to be observed...');
  const progressing = listAt(object, 'status', 'conditions').find((one) => textAt(one, 'type') === 'Progressing');
  if (textAt(progressing, 'reason') === 'ProgressDeadlineExceeded') {
    throw new KubectlError(`deployment "${name}" exceeded its progress deadline`);
  }
  const wanted = numberAt(object, 'spec', 'replicas');
  const replicas = numberAt(object, 'status', 'replicas');
  const updated = numberAt(object, 'status', 'updatedReplicas');
  const available = numberAt(object, 'status', 'availableReplicas');
  if (updated < wanted) return waiting(`${rollout} ${updated} out of ${wanted} new replicas have been updated...`);
  if (replicas > updated) return waiting(`${rollout} ${replicas - updated} old replicas are pending termination...`);
  if (available < updated) return waiting(`${rollout} ${available} of ${updated} updated replicas are available...`);
  return over(`deployment "${name}" successfully rolled out`);
}

const onlyRolling = () => new KubectlError('rollout status is only available for RollingUpdate strategy type');

function daemonSet(object: JsonObject): Said {
  const name = nameOf(object);
  const rollout = `Waiting for daemon set "${name}" rollout to finish:`;
  if (textAt(object, 'spec', 'updateStrategy', 'type') !== 'RollingUpdate') throw onlyRolling();
  if (!isObserved(object)) return waiting('Waiting for daemon set spec update to be observed...');
  const wanted = numberAt(object, 'status', 'desiredNumberScheduled');
  const updated = numberAt(object, 'status', 'updatedNumberScheduled');
  const available = numberAt(object, 'status', 'numberAvailable');
  if (updated < wanted) return waiting(`${rollout} ${updated} out of ${wanted} new pods have been updated...`);
  if (available < wanted) return waiting(`${rollout} ${available} of ${wanted} updated pods are available...`);
  return over(`daemon set "${name}" successfully rolled out`);
}

function statefulSet(object: JsonObject): Said {
  if (textAt(object, 'spec', 'updateStrategy', 'type') !== 'RollingUpdate') throw onlyRolling();
  if (numberAt(object, 'status', 'observedGeneration') === 0 || !isObserved(object)) {
    return waiting('Waiting for statefulset spec update to be observed...');
  }
  const wanted = numberAt(object, 'spec', 'replicas');
  const ready = numberAt(object, 'status', 'readyReplicas');
  const updated = numberAt(object, 'status', 'updatedReplicas');
  if (ready < wanted) return waiting(`Waiting for ${wanted - ready} pods to be ready...`);
  if (at(object, 'spec', 'updateStrategy', 'rollingUpdate') !== undefined) {
    const share = wanted - numberAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');
    if (updated < share) {
      return waiting(
        `Waiting for partitioned roll out to finish: ${updated} out of ${share} new pods have been updated...`,
      );
    }
    return over(`partitioned roll out complete: ${updated} new pods have been updated...`);
  }
  const revision = textAt(object, 'status', 'updateRevision');
  const current = textAt(object, 'status', 'currentRevision');
  if (revision !== current) {
    return waiting(`waiting for statefulset rolling update to complete ${updated} pods at revision ${revision}...`);
  }
  const running = numberAt(object, 'status', 'currentReplicas');
  return over(`statefulset rolling update complete ${running} pods at revision ${current}...`);
}
