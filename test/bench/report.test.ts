import { CASES } from '../../bench/measure';
import { median, table } from '../../bench/report';

describe('the benchmark report', () => {
  it.each([
    [[3], 3],
    [[5, 1, 3], 3],
    [[4, 1, 3, 2], 2.5],
  ])('takes the median of %j', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it('has no median of nothing', () => {
    expect(() => median([])).toThrow('at least one value');
  });

  it('prints times, memory and ratios', () => {
    const names = Object.keys(CASES);
    const lines = table(names.map((name, i) => ({ name, title: name, ms: 100 * (i + 1), mib: 10 }))).split(
      '\n',
    );
    expect(lines[0]).toMatch(/^sites-render +100 ms +10 MiB$/);
    expect(lines.find((line) => line.startsWith('100 charts to 10 charts, ours'))).toMatch(/ 1\.25$/);
    expect(lines.join()).not.toContain('NaN');
  });
});
