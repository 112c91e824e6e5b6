// The kubelets' door: what the rest of the world may use of this folder.
export type { Kubelets } from './contract.ts';
export { createKubelets } from './kubelets.ts';
export { createNodes } from './nodes.ts';
