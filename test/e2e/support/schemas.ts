import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}
interface Definition extends Schema {
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}
interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}
interface OpenApi {
  readonly definitions: Readonly<Record<string, Definition>>;
}

/** Types that OpenAPI calls strings although the API takes numbers too. */
const LOOSE: Readonly<Record<string, object>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { oneOf: [{ type: 'string' }, { type: 'integer' }] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { oneOf: [{ type: 'string' }, { type: 'number' }] },
};

/**
 * Turns an API server's own OpenAPI document into the folder of JSON schemas that kubeconform reads, with unknown fields refused.
 * Returns the `-schema-location` and how many kinds it holds.
 */
export function writeSchemas(
  dir: string,
  openapi: string,
): { readonly location: string; readonly kinds: number } {
  const { definitions } = JSON.parse(openapi) as OpenApi;
  mkdirSync(dir, { recursive: true });
  const strict = { ...mapValues(definitions, closed), ...LOOSE };
  // One file each: kubeconform reads anew for every kind whatever the kind refers to.
  for (const [name, definition] of Object.entries(strict)) {
    const text = JSON.stringify(definition);
    writeFileSync(join(dir, `${name}.json`), text.replaceAll(/"#\/definitions\/([^"]+)"/g, '"$1.json"'));
  }
  let kinds = 0;
  for (const [name, definition] of Object.entries(definitions)) {
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      // kubeconform takes the version for the group where there is none.
      const file = join(dir, `${group || version}-${version}-${kind.toLowerCase()}.json`);
      writeFileSync(file, JSON.stringify({ $ref: `${name}.json` }));
      kinds += 1;
    }
  }
  return { location: `${dir}/{{.Group}}-{{.ResourceAPIVersion}}-{{.ResourceKind}}.json`, kinds };
}

/** Refuses unknown fields at every depth: the schema of a custom kind is one piece, that of a built-in kind refers to others. */
function closed(schema: Schema): Schema {
  const { properties, additionalProperties, items } = schema;
  const within: Schema = {
    ...schema,
    ...(properties ? { properties: mapValues(properties, closed) } : {}),
    ...(items ? { items: closed(items) } : {}),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: closed(additionalProperties) }
      : {}),
  };
  const open =
    properties === undefined ||
    additionalProperties !== undefined ||
    schema['x-kubernetes-preserve-unknown-fields'] === true;
  return open ? within : { ...within, additionalProperties: false };
}

const mapValues = <V, W>(record: Readonly<Record<string, V>>, change: (value: V) => W): Record<string, W> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/**
 * The OpenAPI document of an API server, once it tells of the given groups: a custom kind is served a while before it is described.
 * @throws Error when a group is not described within a minute
 */
export async function openapiOf(
  kubectl: string,
  kubeconfigFile: string,
  groups: ReadonlySet<string>,
): Promise<string> {
  const args = ['--kubeconfig', kubeconfigFile, 'get', '--raw', '/openapi/v2'];
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const text = execFileSync(kubectl, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    const told = new Set(
      Object.values((JSON.parse(text) as OpenApi).definitions).flatMap((definition) =>
        (definition['x-kubernetes-group-version-kind'] ?? []).map(({ group }) => group),
      ),
    );
    if ([...groups].every((group) => told.has(group))) return text;
    await sleep(1000);
  }
  throw new Error(`the API server describes not all of ${[...groups].join(', ')}`);
}
