/** The parts of JSON Schema that the generated site schema uses. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
}

interface Row {
  readonly path: string;
  readonly type: string;
  readonly value: string;
  readonly about: string;
}

/** Reference page of the site file, one row per key in file order. */
export function siteFilePage(schema: JsonSchema): string {
  const rows = rowsOf(schema, '', new Set(schema.required));
  return [
    '# Site file',
    '',
    'Generated from `constructs/site/schema.ts` by `npx aiinfn docs`; do not edit.',
    'Keys not listed here are refused. `NAME` stands for a name of your choice. Editors read the same facts from',
    '`stacks/sites/site.schema.json`.',
    '',
    '| key | value | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows.map((r) => `| \`${r.path}\` | ${r.type} | ${r.value} | ${r.about} |`),
    '',
  ].join('\n');
}

function rowsOf(schema: JsonSchema, prefix: string, required: ReadonlySet<string>): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = prefix ? `${prefix}.${key}` : key;
    const row: Row = {
      path,
      type: typeOf(child),
      value: defaultOf(child, required.has(key)),
      about: escape(child.description ?? ''),
    };
    return [row, ...childrenOf(child, path)];
  });
}

function childrenOf(schema: JsonSchema, path: string): Row[] {
  const own = rowsOf(schema, path, new Set(schema.required));
  const named = schema.additionalProperties;
  if (typeof named !== 'object' || !named.properties) return own;
  return [...own, ...rowsOf(named, `${path}.NAME`, new Set(named.required))];
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.type === 'array') return `list of ${schema.items ? typeOf(schema.items) : 'values'}`;
  if (schema.type === 'object') {
    const named = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    return named ? `map of ${typeOf(named)}` : 'section';
  }
  return schema.format ?? schema.type ?? 'value';
}

function defaultOf(schema: JsonSchema, required: boolean): string {
  if (schema.default !== undefined) {
    const text = JSON.stringify(schema.default);
    return text === '{}' || schema.type === 'object' ? 'see below' : `\`${text}\``;
  }
  return required ? '**required**' : 'absent';
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
