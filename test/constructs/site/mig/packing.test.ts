import fc from 'fast-check';

import {
  A100_40GB,
  A100_80GB,
  A30_24GB,
  H100_80GB,
  H200_141GB,
  instancesOf,
  layouts,
  maximalLayouts,
  mixOf,
  packs,
  placements,
  profileOf,
  sizeOf,
  type MigGeometry,
  type Mix,
  type Placement,
} from '../../../../constructs/site/mig';

const SEVEN_SLICE = [A100_40GB, A100_80GB, H100_80GB, H200_141GB];
const GEOMETRIES = [...SEVEN_SLICE, A30_24GB];

const geometry = fc.constantFrom(...GEOMETRIES);
/** A geometry and up to eight of its profiles, packing or not. */
const wish = geometry.chain((g) =>
  fc.tuple(
    fc.constant(g),
    fc.array(fc.constantFrom(...g.profiles.map((p) => p.name)), { minLength: 1, maxLength: 8 }),
  ),
);
/** A geometry and a multiset that packs, drawn from every layout it has. */
const packing = geometry.chain((g) =>
  fc.tuple(fc.constant(g), fc.constantFrom(...layouts(g, { doubleMemory: true, media: true }))),
);

/** Placement by brute force over every start of every profile: slow, but obviously right. */
function packsByBruteForce(g: MigGeometry, names: readonly string[]): boolean {
  const profiles = names.map((name) => profileOf(g, name));
  if (profiles.filter((p) => p?.variant === 'media').length > 1) return false;
  if (profiles.reduce((sum, p) => sum + (p?.compute ?? 0), 0) > g.computeSlices) return false;
  const tryFrom = (index: number, taken: ReadonlySet<number>): boolean => {
    const profile = profiles[index];
    if (!profile) return true;
    return profile.starts.some((start) => {
      const cells = Array.from({ length: profile.size }, (_, i) => start + i);
      return cells.every((c) => !taken.has(c)) && tryFrom(index + 1, new Set([...taken, ...cells]));
    });
  };
  return tryFrom(0, new Set());
}

function cellsOf(placed: readonly Placement[]): readonly number[] {
  return placed.flatMap(({ start, size }) => Array.from({ length: size }, (_, i) => start + i));
}

const key = (mix: Mix): string => instancesOf(mix).slice().sort().join(',');

describe('enumeration of MIG layouts', () => {
  it.each(SEVEN_SLICE.map((g) => [g.family, g] as const))(
    'finds the 37 base layouts of %s, 12 of them maximal, and 77 and 28 with double memory',
    (_family, g) => {
      expect(layouts(g)).toHaveLength(37);
      expect(maximalLayouts(g)).toHaveLength(12);
      expect(layouts(g, { doubleMemory: true })).toHaveLength(77);
      expect(maximalLayouts(g, { doubleMemory: true })).toHaveLength(28);
    },
  );

  it('finds the 9 layouts of an A30, 4 of them maximal, and no double memory on it', () => {
    expect(layouts(A30_24GB)).toHaveLength(9);
    expect(maximalLayouts(A30_24GB)).toHaveLength(4);
    expect(layouts(A30_24GB, { doubleMemory: true })).toHaveLength(9);
  });

  it('names the twelve maximal base layouts of an A100 40 GB', () => {
    const named = maximalLayouts(A100_40GB).map((mix) =>
      Object.entries(mix)
        .map(([name, count]) => `${count}x${name.split('.')[0]}`)
        .join('+'),
    );
    expect(new Set(named)).toEqual(
      new Set([
        '1x7g',
        '1x4g+1x3g',
        '1x4g+1x2g+1x1g',
        '1x4g+3x1g',
        '2x3g',
        '1x3g+2x2g',
        '1x3g+1x2g+2x1g',
        '1x3g+4x1g',
        '3x2g+1x1g',
        '2x2g+3x1g',
        '1x2g+5x1g',
        '7x1g',
      ]),
    );
  });

  it('lists each layout once', () => {
    for (const g of GEOMETRIES) {
      const all = layouts(g, { doubleMemory: true, media: true }).map(key);
      expect(new Set(all).size).toBe(all.length);
    }
  });

  it('contains every multiset that packs and nothing else', () => {
    const known = new Map(
      GEOMETRIES.map((g) => [g, new Set(layouts(g, { doubleMemory: true, media: true }).map(key))]),
    );
    fc.assert(
      fc.property(wish, ([g, names]) => {
        expect(known.get(g)?.has(key(mixOf(names)))).toBe(packsByBruteForce(g, names));
      }),
      { numRuns: 500 },
    );
  });

  it('calls a layout maximal exactly when no profile can be added', () => {
    for (const g of GEOMETRIES) {
      const choice = { doubleMemory: true, media: true };
      const maximal = new Set(maximalLayouts(g, choice).map(key));
      for (const mix of layouts(g, choice)) {
        const grows = g.profiles.some((p) => packsByBruteForce(g, [...instancesOf(mix), p.name]));
        expect(maximal.has(key(mix))).toBe(!grows);
      }
    }
  });

  it('uses media profiles only when asked', () => {
    expect(layouts(A100_40GB, { doubleMemory: true }).some((mix) => '1g.5gb+me' in mix)).toBe(false);
    expect(layouts(A100_40GB, { media: true }).some((mix) => '1g.5gb+me' in mix)).toBe(true);
  });
});

