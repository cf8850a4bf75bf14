import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

import { siteJsonSchema } from '../../../constructs/site';

const root = join(__dirname, '..', '..', '..');
const file = join(root, 'stacks', 'sites', 'site.schema.json');
const site = (name: string): unknown =>
  parse(readFileSync(join(root, 'stacks', 'sites', `${name}.yaml`), 'utf8'));

function validator(): (value: unknown) => boolean {
  const ajv = new Ajv({ strict: false });
  addFormats(ajv);
  ajv.addFormat('cidrv4', /^[\d.]+\/\d+$/);
  const validate = ajv.compile(siteJsonSchema());
  return (value) => validate(value);
}

describe('JSON Schema of site files', () => {
  test('the committed file is what the schema generates (npx aiinfn docs)', () => {
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(siteJsonSchema(), null, 2)}\n`);
  });

  test.each(['cnaf', 'recas-bari', 'lab'])('accepts the file of %s', (name) => {
    expect(validator()(site(name))).toBe(true);
  });

  test('refuses unknown keys, as the loader does', () => {
    expect(validator()({ ...(site('lab') as object), hots: {} })).toBe(false);
  });

  test('asks for what an author must write, and for nothing that has a default', () => {
    expect(siteJsonSchema()['required']).toEqual([
      'name',
      'title',
      'domain',
      'cloud',
      'nodes',
      'identity',
      'delivery',
    ]);
  });

  test('describes every key of the top level and below, because editors and reference pages show it', () => {
    const missing: string[] = [];
    const visit = (schema: unknown, path: string): void => {
      const { properties = {}, additionalProperties } = schema as {
        properties?: Record<string, { description?: string }>;
        additionalProperties?: unknown;
      };
      for (const [key, child] of Object.entries(properties)) {
        if (!child.description) missing.push(`${path}.${key}`);
        visit(child, `${path}.${key}`);
      }
      if (typeof additionalProperties === 'object') visit(additionalProperties, `${path}.*`);
    };
    visit(siteJsonSchema(), '');
    expect(missing).toEqual([]);
  });
});
