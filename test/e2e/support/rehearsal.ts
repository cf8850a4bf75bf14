import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Document } from 'yaml';
import { parseDocument } from 'yaml';

import { loadSite, openstackHosts, planMachines, type Site } from '../../../constructs/site';
import { shortName } from '../../../stacks/engine/events';
import { up, type RunResult, type SiteRun } from '../../../stacks/engine/run';
import type { ProvisionOptions } from '../../../stacks/openstack/options';
import { checkoutRoot, ensurePrograms, pathWith } from '../../../tools/programs';
import { destroyOpenStack, startOpenStack, type OpenStackHandle } from '../../../twin/openstack';
import { Cloud, type Json } from './cloud';

/** Changes a site file before it is loaded: path and new value, `undefined` removes. */
export type Edit = readonly [path: readonly (string | number)[], value: unknown];

/** Objects of a project by kind, as the APIs count them. */
export type Counts = Readonly<Record<string, number>>;

/** Path and key of the collections that are counted; a router's gateway and floating ports belong to no project. */
const COLLECTIONS = {
  servers: ['compute', '/servers', 'servers'],
  serverGroups: ['compute', '/os-server-groups', 'server_groups'],
  keypairs: ['compute', '/os-keypairs', 'keypairs'],
  volumes: ['block-storage', '/volumes', 'volumes'],
  networks: ['network', '/v2.0/networks?project_id=', 'networks'],
  subnets: ['network', '/v2.0/subnets?project_id=', 'subnets'],
  routers: ['network', '/v2.0/routers?project_id=', 'routers'],
  ports: ['network', '/v2.0/ports?project_id=', 'ports'],
  floatingIps: ['network', '/v2.0/floatingips?project_id=', 'floatingips'],
  loadBalancers: ['load-balancer', '/v2/lbaas/loadbalancers?project_id=', 'loadbalancers'],
} as const;

/** A site with its own OpenStack and its own engine state, in one folder that goes afterwards. */
export class Rehearsal {
  readonly lines: string[] = [];
  private edits = 0;

  private constructor(
    readonly name: string,
    readonly folder: string,
    readonly openstack: OpenStackHandle,
    private readonly path: string,
  ) {}

  /** Starts an OpenStack shaped like the site's hosts, with its flavors, image, network and volume types. */
  static async start(name: string): Promise<Rehearsal> {
    const folder = mkdtempSync(join(tmpdir(), 'prov-'));
    const programs = await ensurePrograms(['pulumi', 'pulumi-language-nodejs', 'pulumi-resource-openstack']);
    const site = edited(name, folder, 'shape', []).site;
    const { externalNetwork, image, encryptedVolumeType } = site.cloud;
    const openstack = await startOpenStack({
      stateDir: join(folder, 'cloud'),
      hosts: openstackHosts(site),
      cloudName: site.cloud.name,
      content: {
        externalNetwork,
        images: [image],
        volumeTypes: [
          { name: 'standard' },
          ...(encryptedVolumeType ? [{ name: encryptedVolumeType, encrypted: true }] : []),
        ],
        flavors: planMachines(site).flavors.map((f) => ({
          name: f.name,
          vcpus: f.vcpus,
          memoryMb: f.ramMiB,
          diskGb: f.diskGiB,
          extraSpecs: f.extraSpecs,
        })),
      },
    });
    return new Rehearsal(name, folder, openstack, pathWith(programs));
  }

