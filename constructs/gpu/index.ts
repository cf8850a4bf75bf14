/** Cards: MIG layouts, what is measured on them, the GPU Operator's values, the device plugin of FPGAs. */
export * from './fpga';
export * from './gpu';
export * from './metrics';
export * from './mig-config';
export * from './values';
