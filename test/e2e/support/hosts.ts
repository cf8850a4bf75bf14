import { type HostsJson } from '../../../twin/openstack';

/** Two servers with three cards of two kinds, one of them passed through as a physical function, and a server without. */
export const HOSTS: HostsJson = {
  hosts: [
    {
      name: 'gpu-1',
      vcpus: 64,
      memory_mb: 262_144,
      local_gb: 4000,
      pci: [{ alias: 't4', vendor: '10de', product: '1eb8', count: 2 }],
    },
    {
      name: 'gpu-2',
      vcpus: 64,
      memory_mb: 262_144,
      local_gb: 4000,
      zone: 'east',
      pci: [{ alias: 'a100', vendor: '10de', product: '20f1', type: 'type-PF', count: 1 }],
    },
    { name: 'cpu-1', vcpus: 64, memory_mb: 262_144, local_gb: 4000 },
  ],
};
