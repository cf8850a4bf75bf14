import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

import {
  cloudsYaml,
  configFiles,
  pythonFolder,
  readTemplates,
  serviceOfFile,
} from '../../../twin/openstack/config';
import { parseHosts } from '../../../twin/openstack/hosts';
import {
  OPTIONAL_SERVICES,
  type OptionalService,
  portsFrom,
  selectServices,
} from '../../../twin/openstack/services';
import { type Settings, layoutOf, newSettings } from '../../../twin/openstack/settings';

const hosts = parseHosts({
  hosts: [
    {
      name: 'gpu-1',
      vcpus: 8,
      memory_mb: 1024,
      local_gb: 10,
      pci: [{ alias: 't4', vendor: '10de', product: '1eb8', count: 2 }],
    },
  ],
});
const layout = layoutOf('/var/tmp/cloud');

function files(
  optional: readonly OptionalService[],
  settings = settingsOf(optional),
): ReadonlyMap<string, string> {
  return configFiles(readTemplates(), { layout, settings, hosts, services: selectServices(optional) });
}

const settingsOf = (optional: readonly OptionalService[]): Settings =>
  newSettings('lab', optional, portsFrom(9000));

/** Value of a key in a section of an INI file. */
function option(text: string | undefined, section: string, key: string): string | undefined {
  const body = text?.split(/^\[/m).find((part) => part.startsWith(`${section}]`));
  return new RegExp(`^${key} = (.*)$`, 'm').exec(body ?? '')?.[1];
}

describe('configuration files', () => {
  const all = files(OPTIONAL_SERVICES);

  it('are complete: no placeholder is left in any of them', () => {
    for (const [name, text] of all) expect([name, /\{\{/.test(text)]).toEqual([name, false]);
  });

  it('exist for every chosen service and no other; parts of others are not files', () => {
    expect([...new Set([...all.keys()].map(serviceOfFile))].sort()).toEqual(
      selectServices(OPTIONAL_SERVICES)
        .map((s) => s.name)
        .sort(),
    );
    expect([...files([]).keys()].filter((name) => /cinder|octavia|barbican|^_/.test(name))).toEqual([]);
  });

  it('name each section once, as a second one of that name would hide or add values unseen', () => {
    for (const [name, text] of all) {
      const sections = [...text.matchAll(/^\[(.+)\]$/gm)].map((m) => m[1]);
      expect([name, sections.length]).toEqual([name, new Set(sections).size]);
    }
  });

  it('listen on the loopback interface at the chosen ports', () => {
    expect(option(all.get('glance.conf'), 'DEFAULT', 'bind_host')).toBe('127.0.0.1');
    expect(option(all.get('glance.conf'), 'DEFAULT', 'bind_port')).toBe('9002');
    expect(option(all.get('neutron.conf'), 'DEFAULT', 'bind_port')).toBe('9003');
    expect(option(all.get('nova.conf'), 'DEFAULT', 'osapi_compute_listen')).toBe('127.0.0.1');
    expect(option(all.get('nova.conf'), 'DEFAULT', 'osapi_compute_listen_port')).toBe('9004');
    expect(option(all.get('cinder.conf'), 'DEFAULT', 'osapi_volume_listen_port')).toBe('9005');
    expect(option(all.get('octavia.conf'), 'api_settings', 'bind_port')).toBe('9006');
  });

  it('write below the state folder only', () => {
    const paths = [...all.values()].flatMap((text) =>
      [...text.matchAll(/= (?:file:\/\/)?(\/[^\s]*)/g)].map((m) => m[1] ?? ''),
    );
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !path.startsWith('/var/tmp/cloud/'))).toEqual([]);
  });

  it("give each service its own database through the folder's socket", () => {
    expect(option(all.get('nova.conf'), 'api_database', 'connection')).toBe(
      'mysql+pymysql://root@localhost/nova_api?charset=utf8&unix_socket=/var/tmp/cloud/run/db.sock',
    );
    const used = [...all.values()].flatMap((text) =>
      [...text.matchAll(/root@localhost\/(\w+)/g)].map((m) => m[1]),
    );
    const declared = selectServices(OPTIONAL_SERVICES).flatMap((s) => s.databases);
    expect([...used, 'nova_cell0'].sort()).toEqual([...declared].sort());
  });

  it('check tokens with the password of the service account', () => {
    const settings = settingsOf([]);
    const nova = files([], settings).get('nova.conf');
    for (const section of ['keystone_authtoken', 'placement', 'neutron', 'service_user']) {
      expect(option(nova, section, 'password')).toBe(settings.passwords.service);
      expect(option(nova, section, 'auth_url')).toBe('http://127.0.0.1:9000/v3');
    }
  });

  it("hold the cards of the servers in nova's section and the servers beside it", () => {
    expect(all.get('nova.conf')).toContain(
      'alias = {"vendor_id":"10de","product_id":"1eb8","device_type":"type-PCI","name":"t4"}',
    );
    expect(JSON.parse(all.get('hosts.json') ?? '')).toEqual(hosts);
  });

  it('keep keys and certificates in barbican where it runs, else locally', () => {
    expect(option(all.get('cinder.conf'), 'key_manager', 'backend')).toBe('barbican');
    expect(option(all.get('octavia.conf'), 'certificates', 'cert_manager')).toBe('barbican_cert_manager');
    const without = files(['cinder', 'octavia']);
    expect(option(without.get('cinder.conf'), 'key_manager', 'backend')).toBeUndefined();
    expect(option(without.get('octavia.conf'), 'certificates', 'cert_manager')).toBe('local_cert_manager');
  });

  it('fail when a template asks for something nobody gives', () => {
    const templates = new Map([...readTemplates(), ['nova.conf', '[x]\ny = {{nobody}}\n']]);
    expect(() =>
      configFiles(templates, { layout, settings: settingsOf([]), hosts, services: selectServices([]) }),
    ).toThrow('nova.conf: no value for nobody');
  });
});

describe('assets', () => {
  it('are found in the checkout', () => {
    for (const file of ['hypervisor.py', 'network.py', 'volume.py', 'balancer.py']) {
      expect(existsSync(join(pythonFolder(), 'testbed', file))).toBe(true);
    }
  });
});

describe('clouds.yaml', () => {
  it('has the administrator and the ordinary account', () => {
    const settings = settingsOf([]);
    const { clouds } = parse(cloudsYaml(settings)) as {
      clouds: Record<string, { auth: Record<string, string> }>;
    };
    expect(Object.keys(clouds)).toEqual(['admin', 'lab']);
    expect(clouds['lab']?.auth).toEqual({
      auth_url: 'http://127.0.0.1:9000/v3',
      username: 'lab',
      password: settings.passwords.member,
      project_name: 'lab',
      user_domain_name: 'Default',
      project_domain_name: 'Default',
    });
    expect(clouds['admin']?.auth['password']).toBe(settings.passwords.admin);
  });

  it('bears names that YAML would read as something else', () => {
    const settings = { ...settingsOf([]), cloudName: 'no: "yes"\n#' };
    const { clouds } = parse(cloudsYaml(settings)) as {
      clouds: Record<string, { auth: Record<string, string> }>;
    };
    expect(clouds['no: "yes"\n#']?.auth['project_name']).toBe('no: "yes"\n#');
  });
});
