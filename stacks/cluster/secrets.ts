import { hkdfSync } from 'node:crypto';

import {
  UserError,
  type Finding,
  type SecretKeyRef,
  type SecretSource,
  type SecretSpec,
} from '../../constructs';

/** What the values of a site's Secrets follow from; all of it is encrypted stack configuration. */
export interface SecretInputs {
  /** Secret text from which every random value is derived; at least 43 characters (256 bits in base64url). */
  readonly seed: string;
  /** Generation by `namespace/name/key`; absent means 1. Raising it is how a value is rotated. */
  readonly generations: Readonly<Record<string, number>>;
  /** Values the operator gave, by setting. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Data of one Secret object, by key. */
export type SecretData = Readonly<Record<string, string>>;

/** 256 bits in base64url, what {@link https://www.rfc-editor.org/rfc/rfc5869 HKDF} asks of input keying material for SHA-256. */
const SEED_LENGTH = 43;
/** Keeps our derivation apart from any other use of the same seed; never change it, all values follow from it. */
const SALT = 'ai-infn-platform/secrets/1';

/** Name by which a Secret is found in {@link secretValues}. */
export const secretId = (secret: { readonly namespace: string; readonly name: string }): string =>
  `${secret.namespace}/${secret.name}`;
/** Name of one key, as written in the stack setting `secretGenerations`. */
export const secretKeyId = (ref: SecretKeyRef): string => `${secretId(ref)}/${ref.key}`;

/** Settings that a catalogue asks the operator for, each with what asks for it, ordered by name. */
export function requiredSettings(catalogue: readonly SecretSpec[]): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const [id, source] of keySources(catalogue))
    if (source.kind === 'static') users.set(source.setting, [...(users.get(source.setting) ?? []), id]);
  return new Map([...users].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * All faults of the inputs at once: a seed that is too short, settings that are missing, generations that name nothing.
 * Findings never quote a value.
 */
export function checkSecretInputs(
  catalogue: readonly SecretSpec[],
  inputs: SecretInputs,
  stack: string,
): readonly Finding[] {
  return [
    ...checkSeed(inputs.seed, stack),
    ...missingSettings(catalogue, Object.keys(inputs.settings), stack),
    ...checkGenerations(catalogue, inputs.generations),
  ];
}

/** One finding for each setting that is required and not there, with the command that sets it. */
export function missingSettings(
  catalogue: readonly SecretSpec[],
  present: readonly string[],
  stack: string,
): readonly Finding[] {
  const have = new Set(present);
  return [...requiredSettings(catalogue)]
    .filter(([setting]) => !have.has(setting))
    .map(([setting, users]) => ({
      rule: 'secrets/setting-present',
      file: `Pulumi.${stack}.yaml`,
      path: setting,
      found: 'nothing',
      allowed: `a secret setting, used by ${users.join(', ')}`,
      fix: `pulumi config set --secret ${setting} --stack ${stack}`,
    }));
}

function checkSeed(seed: string, stack: string): readonly Finding[] {
  if (seed.length >= SEED_LENGTH) return [];
  const finding: Finding = {
    rule: 'secrets/seed-strong',
    file: `Pulumi.${stack}.yaml`,
    path: 'secretSeed',
    found: `${seed.length} characters`,
    allowed: `at least ${SEED_LENGTH} random characters`,
    fix: `openssl rand -base64 48 | pulumi config set --secret secretSeed --stack ${stack}`,
  };
  return [finding];
}

function checkGenerations(
  catalogue: readonly SecretSpec[],
  generations: SecretInputs['generations'],
): readonly Finding[] {
  const sources = keySources(catalogue);
  return Object.entries(generations).flatMap(([id, generation]) => {
    const random = sources.get(id)?.kind === 'random';
    if (random && Number.isSafeInteger(generation) && generation >= 1) return [];
    return {
      rule: 'secrets/generation-known',
      path: `secretGenerations["${id}"]`,
      found: random ? String(generation) : 'a name that is no generated key',
      allowed: random ? 'a whole number from 1' : 'namespace/name/key of a generated key of this site',
      fix: random ? 'raise the last number by one' : 'npx aiinfn explain lists the keys',
    };
  });
}

/**
 * The data of every Secret of the catalogue, by {@link secretId}. The same inputs give the same values, on any machine and
 * after any loss; each value depends on its own name and generation only.
 * @throws UserError naming everything wrong with the inputs at once
 * @throws Error when the catalogue itself is wrong: it refers to a key that is not there, or in a circle
 */
export function secretValues(
  catalogue: readonly SecretSpec[],
  inputs: SecretInputs,
  stack: string,
): Readonly<Record<string, SecretData>> {
  const findings = checkSecretInputs(catalogue, inputs, stack);
  if (findings.length) throw new UserError(`The Secrets of ${stack} cannot be made:`, findings);
  const resolve = resolver(keySources(catalogue), inputs);
  return Object.fromEntries(
    catalogue.map((spec) => [
      secretId(spec),
      Object.fromEntries(Object.keys(spec.keys).map((key) => [key, resolve(secretKeyId({ ...spec, key }))])),
    ]),
  );
}

/** A value of the given size from the seed: HKDF-SHA256 (RFC 5869) with the name as context. */
export function deriveSecret(
  seed: string,
  name: string,
  bytes: number,
  encoding: 'hex' | 'base64url',
): string {
  return Buffer.from(hkdfSync('sha256', seed, SALT, name, bytes)).toString(encoding);
}

/** Join secret of a new cluster, for `userData`; how its tokens are rotated: docs/explanation/bootstrap.md. */
export function joinSecret(seed: string): string {
  return deriveSecret(seed, 'rke2/join/secret/1', 32, 'hex');
}

function keySources(catalogue: readonly SecretSpec[]): ReadonlyMap<string, SecretSource> {
  return new Map(
    catalogue.flatMap((spec) =>
      Object.entries(spec.keys).map(([key, source]) => [secretKeyId({ ...spec, key }), source] as const),
    ),
  );
}

/** Resolves keys, each once, following copies and templates. */
function resolver(sources: ReadonlyMap<string, SecretSource>, inputs: SecretInputs): (id: string) => string {
  const done = new Map<string, string>();
  const visit = (id: string, trail: readonly string[]): string => {
    const known = done.get(id);
    if (known !== undefined) return known;
    if (trail.includes(id))
      throw new Error(`Secret keys refer to each other in a circle: ${[...trail, id].join(' -> ')}`);
    const source = sources.get(id);
    if (!source)
      throw new Error(`Secret key ${trail.at(-1) ?? ''} refers to ${id}, which no component declares`);
    const value = valueOf(id, source, inputs, (ref) => visit(secretKeyId(ref), [...trail, id]));
    done.set(id, value);
    return value;
  };
  return (id) => visit(id, []);
}

function valueOf(
  id: string,
  source: SecretSource,
  inputs: SecretInputs,
  follow: (ref: SecretKeyRef) => string,
): string {
  switch (source.kind) {
    case 'random':
      return deriveSecret(inputs.seed, `${id}/${inputs.generations[id] ?? 1}`, source.bytes, source.encoding);
    case 'static':
      return inputs.settings[source.setting] ?? '';
    case 'copy':
      return follow(source.of);
    case 'template':
      return source.text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
        const ref = source.refs[name];
        if (!ref) throw new Error(`Secret key ${id} has no reference named '${name}' for its template`);
        return follow(ref);
      });
  }
}