  /** Stops the OpenStack and removes everything. */
  async end(): Promise<void> {
    await destroyOpenStack(this.openstack.stateDir);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A run of the site as its file says, with the given edits. */
  run(
    edits: readonly Edit[] = [],
    more: Partial<SiteRun['engine']> & { provision?: ProvisionOptions } = {},
  ): SiteRun {
    const { provision, ...engine } = more;
    const { site, file } = edited(this.name, this.folder, String(this.edits++), edits);
    return {
      site,
      siteFile: file,
      ...(provision ? { provision } : {}),
      engine: {
        checkout: checkoutRoot(),
        settingsDir: join(this.folder, 'settings'),
        backendDir: join(this.folder, 'backend'),
        passphraseFile: join(this.folder, 'passphrase'),
        path: this.path,
        env: { ...this.openstack.env, PULUMI_HOME: join(this.folder, 'home') },
        progress: (line) => this.lines.push(line),
        ...engine,
      },
    };
  }

  /** A client of the site's project, or of the administrators. */
  cloud(who: string = this.run().site.cloud.name): Promise<Cloud> {
    return Cloud.login(this.openstack.cloudsYaml, who);
  }

  /** What the project holds, counted in the APIs. The default security group is not counted. */
  async counts(): Promise<Counts> {
    const cloud = await this.cloud();
    const list = async ([type, path, key]: readonly [string, string, string]): Promise<Json[]> =>
      cloud.list(type, path.endsWith('=') ? `${path}${cloud.projectId}` : path, key);
    const counted = await Promise.all(
      Object.entries(COLLECTIONS).map(async ([kind, at]) => [kind, (await list(at)).length] as const),
    );
    const groups = await list(['network', '/v2.0/security-groups?project_id=', 'security_groups']);
    const own = groups.filter((g) => g['name'] !== 'default');
    const rules = own.flatMap((g) => g['security_group_rules'] as Json[]);
    return { ...Object.fromEntries(counted), securityGroups: own.length, securityGroupRules: rules.length };
  }

  /** Servers by name with their ids. */
  async servers(): Promise<ReadonlyMap<string, string>> {
    const list = await (await this.cloud()).list('compute', '/servers', 'servers');
    return new Map(list.map((s) => [String(s['name']), String(s['id'])]));
  }
}

/** What a site must come to in its project. */
export function expectedCounts(site: Site): Counts {
  const { quota } = planMachines(site);
  return {
    servers: quota.instances,
    serverGroups: quota.serverGroups,
    keypairs: 0,
    volumes: quota.volumes,
    networks: quota.networks,
    subnets: quota.subnets,
    routers: quota.routers,
    ports: quota.ports,
    floatingIps: quota.floatingIps,
    loadBalancers: quota.loadBalancers,
    securityGroups: quota.securityGroups,
    securityGroupRules: quota.securityGroupRules,
  };
}

/** A project that holds nothing of ours. */
export const EMPTY: Counts = Object.fromEntries(
  [...Object.keys(COLLECTIONS), 'securityGroups', 'securityGroupRules'].map((kind) => [kind, 0]),
);

const SUCCEEDED = 'the run succeeded';

/** The message of the UserError that a run must end with. */
export async function refusal(run: Promise<unknown>): Promise<string> {
  const error: unknown = await run.then(
    () => new Error(SUCCEEDED),
    (e: unknown) => e,
  );
  if (error instanceof Error && error.name === 'UserError') return error.message;
  throw error;
}

/** What a run touched in OpenStack: `create Instance service-2`. */
export function touched(result: RunResult): string[] {
  return result.changes
    .filter(({ type }) => type.startsWith('openstack:'))
    .map(({ op, urn }) => `${op} ${shortName(urn)}`)
    .sort();
}

/** Begins an operation, kills the engine (and nothing else) a moment after a line of progress, and gives its message. */
export async function killed(
  rehearsal: Rehearsal,
  operation: (run: SiteRun) => Promise<unknown>,
  trigger: RegExp,
  delay: number,
  edits: readonly Edit[] = [],
): Promise<string> {
  let pid = 0;
  let killing: NodeJS.Timeout | undefined;
  const run = rehearsal.run(edits, {
    onStart: (id) => (pid = id),
    progress: (line) => {
      rehearsal.lines.push(line);
      if (!killing && trigger.test(line)) killing = setTimeout(() => process.kill(pid, 'SIGKILL'), delay);
    },
  });
  return refusal(operation(run)).finally(() => {
    clearTimeout(killing);
  });
}

/**
 * `killed` for an `up` that earlier kills may have left too little to do: where it was over before its moment, `undo` takes back
 * what it made, and the kill is tried once more on a run that must come by it.
 */
export async function killedOnTheWay(
  rehearsal: Rehearsal,
  [trigger, delay]: readonly [RegExp, number],
  undo: () => Promise<unknown>,
  edits: readonly Edit[] = [],
): Promise<string> {
  const kill = (): Promise<string> => killed(rehearsal, up, trigger, delay, edits);
  try {
    return await kill();
  } catch (error) {
    if (!(error instanceof Error) || error.message !== SUCCEEDED) throw error;
    await undo();
    return kill();
  }
}

function edited(
  name: string,
  folder: string,
  label: string,
  edits: readonly Edit[],
): { site: Site; file: string } {
  const document: Document = parseDocument(
    readFileSync(join(checkoutRoot(), 'stacks/sites', `${name}.yaml`), 'utf8'),
  );
  for (const [path, value] of edits) {
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, document.createNode(value));
  }
  const dir = join(folder, 'sites', label);
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${name}.yaml`);
  writeFileSync(file, String(document));
  return { site: loadSite(readFileSync(file, 'utf8'), file), file };
}
