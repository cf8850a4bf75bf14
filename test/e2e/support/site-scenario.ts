import { join } from 'node:path';

import { changed } from '../../../stacks/engine/events';
import { destroy, up } from '../../../stacks/engine/run';
import { leftRunning } from './left-running';
import { EMPTY, expectedCounts, killedOnTheWay, refusal, Rehearsal, touched, type Edit } from './rehearsal';

/** What is particular to a site in the course that every real site must stand. */
export interface SiteScenario {
  readonly site: string;
  /** One machine more, and what exactly that creates. */
  readonly grown: readonly Edit[];
  readonly grownBy: string;
  /** The file claims a card that no host has; name of the server that cannot be. */
  readonly tooMany: readonly Edit[];
  readonly victim: string;
  readonly volume: string;
}

/** The life of a site on an OpenStack shaped like its hosts: the tests of one file. */
export function describeSite({ site, grown, grownBy, tooMany, victim, volume }: SiteScenario): void {
  describe(`provisioning of ${site} on a real OpenStack by the real engine`, () => {
    let rehearsal: Rehearsal;
    beforeAll(async () => {
      rehearsal = await Rehearsal.start(site);
    });
    afterAll(async () => {
      await rehearsal.end();
    });
    const asPlanned = async (): Promise<void> => {
      expect(await rehearsal.counts()).toEqual(expectedCounts(rehearsal.run().site));
    };

    it('recovers from SIGKILL of the engine and ends with exactly what the plan says', async () => {
      const moments: readonly [RegExp, number][] = [
        [/create Network network \.\.\./, 900],
        [/create Port \S+ \.\.\./, 2500],
        [/create Instance \S+ \.\.\./, 3500],
      ];
      for (const moment of moments)
        expect(await killedOnTheWay(rehearsal, moment, () => destroy(rehearsal.run()))).toContain(
          'ended by SIGKILL',
        );
      await up(rehearsal.run());
      await asPlanned();
    });

    it('changes nothing when run again', async () => {
      expect(changed(await up(rehearsal.run()))).toBe(0);
      await asPlanned();
    });

    it('creates only the added machine', async () => {
      const before = await rehearsal.servers();
      const result = await up(rehearsal.run(grown));
      expect(touched(result)).toEqual([`create Instance ${grownBy}`, `create Port ${grownBy}-port`]);
      expect((await rehearsal.servers()).size).toBe(before.size + 1);
    });

    it('removes only the removed machine', async () => {
      const result = await up(rehearsal.run());
      expect(touched(result)).toEqual([`delete Instance ${grownBy}`, `delete Port ${grownBy}-port`]);
      await asPlanned();
    });

    it('fails on every attempt with one card too many, and mends', async () => {
      const before = await rehearsal.servers();
      for (const attempt of [1, 2]) {
        const message = await refusal(up(rehearsal.run(tooMany)));
        const expected = expect.stringMatching(
          new RegExp(`server ${victim}: found ERROR in Nova: .*No valid host was found`),
        ) as string;
        expect([attempt, message]).toEqual([attempt, expected]);
      }
      await up(rehearsal.run());
      expect(await rehearsal.servers()).toEqual(before);
    });

    it('destroys all but protected data, then that too with its key', async () => {
      expect((await destroy(rehearsal.run())).kept).toEqual([volume]);
      expect(await rehearsal.counts()).toEqual({ ...EMPTY, volumes: 1 });
      await destroy(rehearsal.run([], { provision: { destroyData: [volume] } }));
      expect(await rehearsal.counts()).toEqual(EMPTY);
      expect(leftRunning(join(rehearsal.folder, 'backend'))).toEqual([]);
    });
  });
}
