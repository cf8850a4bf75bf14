import { UserError } from '../../../constructs/core/errors';
import { aptCommand, installOf, installedVersions, missingOf } from '../../../twin/local/packages';

describe('Debian packages', () => {
  it('are found with their versions', async () => {
    const versions = await installedVersions(['dpkg', 'no-such-package-at-all']);
    expect([...versions.keys()]).toEqual(['dpkg']);
    expect(versions.get('dpkg')).toMatch(/^\d+\.\d+/);
  });

  it('that are not installed are listed in the order given', async () => {
    expect(await missingOf(['no-such-b', 'dpkg', 'no-such-a'])).toEqual(['no-such-b', 'no-such-a']);
  });

  it('that are there already are not installed again', async () => {
    const steps: string[] = [];
    await installOf(['dpkg'], '/dev/null', (event) => steps.push(event.message));
    expect(steps).toEqual([]);
  });

  it('are installed directly by root and through sudo by others', () => {
    expect(aptCommand(0, false, ['update'])).toEqual([
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      'update',
    ]);
    expect(aptCommand(1000, true, ['update'])).toEqual([
      'sudo',
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      'update',
    ]);
  });

  it('cannot be installed without root and sudo, and the message holds the command for an administrator', () => {
    const attempt = (): unknown => aptCommand(1000, false, ['install', 'uwsgi-core']);
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow('As root run: env DEBIAN_FRONTEND=noninteractive apt-get install uwsgi-core');
  });
});
