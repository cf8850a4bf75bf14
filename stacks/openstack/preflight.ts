import type { Finding } from '../../constructs/core/errors';
import { UserError } from '../../constructs/core/errors';
import { planMachines, type QuotaTotals, type Site, type SitePlan } from '../../constructs/site';
import { CloudClient } from './client';
import { loadCloud } from './clouds';
import { QUOTAS, readFacts, type CloudFacts, type CloudFlavor } from './facts';
import type { ProvisionOptions } from './options';

const MIB_PER_GIB = 1024;

/** Everything that would make the provisioning of a site fail, from what the cloud has told. Pure. */
export function judge(site: Site, plan: SitePlan, facts: CloudFacts): readonly Finding[] {
  return [
    ...(site.cloud.createFlavors ? [] : flavorFindings(site, facts)),
    ...presence(
      'cloud.image',
      'image',
      site.cloud.image,
      facts.images,
      'upload it, or name one that `openstack image list` shows',
    ),
    ...presence(
      'cloud.externalNetwork',
      'external network',
      site.cloud.externalNetwork,
      facts.externalNetworks,
      'name one that `openstack network list --external` shows',
    ),
    ...volumeTypeFindings(site, plan, facts),
    ...quotaFindings(plan.quota, facts),
    ...nameFindings(site, plan, facts),
    ...cardFindings(site, facts),
    ...accessFindings(site, facts),
  ];
}

/**
 * Checks a site against its live cloud before anything is created.
 * @returns what the cloud has told
 * @throws UserError with all findings at once, or with the one reason why the cloud cannot be asked
 */
export async function preflight(site: Site, cloud: CloudClient): Promise<CloudFacts> {
  const facts = await readFacts(cloud, site.name);
  const findings = judge(site, planMachines(site), facts);
  if (findings.length > 0)
    throw new UserError(`The cloud is not ready for ${site.name}; nothing was changed.`, findings);
  return facts;
}

