// Kinds that are stored and shown and that nothing here acts on: a write of one is answered with a warning that says
// so. Every real cluster serves them (Kubernetes 1.32).
import type { Container, Labels, ObjectBase } from '../objects.ts';

/** What ReplicaSet has replaced. */
export interface ReplicationController extends ObjectBase<'v1', 'ReplicationController'> {
  readonly spec: {
    readonly replicas?: number;
    readonly selector?: Labels;
    readonly template?: {
      readonly metadata?: { readonly labels?: Labels };
      readonly spec: { readonly containers: readonly Container[] };
    };
  };
  readonly status: { readonly replicas: number; readonly readyReplicas?: number };
}

export interface RuntimeClass extends ObjectBase<'node.k8s.io/v1', 'RuntimeClass'> {
  readonly handler: string;
}

export interface CertificateSigningRequest extends ObjectBase<'certificates.k8s.io/v1', 'CertificateSigningRequest'> {
  readonly spec: {
    readonly username?: string;
    readonly signerName?: string;
    readonly expirationSeconds?: number;
  };
  readonly status?: {
    readonly certificate?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}
