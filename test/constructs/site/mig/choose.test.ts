import fc from 'fast-check';

import {
  A100_40GB,
  A100_80GB,
  A30_24GB,
  H200_141GB,
  bestLayout,
  instancesOf,
  maximalLayouts,
  mixOf,
  packs,
  profileOf,
  seats,
  sizeOf,
  type MigGeometry,
  type Mix,
} from '../../../../constructs/site/mig';

const GEOMETRIES = [A100_40GB, A100_80GB, H200_141GB, A30_24GB];
const geometry = fc.constantFrom(...GEOMETRIES);
const demand = geometry.chain((g) =>
  fc.tuple(
    fc.constant(g),
    fc
      .array(fc.constantFrom(...g.profiles.filter((p) => p.variant !== 'media').map((p) => p.name)), {
        minLength: 1,
        maxLength: 5,
      })
      .map((names) => [...names]),
  ),
);

/** Most requests that instances can serve, by trying every assignment. */
function servedByBruteForce(
  g: MigGeometry,
  requests: readonly string[],
  instances: readonly string[],
): number {
  const [first, ...rest] = requests;
  if (first === undefined) return 0;
  const wanted = profileOf(g, first);
  const seated = instances.flatMap((name, i) => {
    const given = profileOf(g, name);
    const suits = wanted && given && given.compute >= wanted.compute && given.size >= wanted.size;
    return suits
      ? [
          1 +
            servedByBruteForce(
              g,
              rest,
              instances.filter((_, j) => j !== i),
            ),
        ]
      : [];
  });
  return Math.max(servedByBruteForce(g, rest, instances), ...seated);
}

describe('the layout that serves a demand best', () => {
  it.each<readonly [string, Mix, Mix]>([
    ['seven small ones', { '1g.5gb': 7 }, { '1g.5gb': 7 }],
    ['one whole card', { '7g.40gb': 1 }, { '7g.40gb': 1 }],
    ['a large one beside small ones', { '3g.20gb': 1, '1g.5gb': 4 }, { '3g.20gb': 1, '1g.5gb': 4 }],
    ['two halves', { '3g.20gb': 2 }, { '3g.20gb': 2 }],
    ['four with double memory', { '1g.10gb': 4 }, { '1g.10gb': 4 }],
    ['a half, with the rest for as many as possible', { '4g.20gb': 1 }, { '4g.20gb': 1, '1g.5gb': 3 }],
  ])('of an A100 for %s', (_what, wanted, expected) => {
    const best = bestLayout(A100_40GB, wanted);
    expect(best.mix).toEqual(expected);
    expect(best).toMatchObject({ served: sizeOf(wanted), unserved: {}, surplus: 0 });
  });

  it('prefers serving seven people to serving one whole-card wish', () => {
    const best = bestLayout(A100_40GB, { '7g.40gb': 1, '1g.5gb': 7 });
    expect(best.mix).toEqual({ '1g.5gb': 7 });
    expect(best.unserved).toEqual({ '7g.40gb': 1 });
  });

  it('gives a media wish the media profile', () => {
    expect(bestLayout(A100_40GB, { '1g.5gb+me': 1 })).toMatchObject({ served: 1, mix: { '1g.5gb+me': 1 } });
  });

  it('reports what does not fit on one card', () => {
    expect(bestLayout(A30_24GB, { '1g.6gb': 10 })).toMatchObject({ served: 4, unserved: { '1g.6gb': 6 } });
  });

  it('serves as many requests as the best of all layouts can', () => {
    fc.assert(
      fc.property(demand, ([g, names]) => {
        const most = Math.max(
          ...maximalLayouts(g, { doubleMemory: true }).map((mix) =>
            servedByBruteForce(g, names, instancesOf(mix)),
          ),
        );
        expect(bestLayout(g, mixOf(names)).served).toBe(most);
      }),
      { numRuns: 60 },
    );
  });

  it('is a full layout that packs, and counts every request once', () => {
    fc.assert(
      fc.property(demand, ([g, names]) => {
        const best = bestLayout(g, mixOf(names));
        expect(packs(g, best.mix)).toBe(true);
        expect(best.served + sizeOf(best.unserved)).toBe(names.length);
        expect(
          g.profiles.some(
            (p) => p.variant !== 'media' && packs(g, { ...best.mix, [p.name]: (best.mix[p.name] ?? 0) + 1 }),
          ),
        ).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('does not depend on the order in which the demand is written', () => {
    const shuffled = demand.chain(([g, names]) =>
      fc.tuple(fc.constant(g), fc.constant(names), fc.shuffledSubarray(names, { minLength: names.length })),
    );
    fc.assert(
      fc.property(shuffled, ([g, names, other]) => {
        expect(bestLayout(g, mixOf(other))).toEqual(bestLayout(g, mixOf(names)));
      }),
      { numRuns: 60 },
    );
  });

  it('throws on a profile the card does not have', () => {
    expect(() => bestLayout(A100_40GB, { '3g.30gb': 1 })).toThrow("A100 40 GB has no MIG profile '3g.30gb'");
  });
});

describe('seats for a head-count', () => {
  it.each([
    [14, { cards: 2, profile: '1g.5gb', perCard: 7, seats: 14, spare: 0 }],
    [28, { cards: 4, profile: '1g.5gb', perCard: 7, seats: 28, spare: 0 }],
    [15, { cards: 3, profile: '1g.5gb', perCard: 7, seats: 21, spare: 6 }],
    [4, { cards: 1, profile: '1g.10gb', perCard: 4, seats: 4, spare: 0 }],
    [3, { cards: 1, profile: '2g.10gb', perCard: 3, seats: 3, spare: 0 }],
    [8, { cards: 2, profile: '1g.10gb', perCard: 4, seats: 8, spare: 0 }],
    [1, { cards: 1, profile: '7g.40gb', perCard: 1, seats: 1, spare: 0 }],
  ])('of %i people on A100 cards with 40 GB', (heads, plan) => {
    expect(seats(A100_40GB, heads)).toEqual(plan);
  });

  it('always suffice, on the fewest cards, with no larger slice possible', () => {
    fc.assert(
      fc.property(geometry, fc.integer({ min: 1, max: 200 }), (g, heads) => {
        const plan = seats(g, heads);
        const most = Math.max(...g.profiles.map((p) => p.max));
        expect(plan.seats).toBe(heads + plan.spare);
        expect(plan.spare).toBeGreaterThanOrEqual(0);
        expect((plan.cards - 1) * most).toBeLessThan(heads);
        expect(packs(g, { [plan.profile]: plan.perCard })).toBe(true);
        const chosen = profileOf(g, plan.profile)?.memoryGiB ?? 0;
        const larger = g.profiles.filter((p) => p.variant !== 'media' && p.memoryGiB > chosen);
        for (const p of larger) expect(p.max * plan.cards).toBeLessThan(heads);
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN])('refuse %d people', (heads) => {
    expect(() => seats(A100_40GB, heads)).toThrow('positive whole number');
  });
});
