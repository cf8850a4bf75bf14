import * as pulumi from '@pulumi/pulumi';

import { planMachines, type Site } from '../../../constructs/site';
import type { ProvisionOptions } from '../../../stacks/openstack/options';
import { provisionSite, type Provisioned } from '../../../stacks/openstack/provision';
import { siteNamed, withCloud } from './sites';

interface Seen {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: pulumi.CustomResourceOptions;
}

let seen: Seen[] = [];
const options = new Map<string, pulumi.CustomResourceOptions>();

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const given = inputs as Record<string, unknown>;
        seen.push({ type, name, inputs: given, options: options.get(`${type} ${name}`) ?? {} });
        const made = { address: '198.51.100.7', vipPortId: `${name}-vip`, secret: 'made-by-keystone' };
        return { id: `${name}-id`, state: { ...given, ...made } };
      },
      call: ({ token, inputs }) => ({ ...(inputs as object), id: `${token}-id` }),
    },
    'ai-infn',
    'test',
  );
});

const done = new Map<string, { readonly outputs: Provisioned; readonly seen: Seen[] }>();

/** Declares a site as the program does, once for each variant, and waits until every resource has been registered. */
async function provisioned(site: Site, given: ProvisionOptions = {}): Promise<Provisioned> {
  const key = JSON.stringify([site.cloud, given]);
  const known = done.get(key) ?? { outputs: await declared(site, given), seen };
  done.set(key, known);
  seen = known.seen;
  return known.outputs;
}

async function declared(site: Site, given: ProvisionOptions): Promise<Provisioned> {
  seen = [];
  let outputs: Provisioned | undefined;
  await pulumi.runtime.runInPulumiStack(async () => {
    // Mocks see inputs only; options such as `protect` are seen where the runtime lets resources be transformed.
    pulumi.runtime.registerStackTransformation(({ type, name, opts }) => {
      options.set(`${type} ${name}`, opts);
      return undefined;
    });
    const userData = (machine: { readonly name: string }): string => `boot ${machine.name}`;
    outputs = await provisionSite(site, { options: given, roles: ['member', 'admin'], userData });
    return outputs;
  });
  await pulumi.runtime.disconnect();
  if (!outputs) throw new Error('the program gave no outputs');
  return outputs;
}
const ofType = (suffix: string): Seen[] => seen.filter(({ type }) => type.endsWith(suffix));
const named = (suffix: string, name: string): Seen => {
  const found = ofType(suffix).find((s) => s.name === name);
  if (!found)
    throw new Error(
      `no ${suffix} ${name}; there are ${ofType(suffix)
        .map((s) => s.name)
        .join(', ')}`,
    );
  return found;
};

