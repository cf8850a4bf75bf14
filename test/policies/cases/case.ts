import type { Plain } from '../fixtures';

/** Objects that a rule must accept and objects that it must refuse; each entry is judged as a tree of its own. */
export interface RuleCases {
  readonly compliant: readonly (Plain | readonly Plain[])[];
  readonly violating: readonly (Plain | readonly Plain[])[];
}
