import { ACCELERATORS, PRODUCT_LABEL } from '../../../constructs/site/accelerators';

const all = Object.entries(ACCELERATORS);

describe('the accelerator catalogue', () => {
  it('holds every kind a site may name', () => {
    expect(Object.keys(ACCELERATORS)).toEqual([
      't4',
      'rtx5000',
      'a30',
      'a100-40gb',
      'a100-sxm-40gb',
      'a100-80gb',
      'a100-sxm-80gb',
      'h100',
      'h100-sxm',
      'h200',
      'u50',
      'u250',
      'u55c',
      'v70',
    ]);
  });

  it.each(all)('knows %s by its key', (kind, card) => {
    expect(card.kind).toBe(kind);
  });

  it.each(all)('gives %s a PCI id of its vendor', (_kind, card) => {
    expect(card.pciId).toMatch(card.vendor === 'nvidia' ? /^10de:[0-9a-f]{4}$/ : /^10ee:[0-9a-f]{4}$/);
  });

  it('gives no PCI id and no product label to two kinds', () => {
    const cards = Object.values(ACCELERATORS);
    expect(new Set(cards.map((c) => c.pciId)).size).toBe(cards.length);
    expect(new Set(cards.map((c) => c.product)).size).toBe(cards.length);
  });

  it.each(all)('gives %s a product that is a legal label value', (_kind, card) => {
    expect(card.product).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9._]{0,61}[A-Za-z0-9])?$/);
  });

  it('selects all of them by one label key', () => {
    expect(PRODUCT_LABEL).toBe('nvidia.com/gpu.product');
  });

  it.each(all)('names the resource of %s by its vendor', (_kind, card) => {
    if (card.vendor === 'nvidia') expect(card.resource).toBe('nvidia.com/gpu');
    else expect(card.resource).toMatch(new RegExp(`^amd\\.com/xilinx_${card.kind}_[a-z0-9_]+-0$`));
  });

  it('divides exactly the Ampere data-centre cards and their successors', () => {
    const divisible = all.filter(([, card]) => card.mig).map(([kind]) => kind);
    expect(divisible).toEqual([
      'a30',
      'a100-40gb',
      'a100-sxm-40gb',
      'a100-80gb',
      'a100-sxm-80gb',
      'h100',
      'h100-sxm',
      'h200',
    ]);
  });

  it.each(all.filter(([, card]) => card.mig))(
    'gives the full profile of %s the memory of the card',
    (_kind, card) => {
      expect(card.mig?.profiles[0]?.memoryGiB).toBe(card.memoryGiB);
    },
  );

  it('passes cards with SR-IOV as physical functions and the RTX 5000 as a plain device', () => {
    const plain = all.filter(([, c]) => c.vendor === 'nvidia' && c.deviceType === 'type-PCI').map(([k]) => k);
    expect(plain).toEqual(['rtx5000']);
  });

  it.each(all)('tells where the figures of %s come from', (_kind, card) => {
    expect(card.source).toMatch(/PCI id: /);
  });

  it('marks the id that no register confirmed as one to verify on site', () => {
    expect(ACCELERATORS['h200']?.source).toContain('verify on site');
  });

  it('cannot be changed at run time', () => {
    expect(Object.isFrozen(ACCELERATORS)).toBe(true);
    expect(all.every(([, card]) => Object.isFrozen(card))).toBe(true);
  });
});
