import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { run } from '../local/run';
import { CloudApi, type Item } from './api';
import { programEnv } from './programs';
import { type ServiceSpec } from './services';
import { type Layout, REGION, SERVICE_USER, type Settings, fernetKey } from './settings';

/** Roles of each account. The names beside keystone's own are those that octavia and barbican ask for. */
const ACCOUNTS = {
  service: ['admin', 'service'],
  admin: ['admin', 'creator', 'load-balancer_admin'],
  member: ['member', 'creator', 'load-balancer_member'],
} as const;

/** Address of keystone. */
export const authUrl = (settings: Settings): string => `http://127.0.0.1:${settings.ports.keystone}/v3`;

/** Makes the keys with which keystone signs tokens and seals credentials: a primary (1) and the one to come (0). */
export function makeKeys(layout: Layout): void {
  for (const kind of ['fernet', 'credential']) {
    const folder = join(layout.keys, kind);
    if (readdirSync(folder).length > 0) continue;
    for (const name of ['0', '1']) writeFileSync(join(folder, name), fernetKey(), { mode: 0o600 });
  }
}

/** Makes keystone's administrator, roles and own catalogue entry, as an operator does on a new cloud. */
export async function bootstrapIdentity(layout: Layout, settings: Settings): Promise<void> {
  if (existsSync(layout.identityReady)) return;
  const url = authUrl(settings);
  const urls = ['admin', 'internal', 'public'].flatMap((kind) => [`--bootstrap-${kind}-url`, url]);
  await run({
    command: 'keystone-manage',
    args: [
      '--config-file',
      join(layout.etc, 'keystone.conf'),
      'bootstrap',
      '--bootstrap-region-id',
      REGION,
      ...urls,
    ],
    // By environment, not by argument: arguments are visible to every user of the machine.
    env: { ...programEnv(layout), OS_BOOTSTRAP_PASSWORD: settings.passwords.admin },
    log: join(layout.log, 'bootstrap.out'),
    tied: true,
  });
  writeFileSync(layout.identityReady, '');
}

/** Logs in as the administrator of the local cloud. */
export function loginAsAdmin(settings: Settings): Promise<CloudApi> {
  return CloudApi.login({
    authUrl: authUrl(settings),
    user: 'admin',
    password: settings.passwords.admin,
    project: 'admin',
  });
}

/** Declares accounts and the catalogue; what is there already is kept, addresses follow the ports. */
export async function seedIdentity(settings: Settings, services: readonly ServiceSpec[]): Promise<void> {
  const api = await loginAsAdmin(settings);
  await seedAccounts(api, settings);
  const known = await api.list('identity', '/endpoints', 'endpoints');
  await repairIdentityUrl(api, settings, known);
  for (const service of services) {
    for (const { name, type, path } of service.catalogue) {
      const body = { name, type };
      const { id } = await api.ensure('identity', '/services', 'services', 'service', body, ['type']);
      const url = `http://127.0.0.1:${settings.ports[service.name]}${path}`;
      await Promise.all(
        ['public', 'internal', 'admin'].map((kind) => setEndpoint(api, known, String(id), kind, url)),
      );
    }
  }
}

async function seedAccounts(api: CloudApi, settings: Settings): Promise<void> {
  const { passwords, cloudName } = settings;
  const accounts = [
    { user: SERVICE_USER, project: 'service', password: passwords.service, roles: ACCOUNTS.service },
    { user: 'admin', project: 'admin', password: passwords.admin, roles: ACCOUNTS.admin },
    { user: cloudName, project: cloudName, password: passwords.member, roles: ACCOUNTS.member },
  ];
  const ensure = async (plural: string, single: string, body: Item): Promise<string> =>
    String((await api.ensure('identity', `/${plural}`, plural, single, body))['id']);
  const roles = new Map<string, string>();
  for (const name of new Set(accounts.flatMap((a) => a.roles)))
    roles.set(name, await ensure('roles', 'role', { name }));
  for (const account of accounts) {
    const project = await ensure('projects', 'project', { name: account.project, domain_id: 'default' });
    const user = await ensure('users', 'user', {
      name: account.user,
      domain_id: 'default',
      password: account.password,
    });
    for (const role of account.roles) {
      await api.call('identity', 'PUT', `/projects/${project}/users/${user}/roles/${roles.get(role) ?? ''}`);
    }
  }
}

/** keystone's own entry was made at bootstrap, perhaps with another port. */
async function repairIdentityUrl(api: CloudApi, settings: Settings, known: readonly Item[]): Promise<void> {
  const service = (await api.list('identity', '/services', 'services')).find((s) => s['type'] === 'identity');
  for (const kind of ['public', 'internal', 'admin'])
    await setEndpoint(api, known, String(service?.['id']), kind, authUrl(settings));
}

async function setEndpoint(
  api: CloudApi,
  known: readonly Item[],
  service: string,
  kind: string,
  url: string,
): Promise<void> {
  const found = known.find((e) => e['service_id'] === service && e['interface'] === kind);
  if (found?.['url'] === url) return;
  const endpoint = { service_id: service, interface: kind, url, region_id: REGION };
  if (found === undefined) await api.call('identity', 'POST', '/endpoints', { endpoint });
  else await api.call('identity', 'PATCH', `/endpoints/${String(found['id'])}`, { endpoint: { url } });
}
