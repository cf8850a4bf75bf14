import { bootstrapCommand, machineCache, rootfsKey } from '../../../twin/machine/rootfs';

const included = (packages: readonly string[]): string[] =>
  (bootstrapCommand(packages, '/target').find((a) => a.startsWith('--include=')) ?? '')
    .slice('--include='.length)
    .split(',');

describe('the root file system of test machines', () => {
  it("is Debian 12, as the sites' image is, with what first-boot instructions need", () => {
    expect(bootstrapCommand([], '/target').slice(-2)).toEqual(['bookworm', '/target']);
    expect(included([])).toEqual(
      expect.arrayContaining(['cloud-init', 'systemd-sysv', 'netplan.io', 'openssh-server', 'sudo']),
    );
  });

  it('carries the packages that are asked for, each once', () => {
    const all = included(['nftables', 'chrony', 'sudo', 'chrony']);
    expect(all).toEqual(expect.arrayContaining(['nftables', 'chrony']));
    expect(new Set(all).size).toBe(all.length);
  });

  it('is kept under a key of what it holds, not of the order in which that is named', () => {
    expect(rootfsKey([])).toMatch(/^[0-9a-f]{16}$/);
    expect(rootfsKey(['a', 'b'])).toBe(rootfsKey(['b', 'a', 'b']));
    expect(rootfsKey(['a'])).not.toBe(rootfsKey([]));
  });

  it('looks for instructions in its own seed only, so that nothing outside can give it any', () => {
    const hook = bootstrapCommand([], '/target').find((a) => a.startsWith('--customize-hook='));
    expect(hook).toContain('datasource_list: [ NoCloud, None ]');
  });

  it('has neither host keys nor an identity that every machine would share', () => {
    const hook = bootstrapCommand([], '/target').find((a) => a.startsWith('--customize-hook='));
    expect(hook).toContain('rm -f "$1"/etc/ssh/ssh_host_*');
    expect(hook).toContain(': >"$1/etc/machine-id"');
  });

  it('is kept outside the checkout unless a folder is given', () => {
    expect(machineCache({})).toMatch(/\/\.cache\/aiinfn\/machine$/);
    expect(machineCache({ cacheDir: '/elsewhere' })).toBe('/elsewhere');
  });
});