describe('the OpenStack objects of a site', () => {
  const site = siteNamed('cnaf');
  const plan = planMachines(site);

  it('are as many as the plan adds up to', async () => {
    await provisioned(site);
    const { quota } = plan;
    expect([
      ofType(':Instance').length,
      ofType(':Port').length,
      ofType(':Volume').length,
      ofType(':ServerGroup').length,
      ofType(':SecGroup').length,
      ofType(':SecGroupRule').length,
      ofType(':FloatingIp').length,
    ]).toEqual([
      quota.instances,
      plan.machines.length,
      quota.volumes,
      quota.serverGroups,
      quota.securityGroups,
      quota.securityGroupRules,
      quota.floatingIps,
    ]);
  });

  it('put each machine on its own port, with the plan’s address and security groups', async () => {
    await provisioned(site);
    for (const machine of plan.machines) {
      expect(named(':Instance', machine.id).inputs['networks']).toEqual([{ port: `${machine.id}-port-id` }]);
      expect(named(':Port', `${machine.id}-port`).inputs).toMatchObject({
        fixedIps: [{ subnetId: 'subnet-id', ipAddress: machine.address }],
        securityGroupIds: machine.securityGroups.map((group) => `sg-${group}-id`),
      });
    }
  });

  it('tell each machine its own first-boot data, image, flavor and server group', async () => {
    await provisioned(site);
    expect(named(':Instance', 't4-2').inputs).toMatchObject({
      name: 'cnaf-t4-2',
      flavorName: 'gpu.t4.x4',
      imageId: 'openstack:images/getImage:getImage-id',
      userData: 'boot cnaf-t4-2',
      schedulerHints: [{ group: 'group-accelerator-id' }],
    });
    expect(named(':ServerGroup', 'group-control').inputs['policies']).toEqual(['anti-affinity']);
    expect(named(':Instance', 'storage-1').inputs).not.toHaveProperty('schedulerHints');
  });

  it('mark everything with a text that no other object has', async () => {
    await provisioned(withCloud(site, { entry: 'octavia' }));
    const tag = (s: Seen): unknown => {
      const metadata = s.inputs['metadata'] as Record<string, unknown> | undefined;
      return metadata?.['ai-infn'] ?? s.inputs['description'] ?? s.inputs['name'];
    };
    const associations = /:(RouterInterface|VolumeAttach|FloatingIpAssociate)$/;
    const marked = seen.filter(({ type }) => type.startsWith('openstack:') && !associations.test(type));
    const tags = marked.map(tag);
    expect(tags.filter((t) => typeof t !== 'string' || !t.includes('cnaf'))).toEqual([]);
    expect(new Set(tags).size).toBe(marked.length);
  });

  it('refuse all ports but those of the plan: default rules go, rules name a range or a group', async () => {
    await provisioned(site);
    for (const group of ofType(':SecGroup')) expect(group.inputs['deleteDefaultRules']).toBe(true);
    const open = ofType(':SecGroupRule').filter(
      ({ inputs }) =>
        inputs['direction'] === 'ingress' && !inputs['remoteGroupId'] && !inputs['remoteIpPrefix'],
    );
    expect(open).toEqual([]);
    const world = ofType(':SecGroupRule').filter(({ inputs }) => inputs['remoteIpPrefix'] === '0.0.0.0/0');
    expect(world.map(({ inputs }) => inputs['portRangeMin']).sort()).toEqual([443, 80]);
  });

  it('are never replaced for new user data or images, unless named', async () => {
    await provisioned(site, { replaceMachines: ['cnaf-t4-1'] });
    expect(named(':Instance', 't4-1').options.ignoreChanges).toEqual([]);
    for (const { name, options: opts } of ofType(':Instance').filter((s) => s.name !== 't4-1')) {
      expect([name, opts.ignoreChanges]).toEqual([name, expect.arrayContaining(['userData', 'imageId'])]);
    }
  });

  it('protect every data volume, unless it is named for destruction', async () => {
    await provisioned(site);
    expect(named(':Volume', 'cnaf-storage-1-data').options.protect).toBe(true);
    await provisioned(site, { destroyData: ['storage-1'] });
    expect(named(':Volume', 'cnaf-storage-1-data').options.protect).toBe(true);
    await provisioned(site, { destroyData: ['cnaf-storage-1-data'] });
    expect(named(':Volume', 'cnaf-storage-1-data').options.protect).toBe(false);
    expect(named(':VolumeAttach', 'cnaf-storage-1-data-attachment').inputs).toEqual({
      instanceId: 'storage-1-id',
      volumeId: 'cnaf-storage-1-data-id',
    });
  });

  it('use a key pair only where a key is given', async () => {
    await provisioned(site);
    expect(ofType(':Keypair')).toEqual([]);
    await provisioned(site, { sshPublicKey: 'ssh-ed25519 AAAA' });
    const key = named(':Keypair', 'key').inputs;
    expect(key['publicKey']).toBe('ssh-ed25519 AAAA');
    expect(named(':Instance', 't4-1').inputs['keyPair']).toBe(key['name']);
  });

  it('make flavors only where the project may', async () => {
    await provisioned(site);
    expect(ofType(':Flavor')).toEqual([]);
    await provisioned(withCloud(site, { createFlavors: true }));
    expect(ofType(':Flavor').map(({ inputs }) => inputs['name'])).toEqual(plan.flavors.map((f) => f.name));
  });

  it('bring users to the gateway machine, or to a balancer before all of them', async () => {
    const outputs = await provisioned(site);
    expect(named(':FloatingIpAssociate', 'address-entry-association').inputs['portId']).toBe(
      'service-1-port-id',
    );
    expect(Object.keys(outputs.addresses)).toEqual(['entry', 'api']);
    await provisioned(withCloud(site, { entry: 'octavia' }));
    expect(named(':FloatingIpAssociate', 'address-entry-association').inputs['portId']).toBe('balancer-vip');
    expect(ofType(':Listener').map(({ inputs }) => inputs['protocolPort'])).toEqual([80, 443]);
    expect(ofType(':Member').filter(({ inputs }) => inputs['protocolPort'] === 443)).toHaveLength(3);
  });

  it('give the cluster a lesser credential, whose secret is one', async () => {
    const outputs = await provisioned(site);
    expect(named(':ApplicationCredential', 'cluster-credential').inputs).toMatchObject({
      roles: ['member'],
      unrestricted: false,
    });
    expect(await pulumi.isSecret(outputs.credential.secret)).toBe(true);
  });

  it('are asked of the cloud that the site names, by Octavia, or of the one the operator chose', async () => {
    await provisioned(site);
    expect(named('providers:openstack', 'openstack').inputs).toMatchObject({
      cloud: 'cnaf',
      useOctavia: 'true',
    });
    await provisioned(site, { cloud: 'mine' });
    expect(named('providers:openstack', 'openstack').inputs).toMatchObject({ cloud: 'mine' });
  });
});