describe('placement of MIG instances', () => {
  it('never overlaps, stays on the card and starts only where the profile may start', () => {
    fc.assert(
      fc.property(packing, ([g, mix]) => {
        const placed = placements(g, instancesOf(mix)) ?? [];
        const cells = cellsOf(placed);
        expect(placed).toHaveLength(sizeOf(mix));
        expect(new Set(cells).size).toBe(cells.length);
        expect(Math.max(...cells)).toBeLessThan(g.memorySlices);
        for (const { profile, start, size } of placed) {
          expect(profileOf(g, profile)?.starts).toContain(start);
          expect(profileOf(g, profile)?.size).toBe(size);
        }
        expect(mixOf(placed.map((p) => p.profile))).toEqual(mix);
      }),
    );
  });

  it('exists exactly when brute force over all starts finds one', () => {
    fc.assert(
      fc.property(wish, ([g, names]) => {
        expect(placements(g, names) !== undefined).toBe(packsByBruteForce(g, names));
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order in which the profiles are given', () => {
    const shuffled = wish.chain(([g, names]) =>
      fc.tuple(fc.constant(g), fc.constant(names), fc.shuffledSubarray(names, { minLength: names.length })),
    );
    fc.assert(
      fc.property(shuffled, ([g, names, other]) => {
        expect(placements(g, other)).toEqual(placements(g, names));
      }),
    );
  });

  it('packs every subset of a multiset that packs', () => {
    const subset = packing.chain(([g, mix]) =>
      fc.tuple(fc.constant(g), fc.subarray([...instancesOf(mix)], { minLength: 0 })),
    );
    fc.assert(
      fc.property(subset, ([g, names]) => {
        expect(packs(g, mixOf(names))).toBe(true);
      }),
    );
  });

  it('creates large instances first, so that small ones cannot fragment the card', () => {
    const placed = placements(A100_40GB, ['1g.5gb', '3g.20gb', '1g.5gb', '2g.10gb']) ?? [];
    expect(placed.map((p) => p.profile)).toEqual(['3g.20gb', '2g.10gb', '1g.5gb', '1g.5gb']);
  });

  it.each([
    ['4g beside two 2g: eight compute slices', { '4g.20gb': 1, '2g.10gb': 2 }],
    ['three 2g beside a 3g: it needs half the memory', { '3g.20gb': 1, '2g.10gb': 3 }],
    ['2g at slice 6', { '2g.10gb': 4 }],
    ['eight 1g: seven compute slices', { '1g.5gb': 8 }],
    ['two 3g beside a 1g: no memory left', { '3g.20gb': 2, '1g.5gb': 1 }],
    ['two media instances: one set of engines', { '1g.5gb+me': 2 }],
  ] as const)('refuses %s', (_why, mix) => {
    expect(packs(A100_40GB, mix)).toBe(false);
  });

  it('refuses two media instances of different size on an A30', () => {
    expect(packs(A30_24GB, { '2g.12gb+me': 1, '1g.6gb+me': 1 })).toBe(false);
    expect(packs(A30_24GB, { '2g.12gb+me': 1, '1g.6gb': 2 })).toBe(true);
  });

  it('refuses a profile the card does not have', () => {
    expect(placements(A100_40GB, ['3g.30gb'])).toBeUndefined();
  });

  it('accepts the layout of one double-memory and six single slices', () => {
    expect(packs(A100_40GB, { '1g.10gb': 1, '1g.5gb': 6 })).toBe(true);
    expect(packs(A100_40GB, { '1g.10gb': 1, '1g.5gb': 7 })).toBe(false);
  });
});

describe('MIG geometry', () => {
  it('gives as maximum of a profile what really packs when nothing else is on the card', () => {
    for (const g of GEOMETRIES)
      for (const p of g.profiles) {
        expect(packs(g, { [p.name]: p.max })).toBe(true);
        expect(packs(g, { [p.name]: p.max + 1 })).toBe(false);
      }
  });

  it('has profile names that tell compute slices and memory', () => {
    for (const g of GEOMETRIES)
      for (const p of g.profiles) {
        expect(p.name).toMatch(new RegExp(`^${p.compute}g\\.${p.memoryGiB}gb(\\+me)?$`));
        expect(p.name.endsWith('+me')).toBe(p.variant === 'media');
      }
  });

  it('orders profiles from large to small', () => {
    for (const g of GEOMETRIES)
      expect(g.profiles.map((p) => p.size)).toEqual(g.profiles.map((p) => p.size).sort((a, b) => b - a));
  });
});
