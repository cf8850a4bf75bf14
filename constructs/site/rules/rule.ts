import type { Site } from '../schema';
import type { Path } from '../yaml';

/** What a rule says about a site, before the loader adds file, line and column. */
export interface RuleFinding {
  /** From the top of the site file to the value at fault. */
  readonly path: Path;
  /** Point at the value (default) or at its key. */
  readonly at?: 'key' | 'value';
  readonly found: string;
  readonly allowed: string;
  readonly fix: string;
}

/** One thing that must hold for a site although each value by itself is well formed. */
export interface Rule {
  /** Stands at the end of every message, for example `hosts/cards-suffice`. */
  readonly id: string;
  /** What must hold, for the reference pages. */
  readonly about: string;
  /** Findings; none as long as a section that the rule reads is itself at fault, which would only repeat that fault. */
  readonly check: (site: Partial<Site>) => readonly RuleFinding[];
}

/** Defines a rule over some sections of a site file. */
export function rule<const K extends keyof Site>(
  id: string,
  about: string,
  reads: readonly K[],
  findings: (site: Pick<Site, K>) => readonly RuleFinding[],
): Rule {
  const sound = (site: Partial<Site>): site is Partial<Site> & Pick<Site, K> =>
    reads.every((key) => site[key] !== undefined);
  return { id, about, check: (site) => (sound(site) ? findings(site) : []) };
}

/** Joins names for a message; says so when there are none. */
export function names(list: readonly string[]): string {
  return list.length > 0 ? list.join(', ') : '(none)';
}

/** Entries of a list whose value of `key` was seen before, each with the first one that had it. */
export function repeated<T>(
  list: readonly T[],
  key: (item: T) => string | number,
): readonly (readonly [again: T, first: T])[] {
  const seen = new Map<string | number, T>();
  return list.flatMap((item) => {
    const first = seen.get(key(item));
    if (first !== undefined) return [[item, first] as const];
    seen.set(key(item), item);
    return [];
  });
}
