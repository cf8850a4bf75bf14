import { everyContainer, type Rule } from '../../rule';

/** Requested accelerators exist at the site. */
export const rule: Rule = {
  id: 'accelerators/known',
  title: 'Requested accelerators exist at the site',
  why: 'A request for a device that no node has waits for ever, and nobody is told.',
  sources: { platform: 'site file: nodes, offload' },
  ...everyContainer(
    'c.?resources.?limits.orValue({}).all(r, !(r.startsWith("nvidia.com/") || r.startsWith("amd.com/")) || r in variables.devices)',
  ),
  message: 'the extended resources of the cards in the site file',
  fix: 'ask for a resource of the accelerator catalogue',
  admission: 'deny',
};
