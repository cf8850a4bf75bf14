import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { UserError } from '../../../constructs/core/errors';
import { startDaemon, stopDaemon } from '../../../twin/local/processes';
import { choosePorts, isFree } from '../../../twin/openstack/ports';
import { candidateFirstPorts, portsFrom, selectServices } from '../../../twin/openstack/services';
import { type Layout, layoutOf, makeFolders, newSettings } from '../../../twin/openstack/settings';

const services = selectServices([]);

/** Runs while another program listens on a port. */
async function whileTaken<T>(port: number, operation: (port: number) => Promise<T>): Promise<T> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  try {
    return await operation((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('choosing ports', () => {
  let parent: string;
  let layout: Layout;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'ports-'));
    layout = layoutOf(join(parent, 'cloud'));
    makeFolders(layout);
  });
  afterEach(() => {
    rmSync(parent, { recursive: true });
  });
  const settings = (first: number) => newSettings('lab', [], portsFrom(first));
  /** A block that is free now, far from where the folder's own search begins. */
  const spare = async (): Promise<number> => {
    for (const first of candidateFirstPorts(`${parent}/elsewhere`)) {
      if ((await Promise.all(Object.values(portsFrom(first)).map(isFree))).every(Boolean)) return first;
    }
    throw new Error('no free block');
  };

  it('tells free ports from taken ones', async () => {
    await whileTaken(0, async (port) => {
      expect(await isFree(port)).toBe(false);
    });
  });

  it('skips a block in which a port is taken', async () => {
    const free = await choosePorts(layout, undefined, services, 'free');
    await whileTaken(free.nova, async () => {
      const other = await choosePorts(layout, undefined, services, 'free');
      expect(Object.values(other)).not.toContain(free.nova);
    });
  });

  it('keeps the ports of the last start', async () => {
    const before = settings(await spare());
    expect(await choosePorts(layout, before, services, 'free')).toEqual(before.ports);
  });

  it('takes others when those of the last start are lost and nothing runs', async () => {
    const before = settings(await spare());
    await whileTaken(before.ports.glance, async () => {
      const ports = await choosePorts(layout, before, services, 'free');
      expect(ports.glance).not.toBe(before.ports.glance);
    });
  });

  it('takes the ports asked for by number', async () => {
    const first = await spare();
    expect(await choosePorts(layout, settings(21_000), services, first)).toEqual(portsFrom(first));
  });

  it('refuses a number whose ports are taken, and names port and service', async () => {
    const first = await spare();
    await whileTaken(first + 4, async (port) => {
      const choice = choosePorts(layout, undefined, services, first);
      await expect(choice).rejects.toThrow(UserError);
      await expect(choice).rejects.toThrow(`${port} (nova)`);
    });
  });

  it('does not move a cloud that runs in part, but says who is in the way', async () => {
    const before = settings(await spare());
    const log = join(layout.log, 'nova.out');
    await startDaemon(layout.run, {
      name: 'nova',
      command: 'sleep',
      args: ['60'],
      env: { PATH: process.env['PATH'] },
      log,
    });
    try {
      expect(await choosePorts(layout, before, services, 20_000)).toEqual(before.ports);
      await whileTaken(before.ports.glance, async (port) => {
        await expect(choosePorts(layout, before, services, 'free')).rejects.toThrow(`${port} (glance)`);
      });
    } finally {
      await stopDaemon(layout.run, 'nova');
    }
  });
});
