import fc from 'fast-check';

import { loadSite, openstackHosts, planMachines } from '../../../constructs/site';
import { SAMPLE, sample, textOf, validInput } from './sample';

describe('hosts of the test OpenStack', () => {
  test('have exactly the cards of the site, by PCI id', () => {
    const { hosts } = openstackHosts(sample());
    expect(hosts[0]).toMatchObject({
      name: 'server-1',
      pci: [
        { alias: 't4', vendor: '10de', product: '1eb8', count: 8 },
        { alias: 'a100-40gb', vendor: '10de', product: '20f1', count: 4 },
      ],
    });
    expect(hosts.slice(1).every(({ pci }) => pci === undefined)).toBe(true);
  });

  test('are as many as anti-affinity of the control plane needs, even without any server', () => {
    const { t4, a100, ...plain } = SAMPLE.nodes;
    expect([t4.count, a100.count]).toEqual([2, 2]);
    expect(openstackHosts(sample({ hosts: {}, nodes: plain })).hosts.map(({ name }) => name)).toEqual([
      'sample-cpu-1',
      'sample-cpu-2',
      'sample-cpu-3',
    ]);
  });

  test('each have room for the whole site twice, so that only cards can run out', () => {
    fc.assert(
      fc.property(validInput, (input) => {
        const site = loadSite(textOf(input), 'sample.yaml');
        const { cores, ramMiB } = planMachines(site).quota;
        for (const host of openstackHosts(site).hosts)
          expect([host.vcpus, host.memory_mb]).toEqual([2 * cores, 2 * ramMiB]);
      }),
    );
  });
});
