import { nameOf, parseExport, pendingOf, resourcesOf, settled } from '../../../stacks/engine/state';

const VOLUME = {
  urn: 'urn:pulumi:lab::ai-infn::aiinfn:openstack:Volumes$openstack:blockstorage/volume:Volume::lab-storage-1-data',
  type: 'openstack:blockstorage/volume:Volume',
  custom: true,
  inputs: { size: 20 },
};
const NETWORK = {
  urn: 'urn:pulumi:lab::ai-infn::openstack:networking/network:Network::network',
  type: 'openstack:networking/network:Network',
  id: 'n-1',
};
const EXPORT = JSON.stringify({
  version: 3,
  deployment: {
    manifest: { version: 'v3.259.0' },
    secrets_providers: { type: 'passphrase' },
    resources: [{ ...NETWORK, created: '2026-01-01' }],
    pending_operations: [{ resource: VOLUME, type: 'creating' }],
  },
});

describe('the state of a stack', () => {
  it('is read with resources and interrupted operations', () => {
    const state = parseExport(EXPORT);
    expect(resourcesOf(state).map((r) => r.id)).toEqual(['n-1']);
    expect(pendingOf(state)).toEqual([{ resource: VOLUME, type: 'creating' }]);
    expect(nameOf(VOLUME.urn)).toBe('lab-storage-1-data');
  });

  it('may be empty', () => {
    const state = parseExport('{"version":3,"deployment":{"resources":null}}');
    expect([resourcesOf(state), pendingOf(state)]).toEqual([[], []]);
  });

  it('loses its interrupted operations and gains what was adopted, and nothing else changes', () => {
    const adopted = { ...VOLUME, id: 'v-1', outputs: { size: 20 } };
    const after = settled(parseExport(EXPORT), [adopted]);
    expect(JSON.parse(JSON.stringify(after))).toEqual({
      version: 3,
      deployment: {
        manifest: { version: 'v3.259.0' },
        secrets_providers: { type: 'passphrase' },
        resources: [{ ...NETWORK, created: '2026-01-01' }, adopted],
        pending_operations: [],
      },
    });
  });

  it('is refused when it is none', () => {
    expect(() => parseExport('{"deployment":{}}')).toThrow(/version/);
  });
});
