import fc from 'fast-check';

import { ACCELERATORS, type Accelerator } from '../../../../constructs/site/accelerators';
import {
  WHOLE_CARD,
  devicesOn,
  parseLayout,
  transition,
  type NodeCards,
  type SiteLayout,
  type TransitionStep,
} from '../../../../constructs/site/mig';

function node(kind: string, layout?: string, cards = 1): NodeCards {
  const accelerator: Accelerator | undefined = ACCELERATORS[kind];
  if (!accelerator) throw new Error(`no accelerator '${kind}'`);
  const parsed =
    layout === undefined ? { ok: true as const, layout: WHOLE_CARD } : parseLayout(accelerator, layout);
  if (!parsed.ok) throw new Error(parsed.found);
  return { accelerator, cards, layout: parsed.layout };
}

const one = (before?: NodeCards, after?: NodeCards): TransitionStep | undefined =>
  transition(before ? { n: before } : {}, after ? { n: after } : {})[0];

describe('one node in a transition', () => {
  it('does nothing when the layout stays, however it is written', () => {
    expect(one(node('a100-40gb', '1g.5gb'), node('a100-40gb', '7x1g.5gb'))).toBeUndefined();
    expect(one(node('t4', undefined, 4), node('t4', undefined, 4))).toBeUndefined();
  });

  it('drains without reboot between two MIG layouts', () => {
    expect(one(node('a100-40gb', '1g.5gb'), node('a100-40gb', '3g.20gb'))).toEqual({
      node: 'n',
      action: 'relayout',
      drain: true,
      reboot: false,
      lost: 7,
      gained: 2,
      from: '7x1g.5gb',
      to: '2x3g.20gb',
      config: 'all-3g.20gb',
    });
  });

  it.each([
    ['a100-40gb', '1g.5gb'],
    ['a100-sxm-80gb', '1g.10gb'],
    ['a30', '1g.6gb'],
  ])('reboots an Ampere card (%s) when MIG is switched on or off', (kind, layout) => {
    expect(one(node(kind), node(kind, layout))).toMatchObject({
      action: 'relayout',
      drain: true,
      reboot: true,
    });
    expect(one(node(kind, layout), node(kind))).toMatchObject({
      drain: true,
      reboot: true,
      config: 'all-disabled',
    });
  });

  it.each([
    ['h100', '1g.10gb'],
    ['h200', '1g.18gb'],
  ])('does not reboot a Hopper card (%s), whose mode belongs to the driver', (kind, layout) => {
    expect(one(node(kind), node(kind, layout))).toMatchObject({ drain: true, reboot: false });
  });

  it('drains nobody from a node that is new, and expects the reboot that switches MIG on', () => {
    expect(one(undefined, node('a100-40gb', '1g.5gb'))).toMatchObject({
      action: 'add',
      drain: false,
      reboot: true,
      gained: 7,
    });
    expect(one(undefined, node('t4'))).toMatchObject({ action: 'add', drain: false, reboot: false });
  });

  it('drains a node that goes and gives it no configuration', () => {
    const step = one(node('t4', undefined, 4), undefined);
    expect(step).toMatchObject({ action: 'remove', drain: true, reboot: false, lost: 4, gained: 0 });
    expect(step).not.toHaveProperty('config');
  });

  it('replaces a node that gets other cards or another number of them', () => {
    expect(one(node('t4'), node('a30'))).toMatchObject({ action: 'replace', drain: true, reboot: false });
    expect(one(node('t4', undefined, 4), node('t4', undefined, 8))).toMatchObject({
      action: 'replace',
      lost: 4,
      gained: 8,
    });
    expect(one(node('a100-40gb'), node('a100-80gb', '1g.10gb'))).toMatchObject({
      action: 'replace',
      reboot: true,
    });
  });
});

describe('devices on a node', () => {
  it('are all instances of all its cards', () => {
    expect(devicesOn(node('t4', undefined, 4))).toBe(4);
    expect(devicesOn(node('a100-40gb', '1g.5gb', 2))).toBe(14);
    expect(devicesOn(node('a100-40gb', '3g.20gb+2x2g.10gb', 2))).toBe(6);
  });
});

describe('the order of a transition', () => {
  it('adds first, then changes, and removes last', () => {
    const from: SiteLayout = { a: node('t4'), b: node('a100-40gb', '1g.5gb'), c: node('a30') };
    const to: SiteLayout = { b: node('a100-40gb', '2g.10gb'), c: node('a30', '1g.6gb'), d: node('t4') };
    expect(transition(from, to).map((s) => `${s.action} ${s.node}`)).toEqual([
      'add d',
      'relayout c',
      'relayout b',
      'remove a',
    ]);
  });

  const state = fc.constantFrom(
    node('t4', undefined, 4),
    node('a30'),
    node('a30', '1g.6gb'),
    node('a100-40gb'),
    node('a100-40gb', '1g.5gb'),
    node('a100-40gb', '3g.20gb', 2),
    node('a100-40gb', '2g.10gb'),
  );
  const site = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), state);

  /** Fewest devices in service at any moment when nodes change one after another. */
  function lowest(start: number, steps: readonly TransitionStep[]): number {
    let current = start;
    let least = start;
    for (const { lost, gained } of steps) {
      least = Math.min(least, current - lost);
      current += gained - lost;
    }
    return least;
  }

  function permutations<T>(values: readonly T[]): readonly (readonly T[])[] {
    if (values.length === 0) return [[]];
    return values.flatMap((v, i) =>
      permutations(values.filter((_, j) => j !== i)).map((rest) => [v, ...rest]),
    );
  }

  const total = (layout: SiteLayout): number =>
    Object.values(layout).reduce((sum, n) => sum + devicesOn(n), 0);

  it('keeps as many devices in service as any order can', () => {
    fc.assert(
      fc.property(site, site, (from, to) => {
        const steps = transition(from, to);
        const best = Math.max(...permutations(steps).map((p) => lowest(total(from), p)));
        expect(lowest(total(from), steps)).toBe(best);
      }),
      { numRuns: 60 },
    );
  });

  it('leads from the devices of one layout to those of the other, touching each node at most once', () => {
    fc.assert(
      fc.property(site, site, (from, to) => {
        const steps = transition(from, to);
        const change = steps.reduce((sum, s) => sum + s.gained - s.lost, 0);
        expect(total(from) + change).toBe(total(to));
        expect(new Set(steps.map((s) => s.node)).size).toBe(steps.length);
        expect(transition(to, to)).toEqual([]);
      }),
    );
  });

  it('drains exactly the nodes that somebody may be using', () => {
    fc.assert(
      fc.property(site, site, (from, to) => {
        for (const step of transition(from, to)) expect(step.drain).toBe(step.node in from);
      }),
    );
  });
});
