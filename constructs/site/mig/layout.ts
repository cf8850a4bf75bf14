import { NVIDIA_GPU, type Accelerator } from '../accelerators';
import { profileOf, type MigGeometry } from './geometry';
import { maximalLayouts, packs, sizeOf, type Mix } from './packing';

/** What each card of a node is set to: MIG off (one device), or a mix of instances. */
export interface Layout {
  /** Instances of each card; empty when MIG is off. */
  readonly mix: Mix;
  /** Canonical text, equal for equal layouts: `7x1g.5gb`, `1x3g.20gb+2x2g.10gb`, or `whole`. */
  readonly text: string;
  /** Name of the mig-parted configuration, the value of the node label `nvidia.com/mig.config`. */
  readonly config: string;
}

/** MIG off: the card is one device. */
export const WHOLE_CARD: Layout = Object.freeze({
  mix: Object.freeze({}),
  text: 'whole',
  config: 'all-disabled',
});

/** Outcome of reading a layout: the layout, or what is wrong with it in the words of a finding. */
export type ParsedLayout =
  | { readonly ok: true; readonly layout: Layout }
  | { readonly ok: false; readonly found: string; readonly allowed: string; readonly fix: string };

/** MIG strategy of the device plugin: `single` names every device nvidia.com/gpu, `mixed` names each profile. */
export type MigStrategy = 'single' | 'mixed';

/** One class of devices that a card offers to pods. */
export interface CardDevice {
  /** MIG profile; absent for the whole card. */
  readonly profile?: string;
  /** Extended resource that a pod requests. */
  readonly resource: string;
  /** Value of the label nvidia.com/gpu.product of its node. */
  readonly product: string;
  /** Nominal memory of one device in GB. */
  readonly memoryGiB: number;
  /** Devices per card. */
  readonly count: number;
}

/** `+` is no legal character of a label value; mig-parted and GPU Feature Discovery write `.me`. */
const labelText = (profile: string): string => profile.replace('+', '.');

function configName(geometry: MigGeometry, mix: Mix): string {
  const [first, ...others] = Object.entries(mix);
  if (first && others.length === 0 && first[1] === profileOf(geometry, first[0])?.max)
    return `all-${labelText(first[0])}`;
  return `mix-${entriesText(geometry, mix).map(labelText).join('-')}`;
}

function entriesText(geometry: MigGeometry, mix: Mix): readonly string[] {
  return geometry.profiles.flatMap(({ name }) => (mix[name] ? [`${mix[name]}x${name}`] : []));
}

/** A layout from a mix that is known to pack. */
export function layoutOf(geometry: MigGeometry, mix: Mix): Layout {
  if (sizeOf(mix) === 0) return WHOLE_CARD;
  return { mix, text: entriesText(geometry, mix).join('+'), config: configName(geometry, mix) };
}

/** NVIDIA's `all-balanced`: two of the smallest profile, one 2g and, on cards with seven slices, one 3g. */
function balanced(geometry: MigGeometry): Mix {
  const counts: Readonly<Record<number, number>> = { 1: 2, 2: 1, 3: 1 };
  const mix: Record<string, number> = {};
  for (const { name, compute, variant } of geometry.profiles) {
    const count = counts[compute];
    if (variant === 'base' && count) mix[name] = count;
  }
  return mix;
}

const ITEM = /^(?:([1-9]\d?)x)?(\d+g\.\d+gb(?:[+.]me)?)$/;

/** Splits at `+`, except before `me`, which belongs to the profile name. */
const items = (text: string): readonly string[] => text.split(/\s*\+\s*(?!me\b)/);

interface Item {
  readonly profile: string;
  readonly count?: number;
}

function readItem(text: string): Item | undefined {
  const match = ITEM.exec(text);
  const profile = match?.[2]?.replace('.me', '+me');
  if (!profile) return undefined;
  return match?.[1] ? { profile, count: Number(match[1]) } : { profile };
}

const list = (names: readonly string[]): string => names.join(', ');

/** How many of each maximal layouts a message shows; the whole list of an A100 would bury the point. */
const SHOWN_LAYOUTS = 4;

