import { z } from 'zod';

import type { RuleFinding } from './rules/rule';
import { didYouMean, nearest } from './suggest';
import type { Path } from './yaml';

/** Longest excerpt of a wrong value that a message repeats. */
const SHOWN = 80;

/** Layers that only add a default, a description or a conversion to the schema within. */
function inner(schema: z.core.$ZodType): z.core.$ZodType {
  const def = (schema as z.ZodType).def as {
    readonly innerType?: z.core.$ZodType;
    readonly in?: z.core.$ZodType;
  };
  const next = def.innerType ?? def.in;
  return next ? inner(next) : schema;
}

/** The schema of the value at a path, with the layers around it; undefined off the known paths. */
function schemaAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  const at = inner(schema);
  if (at instanceof z.ZodObject) {
    const child = (at.shape as Readonly<Record<string, z.core.$ZodType>>)[String(step)];
    return child && schemaAt(child, rest);
  }
  if (at instanceof z.ZodRecord) return schemaAt(at.valueType, rest);
  return at instanceof z.ZodArray ? schemaAt(at.element, rest) : undefined;
}

/** Keys a section may have; empty for maps with free names. */
export function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  const at = schemaAt(schema, path);
  const section = at && inner(at);
  return section instanceof z.ZodObject ? Object.keys(section.shape).filter((key) => key !== '$schema') : [];
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    input,
  );
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'a section',
  record: 'a section',
  array: 'a list',
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
};

function limits(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  if (issue.code === 'too_big') return `at most ${issue.maximum}`;
  if (issue.origin === 'string') return 'a text that is not empty';
  if (issue.origin === 'array') return `at least ${issue.minimum} entry`;
  return issue.inclusive ? `at least ${issue.minimum}` : `more than ${issue.minimum}`;
}

function format(issue: z.core.$ZodIssueInvalidStringFormat): string {
  if (issue.format === 'url') return 'pattern' in issue && issue.pattern ? 'an https:// URL' : 'a URL';
  if (issue.format === 'cidrv4') return 'an IPv4 range such as 10.71.0.0/24';
  if (issue.format === 'ipv4') return 'an IPv4 address';
  if (issue.format === 'email') return 'an e-mail address';
  return issue.message;
}

function allowed(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return KINDS[issue.expected] ?? issue.expected;
  if (issue.code === 'too_small' || issue.code === 'too_big') return limits(issue);
  if (issue.code === 'invalid_format') return format(issue);
  if (issue.code === 'invalid_value') return issue.values.map(String).join(', ');
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  return issue.message;
}

/**
 * For a value that YAML reads as a number or boolean although a text is wanted: what is wrong with it as a text, or
 * that nothing is (`revision: 2026.11` needs quotes, `data: 8000` needs a unit).
 */
function asText(
  schema: z.ZodType,
  issue: z.core.$ZodIssue,
  value: unknown,
): { readonly allowed?: string } | undefined {
  const literal = typeof value === 'number' || typeof value === 'boolean';
  if (!literal || issue.code !== 'invalid_type' || issue.expected !== 'string') return undefined;
  const at = schemaAt(schema, issue.path) as z.ZodType | undefined;
  const [fault] = at?.safeParse(String(value)).error?.issues ?? [];
  return fault ? { allowed: allowed(fault) } : {};
}

function fix(schema: z.ZodType, issue: z.core.$ZodIssue, value: unknown): string {
  const text = asText(schema, issue, value);
  if (text && text.allowed === undefined) return `put it in quotes: "${String(value)}"`;
  if (issue.code === 'invalid_key') return 'rename it';
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const options = issue.values.map(String);
    return didYouMean(value, options, `choose one of ${options.join(', ')}`);
  }
  const about = (schemaAt(schema, issue.path) as z.ZodType | undefined)?.description;
  const verb = value === undefined ? 'add it' : 'correct it';
  return about === undefined ? verb : `${verb}; it means: ${about.replace(/\.$/, '')}`;
}

function unknownKeys(
  schema: z.ZodType,
  issue: z.core.$ZodIssueUnrecognizedKeys,
  input: unknown,
): readonly RuleFinding[] {
  const known = keysAt(schema, issue.path);
  const present = new Set(Object.keys(valueAt(input, issue.path) ?? {}));
  const free = known.filter((key) => !present.has(key));
  return issue.keys.map((key) => ({
    path: [...issue.path, key],
    at: 'key',
    found: `unknown key '${key}'`,
    allowed: known.join(', '),
    fix: didYouMean(key, free, 'remove it'),
  }));
}

/** What a finding of the schema is about, for the `[rule]` at the end of its message. */
export type SchemaRule = 'schema/unknown-key' | 'schema/missing' | 'schema/name' | 'schema/value';

/** A finding of the schema with its rule. */
export interface SchemaFinding extends RuleFinding {
  readonly rule: SchemaRule;
}

function ruleOf(issue: z.core.$ZodIssue, value: unknown): SchemaRule {
  if (issue.code === 'invalid_key') return 'schema/name';
  return value === undefined ? 'schema/missing' : 'schema/value';
}

/** What zod found, in the words of a finding: what stands there, what may stand there, what to do. */
export function describeIssues(
  schema: z.ZodType,
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
): readonly SchemaFinding[] {
  return issues.flatMap((issue): readonly SchemaFinding[] => {
    if (issue.code === 'unrecognized_keys')
      return unknownKeys(schema, issue, input).map((f) => ({ ...f, rule: 'schema/unknown-key' }));
    const value = valueAt(input, issue.path);
    const key = issue.code === 'invalid_key';
    return [
      {
        rule: ruleOf(issue, value),
        path: issue.path,
        at: key ? 'key' : 'value',
        found: key ? `name '${String(issue.path.at(-1))}'` : shown(value),
        allowed: asText(schema, issue, value)?.allowed ?? allowed(issue),
        fix: fix(schema, issue, value),
      },
    ];
  });
}

/** Top-level sections that a set of schema findings leaves in doubt, also those a mistyped key was meant for. */
export function doubtfulSections(
  findings: readonly SchemaFinding[],
  sections: readonly string[],
): ReadonlySet<string> {
  return new Set(
    findings.flatMap(({ path }) => {
      const top = String(path[0]);
      return [top, ...(sections.includes(top) ? [] : [nearest(top, sections) ?? top])];
    }),
  );
}
