import { profileOf, type MigGeometry, type MigProfile } from './geometry';
import { instancesOf, maximalLayouts, sizeOf, type Mix } from './packing';

/** The layout of one card that serves a demand best. */
export interface LayoutChoice {
  readonly mix: Mix;
  /** Requests that get an instance at least as large as asked. */
  readonly served: number;
  /** Requests left over for other cards, by profile. */
  readonly unserved: Mix;
  /** Memory slices given beyond what was asked. */
  readonly surplus: number;
}

/** How to seat a number of people, one instance each, all instances alike. */
export interface SeatPlan {
  readonly cards: number;
  readonly profile: string;
  readonly perCard: number;
  readonly seats: number;
  /** Seats beyond the head-count. */
  readonly spare: number;
}

const fits = (wanted: MigProfile, given: MigProfile): boolean =>
  given.compute >= wanted.compute &&
  given.size >= wanted.size &&
  (wanted.variant !== 'media' || given.variant === 'media');

function resolved(geometry: MigGeometry, names: readonly string[]): readonly MigProfile[] {
  return names.map((name) => {
    const found = profileOf(geometry, name);
    if (!found) throw new RangeError(`${geometry.family} has no MIG profile '${name}'`);
    return found;
  });
}

/** Request of each instance (or none), as many requests served as possible: augmenting paths, exact matches first. */
function match(
  requests: readonly MigProfile[],
  instances: readonly MigProfile[],
): readonly (number | undefined)[] {
  const owner: (number | undefined)[] = instances.map(() => undefined);
  const seat = (request: number, tried: Set<number>): boolean =>
    instances.some((instance, i) => {
      const wanted = requests[request];
      if (tried.has(i) || !wanted || !fits(wanted, instance)) return false;
      tried.add(i);
      const current = owner[i];
      if (current !== undefined && !seat(current, tried)) return false;
      owner[i] = request;
      return true;
    });
  const waiting = requests.flatMap((wanted, request) => {
    const exact = instances.findIndex((instance, i) => instance === wanted && owner[i] === undefined);
    if (exact >= 0) owner[exact] = request;
    return exact >= 0 ? [] : [request];
  });
  for (const request of waiting) seat(request, new Set());
  return owner;
}

function evaluate(geometry: MigGeometry, mix: Mix, requests: readonly MigProfile[]): LayoutChoice {
  // Smallest instances first, so that a request takes the least that serves it.
  const instances = [...resolved(geometry, instancesOf(mix))].reverse();
  const owner = match(requests, instances);
  const taken = new Set(owner);
  const unserved: Record<string, number> = {};
  requests.forEach(({ name }, i) => {
    if (!taken.has(i)) unserved[name] = (unserved[name] ?? 0) + 1;
  });
  const surplus = instances.reduce((sum, instance, i) => {
    const request = requests[owner[i] ?? -1];
    return request ? sum + instance.size - request.size : sum;
  }, 0);
  return { mix, served: requests.length - sizeOf(unserved), unserved, surplus };
}

/** Better first: more requests served, less given beyond what was asked, more devices in all. */
function better(a: LayoutChoice, b: LayoutChoice): number {
  return b.served - a.served || a.surplus - b.surplus || sizeOf(b.mix) - sizeOf(a.mix);
}

/**
 * The layout of one card that serves a demand (instances wanted by profile) best: most requests served, then least
 * memory given beyond what was asked, then most devices; the first in the order of `maximalLayouts` settles ties. An
 * instance serves any request it is at least as large as. Only full layouts are considered.
 * @throws RangeError when the card has no such profile
 */
export function bestLayout(geometry: MigGeometry, demand: Mix): LayoutChoice {
  const order = (p: MigProfile): number => geometry.profiles.indexOf(p);
  const requests = [...resolved(geometry, instancesOf(demand))].sort((a, b) => order(a) - order(b));
  const media = requests.some((p) => p.variant === 'media');
  const candidates = maximalLayouts(geometry, { doubleMemory: true, media });
  const ranked = candidates.map((mix) => evaluate(geometry, mix, requests)).sort(better);
  const best = ranked[0];
  if (!best) throw new RangeError(`${geometry.family} has no layout`);
  return best;
}

/**
 * Cards and layout for a head-count, as for a hackathon: the fewest cards, and on these the largest slice that still
 * gives everybody one. All slices are alike, as the MIG strategy `single` needs.
 * @throws RangeError when the head-count is not a positive whole number
 */
export function seats(geometry: MigGeometry, headCount: number): SeatPlan {
  if (!Number.isInteger(headCount) || headCount < 1)
    throw new RangeError(`a head-count is a positive whole number, not ${headCount}`);
  const usable = geometry.profiles.filter((p) => p.variant !== 'media');
  const cards = Math.ceil(headCount / Math.max(...usable.map((p) => p.max)));
  // Profiles are ordered largest first, so the first that suffices is the largest slice.
  const chosen = usable.find((p) => p.max * cards >= headCount);
  if (!chosen) throw new RangeError(`${geometry.family} has no profile to seat ${headCount}`);
  const total = chosen.max * cards;
  return { cards, profile: chosen.name, perCard: chosen.max, seats: total, spare: total - headCount };
}
