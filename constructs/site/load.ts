import { type Finding, UserError } from '../core/errors';
import { describeIssues, doubtfulSections, type SchemaFinding } from './issues';
import { RULES, type RuleFinding } from './rules';
import { type Site, siteSchema } from './schema';
import { readYaml, type Source } from './yaml';

/** Outcome of checking a site file: the site when nothing is wrong, and everything that is wrong. */
export interface CheckedSite {
  readonly site?: Site;
  /** In the order of the file. */
  readonly findings: readonly Finding[];
}

const SECTIONS = Object.keys(siteSchema.shape).filter((key) => key !== '$schema');

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  Object.values(value).forEach(freeze);
  return value;
}

/** The sections that are sound by themselves, each with its defaults: what the rules may look at. */
function soundSections(input: unknown, doubtful: ReadonlySet<string>): Partial<Site> {
  const given = input as Readonly<Record<string, unknown>>;
  const sound = SECTIONS.filter((key) => !doubtful.has(key)).flatMap((key) => {
    const parsed = siteSchema.shape[key as keyof typeof siteSchema.shape].safeParse(given[key]);
    return parsed.success ? [[key, parsed.data] as const] : [];
  });
  return Object.fromEntries(sound);
}

function place(
  source: Source,
  file: string,
  { rule, path, at, ...said }: RuleFinding & { readonly rule: string },
): Finding {
  return { rule, file, ...source.locate(path, at), path: path.map(String).join('.') || '(top)', ...said };
}

/** A site file is found by its name, as are its stack and its folder of manifests: they must agree. */
function fileName(
  file: string,
  name: string | undefined,
): readonly (RuleFinding & { readonly rule: string })[] {
  const base = file.split(/[\\/]/).at(-1) ?? '';
  if (name === undefined || base === `${name}.yaml`) return [];
  return [
    {
      rule: 'site/file-name',
      path: ['name'],
      found: `name '${name}' in ${base}`,
      allowed: `the name of the file without .yaml`,
      fix: `rename the file to ${name}.yaml, or write name: ${base.replace(/\.ya?ml$/, '')}`,
    },
  ];
}

const byPlace = (a: Finding, b: Finding): number =>
  (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0) || (a.rule < b.rule ? -1 : 1);

/**
 * Checks the text of a site file: syntax, schema and every rule. The rules see the sections that are well formed even
 * when others are not, so that one run shows all faults.
 */
export function checkSite(text: string, file: string): CheckedSite {
  const source = readYaml(text, file);
  if (source.input === undefined) return { findings: source.findings };
  const parsed = siteSchema.safeParse(source.input);
  const schema: readonly SchemaFinding[] = parsed.success
    ? []
    : describeIssues(siteSchema, parsed.error.issues, source.input);
  const sound = soundSections(source.input, doubtfulSections(schema, SECTIONS));
  const ruled = RULES.flatMap((rule) => rule.check(sound).map((finding) => ({ ...finding, rule: rule.id })));
  const placed = [...schema, ...fileName(file, sound.name), ...ruled].map((finding) =>
    place(source, file, finding),
  );
  const findings = [...source.findings, ...placed].sort(byPlace);
  return parsed.success && findings.length === 0 ? { site: freeze(parsed.data), findings } : { findings };
}

/**
 * Loads a site file.
 * @param text content of the file; reading it is the caller's business
 * @param file name of the file for messages; its last part must be `<name>.yaml`
 * @returns the site, deeply frozen, with all defaults resolved
 * @throws UserError with every fault of the file, each with line, column, what was found, what is allowed and the fix
 */
export function loadSite(text: string, file: string): Site {
  const { site, findings } = checkSite(text, file);
  if (site) return site;
  const faults = findings.length === 1 ? 'one fault' : `${findings.length} faults`;
  throw new UserError(`${file} has ${faults}:`, findings);
}
