import { DEFAULT_CONTENT, type FlavorSpec, sameFlavor } from '../../../twin/openstack/content';

const gpu: FlavorSpec = {
  name: 'gpu',
  vcpus: 4,
  memoryMb: 8192,
  diskGb: 20,
  extraSpecs: { 'pci_passthrough:alias': 't4:1', a: 'b' },
};
const found = {
  id: 'x',
  name: 'gpu',
  vcpus: 4,
  ram: 8192,
  disk: 20,
  extra_specs: { a: 'b', 'pci_passthrough:alias': 't4:1' },
};

describe('a flavor that exists', () => {
  it('is right if sizes and extra specs are the same in any order', () => {
    expect(sameFlavor(found, gpu)).toBe(true);
  });

  it.each([
    ['vcpus', { vcpus: 8 }],
    ['memory', { ram: 1 }],
    ['disk', { disk: 1 }],
    ['number of cards', { extra_specs: { a: 'b', 'pci_passthrough:alias': 't4:2' } }],
    ['missing card', { extra_specs: { a: 'b' } }],
  ])('is wrong with another %s', (_, change) => {
    expect(sameFlavor({ ...found, ...change }, gpu)).toBe(false);
  });

  it('may have no extra specs on either side', () => {
    const plain = { name: 'gpu', vcpus: 4, memoryMb: 8192, diskGb: 20 };
    expect(sameFlavor({ ...found, extra_specs: {} }, plain)).toBe(true);
    expect(sameFlavor({ ...found, extra_specs: undefined }, plain)).toBe(true);
  });
});

describe('the default content', () => {
  it('sets no limit, so that only a test that means to meets a quota', () => {
    expect(DEFAULT_CONTENT.quotas).toEqual({});
  });
});
