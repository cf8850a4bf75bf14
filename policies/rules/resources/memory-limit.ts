import { everyContainer, type Rule } from '../../rule';

/** Memory limits equal requests. */
export const rule: Rule = {
  id: 'resources/memory-limit',
  title: 'Memory limits equal requests',
  why: 'A container above its request is killed when its node fills up; with equal values that never happens to a neighbour.',
  sources: {
    kubescape: ['C-0271'],
    ksv: ['KSV-0018'],
    kubeScore: ['container-memory-requests-equal-limits'],
  },
  ...everyContainer(
    'c.?resources.?limits.?memory.orValue("limit") == c.?resources.?requests.?memory.orValue("request")',
  ),
  message: 'resources.limits.memory equal to the request',
  fix: 'set ContainerProps.resources',
  admission: 'warn',
};
