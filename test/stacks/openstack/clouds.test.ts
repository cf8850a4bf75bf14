import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { UserError } from '../../../constructs/core/errors';
import { cloudsFileCandidates, loadCloud } from '../../../stacks/openstack/clouds';

const folder = mkdtempSync(join(tmpdir(), 'clouds-'));
const file = join(folder, 'clouds.yaml');
const env = { OS_CLIENT_CONFIG_FILE: file };
const AUTH = 'auth_url: https://keystone.example:5000/v3, username: u, password: p, project_name: x';

function load(yaml: string, name = 'site', secure?: string): ReturnType<typeof loadCloud> {
  writeFileSync(file, yaml);
  if (secure !== undefined) writeFileSync(join(folder, 'secure.yaml'), secure);
  return loadCloud(name, env);
}
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('clouds.yaml', () => {
  afterEach(() => {
    rmSync(join(folder, 'secure.yaml'), { force: true });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is looked for where OpenStack’s own clients look', () => {
    expect(cloudsFileCandidates({ OS_CLIENT_CONFIG_FILE: '/x' })).toEqual(['/x']);
    expect(cloudsFileCandidates({})).toEqual([
      join(process.cwd(), 'clouds.yaml'),
      expect.stringMatching(/\.config\/openstack\/clouds\.yaml$/),
      '/etc/openstack/clouds.yaml',
    ]);
  });

  it('gives the entry asked for, with defaults', () => {
    expect(load(`clouds: { site: { auth: { ${AUTH} } } }`)).toMatchObject({
      name: 'site',
      file,
      interface: 'public',
      verify: true,
      auth: { username: 'u', project_name: 'x' },
    });
  });

  it('takes the password from secure.yaml beside it', () => {
    const open = AUTH.replace('password: p, ', '');
    const cloud = load(
      `clouds: { site: { auth: { ${open} } } }`,
      'site',
      'clouds: { site: { auth: { password: s } } }',
    );
    expect(cloud.auth).toMatchObject({ username: 'u', password: 's' });
  });

  it('takes an application credential without user and project', () => {
    const auth = '{ auth_url: https://k, application_credential_id: i, application_credential_secret: s }';
    expect(load(`clouds: { site: { auth: ${auth} } }`).auth.application_credential_id).toBe('i');
  });

  it('takes a password that looks like a number', () => {
    expect(
      load(`clouds: { site: { auth: { ${AUTH.replace('password: p', 'password: 123')} } } }`).auth.password,
    ).toBe('123');
  });

  it.each([
    ['clouds: {}', 'clouds.site: found no such entry; allowed: no entry at all'],
    ['clouds: { a: { auth: {} }, b: {} }', 'clouds.site: found no such entry; allowed: a, b'],
    ['clouds: [1]', 'found no mapping `clouds`'],
    ['clouds: { site: { auth: {', 'allowed: readable YAML'],
    ['clouds: { site: {} }', 'clouds.site: found auth'],
    [
      'clouds: { site: { auth: { auth_url: x } } }',
      'auth.username is missing; auth.password is missing; auth.project_name is missing',
    ],
    [
      'clouds: { site: { auth: { auth_url: x, application_credential_secret: s } } }',
      'auth.application_credential_id is missing',
    ],
  ])('is refused when it is %s', (yaml, message) => {
    expect(refusal(() => load(yaml))).toContain(message);
  });

  it('is missed with all the places where it was looked for', () => {
    expect(refusal(() => loadCloud('site', { OS_CLIENT_CONFIG_FILE: '/nowhere/clouds.yaml' }))).toMatch(
      /\/nowhere\/clouds\.yaml {2}clouds: found no such file.*under the name site/,
    );
  });

  it('never has its password in a message', () => {
    const message = refusal(() => load('clouds: { site: { auth: { auth_url: x, password: hush-hush } } }'));
    expect(message).not.toContain('hush-hush');
  });
});
