import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { pythonFolder } from '../../../twin/openstack/config';
import { databaseDaemon, programEnv, serviceDaemon } from '../../../twin/openstack/programs';
import { OPTIONAL_SERVICES, type Service, portsFrom, selectServices } from '../../../twin/openstack/services';
import { layoutOf, newSettings } from '../../../twin/openstack/settings';

const layout = layoutOf('/var/tmp/cloud');
const settings = newSettings('lab', OPTIONAL_SERVICES, portsFrom(9000));
const services = selectServices(OPTIONAL_SERVICES);
const daemons = new Map(services.map((s) => [s.name, serviceDaemon(s, layout, settings)]));
const line = (name: Service): string =>
  [daemons.get(name)?.command, ...(daemons.get(name)?.args ?? [])].join(' ');

describe('programs', () => {
  it('see nothing of the environment they are started from', () => {
    process.env['OS_CLOUD'] = 'production';
    try {
      expect(programEnv(layout)).not.toHaveProperty('OS_CLOUD');
      expect(Object.keys(programEnv(layout)).sort()).toEqual(
        [
          'HOME',
          'LC_ALL',
          'PATH',
          'PYTHONDONTWRITEBYTECODE',
          'PYTHONNOUSERSITE',
          'PYTHONPATH',
          'TESTBED_STATE',
          'XDG_CACHE_HOME',
        ].sort(),
      );
    } finally {
      delete process.env['OS_CLOUD'];
    }
  });

  it('show no password in their arguments', () => {
    const visible = [...daemons.values()].flatMap((d) => d.args).join(' ');
    for (const secret of [...Object.values(settings.passwords), settings.keyEncryptionKey])
      expect(visible).not.toContain(secret);
  });

  it.each<[Service, number]>([
    ['keystone', 9000],
    ['placement', 9001],
    ['octavia', 9006],
    ['barbican', 9007],
  ])('serve %s through uWSGI on the loopback interface', (name, port) => {
    expect(line(name)).toContain(`--http-socket 127.0.0.1:${port}`);
    expect(line(name)).toContain('--add-header Connection: close');
    expect(existsSync(join(pythonFolder(), 'testbed', `wsgi_${name}.py`))).toBe(true);
  });

  it.each<Service>(['neutron', 'nova', 'cinder'])('run %s in one process from its module', (name) => {
    expect(line(name)).toBe(
      `/usr/bin/python3 -m testbed.${name}_server --config-file /var/tmp/cloud/etc/${name}.conf`,
    );
    expect(existsSync(join(pythonFolder(), 'testbed', `${name}_server.py`))).toBe(true);
  });

  it('keep the database off the network, in the state folder', () => {
    const { args } = databaseDaemon(layout);
    expect(args).toEqual(
      expect.arrayContaining([
        '--skip-networking',
        '--datadir=/var/tmp/cloud/db',
        '--socket=/var/tmp/cloud/run/db.sock',
      ]),
    );
    // mariadbd takes this option only at the first place.
    expect(args[0]).toBe('--no-defaults');
  });
});
