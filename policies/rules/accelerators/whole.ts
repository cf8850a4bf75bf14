import { everyContainer, type Rule } from '../../rule';

/** Accelerators are requested as limits. */
export const rule: Rule = {
  id: 'accelerators/whole',
  title: 'Accelerators are requested as limits',
  why: 'Devices cannot be overcommitted: request and limit must agree or the API server refuses the pod.',
  sources: { platform: 'Kubernetes: extended resources' },
  ...everyContainer(
    'c.?resources.?requests.orValue({}).all(r, !(r.startsWith("nvidia.com/") || r.startsWith("amd.com/")) || c.resources.?limits[?r].hasValue() && c.resources.limits[r] == c.resources.requests[r])',
  ),
  message: 'limits of a device, and requests equal to them or absent',
  fix: 'state the device under limits only',
  admission: 'deny',
};
