/** Edit distance with swapped neighbours counted once (optimal string alignment): `crads` is one step from `cards`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const at = (r: readonly number[], k: number): number => r[k] ?? Infinity;
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const swap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : Infinity;
      row.push(Math.min(at(previous, j) + 1, at(row, j - 1) + 1, at(previous, j - 1) + change, swap));
    }
    [before, previous] = [previous, row];
  }
  return previous[b.length] ?? Infinity;
}

/** Longest word worth a suggestion: longer ones are not typing errors, and the distance costs their product. */
const LONGEST = 64;

/** Shortest beginning of a word that may stand for the whole. */
const SHORTEST = 3;

/**
 * The candidate that a mistyped word most likely meant: one that it begins (`a100` for `a100-40gb`), else the one with
 * the fewest differences, if at most a third of the letters differ.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  const typed = word.toLowerCase();
  const begun = candidates.find((candidate) => typed.length >= SHORTEST && candidate.startsWith(typed));
  if (begun !== undefined) return begun;
  const limit = Math.max(1, Math.floor(word.length / 3));
  const scored = candidates.map((candidate) => ({ candidate, score: distance(typed, candidate) }));
  const [best] = scored.filter(({ score }) => score <= limit).sort((x, y) => x.score - y.score);
  return best?.candidate;
}

/** Fix text for a name that is not among the allowed ones. */
export function didYouMean(word: string, candidates: readonly string[], otherwise: string): string {
  const guess = nearest(word, candidates);
  return guess === undefined ? otherwise : `did you mean '${guess}'?`;
}
