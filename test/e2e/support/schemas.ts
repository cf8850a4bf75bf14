import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Definition {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
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
  const { definitions } = JSON.parse(openapi) as {
    readonly definitions: Readonly<Record<string, Definition>>;
  };
  mkdirSync(dir, { recursive: true });
  const strict = Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [name, LOOSE[name] ?? closed(definition)]),
  );
  writeFileSync(join(dir, '_definitions.json'), JSON.stringify({ definitions: strict }));
  let kinds = 0;
  for (const [name, definition] of Object.entries(definitions)) {
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      // kubeconform takes the version for the group where there is none.
      const file = join(dir, `${group || version}-${version}-${kind.toLowerCase()}.json`);
      writeFileSync(file, JSON.stringify({ $ref: `_definitions.json#/definitions/${name}` }));
      kinds += 1;
    }
  }
  return { location: `${dir}/{{.Group}}-{{.ResourceAPIVersion}}-{{.ResourceKind}}.json`, kinds };
}

function closed(definition: Definition): object {
  const open = definition.properties === undefined || definition.additionalProperties !== undefined;
  return open ? definition : { ...definition, additionalProperties: false };
}
