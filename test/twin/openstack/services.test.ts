import fc from 'fast-check';

import {
  CORE_SERVICES,
  OPTIONAL_SERVICES,
  SERVICES,
  candidateFirstPorts,
  packagesOf,
  portsFrom,
  selectServices,
} from '../../../twin/openstack/services';

describe('the choice of services', () => {
  it('always holds the core', () => {
    expect(selectServices([]).map((s) => s.name)).toEqual([...CORE_SERVICES]);
  });

  it('adds the optional ones in the order of the table, whatever the order asked for', () => {
    expect(selectServices(['barbican', 'cinder']).map((s) => s.name)).toEqual([
      ...CORE_SERVICES,
      'cinder',
      'barbican',
    ]);
  });

  it('never gives one database to two services', () => {
    const databases = Object.values(SERVICES).flatMap((s) => s.databases);
    expect(new Set(databases).size).toBe(databases.length);
  });

  it('needs the packages of the chosen services and none of the daemon packages', () => {
    const core = packagesOf(selectServices([]));
    expect(core).toEqual(expect.arrayContaining(['python3-nova', 'uwsgi-core', 'mariadb-server-core']));
    expect(core).not.toContain('python3-cinder');
    const all = packagesOf(selectServices(OPTIONAL_SERVICES));
    expect(all).toEqual(
      expect.arrayContaining([...core, 'python3-cinder', 'python3-octavia', 'python3-barbican']),
    );
    expect(
      all.filter((name) => /^(nova|neutron|cinder|glance)-|^mariadb-server$|^rabbitmq/.test(name)),
    ).toEqual([]);
  });

  it('asks for the client of barbican where volumes may be encrypted', () => {
    expect(packagesOf(selectServices(['cinder']))).toEqual(
      expect.arrayContaining(['python3-castellan', 'python3-barbicanclient']),
    );
  });
});

describe('ports', () => {
  const count = Object.keys(SERVICES).length;

  it('follow each other from the first', () => {
    expect(Object.values(portsFrom(9000))).toEqual(Array.from({ length: count }, (_, index) => 9000 + index));
  });

  it.each([0, 1023, 65_535, -1, 8000.5, Number.NaN])('cannot begin at %d', (first) => {
    expect(() => portsFrom(first)).toThrow(`found ${first}; allowed: a whole number from 1024 to`);
  });

  it('may end at the last port there is', () => {
    expect(Math.max(...Object.values(portsFrom(65_536 - count)))).toBe(65_535);
  });

  it('are tried in the same order each time for one folder, every block once, below the range of outgoing connections', () => {
    fc.assert(
      fc.property(fc.string(), (folder) => {
        const firsts = [...candidateFirstPorts(folder)];
        expect(firsts).toEqual([...candidateFirstPorts(folder)]);
        expect(firsts).toHaveLength(1500);
        expect(new Set(firsts).size).toBe(1500);
        expect(
          firsts.every(
            (first) => first >= 20_000 && first + count <= 32_768 && (first - 20_000) % count === 0,
          ),
        ).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('begin at different places for most folders', () => {
    const begins = Array.from(
      { length: 50 },
      (_, index) => [...candidateFirstPorts(`/tmp/cloud-${index}`)][0],
    );
    expect(new Set(begins).size).toBeGreaterThan(40);
  });
});
