import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { checkoutRoot } from '../local/root';
import { type Hosts, pciSection } from './hosts';
import { type ServiceSpec } from './services';
import { type Layout, REGION, SERVICE_USER, type Settings } from './settings';
import { fillTemplate } from './template';

/** Folder of the Python modules that simulate hardware; it is read in place. */
export const pythonFolder = (): string => join(checkoutRoot(), 'twin', 'openstack', 'python');

/** The configuration templates by file name, as they stand in the checkout. */
export function readTemplates(
  folder = join(checkoutRoot(), 'twin', 'openstack', 'config'),
): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}

/** What the templates need besides themselves. */
export interface ConfigInput {
  readonly layout: Layout;
  readonly settings: Settings;
  readonly hosts: Hosts;
  readonly services: readonly ServiceSpec[];
}

/** Every configuration file of the chosen services by file name. Files that begin with `_` are parts of others. */
export function configFiles(
  templates: ReadonlyMap<string, string>,
  input: ConfigInput,
): ReadonlyMap<string, string> {
  const values = templateValues(templates, input);
  const wanted = new Set<string>(input.services.map((s) => s.name));
  const files = new Map([['hosts.json', `${JSON.stringify(input.hosts, undefined, 2)}\n`]]);
  for (const [name, text] of templates) {
    if (wanted.has(serviceOfFile(name))) files.set(name, fillTemplate(name, text, values));
  }
  return files;
}

/** The service that reads a configuration file: `nova-paste.ini` belongs to nova, so do the simulated servers. */
export function serviceOfFile(name: string): string {
  return name === 'hosts.json' ? 'nova' : (/^[a-z]+/.exec(name)?.[0] ?? '');
}

function templateValues(templates: ReadonlyMap<string, string>, input: ConfigInput): Record<string, string> {
  const values = plainValues(input);
  const part = (name: string): string => fillTemplate(name, templates.get(name) ?? '', values).trimEnd();
  values['keystoneAuth'] = part('_keystone-auth.conf');
  values['tokenCheck'] = part('_token-check.conf');
  values['keyManager'] = input.services.some((s) => s.name === 'barbican') ? part('_key-manager.conf') : '';
  return values;
}

function plainValues({ layout, settings, hosts, services }: ConfigInput): Record<string, string> {
  const barbican = services.some((s) => s.name === 'barbican');
  const values: Record<string, string> = {
    stateDir: layout.root,
    region: REGION,
    database: 'mysql+pymysql://root@localhost',
    databaseQuery: `charset=utf8&unix_socket=${layout.socket}`,
    'user.service': SERVICE_USER,
    'password.service': settings.passwords.service,
    keyEncryptionKey: settings.keyEncryptionKey,
    certificateManager: barbican ? 'barbican_cert_manager' : 'local_cert_manager',
    pci: pciSection(hosts),
  };
  for (const [name, port] of Object.entries(settings.ports)) values[`port.${name}`] = String(port);
  return values;
}

/**
 * clouds.yaml with the administrator and the ordinary account; every OpenStack client reads it.
 * JSON strings are YAML strings too, so that no name can break the file.
 */
export function cloudsYaml(settings: Settings): string {
  const accounts = [
    { cloud: 'admin', password: settings.passwords.admin },
    { cloud: settings.cloudName, password: settings.passwords.member },
  ];
  return [
    'clouds:',
    ...accounts.flatMap(({ cloud, password }) => cloudEntry(settings, cloud, password)),
    '',
  ].join('\n');
}

function cloudEntry(settings: Settings, cloud: string, password: string): string[] {
  return [
    `  ${JSON.stringify(cloud)}:`,
    `    region_name: ${REGION}`,
    '    identity_api_version: 3',
    '    interface: public',
    '    auth:',
    `      auth_url: http://127.0.0.1:${settings.ports.keystone}/v3`,
    `      username: ${JSON.stringify(cloud)}`,
    `      password: ${JSON.stringify(password)}`,
    `      project_name: ${JSON.stringify(cloud)}`,
    '      user_domain_name: Default',
    '      project_domain_name: Default',
  ];
}
