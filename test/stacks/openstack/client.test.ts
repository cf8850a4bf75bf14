import { UserError } from '../../../constructs/core/errors';
import { asUserError, CloudClient, CloudError } from '../../../stacks/openstack/client';
import type { Cloud } from '../../../stacks/openstack/clouds';
import { FakeApi, type Asked, type Reply } from './fake-api';

let api: FakeApi;
let reply: (asked: Asked) => Reply;
beforeEach(async () => {
  api = await FakeApi.start((asked) => (asked.path.endsWith('/auth/tokens') ? loginReply() : reply(asked)));
  loginReply = () => api.token();
  reply = () => [200, {}];
});
afterEach(() => api.stop());
let loginReply: () => Reply;

const login = (cloud: Cloud = api.cloud(), region = 'RegionOne'): Promise<CloudClient> =>
  CloudClient.login(cloud, region);
async function refused(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  return (error as Error).message;
}

describe('logging in at Keystone', () => {
  it('sends user, project and domains, and knows roles and project afterwards', async () => {
    const cloud = api.cloud({ user_domain_name: 'infn', project_domain_id: 'd-1' });
    const { session } = await login(cloud);
    expect(session).toEqual({ userId: 'u-1', projectId: 'p-1', roles: ['member'], restricted: false });
    expect(api.asked[0]).toMatchObject({
      path: '/v3/auth/tokens',
      body: {
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: 'u', password: 'p', domain: { name: 'infn' } } },
          },
          scope: { project: { name: 'x', domain: { id: 'd-1' } } },
        },
      },
    });
  });

  it('sends an application credential without a scope, and sees that it is restricted', async () => {
    loginReply = () => api.token({ application_credential: { restricted: true } });
    const auth = { application_credential_id: 'a', application_credential_secret: 's' };
    expect((await login(api.cloud({ ...auth, auth_url: `${api.url}/v3/` }))).session.restricted).toBe(true);
    expect(api.asked[0]?.body).toEqual({
      auth: {
        identity: { methods: ['application_credential'], application_credential: { id: 'a', secret: 's' } },
      },
    });
  });

  it.each([
    [
      401,
      { error: { message: 'Bad password.' } },
      /Keystone refuses them: Bad password\..*renew the credentials/,
    ],
    [503, 'Service Unavailable', /HTTP 503 from .*Service Unavailable/],
    [300, { versions: {} }, /HTTP 300 from/],
  ])('says in one message why it failed: HTTP %d', async (status, body, message) => {
    loginReply = () => [status, body];
    expect(await refused(login())).toMatch(message);
  });

  it('refuses a login that has no project', async () => {
    loginReply = () => api.token({ project: undefined });
    expect(await refused(login())).toContain('a login without a project');
  });

  it('says so when nobody answers', async () => {
    const cloud = api.cloud({ auth_url: 'http://127.0.0.1:1' });
    expect(await refused(login(cloud))).toMatch(/ECONNREFUSED.*check auth_url/);
  });

  it('finds services only in the region asked for', async () => {
    expect((await login()).has('compute')).toBe(true);
    const elsewhere = await login(api.cloud(), 'RegionTwo');
    expect(elsewhere.has('compute')).toBe(false);
    await expect(elsewhere.get('compute', '/servers')).rejects.toThrow(/no such service in this region/);
  });
});

describe('asking a service', () => {
  it('adds the version that a catalogue leaves out, and the microversion for Nova only', async () => {
    const client = await login();
    await client.get('network', '/networks');
    await client.get('compute', '/servers');
    await client.get('volume', '/volumes');
    expect(api.requests).toEqual([
      'GET /network/v2.0/networks',
      'GET /compute/servers',
      'GET /block-storage/v3/volumes',
    ]);
    expect(api.asked.slice(1).map(({ headers }) => headers['openstack-api-version'])).toEqual([
      undefined,
      'compute 2.64',
      undefined,
    ]);
    expect(api.asked[1]?.headers['x-auth-token']).toBe('token-1');
  });

  it('follows pages in both dialects', async () => {
    reply = ({ path }) => {
      if (path.includes('/servers')) {
        const last = path.includes('marker');
        const links = [{ rel: 'next', href: `${api.url}/compute/servers?marker=1` }];
        return [200, { servers: [{ id: last ? '2' : '1' }], ...(last ? {} : { servers_links: links }) }];
      }
      return path.includes('marker')
        ? [200, { images: [{ id: 'b' }] }]
        : [200, { images: [{ id: 'a' }], next: '/v2/images?marker=a' }];
    };
    const client = await login();
    expect((await client.list('compute', '/servers', 'servers')).map((s) => s['id'])).toEqual(['1', '2']);
    expect((await client.list('image', '/images', 'images')).map((i) => i['id'])).toEqual(['a', 'b']);
  });

  it('takes an object that is not there for nothing, also when it deletes', async () => {
    reply = () => [404, { itemNotFound: { message: 'gone' } }];
    const client = await login();
    expect(await client.find('compute', '/servers/1')).toBeUndefined();
    await expect(client.remove('compute', '/servers/1')).resolves.toBeUndefined();
    await expect(client.get('compute', '/servers/1')).rejects.toThrow(CloudError);
  });

  it.each([
    [{ NeutronError: { message: 'Quota exceeded.', type: 'OverQuota' } }, 'Quota exceeded.'],
    [{ badRequest: { code: 400, message: 'Invalid.' } }, 'Invalid.'],
    [{ faultstring: 'Pool is immutable.' }, 'Pool is immutable.'],
    ['<html>proxy</html>', '<html>proxy</html>'],
  ])('gives the reason in the service’s own words: %p', async (body, words) => {
    reply = () => [409, body];
    const client = await login();
    const error: unknown = await client.remove('network', '/ports/1').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CloudError);
    expect(asUserError(error as CloudError).message).toMatch(/DELETE http:.*\/ports\/1: found HTTP 409 /);
    expect((error as Error).message).toContain(words);
  });
});
