import { everyContainer, type Rule } from '../../rule';

/** Containers request CPU and memory. */
export const rule: Rule = {
  id: 'resources/requests',
  title: 'Containers request CPU and memory',
  why: 'Without requests the scheduler packs blindly and quotas count nothing.',
  sources: {
    kubescape: ['C-0268', 'C-0269'],
    ksv: ['KSV-0015', 'KSV-0016'],
    kubeScore: ['container-resources'],
  },
  ...everyContainer(
    'has(c.resources) && has(c.resources.requests) && has(c.resources.requests.cpu) && has(c.resources.requests.memory)',
  ),
  message: 'resources.requests.cpu and .memory',
  fix: 'set ContainerProps.resources',
  admission: 'deny',
};
