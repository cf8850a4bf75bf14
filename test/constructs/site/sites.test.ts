import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { gpuTotal, loadSite, schedulable, type Site } from '../../../constructs/site';

const folder = join(__dirname, '..', '..', '..', 'stacks', 'sites');
const text = (name: string): string => readFileSync(join(folder, `${name}.yaml`), 'utf8');
const site = (name: string): Site => loadSite(text(name), `stacks/sites/${name}.yaml`);
const counts = (name: string): Record<string, number> =>
  Object.fromEntries(schedulable(site(name)).map(({ key, count }) => [key, count]));

describe('the sites of the project', () => {
  test('CNAF has 42 GPUs: 8 T4, 5 RTX 5000, 1 A30 and 28 slices of 4 A100', () => {
    expect(gpuTotal(site('cnaf'))).toBe(42);
    expect(counts('cnaf')).toEqual({ t4: 8, rtx5000: 5, a30: 1, 'a100-40gb-1g-5gb': 28, cpu: 0 });
  });

  test('ReCaS-Bari has 28 GPUs, one per seat of a hackathon', () => {
    expect(gpuTotal(site('recas-bari'))).toBe(28);
    expect(counts('recas-bari')).toEqual({ 'a100-40gb-1g-5gb': 28, cpu: 0 });
  });

  test('the laboratory has two whole cards and one that is cut in seven', () => {
    expect(counts('lab')).toEqual({ t4: 2, 'a100-40gb-1g-5gb': 7, cpu: 0 });
  });

  test.each(['cnaf', 'recas-bari'])('the file of %s stays within 60 lines', (name) => {
    expect(text(name).trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });

  test.each(['cnaf', 'recas-bari', 'lab'])('the file of %s names the schema for editors', (name) => {
    expect(text(name).split('\n')[0]).toBe('# yaml-language-server: $schema=./site.schema.json');
  });
});
