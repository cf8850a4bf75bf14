/** One thing wrong with what a user gave us: where it stands, what was found, what is allowed and how to mend it. */
export interface Finding {
  /** Rule that was broken, for example `mig/layout-packs`. */
  readonly rule: string;
  /** File the value stands in, relative to the checkout where possible. */
  readonly file?: string;
  /** 1-based position in the file. */
  readonly line?: number;
  readonly column?: number;
  /** Property path, for example `nodes.t4.cards.t4`. */
  readonly path: string;
  readonly found: string;
  readonly allowed: string;
  readonly fix: string;
}

/** One finding as one paragraph: `file:line:column  path: found X; allowed: Y. Fix: Z [rule]`. */
export function formatFinding(f: Finding): string {
  const where = [f.file, f.line, f.column].filter((part) => part !== undefined).join(':');
  return `${where ? `${where}  ` : ''}${f.path}: found ${f.found}; allowed: ${f.allowed}. Fix: ${f.fix} [${f.rule}]`;
}

/** The user's input is at fault. Carries every finding at once; the command line prints them and exits 1. */
export class UserError extends Error {
  constructor(
    readonly headline: string,
    readonly findings: readonly Finding[] = [],
  ) {
    super([headline, ...findings.map((f) => `  ${formatFinding(f)}`)].join('\n'));
    this.name = 'UserError';
  }
}

/** A bug in a construct: the message begins with the construct's path, so that it leads to the code. */
export class RenderError extends Error {
  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.name = 'RenderError';
  }
}
