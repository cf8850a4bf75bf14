import { readTemplates } from '../../../twin/openstack/config';
import { schemaCommands, schemaKey } from '../../../twin/openstack/database';
import { OPTIONAL_SERVICES, selectServices } from '../../../twin/openstack/services';

const templates = readTemplates();
const versions = new Map([
  ['python3-nova', '2:26.2.2-1'],
  ['python3-keystone', '2:22.0.2-0'],
]);
const services = selectServices(OPTIONAL_SERVICES);
const key = schemaKey(templates, versions, services);

describe('the key of cached databases', () => {
  it('is the same for the same packages, in whatever order they are listed', () => {
    expect(key).toMatch(/^[0-9a-f]{16}$/);
    expect(schemaKey(templates, new Map([...versions].reverse()), services)).toBe(key);
  });

  it('changes with the version of a package', () => {
    expect(schemaKey(templates, new Map([...versions, ['python3-nova', '2:27.0.0-1']]), services)).not.toBe(
      key,
    );
  });

  it('changes with a configuration template', () => {
    expect(schemaKey(new Map([...templates, ['nova.conf', 'other']]), versions, services)).not.toBe(key);
  });

  it('changes with the services', () => {
    expect(schemaKey(templates, versions, selectServices(['cinder']))).not.toBe(key);
  });
});

describe('schema commands', () => {
  it('exist for every service', () => {
    for (const { name } of services) expect(schemaCommands(name, '/etc', (d) => d).length).toBeGreaterThan(0);
  });

  it('tell nova about its cells with addresses that fit any state folder', () => {
    const lines = schemaCommands('nova', '/s/etc', () => '').map((c) => c.join(' '));
    const cells = lines.filter((l) => l.includes('cell_v2'));
    expect(cells).toHaveLength(2);
    for (const cell of cells) {
      expect(cell).toContain('{scheme}://{username}@{hostname}/');
      expect(cell).not.toContain('unix_socket');
    }
  });

  it('make the table of cells before the cells, and those before the tables in them', () => {
    const steps = schemaCommands('nova', '/s/etc', () => '').map((c) => c.slice(6, 8).join(' '));
    expect(steps).toEqual(['api_db sync', 'cell_v2 map_cell0', 'cell_v2 create_cell', 'db sync']);
  });

  it('give barbican its database before the verb, as its tool wants', () => {
    expect(schemaCommands('barbican', '/s/etc', (d) => `url/${d}`)[0]?.slice(-3)).toEqual([
      '--dburl',
      'url/barbican',
      'upgrade',
    ]);
  });
});
