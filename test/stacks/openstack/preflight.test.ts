import { formatFinding } from '../../../constructs/core/errors';
import { planMachines, type Site } from '../../../constructs/site';
import {
  cardsOf,
  QUOTAS,
  type CloudFacts,
  type CloudFlavor,
  type Quota,
} from '../../../stacks/openstack/facts';
import { judge, namesOf } from '../../../stacks/openstack/preflight';
import { siteNamed, withCloud } from './sites';

const site = siteNamed('cnaf');

/** A cloud on which everything that a site needs is there. */
function ready(of: Site, over: Partial<CloudFacts> = {}): CloudFacts {
  const flavors = planMachines(of).flavors.map((f): CloudFlavor => ({
    name: f.name,
    vcpus: f.vcpus,
    memoryMiB: f.ramMiB,
    diskGiB: f.diskGiB,
    cards: cardsOf(f.extraSpecs),
  }));
  return {
    flavors,
    images: [of.cloud.image],
    externalNetworks: [of.cloud.externalNetwork],
    volumeTypes: ['standard', 'luks'],
    quotas: Object.fromEntries(QUOTAS.map((name) => [name, { limit: -1, used: 0, ours: 0 }])),
    foreignNames: [],
    cardHolders: [],
    hasOctavia: true,
    roles: ['member'],
    restricted: false,
    ...over,
  };
}

function told(of: Site, over: Partial<CloudFacts>): string[] {
  return judge(of, planMachines(of), ready(of, over)).map(formatFinding);
}

describe('the check of a cloud before the first creation', () => {
  it.each(['cnaf', 'recas-bari', 'lab'])('finds nothing wrong where everything is there (%s)', (name) => {
    expect(told(siteNamed(name), {})).toEqual([]);
  });

  it('finds a missing image, network and volume type together', () => {
    const found = told(site, { images: [], externalNetworks: ['net'], volumeTypes: ['standard'] });
    expect(found).toEqual([
      expect.stringMatching(
        /^cloud\.image: found ubuntu-24\.04: the cloud has no such image; allowed: an existing image\..*\[cloud\/image\]$/,
      ),
      expect.stringMatching(/^cloud\.externalNetwork: found public: .*allowed: net\./),
      expect.stringMatching(/^cloud\.encryptedVolumeType: found luks: .*allowed: standard\./),
    ]);
  });

  it('finds an encrypted volume without a type for it', () => {
    const { encryptedVolumeType: _, ...cloud } = site.cloud;
    expect(told({ ...site, cloud }, {})).toEqual([
      expect.stringMatching(/^cloud\.encryptedVolumeType: found nothing/),
    ]);
  });

  it('finds each group whose flavor is missing, and a flavor of another size once', () => {
    const flavors = ready(site).flavors;
    const missing = told(site, { flavors: flavors.filter((f) => f.name !== 'gpu.a100') });
    expect(missing).toEqual([
      expect.stringMatching(
        /^nodes\.a100-a\.flavor: found no flavor gpu\.a100 in the cloud; allowed: gpu\.a30, gpu\.rtx/,
      ),
      expect.stringMatching(/^nodes\.a100-b\.flavor/),
    ]);
    const other = told(site, {
      flavors: flavors.map((f) => (f.name === 'gpu.a100' ? { ...f, vcpus: 4, memoryMiB: 1024 } : f)),
    });
    expect(other).toEqual([
      expect.stringMatching(/^flavors\.gpu\.a100\.vcpus: found 30; allowed: 4, as the cloud has it/),
      expect.stringMatching(/^flavors\.gpu\.a100\.memory: found 240Gi; allowed: 1Gi/),
    ]);
  });

  it('finds a flavor that gives fewer cards than its machines have, unless the cloud hides them', () => {
    const change = (cards: CloudFlavor['cards']): readonly CloudFlavor[] =>
      ready(site).flavors.map((f) => (f.name === 'gpu.t4.x4' ? { ...f, cards } : f));
    expect(told(site, { flavors: change({ t4: 2 }) })).toEqual([
      expect.stringMatching(/^nodes\.t4\.flavor: found gpu\.t4\.x4 gives 2 x t4; allowed: 4 cards/),
    ]);
    expect(told(site, { flavors: change(undefined) })).toEqual([]);
    expect(told(site, { flavors: change({ 'nvidia-t4': 4 }) })).toEqual([]);
  });

  it.each(QUOTAS.filter((name) => planMachines(site).quota[name] > 0))(
    'finds a quota that is one too small: %s',
    (name) => {
      const need = planMachines(site).quota[name];
      const quota = (limit: number, used = 0, ours = 0): Partial<CloudFacts> => ({
        quotas: { [name]: { limit, used, ours } satisfies Quota },
      });
      expect(told(site, quota(need))).toEqual([]);
      expect(told(site, quota(need - 1))).toEqual([
        expect.stringContaining(`quota ${name}: found the site needs ${need}`),
      ]);
      expect(told(site, quota(need, need, need))).toEqual([]);
      expect(told(site, quota(need + 5, need + 6, need))).toEqual([
        expect.stringContaining('used by others 6'),
      ]);
      expect(told(site, quota(0 - 1))).toEqual([]);
    },
  );

  it('finds names that objects of others bear', () => {
    const names = namesOf(planMachines(site), false);
    expect(told(site, { foreignNames: names })).toHaveLength(names.length);
    expect(told(site, { foreignNames: ['server cnaf-t4-1', 'server another'] })).toEqual([
      expect.stringMatching(/^server cnaf-t4-1: found an object of this name that this stack did not make/),
    ]);
    expect(told(site, { foreignNames: ['flavor gpu.a100'] })).toEqual([]);
  });

  it('finds cards that others hold, where it may see them', () => {
    const others = [{ host: 'server-3', cards: { 'a100-40gb': 1 }, ours: false }];
    expect(told(site, { cardHolders: others })).toEqual([
      expect.stringMatching(
        /^cards a100-40gb: found the site needs 4; allowed: 3 free \(4 installed, 1 held by other servers\)/,
      ),
    ]);
    expect(told(site, { cardHolders: others.map((h) => ({ ...h, ours: true })) })).toEqual([]);
    expect(told(site, { cardHolders: others.map((h) => ({ ...h, host: 'elsewhere' })) })).toEqual([]);
    expect(told(site, { cardHolders: undefined })).toEqual([]);
  });

  it('finds what the login may not do', () => {
    expect(told(withCloud(site, { entry: 'octavia' }), { hasOctavia: false })).toEqual([
      expect.stringMatching(/^cloud\.entry: found octavia/),
    ]);
    const own = withCloud(site, { createFlavors: true });
    expect(told(own, { flavors: [] })).toEqual([
      expect.stringMatching(/^cloud\.createFlavors: found roles member; allowed: the role admin/),
    ]);
    expect(told(own, { flavors: [], roles: ['admin'], foreignNames: ['flavor gpu.a100'] })).toEqual([
      expect.stringMatching(/^flavor gpu\.a100: found an object of this name/),
    ]);
    expect(told(site, { restricted: true })).toEqual([
      expect.stringMatching(/restricted application credential.*--unrestricted/),
    ]);
  });
});

describe('cards of a flavor', () => {
  it.each([
    ['t4:4', { t4: 4 }],
    ['t4:1,nic:2', { t4: 1, nic: 2 }],
    ['a100', { a100: 1 }],
    ['', {}],
  ])('are read from its alias %p', (alias, cards) => {
    expect(cardsOf({ 'pci_passthrough:alias': alias })).toEqual(cards);
  });
});
