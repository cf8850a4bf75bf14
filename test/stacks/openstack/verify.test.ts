import { formatFinding } from '../../../constructs/core/errors';
import { planMachines, type SitePlan } from '../../../constructs/site';
import { tagOf } from '../../../stacks/openstack/tags';
import { deviations, type Observed } from '../../../stacks/openstack/verify';
import { siteNamed, withCloud } from './sites';

/** A cloud in which everything of a plan works. */
function working(plan: SitePlan): Observed {
  const tag = (logical: string): string => tagOf(plan.site, logical);
  return {
    servers: plan.machines.map((m) => ({
      id: `s-${m.id}`,
      status: 'ACTIVE',
      metadata: { 'ai-infn': tag(m.id) },
    })),
    ports: plan.machines.map((m) => ({
      id: `p-${m.id}`,
      status: 'ACTIVE',
      description: tag(`${m.id}-port`),
    })),
    volumes: plan.machines.flatMap((m) =>
      m.volume
        ? [
            {
              id: `v-${m.id}`,
              status: 'in-use',
              metadata: { 'ai-infn': tag(m.volume.name) },
              attachments: [{ server_id: `s-${m.id}` }],
            },
          ]
        : [],
    ),
    floatingIps: plan.floatingAddresses.map((a) => ({
      status: 'ACTIVE',
      port_id: 'p',
      description: tag(`address-${a.name}`),
    })),
    loadBalancers: plan.loadBalancer ? [{ provisioning_status: 'ACTIVE', description: tag('balancer') }] : [],
  };
}

const cnaf = planMachines(siteNamed('cnaf'));
const balanced = planMachines(withCloud(siteNamed('cnaf'), { entry: 'octavia' }));

function told(plan: SitePlan, change: (seen: Observed) => Observed): { text: string; passing: boolean }[] {
  return deviations(plan, change(working(plan))).map((d) => ({
    text: formatFinding(d.finding),
    passing: d.passing,
  }));
}
type List = readonly Readonly<Record<string, unknown>>[];
const first = (list: List, change: object): List =>
  list.map((item, i) => (i === 0 ? { ...item, ...change } : item));

describe('the cloud’s own word after a run', () => {
  it.each([
    ['a floating address', cnaf],
    ['a load balancer', balanced],
  ])('is good when all is there and works (%s)', (_, plan) => {
    expect(told(plan, (seen) => seen)).toEqual([]);
  });

  it('names a server in ERROR with Nova’s reason, which never passes by itself', () => {
    const fault = { message: 'No valid host was found.' };
    expect(
      told(cnaf, (seen) => ({ ...seen, servers: first(seen.servers, { status: 'ERROR', fault }) })),
    ).toEqual([
      {
        text: expect.stringMatching(
          /^server cnaf-control-1: found ERROR: No valid host was found\.; allowed: ACTIVE/,
        ) as string,
        passing: false,
      },
    ]);
  });

  it.each([
    ['servers', 'server cnaf-control-1: found nothing'],
    ['ports', 'port of cnaf-control-1: found nothing'],
    ['volumes', 'volume cnaf-storage-1-data: found nothing'],
    ['floatingIps', 'floating address entry: found nothing'],
  ] as const)('misses what is not there: %s', (kind, message) => {
    const found = told(cnaf, (seen) => ({ ...seen, [kind]: seen[kind].slice(1) }));
    expect(found).toEqual([{ text: expect.stringContaining(message) as string, passing: false }]);
  });

  it.each(['servers', 'ports', 'volumes', 'floatingIps'] as const)('finds a double of the %s', (kind) => {
    const found = told(cnaf, (seen) => ({ ...seen, [kind]: [...seen[kind], ...seen[kind].slice(0, 1)] }));
    expect(found).toEqual([{ text: expect.stringContaining('found 2 of them') as string, passing: false }]);
  });

  it.each([
    ['servers', { status: 'BUILD' }],
    ['ports', { status: 'DOWN' }],
    ['volumes', { status: 'attaching' }],
    ['floatingIps', { status: 'DOWN' }],
  ] as const)('waits for what is under way: %s', (kind, change) => {
    expect(told(cnaf, (seen) => ({ ...seen, [kind]: first(seen[kind], change) }))).toEqual([
      { text: expect.any(String) as string, passing: true },
    ]);
  });

  it('sees a volume on another server, an address without a port and a balancer that failed', () => {
    const elsewhere = told(cnaf, (seen) => ({
      ...seen,
      volumes: first(seen.volumes, { attachments: [{ server_id: 'x' }] }),
    }));
    expect(elsewhere.map((d) => d.text)).toEqual([expect.stringContaining('found attached to x')]);
    const loose = told(cnaf, (seen) => ({
      ...seen,
      floatingIps: first(seen.floatingIps, { port_id: null, status: 'DOWN' }),
    }));
    expect(loose.map((d) => d.text)).toEqual([expect.stringContaining('allowed: associated')]);
    const failed = told(balanced, (seen) => ({
      ...seen,
      loadBalancers: first(seen.loadBalancers, { provisioning_status: 'ERROR' }),
    }));
    expect(failed).toEqual([
      { text: expect.stringMatching(/^load balancer: found ERROR/) as string, passing: false },
    ]);
  });
});
