import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { changed } from '../../stacks/engine/events';
import { destroy, outputs, preview, up, type SiteRun } from '../../stacks/engine/run';
import {
  EMPTY,
  expectedCounts,
  killed,
  killedOnTheWay,
  refusal,
  Rehearsal,
  touched,
  type Edit,
} from './support/rehearsal';
import { leftRunning } from './support/left-running';

jest.setTimeout(900_000);

const VOLUME = 'lab-storage-1-data';
const MORE_SERVICE: readonly Edit[] = [[['nodes', 'service', 'count'], 2]];
/** The site file claims a card that no host has. */
const ONE_CARD_TOO_MANY: readonly Edit[] = [
  [['hosts', 'host-1', 'a100-40gb'], 2],
  [['nodes', 'a100', 'count'], 2],
];

describe('provisioning of the lab on a real OpenStack by the real engine', () => {
  let lab: Rehearsal;
  beforeAll(async () => {
    lab = await Rehearsal.start('lab');
  });
  afterAll(async () => {
    await lab.end();
  });

  describe('refuses before anything is created, with one clear message', () => {
    it('an address where no Keystone answers', async () => {
      const port = await freePort();
      const message = await refusal(
        up(withClouds(lab, (text) => text.replaceAll(/127\.0\.0\.1:\d+/g, `127.0.0.1:${port}`))),
      );
      expect(message).toContain('ECONNREFUSED');
      expect(message).toContain('check auth_url');
    });

    it('credentials that Keystone refuses', async () => {
      const message = await refusal(
        up(withClouds(lab, (text) => text.replaceAll(/password: .*/g, 'password: wrong'))),
      );
      expect(message).toMatch(/clouds\.lab: found Keystone refuses them: .*requires authentication/);
    });

    it('a cloud that clouds.yaml does not have', async () => {
      const message = await refusal(up(lab.run([], { provision: { cloud: 'elsewhere' } })));
      expect(message).toMatch(/clouds\.elsewhere: found no such entry; allowed: admin, lab/);
    });

    it('image, network and flavors that the cloud does not have, all at once', async () => {
      const wrong: readonly Edit[] = [
        [['cloud', 'image'], 'debian-99'],
        [['cloud', 'externalNetwork'], 'internet'],
        [['flavors', 'lab.huge'], { vcpus: 8, memory: '32Gi', disk: '40Gi' }],
        [['nodes', 'service', 'flavor'], 'lab.huge'],
        [['flavors', 'lab.a100', 'vcpus'], 6],
      ];
      const message = await refusal(up(lab.run(wrong)));
      expect(message).toMatch(/cloud\.image: found debian-99: the cloud has no such image/);
      expect(message).toMatch(
        /cloud\.externalNetwork: found internet: the cloud has no such external network; allowed: public/,
      );
      expect(message).toMatch(
        /nodes\.service\.flavor: found no flavor lab\.huge in the cloud; allowed: lab\.a100, /,
      );
      expect(message).toMatch(/flavors\.lab\.a100\.vcpus: found 6; allowed: 8, as the cloud has it/);
    });

    it('quotas that are too small, and a name that is taken, all at once', async () => {
      const admin = await lab.cloud('admin');
      const mine = await lab.cloud();
      const quota = (cores: number): Promise<unknown> =>
        admin.call('compute', 'PUT', `/os-quota-sets/${mine.projectId}`, {
          quota_set: { cores, force: true },
        });
      const ports = (port: number): Promise<unknown> =>
        admin.call('network', 'PUT', `/v2.0/quotas/${mine.projectId}`, { quota: { port } });
      const stranger = await mine.network('lab', '10.9.0.0/24');
      await Promise.all([quota(31), ports(3)]);
      const message = await refusal(up(lab.run()));
      expect(message).toMatch(
        /quota cores: found the site needs 32; allowed: 31 \(limit 31, used by others 0\)/,
      );
      expect(message).toMatch(/quota ports: found the site needs 6; allowed: 3/);
      expect(message).toMatch(/network lab: found an object of this name that this stack did not make/);
      await Promise.all([quota(-1), ports(-1), mine.call('network', 'DELETE', `/v2.0/networks/${stranger}`)]);
    });

    it('the same faults in the plain program that `pulumi` runs', async () => {
      const run = lab.run([[['cloud', 'image'], 'debian-99']]);
      const plain = await plainPulumi(run, ['preview', '-c', `ai-infn:siteFile=${run.siteFile}`]);
      expect(plain).toContain('cloud.image: found debian-99: the cloud has no such image');
      expect(plain).not.toMatch(/\n\s+at .*\.js:\d+/);
      expect(await plainPulumi(lab.run(), ['preview', '-c', 'ai-infn:siteFile=/nowhere/lab.yaml'])).toContain(
        'There is no site lab.',
      );
    });

    it('and nothing was created', async () => {
      expect(await lab.counts()).toEqual(EMPTY);
    });
  });

  it('survives SIGKILL of the engine at any moment of the first run, without duplicates or orphans', async () => {
    // Each moment lies in the waiting time of a creation, which the provider makes at least as long as the delay.
    const moments: readonly [RegExp, number][] = [
      [/create Network network \.\.\./, 700],
      [/create Network network \.\.\./, 3000],
      [/create Subnet subnet \.\.\./, 600],
      [/create Port \S+ \.\.\./, 800],
      [/create Port \S+ \.\.\./, 4000],
      [/create RouterInterface uplink \.\.\./, 1500],
      [/create Instance t4-1 \.\.\./, 400],
      [/create (FloatingIpAssociate|Instance) \S+ \.\.\./, 700],
      [/create Instance t4-1 \.\.\./, 2500],
      [/create Instance t4-1 \.\.\./, 7000],
      [/create VolumeAttach \S+ \.\.\./, 800],
    ];
    for (const [trigger, delay] of moments) {
      const message = await killedOnTheWay(lab, [trigger, delay], () => destroy(lab.run()));
      expect([trigger, message]).toEqual([trigger, expect.stringContaining('ended by SIGKILL')]);
    }
    const result = await up(lab.run());
    expect(result.recovery.locks).toBe(1);
    const told = lab.lines.filter((line) => line.startsWith('interrupted while'));
    expect(told.length).toBeGreaterThan(0);
    expect(await lab.counts()).toEqual(expectedCounts(lab.run().site));
  });

  it('changes nothing when run again, and previews nothing', async () => {
    expect(changed(await up(lab.run()))).toBe(0);
    expect(changed(await preview(lab.run()))).toBe(0);
    expect(await lab.counts()).toEqual(expectedCounts(lab.run().site));
  });

  it('puts a load balancer before the gateway, whole after kills at each of its parts, and takes it away', async () => {
    const balanced: readonly Edit[] = [[['cloud', 'entry'], 'octavia']];
    const moments: readonly [RegExp, number][] = [
      [/create LoadBalancer balancer \.\.\./, 400],
      [/create Listener \S+ \.\.\./, 300],
      [/create Pool \S+ \.\.\./, 300],
      [/create Member \S+ \.\.\./, 300],
    ];
    for (const [trigger, delay] of moments)
      expect(await killedOnTheWay(lab, [trigger, delay], () => up(lab.run()), balanced)).toContain(
        'ended by SIGKILL',
      );
    await up(lab.run(balanced));
    expect(await lab.counts()).toEqual(expectedCounts(lab.run(balanced).site));
    const cloud = await lab.cloud();
    const count = async (kind: string): Promise<number> =>
      (await cloud.list('load-balancer', `/v2/lbaas/${kind}`, kind)).length;
    expect([await count('listeners'), await count('pools'), await count('healthmonitors')]).toEqual([
      2, 2, 2,
    ]);
    const pools = await cloud.list('load-balancer', '/v2/lbaas/pools', 'pools');
    expect(pools.map((pool) => (pool['members'] as unknown[]).length)).toEqual([1, 1]);
    await up(lab.run());
    expect(await lab.counts()).toEqual(expectedCounts(lab.run().site));
  });

  it('keeps the secret of the cluster credential out of the state and of plain outputs', async () => {
    const masked = (await outputs(lab.run())) as { credential: { secret: string } };
    expect(masked.credential.secret).toBe('[secret]');
    const shown = (await outputs(lab.run(), true)) as { credential: { secret: string } };
    expect(shown.credential.secret.length).toBeGreaterThan(40);
    const state = readFileSync(join(lab.folder, 'backend/.pulumi/stacks/ai-infn/lab.json'), 'utf8');
    expect(state).not.toContain(shown.credential.secret);
  });

  it('creates only the added machine, and tells a second run who is at work', async () => {
    let second: Promise<string> | undefined;
    const run = lab.run(MORE_SERVICE, {
      onStart: () => {
        second ??= refusal(up(lab.run(MORE_SERVICE)));
      },
    });
    const result = await up(run);
    expect(touched(result)).toEqual(['create Instance service-2', 'create Port service-2-port']);
    expect(await second).toMatch(new RegExp(`held by pid ${process.pid} on \\S+ since \\S+ \\(up\\)`));
    expect(await lab.counts()).toEqual(expectedCounts(run.site));
  });

  it('removes only the removed machine', async () => {
    const before = await lab.servers();
    const result = await up(lab.run());
    expect(touched(result)).toEqual(['delete Instance service-2', 'delete Port service-2-port']);
    const after = await lab.servers();
    expect([...after]).toEqual([...before].filter(([name]) => name !== 'lab-service-2'));
  });

  it('fails on every attempt with one card too many, also by plain `pulumi up`, names the reason, and mends', async () => {
    const before = await lab.servers();
    const ours = async (): Promise<void> => {
      expect(await refusal(up(lab.run(ONE_CARD_TOO_MANY)))).toMatch(
        /server lab-a100-2: found ERROR in Nova: .*No valid host was found/,
      );
    };
    const plain = (): Promise<string> => {
      const run = lab.run(ONE_CARD_TOO_MANY);
      return plainPulumi(run, ['up', '--yes', '--skip-preview', '-c', `ai-infn:siteFile=${run.siteFile}`]);
    };
    await ours();
    // The engine alone would call the server good in this run, and only in this one.
    expect(await plain()).toContain('a100-2 is in ERROR in Nova');
    expect(await plain()).toMatch(/a100-2.*(unexpected state 'ERROR'|is in ERROR in Nova)/s);
    await ours();
    const result = await up(lab.run());
    expect(touched(result)).toEqual(['delete Instance a100-2', 'delete Port a100-2-port']);
    expect(await lab.servers()).toEqual(before);
  });

  it('finds and restores a server that was deleted behind its back', async () => {
    const cloud = await lab.cloud();
    const id = (await lab.servers()).get('lab-storage-1') ?? '';
    await cloud.call('compute', 'DELETE', `/servers/${id}`);
    await cloud.until('compute', `/servers/${id}`, 'server', (s) => s['status'] === 'GONE');
    const result = await up(lab.run());
    expect(touched(result)).toContain('create Instance storage-1');
    expect((await lab.servers()).get('lab-storage-1')).not.toBe(id);
    expect(await lab.counts()).toEqual(expectedCounts(lab.run().site));
  });

  it('replaces no machine for changed user data, unless it is named', async () => {
    const other: readonly Edit[] = [[['kubernetes', 'podCidr'], '10.44.0.0/16']];
    const before = await lab.servers();
    expect(changed(await up(lab.run(other)))).toBe(0);
    expect(await lab.servers()).toEqual(before);
    await up(lab.run(other, { provision: { replaceMachines: ['lab-t4-1'] } }));
    const after = await lab.servers();
    expect([...after].filter(([name, id]) => before.get(name) !== id).map(([name]) => name)).toEqual([
      'lab-t4-1',
    ]);
  });

  it('removes a machine’s data volume only when it is named', async () => {
    const more: readonly Edit[] = [[['nodes', 'service', 'data'], '10Gi']];
    await up(lab.run(more));
    expect((await lab.counts())['volumes']).toBe(2);
    const message = await refusal(up(lab.run()));
    expect(message).toContain('--destroy-data lab-service-1-data');
    expect((await lab.counts())['volumes']).toBe(2);
    await up(lab.run([], { provision: { destroyData: ['lab-service-1-data'] } }));
    expect(await lab.counts()).toEqual(expectedCounts(lab.run().site));
  });

  it('destroys all but protected data, says so, and that too with its key', async () => {
    expect(await killed(lab, destroy, /delete Instance \S+ \.\.\./, 500)).toContain('ended by SIGKILL');
    const first = await destroy(lab.run());
    expect(first.kept).toEqual([VOLUME]);
    expect(await lab.counts()).toEqual({ ...EMPTY, volumes: 1 });
    expect(await refusal(destroy(lab.run([], { provision: { destroyData: ['storage'] } })))).toContain(
      VOLUME,
    );
    const second = await destroy(lab.run([], { provision: { destroyData: [VOLUME] } }));
    expect(second.kept).toEqual([]);
    expect(await lab.counts()).toEqual(EMPTY);
  });

  it('leaves no process running', () => {
    expect(leftRunning(join(lab.folder, 'backend'))).toEqual([]);
  });
});

/** A run whose clouds.yaml is another one. */
function withClouds(lab: Rehearsal, change: (text: string) => string): SiteRun {
  const dir = join(lab.folder, 'other-clouds');
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'clouds.yaml');
  writeFileSync(file, change(readFileSync(lab.openstack.cloudsYaml, 'utf8')));
  const run = lab.run();
  return { ...run, engine: { ...run.engine, env: { ...run.engine.env, OS_CLIENT_CONFIG_FILE: file } } };
}

/** Output of the plain command that operators type; it must fail. */
async function plainPulumi(run: SiteRun, args: readonly string[]): Promise<string> {
  const { engine } = run;
  const env = {
    ...process.env,
    ...engine.env,
    PATH: engine.path,
    PULUMI_BACKEND_URL: `file://${engine.backendDir}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: engine.passphraseFile,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
  };
  const settings = join(engine.settingsDir, 'Pulumi.lab.yaml');
  const all = [...args, '--stack', 'lab', '--config-file', settings, '--non-interactive', '--color', 'never'];
  return promisify(execFile)('pulumi', all, { cwd: engine.checkout, env }).then(
    () => {
      throw new Error('pulumi succeeded');
    },
    (error: unknown) => (error as { stdout: string }).stdout,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
