export { endpointOf, virtualKubeletConfig, type VirtualKubeletConfig } from './config';
export { Offload, type OffloadProps } from './offload';