/** Layouts near to a mix: those that hold its largest profile, else any. */
function suggestions(geometry: MigGeometry, mix: Mix): string {
  const largest = geometry.profiles.find((p) => mix[p.name]);
  const all = maximalLayouts(geometry, { doubleMemory: true, media: largest?.variant === 'media' });
  const near = all.filter((candidate) => largest && candidate[largest.name]);
  return list(
    (near.length > 0 ? near : all).slice(0, SHOWN_LAYOUTS).map((m) => entriesText(geometry, m).join('+')),
  );
}

function refuseProfile(geometry: MigGeometry, text: string, profile: string): ParsedLayout {
  const allowed = geometry.profiles.map((p) => p.name);
  const near = geometry.profiles.find(
    (p) => p.variant === 'base' && profile.startsWith(`${p.compute}g.`),
  )?.name;
  return {
    ok: false,
    found: `profile '${profile}' in layout '${text}'`,
    allowed: `profiles of ${geometry.family}: ${list(allowed)}`,
    fix: near ? `write ${near}` : `choose one of the profiles of ${geometry.family}`,
  };
}

function mixOfItems(geometry: MigGeometry, parsed: readonly Item[]): Mix {
  const mix: Record<string, number> = {};
  const fills = parsed.length === 1;
  for (const { profile, count } of parsed)
    mix[profile] = (mix[profile] ?? 0) + (count ?? (fills ? (profileOf(geometry, profile)?.max ?? 1) : 1));
  return mix;
}

function readMix(geometry: MigGeometry, text: string): ParsedLayout {
  const parsed = items(text.replace(/^all-/, '')).map(readItem);
  if (!parsed.every((item) => item !== undefined))
    return {
      ok: false,
      found: `layout '${text}'`,
      allowed: `one profile that fills the card, or a list such as ${suggestions(geometry, {})}`,
      fix: 'write profiles joined by +, each with an optional count before an x',
    };
  const unknown = parsed.find(({ profile }) => !profileOf(geometry, profile));
  if (unknown) return refuseProfile(geometry, text, unknown.profile);
  const mix = mixOfItems(geometry, parsed);
  if (packs(geometry, mix)) return { ok: true, layout: layoutOf(geometry, mix) };
  return {
    ok: false,
    found: `layout '${text}', which does not fit on one ${geometry.family}`,
    allowed: `for example ${suggestions(geometry, mix)}`,
    fix: 'take away instances or choose smaller profiles',
  };
}

/**
 * Reads the `mig` value of a site file for one kind of card. `1g.5gb` (or `all-1g.5gb`) fills the card with that
 * profile; `all-balanced` and `all-disabled` mean what mig-parted means by them; a list such as `3g.20gb+2x2g.10gb`
 * says exactly what is wanted.
 */
export function parseLayout(accelerator: Accelerator, text: string): ParsedLayout {
  if (text === 'all-disabled') return { ok: true, layout: WHOLE_CARD };
  const geometry = accelerator.mig;
  if (!geometry)
    return {
      ok: false,
      found: `layout '${text}' for ${accelerator.title}`,
      allowed: 'no `mig` value: this card has no MIG',
      fix: 'remove `mig`',
    };
  return text === 'all-balanced'
    ? { ok: true, layout: layoutOf(geometry, balanced(geometry)) }
    : readMix(geometry, text);
}

/**
 * The strategy that a set of layouts needs: `single` as long as each node has one profile only. With `single` the
 * device plugin refuses a node whose card mixes profiles (product label `MIG-INVALID`).
 */
export function strategyOf(used: readonly Layout[]): MigStrategy {
  return used.some((layout) => Object.keys(layout.mix).length > 1) ? 'mixed' : 'single';
}

/** The devices one card offers under a layout, as the device plugin and GPU Feature Discovery name them. */
export function devicesOf(
  accelerator: Accelerator,
  layout: Layout,
  strategy: MigStrategy = 'single',
): readonly CardDevice[] {
  const { resource, product, memoryGiB, mig } = accelerator;
  if (!mig || sizeOf(layout.mix) === 0) return [{ resource, product, memoryGiB, count: 1 }];
  const single = strategy === 'single';
  return mig.profiles.flatMap(({ name, memoryGiB: memory }) => {
    const count = layout.mix[name];
    if (!count) return [];
    const slice = labelText(name);
    const names = single
      ? { resource: NVIDIA_GPU, product: `${product}-MIG-${slice}` }
      : { resource: `nvidia.com/mig-${slice}`, product };
    return [{ profile: name, ...names, memoryGiB: memory, count }];
  });
}
