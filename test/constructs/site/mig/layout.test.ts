import fc from 'fast-check';

import { ACCELERATORS, type Accelerator } from '../../../../constructs/site/accelerators';
import {
  WHOLE_CARD,
  devicesOf,
  layoutOf,
  layouts,
  packs,
  parseLayout,
  sizeOf,
  strategyOf,
  type Layout,
  type ParsedLayout,
} from '../../../../constructs/site/mig';

function card(kind: string): Accelerator {
  const found = ACCELERATORS[kind];
  if (!found) throw new Error(`no accelerator '${kind}'`);
  return found;
}

function read(kind: string, text: string): Layout {
  const parsed = parseLayout(card(kind), text);
  if (!parsed.ok) throw new Error(`${parsed.found}; allowed: ${parsed.allowed}`);
  return parsed.layout;
}

function refusal(kind: string, text: string): Exclude<ParsedLayout, { ok: true }> {
  const parsed = parseLayout(card(kind), text);
  if (parsed.ok) throw new Error(`accepted as ${parsed.layout.text}`);
  return parsed;
}

const migCards = Object.values(ACCELERATORS).filter((a) => a.mig);

describe('reading a layout', () => {
  it.each([
    ['a100-40gb', '1g.5gb', '7x1g.5gb', 'all-1g.5gb'],
    ['a100-40gb', 'all-1g.5gb', '7x1g.5gb', 'all-1g.5gb'],
    ['a100-40gb', '2g.10gb', '3x2g.10gb', 'all-2g.10gb'],
    ['a100-40gb', '1g.10gb', '4x1g.10gb', 'all-1g.10gb'],
    ['a100-80gb', '1g.10gb', '7x1g.10gb', 'all-1g.10gb'],
    ['a100-40gb', '1g.5gb+me', '1x1g.5gb+me', 'all-1g.5gb.me'],
    ['a100-40gb', '1g.5gb.me', '1x1g.5gb+me', 'all-1g.5gb.me'],
    ['a100-40gb', '3g.20gb+2x2g.10gb', '1x3g.20gb+2x2g.10gb', 'mix-1x3g.20gb-2x2g.10gb'],
    ['a100-40gb', '2x2g.10gb + 3g.20gb', '1x3g.20gb+2x2g.10gb', 'mix-1x3g.20gb-2x2g.10gb'],
    ['a100-40gb', '1g.5gb+1g.5gb+2g.10gb', '1x2g.10gb+2x1g.5gb', 'mix-1x2g.10gb-2x1g.5gb'],
    ['a100-40gb', '1g.5gb+me+2x3g.20gb', undefined, undefined],
    ['a100-40gb', '3g.20gb+1g.5gb+me', '1x3g.20gb+1x1g.5gb+me', 'mix-1x3g.20gb-1x1g.5gb.me'],
    ['a100-40gb', '3x1g.5gb', '3x1g.5gb', 'mix-3x1g.5gb'],
    ['a100-40gb', 'all-balanced', '1x3g.20gb+1x2g.10gb+2x1g.5gb', 'mix-1x3g.20gb-1x2g.10gb-2x1g.5gb'],
    ['a30', 'all-balanced', '1x2g.12gb+2x1g.6gb', 'mix-1x2g.12gb-2x1g.6gb'],
    ['a30', '4g.24gb', '1x4g.24gb', 'all-4g.24gb'],
    ['h200', '1g.18gb', '7x1g.18gb', 'all-1g.18gb'],
  ])('on %s takes %s as %s', (kind, text, canonical, config) => {
    const parsed = parseLayout(card(kind), text);
    expect(parsed.ok ? parsed.layout.text : undefined).toBe(canonical);
    expect(parsed.ok ? parsed.layout.config : undefined).toBe(config);
  });

  it('takes all-disabled as the whole card, on cards without MIG too', () => {
    expect(read('a100-40gb', 'all-disabled')).toBe(WHOLE_CARD);
    expect(read('t4', 'all-disabled')).toBe(WHOLE_CARD);
  });

  it('reads back every layout it can write, on every card', () => {
    for (const accelerator of migCards) {
      const { mig } = accelerator;
      for (const mix of mig ? layouts(mig, { doubleMemory: true, media: true }) : []) {
        const layout = mig && layoutOf(mig, mix);
        expect(parseLayout(accelerator, layout?.text ?? '')).toEqual({ ok: true, layout });
      }
    }
  });

  it('gives every layout a configuration name that is a legal label value, and none to two layouts of a card', () => {
    for (const { mig } of migCards) {
      const names = (mig ? layouts(mig, { doubleMemory: true, media: true }) : []).map((mix) =>
        mig ? layoutOf(mig, mix).config : '',
      );
      for (const name of names) expect(name).toMatch(/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('returns only layouts that pack, whatever the text', () => {
    const part = fc.tuple(
      fc.constantFrom('', '1x', '2x', '7x', '0x', 'x'),
      fc.constantFrom(
        '1g.5gb',
        '1g.10gb',
        '2g.10gb',
        '3g.20gb',
        '4g.20gb',
        '7g.40gb',
        '1g.5gb+me',
        '9g.1gb',
        '',
      ),
    );
    const text = fc.array(part, { maxLength: 4 }).map((parts) => parts.map((p) => p.join('')).join('+'));
    fc.assert(
      fc.property(text, (t) => {
        const a100 = card('a100-40gb');
        const parsed = parseLayout(a100, t);
        if (parsed.ok) expect(a100.mig && packs(a100.mig, parsed.layout.mix)).toBe(true);
        else expect(parsed.allowed).not.toBe('');
      }),
    );
  });
});

describe('refusing a layout', () => {
  it('names the profile that does not exist and the one that was meant', () => {
    const refused = refusal('a100-80gb', '3g.30gb');
    expect(refused.found).toContain("'3g.30gb'");
    expect(refused.allowed).toContain('3g.40gb');
    expect(refused.fix).toBe('write 3g.40gb');
  });

  it('catches 3g.15gb on an A100 with 40 GB and a profile of another card', () => {
    expect(refusal('a100-40gb', '3g.15gb').fix).toBe('write 3g.20gb');
    expect(refusal('a30', '1g.5gb').fix).toBe('write 1g.6gb');
    expect(refusal('a30', '7g.40gb').fix).toBe('choose one of the profiles of A30 24 GB');
  });

  it('shows layouts with the wanted profile when a list does not pack', () => {
    const refused = refusal('a100-40gb', '4g.20gb+2x2g.10gb');
    expect(refused.found).toContain('does not fit');
    expect(refused.allowed).toContain('1x4g.20gb+1x2g.10gb+1x1g.5gb');
  });

  it('says that a card has no MIG', () => {
    expect(refusal('t4', '1g.5gb')).toMatchObject({
      allowed: 'no `mig` value: this card has no MIG',
      fix: 'remove `mig`',
    });
    expect(refusal('u250', '1g.5gb').found).toContain('Alveo U250');
  });

  it.each(['', '+', 'seven', '7 x 1g.5gb', '1g.5gb,2g.10gb', '0x1g.5gb', 'all-', 'all-enabled', '-1x1g.5gb'])(
    'does not guess what %j means',
    (text) => {
      const refused = refusal('a100-40gb', text);
      expect(refused.found).toBe(`layout '${text}'`);
      expect(refused.fix).toContain('joined by +');
    },
  );

  it('proposes only layouts that it would accept', () => {
    for (const text of ['4g.20gb+2x2g.10gb', '8x1g.5gb', '2x1g.5gb+me', 'nonsense']) {
      const proposed =
        refusal('a100-40gb', text)
          .allowed.split(/(?:for example |such as )/)[1]
          ?.split(', ') ?? [];
      expect(proposed.length).toBeGreaterThan(0);
      for (const p of proposed) expect(read('a100-40gb', p).text).toBe(p);
    }
  });
});

describe('devices of a card', () => {
  it('are one when MIG is off', () => {
    expect(devicesOf(card('t4'), WHOLE_CARD)).toEqual([
      { resource: 'nvidia.com/gpu', product: 'Tesla-T4', memoryGiB: 16, count: 1 },
    ]);
    expect(devicesOf(card('u55c'), WHOLE_CARD)[0]?.resource).toBe(
      'amd.com/xilinx_u55c_gen3x16_xdma_base_3-0',
    );
  });

  it('carry the profile in the product label under strategy single', () => {
    expect(devicesOf(card('a100-40gb'), read('a100-40gb', '1g.5gb'))).toEqual([
      {
        profile: '1g.5gb',
        resource: 'nvidia.com/gpu',
        product: 'NVIDIA-A100-PCIE-40GB-MIG-1g.5gb',
        memoryGiB: 5,
        count: 7,
      },
    ]);
  });

  it('carry the profile in the resource under strategy mixed', () => {
    const devices = devicesOf(card('a100-40gb'), read('a100-40gb', '3g.20gb+2x2g.10gb'), 'mixed');
    expect(devices.map((d) => [d.resource, d.product, d.count])).toEqual([
      ['nvidia.com/mig-3g.20gb', 'NVIDIA-A100-PCIE-40GB', 1],
      ['nvidia.com/mig-2g.10gb', 'NVIDIA-A100-PCIE-40GB', 2],
    ]);
  });

  it('write +me as .me, since + is no character of a label', () => {
    const layout = read('a100-40gb', '1g.5gb+me');
    expect(devicesOf(card('a100-40gb'), layout)[0]?.product).toBe('NVIDIA-A100-PCIE-40GB-MIG-1g.5gb.me');
    expect(devicesOf(card('a100-40gb'), layout, 'mixed')[0]?.resource).toBe('nvidia.com/mig-1g.5gb.me');
  });

  it('are as many as the layout has instances, for every layout and strategy', () => {
    for (const accelerator of migCards)
      for (const mix of accelerator.mig ? layouts(accelerator.mig, { doubleMemory: true }) : [])
        for (const strategy of ['single', 'mixed'] as const) {
          const layout = accelerator.mig ? layoutOf(accelerator.mig, mix) : WHOLE_CARD;
          const devices = devicesOf(accelerator, layout, strategy);
          expect(devices.reduce((sum, d) => sum + d.count, 0)).toBe(sizeOf(mix));
        }
  });
});

describe('the MIG strategy', () => {
  it('stays single while every layout has one profile', () => {
    expect(strategyOf([])).toBe('single');
    expect(strategyOf([WHOLE_CARD, read('a100-40gb', '1g.5gb'), read('a30', '2g.12gb')])).toBe('single');
  });

  it('becomes mixed with the first layout of two profiles', () => {
    expect(strategyOf([WHOLE_CARD, read('a100-40gb', '4g.20gb+3g.20gb')])).toBe('mixed');
  });
});
