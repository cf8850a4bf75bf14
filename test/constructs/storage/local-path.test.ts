import { buildPlatform, Lock, renderObjects, type RenderedObject, type Site } from '../../../constructs';
import { bringsLocalPath } from '../../../constructs/storage';
import { Checkout } from '../../../cli/checkout';
import { checkoutRoot } from '../../../tools/programs';

const checkout = new Checkout(checkoutRoot());
const cnaf = checkout.site('cnaf');

function folder(site: Site): readonly RenderedObject[] {
  const app = buildPlatform({ site, lock: new Lock(checkout.lock().data) });
  return renderObjects(app).filter(({ component }) => component === 'local-path');
}

const object = (name: string): Readonly<Record<string, unknown>> =>
  folder(cnaf).find(({ path }) => path === `local-path/${name}.yaml`)?.object ?? {};
const config = (): Readonly<Record<string, string>> =>
  object('ConfigMap.local-path.local-path-config')['data'] as Record<string, string>;

describe('volumes on the disks of machines', () => {
  it('outlive their claim, wait for their pod and belong to its group', () => {
    expect(object('StorageClass.local-path')).toMatchObject({
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'WaitForFirstConsumer',
      metadata: { annotations: { defaultVolumeType: 'local' } },
    });
  });

  it('lie on the data volume of machines that have one, and on the system disk of the others', () => {
    const { nodePathMap } = JSON.parse(config()['config.json'] ?? '') as { nodePathMap: unknown };
    expect(nodePathMap).toEqual([
      { node: 'DEFAULT_PATH_FOR_NON_LISTED_NODES', paths: ['/var/lib/ai-infn/volumes'] },
      { node: 'cnaf-storage-1', paths: ['/srv/data/volumes'] },
    ]);
  });

  it('are never emptied by the provisioner', () => {
    expect(config()['teardown']).not.toMatch(/\brm\b/);
  });

  it('are made by a provisioner that may do nothing to pods of other namespaces', () => {
    const { rules } = object('ClusterRole.local-path') as {
      rules: { resources: string[]; verbs: string[] }[];
    };
    const onPods = rules.filter(({ resources }) => resources.includes('pods'));
    expect(onPods.flatMap(({ verbs }) => verbs)).toEqual(['get', 'list', 'watch']);
  });

  it('are left to the owner of an existing cluster and to sites with another class', () => {
    expect(bringsLocalPath(cnaf)).toBe(true);
    expect(folder({ ...cnaf, storage: { ...cnaf.storage, class: 'ceph' } })).toEqual([]);
    const cluster = { existing: true as const, server: 'https://api.example.org:6443' };
    expect(folder({ ...cnaf, kubernetes: { ...cnaf.kubernetes, cluster } })).toEqual([]);
  });
});