/** A client of the cloud that a site names. @throws UserError without usable credentials or without an answer */
export function loginFor(
  site: Site,
  options: ProvisionOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<CloudClient> {
  return CloudClient.login(loadCloud(options.cloud ?? site.cloud.name, env), site.cloud.region);
}

function flavorFindings(site: Site, facts: CloudFacts): readonly Finding[] {
  const byName = new Map(facts.flavors.map((flavor) => [flavor.name, flavor]));
  const used = [...new Set(Object.values(site.nodes).map((node) => node.flavor))];
  const sizes = used.flatMap((name) => sizeFindings(site, name, byName.get(name)));
  const perGroup = Object.entries(site.nodes).flatMap(([group, node]) => {
    const path = `nodes.${group}.flavor`;
    const flavor = byName.get(node.flavor);
    if (flavor) return flavorCards(path, node.cards, flavor);
    const known = listed([...byName.keys()]) || 'a flavor of the cloud';
    const found = `no flavor ${node.flavor} in the cloud`;
    return [finding('cloud/flavor', path, found, known, 'ask the cloud for it, or name another')];
  });
  return [...perGroup, ...sizes];
}

function sizeFindings(site: Site, name: string, flavor: CloudFlavor | undefined): readonly Finding[] {
  const declared = site.flavors[name];
  if (!declared || !flavor) return [];
  const pairs = [
    ['vcpus', declared.vcpus, flavor.vcpus, ''],
    ['memory', declared.memory, flavor.memoryMiB / MIB_PER_GIB, 'Gi'],
    ['disk', declared.disk, flavor.diskGiB, 'Gi'],
  ] as const;
  return pairs
    .filter(([, ours, theirs]) => ours !== theirs)
    .map(([what, ours, theirs, unit]) =>
      finding(
        'cloud/flavor-size',
        `flavors.${name}.${what}`,
        `${ours}${unit}`,
        `${theirs}${unit}, as the cloud has it`,
        'correct the site file',
      ),
    );
}

function flavorCards(
  path: string,
  cards: Readonly<Record<string, number>>,
  flavor: CloudFlavor,
): readonly Finding[] {
  if (!flavor.cards) return [];
  const count = (of: Readonly<Record<string, number>>): number =>
    Object.values(of).reduce((total, n) => total + n, 0);
  if (count(cards) === count(flavor.cards)) return [];
  const given =
    Object.entries(flavor.cards)
      .map(([alias, n]) => `${n} x ${alias}`)
      .join(', ') || 'no card';
  return [
    finding(
      'cloud/flavor-cards',
      path,
      `${flavor.name} gives ${given}`,
      `${count(cards)} cards, as the site file says`,
      'choose a flavor with as many cards',
    ),
  ];
}

function volumeTypeFindings(site: Site, plan: SitePlan, facts: CloudFacts): readonly Finding[] {
  const { volumeType, encryptedVolumeType } = site.cloud;
  const encrypted = plan.machines.some((m) => m.volume?.encrypted);
  const plain = plan.machines.some((m) => m.volume && !m.volume.encrypted);
  const fix = 'name one that `openstack volume type list` shows';
  const missing =
    encrypted && encryptedVolumeType === undefined
      ? [
          finding(
            'cloud/volume-type',
            'cloud.encryptedVolumeType',
            'nothing',
            facts.volumeTypes.join(', '),
            'name the encrypted volume type',
          ),
        ]
      : [];
  return [
    ...missing,
    ...(encrypted && encryptedVolumeType !== undefined
      ? presence('cloud.encryptedVolumeType', 'volume type', encryptedVolumeType, facts.volumeTypes, fix)
      : []),
    ...(plain && volumeType !== undefined
      ? presence('cloud.volumeType', 'volume type', volumeType, facts.volumeTypes, fix)
      : []),
  ];
}

function quotaFindings(demand: QuotaTotals, facts: CloudFacts): readonly Finding[] {
  return QUOTAS.flatMap((name) => {
    const quota = facts.quotas[name];
    if (!quota || quota.limit < 0) return [];
    const free = quota.limit - quota.used + quota.ours;
    if (demand[name] <= free) return [];
    const found = `the site needs ${demand[name]}`;
    const allowed = `${free} (limit ${quota.limit}, used by others ${quota.used - quota.ours})`;
    return [
      finding(
        'cloud/quota',
        `quota ${name}`,
        found,
        allowed,
        `ask the cloud to raise it by ${demand[name] - free}, or make the site smaller`,
      ),
    ];
  });
}

/** Names that a site uses, as `kind name`. */
export function namesOf(plan: SitePlan, createFlavors: boolean): readonly string[] {
  const { site, machines } = plan;
  return [
    `network ${site}`,
    `subnet ${site}-subnet`,
    `router ${site}-router`,
    ...plan.securityGroups.map((group) => `security group ${site}-sg-${group.name}`),
    ...machines.map((machine) => `server ${machine.name}`),
    ...machines.flatMap(({ volume }) => (volume ? [`volume ${volume.name}`] : [])),
    ...(plan.loadBalancer ? [`load balancer ${site}-balancer`] : []),
    ...(createFlavors ? plan.flavors.map((flavor) => `flavor ${flavor.name}`) : []),
  ];
}

function nameFindings(site: Site, plan: SitePlan, facts: CloudFacts): readonly Finding[] {
  const foreign = new Set(facts.foreignNames);
  return namesOf(plan, site.cloud.createFlavors)
    .filter((name) => foreign.has(name))
    .map((name) =>
      finding(
        'cloud/name-taken',
        name,
        'an object of this name that this stack did not make',
        'a free name',
        'rename or remove it, or choose another site name',
      ),
    );
}

/** Free cards by kind over the servers that the site file names; the PCI alias of a kind bears the kind's name. */
function cardFindings(site: Site, facts: CloudFacts): readonly Finding[] {
  const holders = facts.cardHolders;
  if (!holders) return [];
  const needed = new Map<string, number>();
  for (const node of Object.values(site.nodes)) {
    for (const [kind, n] of Object.entries(node.cards))
      needed.set(kind, (needed.get(kind) ?? 0) + n * node.count);
  }
  return [...needed].flatMap(([kind, need]) => {
    const installed = Object.values(site.hosts).reduce((total, cards) => total + (cards[kind] ?? 0), 0);
    const others = holders
      .filter((h) => !h.ours && h.host in site.hosts)
      .reduce((total, h) => total + (h.cards[kind] ?? 0), 0);
    if (need <= installed - others) return [];
    const found = `the site needs ${need}`;
    return [
      finding(
        'cloud/free-cards',
        `cards ${kind}`,
        found,
        `${installed - others} free (${installed} installed, ${others} held by other servers)`,
        'free cards, or use fewer',
      ),
    ];
  });
}

function accessFindings(site: Site, facts: CloudFacts): readonly Finding[] {
  const findings: Finding[] = [];
  if (site.cloud.entry === 'octavia' && !facts.hasOctavia) {
    findings.push(
      finding(
        'cloud/octavia',
        'cloud.entry',
        'octavia',
        'floating-ip: this cloud has no load-balancer service',
        'set entry: floating-ip',
      ),
    );
  }
  if (site.cloud.createFlavors && !facts.roles.includes('admin')) {
    findings.push(
      finding(
        'cloud/create-flavors',
        'cloud.createFlavors',
        `roles ${facts.roles.join(', ')}`,
        'the role admin',
        'let the cloud make the flavors and set createFlavors: false',
      ),
    );
  }
  if (facts.restricted) {
    findings.push(
      finding(
        'cloud/credentials',
        `clouds.${site.cloud.name}`,
        'a restricted application credential',
        'a password, or a credential made with --unrestricted',
        'the stack makes a lesser credential for the cluster, which a restricted one may not',
      ),
    );
  }
  return findings;
}

function presence(
  path: string,
  what: string,
  name: string,
  known: readonly string[],
  fix: string,
): readonly Finding[] {
  if (known.includes(name)) return [];
  return [
    finding(
      `cloud/${what.replaceAll(' ', '-')}`,
      path,
      `${name}: the cloud has no such ${what}`,
      listed(known) || `an existing ${what}`,
      fix,
    ),
  ];
}

/** Longest list of names in a message; a large cloud has hundreds of images. */
const LISTED = 12;

function listed(names: readonly string[]): string {
  const sorted = [...new Set(names)].sort();
  const rest = sorted.length - LISTED;
  return [...sorted.slice(0, LISTED), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

function finding(rule: string, path: string, found: string, allowed: string, fix: string): Finding {
  return { rule, path, found, allowed, fix };
}
