import { spawn } from 'node:child_process';
import { once } from 'node:events';

import {
  killOrphans,
  liveProcess,
  orphansOf,
  parseStat,
  pause,
  type ProcessFacts,
} from '../../../stacks/engine/processes';

describe('facts of a process', () => {
  it('are read from its stat line, whatever its name holds', () => {
    const rest = Array.from({ length: 30 }, (_, i) => String(i)).join(' ');
    expect(parseStat(`77 (odd ) name (x)) S ${rest}`)).toEqual({
      pid: 77,
      state: 'S',
      parent: 0,
      session: 2,
      startTicks: '18',
    });
  });

  it.each(['', 'nothing', '1 (x) S 1 2'])('are missing where the line is none: %p', (line) => {
    expect(parseStat(line)).toBeUndefined();
  });

  it('show this process with its start, and none for one that has ended', async () => {
    expect(liveProcess(process.pid)?.startTicks).toMatch(/^\d+$/);
    const child = spawn('true');
    await once(child, 'exit');
    expect(liveProcess(child.pid ?? 0)).toBeUndefined();
  });
});

describe('what a killed engine left running', () => {
  /** A session leader with a child in a process group of its own, which stays when the leader is killed. */
  async function orphaned(): Promise<{ engine: number; child: number }> {
    const leader = spawn('bash', ['-c', 'set -m; sleep 300 & echo $!; wait'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [said] = (await once(leader.stdout, 'data')) as [Buffer];
    const engine = leader.pid ?? 0;
    process.kill(engine, 'SIGKILL');
    await once(leader, 'exit');
    return { engine, child: Number(said.toString()) };
  }

  it('is found by its session and killed', async () => {
    const { engine, child } = await orphaned();
    expect(liveProcess(child)).toMatchObject({ session: engine });
    expect(await killOrphans(engine)).toBeGreaterThan(0);
    expect(liveProcess(child)).toBeUndefined();
  });

  it('is left alone while the engine lives', async () => {
    const leader = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
    await pause(50);
    const pid = leader.pid ?? 0;
    expect(await killOrphans(pid)).toBe(0);
    expect(liveProcess(pid)).toBeDefined();
    leader.kill('SIGKILL');
    await once(leader, 'exit');
  });

  it.each([0, 1])('is never looked for under the id %d', async (engine) => {
    expect(await killOrphans(engine)).toBe(0);
  });

  describe('by an engine that was started from a terminal', () => {
    const process = (pid: number, parent: number): ProcessFacts => ({
      pid,
      parent,
      session: 7,
      state: 'S',
      startTicks: '1',
    });
    const commands: Readonly<Record<number, readonly string[]>> = {
      20: ['/usr/bin/pulumi-language-nodejs', '127.0.0.1:4001'],
      21: ['node', 'run', '--engine', '127.0.0.1:4001'],
      22: ['pulumi-resource-openstack', '127.0.0.1:4001'],
      30: ['/usr/bin/pulumi-resource-openstack', '127.0.0.1:4002'],
      40: ['/usr/bin/other', '127.0.0.1:4001'],
      50: ['/usr/bin/pulumi-resource-openstack', '127.0.0.1:4001'],
    };
    const seen = {
      processes: [
        process(20, 1),
        process(21, 20),
        process(22, 1),
        process(30, 1),
        process(40, 1),
        process(50, 9),
        process(60, 21),
      ],
      argumentsOf: (pid: number) => commands[pid] ?? [],
      listening: new Set([4002]),
    };

    it('are its plugins, whose engine answers no more, and their descendants', () => {
      expect(orphansOf(10, seen).map((p) => p.pid)).toEqual([20, 22, 21, 60]);
    });

    it('are not the plugins of an engine that lives', () => {
      const listening = new Set([4001, 4002]);
      expect(orphansOf(10, { ...seen, listening })).toEqual([]);
    });
  });
});
