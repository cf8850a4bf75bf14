import { z } from 'zod';

import { type Finding, UserError } from '../../constructs/core/errors';

const pciId = z.string().regex(/^[0-9a-f]{4}$/, 'four hexadecimal digits, as in the output of lspci -nn');
const amount = z.int().positive();

const card = z.strictObject({
  alias: z.string().min(1).describe('Name flavors ask for: `pci_passthrough:alias = <alias>:<count>`.'),
  vendor: pciId,
  product: pciId,
  type: z
    .enum(['type-PCI', 'type-PF', 'type-VF'])
    .default('type-PCI')
    .describe(
      'How nova sees the device: cards that can make virtual functions (A30, A100) are type-PF on real servers.',
    ),
  count: amount,
});

const host = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][-.A-Za-z0-9]{0,62}$/, 'a host name'),
  vcpus: amount,
  memory_mb: amount,
  local_gb: amount,
  zone: z.string().min(1).optional().describe('Availability zone; absent means the default one, nova.'),
  pci: z.array(card).readonly().default([]),
  resources: z
    .record(z.string().regex(/^(VGPU|CUSTOM_[A-Z0-9_]+)$/, 'VGPU or CUSTOM_...'), amount)
    .default({}),
  traits: z.array(z.string().regex(/^[A-Z0-9_]+$/, 'a trait of placement')).default([]),
  spawn_seconds: z.number().min(0).default(0).describe('Artificial time until a guest runs.'),
});

const hostsJson = z.strictObject({ hosts: z.array(host).min(1).readonly() });

/** The simulated servers of a cloud as their file has them: sizes, cards by PCI id and alias, zones. */
export type HostsJson = z.input<typeof hostsJson>;
/** The same with every default resolved. */
export type Hosts = z.output<typeof hostsJson>;

/**
 * Checks a description of servers and resolves its defaults.
 *
 * @throws UserError with every fault at once.
 */
export function parseHosts(value: unknown, file?: string): Hosts {
  const parsed = hostsJson.safeParse(value);
  if (!parsed.success)
    throw new UserError(
      'the description of the simulated servers is wrong',
      parsed.error.issues.map((i) => finding(i, file)),
    );
  const names = parsed.data.hosts.map((h) => h.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UserError(`two simulated servers have the name ${twice}`);
  return parsed.data;
}

function finding(issue: z.core.$ZodIssue, file: string | undefined): Finding {
  const path = issue.path.map(String).join('.');
  return {
    rule: 'openstack/hosts',
    ...(file === undefined ? {} : { file }),
    path: path === '' ? 'hosts' : path,
    found:
      issue.code === 'unrecognized_keys'
        ? issue.keys.join(', ')
        : `a value that does not fit (${issue.code})`,
    allowed: issue.message,
    fix: 'correct this value',
  };
}

/** nova's `[pci]` section: one alias and one device specification per card model, each once, in a fixed order. */
export function pciSection(hosts: Hosts): string {
  const aliases = new Set<string>();
  const devices = new Set<string>();
  for (const { alias, vendor, product, type } of hosts.hosts.flatMap((h) => h.pci)) {
    const ids = { vendor_id: vendor, product_id: product };
    aliases.add(`alias = ${JSON.stringify({ ...ids, device_type: type, name: alias })}`);
    devices.add(`device_spec = ${JSON.stringify(ids)}`);
  }
  return [...[...aliases].sort(), ...[...devices].sort()].join('\n');
}

/** Number of cards of the whole cloud by alias. */
export function cardsByAlias(hosts: Hosts): Readonly<Record<string, number>> {
  const totals: Record<string, number> = {};
  for (const { alias, count } of hosts.hosts.flatMap((h) => h.pci))
    totals[alias] = (totals[alias] ?? 0) + count;
  return totals;
}
