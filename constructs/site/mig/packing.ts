import { profileOf, type MigGeometry, type MigProfile } from './geometry';

/** Instances of one card, by profile name; profiles with no instance are absent. */
export type Mix = Readonly<Record<string, number>>;

/** One instance on a card: it occupies memory slices `start` to `start + size - 1`. */
export interface Placement {
  readonly profile: string;
  readonly start: number;
  readonly size: number;
}

/** Which profiles an enumeration may use besides the base ones. */
export interface ProfileChoice {
  /** Also the 1g profile with two memory slices. Off by default: NVIDIA's standard layouts do without it. */
  readonly doubleMemory?: boolean;
  /** Also the profiles with media engines. Off by default: sessions and batch of the platform only compute. */
  readonly media?: boolean;
}

/** Counts a list of profile names. */
export function mixOf(profiles: readonly string[]): Mix {
  const mix: Record<string, number> = {};
  for (const name of profiles) mix[name] = (mix[name] ?? 0) + 1;
  return mix;
}

/** The profile names of a mix, one entry per instance. */
export function instancesOf(mix: Mix): readonly string[] {
  return Object.entries(mix).flatMap(([name, count]) => Array.from({ length: count }, () => name));
}

/** Number of instances of a mix. */
export function sizeOf(mix: Mix): number {
  return Object.values(mix).reduce((sum, count) => sum + count, 0);
}

/** Profiles by name, largest first; undefined when the card has no such profile. */
function resolve(geometry: MigGeometry, names: readonly string[]): readonly MigProfile[] | undefined {
  const found = names.map((name) => profileOf(geometry, name));
  if (!found.every((p) => p !== undefined)) return undefined;
  return [...found].sort((a, b) => geometry.profiles.indexOf(a) - geometry.profiles.indexOf(b));
}

/** The limits that do not depend on places: compute slices, and the single set of media engines. */
function withinLimits(geometry: MigGeometry, wanted: readonly MigProfile[]): boolean {
  const compute = wanted.reduce((sum, p) => sum + p.compute, 0);
  return compute <= geometry.computeSlices && wanted.filter((p) => p.variant === 'media').length <= 1;
}

/** Places `wanted[index...]` beside what is taken (a bit per memory slice); equal profiles only move right. */
function place(
  wanted: readonly MigProfile[],
  index: number,
  taken: number,
  from: number,
): Placement[] | undefined {
  const profile = wanted[index];
  if (!profile) return [];
  for (const start of profile.starts.filter((s) => s >= from)) {
    const bits = ((1 << profile.size) - 1) << start;
    if (taken & bits) continue;
    const next = wanted[index + 1] === profile ? start + profile.size : 0;
    const rest = place(wanted, index + 1, taken | bits, next);
    if (rest) return [{ profile: profile.name, start, size: profile.size }, ...rest];
  }
  return undefined;
}

/**
 * A concrete placement of the profiles without overlap, in the order in which the instances can be created (larger
 * ones first, so that small ones cannot fragment the card), or undefined when they do not fit on one card.
 */
export function placements(
  geometry: MigGeometry,
  profiles: readonly string[],
): readonly Placement[] | undefined {
  const wanted = resolve(geometry, profiles);
  return wanted && withinLimits(geometry, wanted) ? place(wanted, 0, 0, 0) : undefined;
}

/** Do these instances fit together on one card? */
export function packs(geometry: MigGeometry, mix: Mix): boolean {
  return placements(geometry, instancesOf(mix)) !== undefined;
}

function allowedProfiles(geometry: MigGeometry, choice: ProfileChoice): readonly MigProfile[] {
  const { doubleMemory = false, media = false } = choice;
  const allowed = { base: true, 'double-memory': doubleMemory, media };
  return geometry.profiles.filter((p) => allowed[p.variant]);
}

/** Every legal non-empty layout of a card, each once: larger profiles vary slowest. */
export function layouts(geometry: MigGeometry, choice: ProfileChoice = {}): readonly Mix[] {
  const profiles = allowedProfiles(geometry, choice);
  const extend = (mix: Mix, index: number): readonly Mix[] => {
    const profile = profiles[index];
    if (!profile) return [mix];
    const found = [...extend(mix, index + 1)];
    for (let count = 1; count <= profile.max; count++) {
      const more = { ...mix, [profile.name]: count };
      if (!packs(geometry, more)) break;
      found.push(...extend(more, index + 1));
    }
    return found;
  };
  return extend({}, 0).filter((mix) => sizeOf(mix) > 0);
}

/** The layouts that no further instance fits into: the only ones worth giving to a whole card. */
export function maximalLayouts(geometry: MigGeometry, choice: ProfileChoice = {}): readonly Mix[] {
  const profiles = allowedProfiles(geometry, choice);
  const canGrow = (mix: Mix): boolean =>
    profiles.some((p) => packs(geometry, { ...mix, [p.name]: (mix[p.name] ?? 0) + 1 }));
  return layouts(geometry, choice).filter((mix) => !canGrow(mix));
}
