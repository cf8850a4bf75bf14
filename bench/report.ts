/** Median of one case. */
export interface Result {
  readonly name: string;
  readonly title: string;
  /** Milliseconds. */
  readonly ms: number;
  /** Peak resident set in MiB. */
  readonly mib: number;
}

/** Middle value; of an even number the mean of the two in the middle. @throws Error when there is none */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  if (low === undefined || high === undefined) throw new Error('a median needs at least one value');
  return (low + high) / 2;
}

/** Ratios that say more than times: they travel from machine to machine. */
const RATIOS: readonly (readonly [string, string, string])[] = [
  ['100 charts to 10 charts, ours', 'charts-100-render', 'charts-10-render'],
  ['100 charts to 10 charts, app.synth()', 'charts-100-synth', 'charts-10-synth'],
  ['app.synth() to ours, written, 10 sites', 'sites-synth', 'sites-render-write'],
  ['app.synth() to ours, 100 charts', 'charts-100-synth', 'charts-100-render'],
];

/** Times, memory and ratios as text. */
export function table(results: readonly Result[]): string {
  const width = Math.max(
    ...results.map(({ title }) => title.length),
    ...RATIOS.map(([title]) => title.length),
  );
  const time = (name: string): number => results.find((result) => result.name === name)?.ms ?? Number.NaN;
  return [
    ...results.map(
      ({ title, ms, mib }) =>
        `${title.padEnd(width)} ${ms.toFixed(0).padStart(8)} ms ${mib.toFixed(0).padStart(6)} MiB`,
    ),
    '',
    ...RATIOS.map(([title, a, b]) => `${title.padEnd(width)} ${(time(a) / time(b)).toFixed(2).padStart(8)}`),
  ].join('\n');
}
