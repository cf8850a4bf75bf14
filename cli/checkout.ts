import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { LineCounter, parseDocument } from 'yaml';
import { ZodError } from 'zod';

import { type Finding, Lock, loadSite, type Site, siteSchema, UserError } from '../constructs';
import { didYouMean } from '../constructs/site/suggest';

const LOCK_FILE = 'versions.lock.yaml';

/** The checkout a command works on: where its files are, and the sites in it. */
export class Checkout {
  /** @param root folder of Pulumi.yaml */
  constructor(readonly root: string) {}

  /** Folder of the site files. */
  get sitesDir(): string {
    return join(this.root, 'stacks', 'sites');
  }

  /** File of a site. @throws UserError for a name that no site can have */
  siteFile(name: string): string {
    // A name of another form must not become part of a path.
    const parsed = siteSchema.shape.name.safeParse(name);
    if (parsed.success) return join(this.sitesDir, `${name}.yaml`);
    const rule = parsed.error.issues.map(({ message }) => message).join('; ');
    throw new UserError(`'${name}' cannot name a site: ${rule}; for example recas-bari`);
  }

  /** Folder of a site's manifests. */
  chartsDir(site: string): string {
    return join(this.root, 'charts-out', site);
  }

  /** File of a site's bill of materials. */
  bomFile(site: string): string {
    return join(this.root, 'sbom', `${site}.cdx.json`);
  }

  /** The pin file. */
  get lockFile(): string {
    return join(this.root, LOCK_FILE);
  }

  /** A path as people in the current folder write it. */
  shown(path: string): string {
    return relative(process.cwd(), path) || '.';
  }

  /** Names of the sites that have a file, in order. */
  siteNames(): readonly string[] {
    return readdirSync(this.sitesDir)
      .filter((file) => file.endsWith('.yaml') && !file.endsWith('.facts.yaml'))
      .map((file) => file.slice(0, -'.yaml'.length))
      .sort();
  }

  /** Loads one site by name. @throws UserError when there is no such file or anything in it is at fault */
  site(name: string): Site {
    const path = this.siteFile(name);
    if (existsSync(path)) return loadSite(readFileSync(path, 'utf8'), this.shown(path));
    const sites = this.siteNames();
    const hint = didYouMean(name, sites, `a new one: npx aiinfn new-site ${name}`);
    throw new UserError(
      `there is no site '${name}': ${this.shown(path)} does not exist. Sites: ${sites.join(', ')}; ${hint}`,
    );
  }

  /** Loads the sites named, or all, each once; the faults of all files are reported together. */
  sites(names: readonly string[]): readonly Site[] {
    const faults: UserError[] = [];
    const wanted = names.length > 0 ? [...new Set(names)] : this.siteNames();
    const sites = wanted.flatMap((name) => {
      try {
        return [this.site(name)];
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        faults.push(error);
        return [];
      }
    });
    if (faults.length === 0) return sites;
    throw new UserError(
      faults.map(({ headline }) => headline).join('\n'),
      faults.flatMap(({ findings }) => findings),
    );
  }

  /** Text of the pin file. */
  lockText(): string {
    return readFileSync(this.lockFile, 'utf8');
  }

  /** The pins. @throws UserError with every fault of the pin file */
  lock(): Lock {
    return parseLock(this.lockText());
  }
}

/** Reads the pin file. @throws UserError with every fault, each with its line */
export function parseLock(text: string): Lock {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = document.errors.map(({ message, pos }): Finding => ({
    ...lockFinding('file', message.split('\n')[0] ?? ''),
    ...place(lines, pos[0]),
  }));
  if (broken.length > 0) throw new UserError(`${LOCK_FILE} is not readable YAML:`, broken);
  try {
    return Lock.parse(text);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const findings = error.issues.map(({ path, message }): Finding => {
      const keys = path.map(String);
      return { ...lockFinding(keys.join('.') || 'file', message), ...place(lines, offsetOf(document, keys)) };
    });
    throw new UserError(`${LOCK_FILE} does not fit its schema:`, findings);
  }
}

function lockFinding(path: string, found: string): Finding {
  return {
    rule: 'lock/schema',
    file: LOCK_FILE,
    path,
    found,
    allowed: 'sections images, charts and software as in the committed file',
    fix: 'mend the entry; its neighbours show the form',
  };
}

function place(lines: LineCounter, offset: number | undefined): Pick<Finding, 'line' | 'column'> {
  if (offset === undefined) return {};
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** Where the value at a path begins; where it is missing, where its nearest parent does. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly string[]): number | undefined {
  const node = document.getIn(path, true) as { readonly range?: readonly number[] | null } | undefined;
  if (node?.range) return node.range[0];
  return path.length === 0 ? undefined : offsetOf(document, path.slice(0, -1));
}
