/**
 * Machines for trying first-boot instructions: Debian's own systemd and cloud-init, booted in seconds as a system
 * container. Simulated is the hardware: there is no disk, no card, no network but loopback, and the kernel is shared.
 */
export {
  type CloudInitStatus,
  type ExecResult,
  type Machine,
  type MachineOptions,
  runMachine,
  sweepMachines,
} from './machine';
export { type OnProgress, type ProgressEvent } from '../local/progress';
export { HOST_PACKAGES, type RootfsOptions, ensureRootfs } from './rootfs';
export { validateUserData } from './validate';
