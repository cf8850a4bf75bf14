import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLError,
} from 'yaml';

import type { Finding } from '../core/errors';

/** Keys and indexes from the top of the document to a value. */
export type Path = readonly PropertyKey[];

/** 1-based place in a file. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML file read into plain data, with the places its values stand in. */
export interface Source {
  /** Plain data; undefined when the text is not well formed. */
  readonly input: unknown;
  readonly findings: readonly Finding[];
  /** Place of the value, or of its key; of the nearest enclosing value when it is absent. */
  locate(path: Path, at?: 'key' | 'value'): Position;
}

/** Largest site file in characters: twenty times the size of the largest known one; keeps the parser's work bounded. */
export const MAX_TEXT = 64 * 1024;

/** How often anchors may be expanded: enough for shared settings, too few for an expansion bomb. */
const MAX_ALIASES = 100;

const TOO_DEEP = 'nesting too deep to read';

/** Where the parser's words speak to programmers. */
const FOUND: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'a key that its mapping has already',
  MULTIPLE_DOCS: 'several documents in one file',
};

const FIXES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'keep one of the two',
  MULTIPLE_DOCS: 'put each site into a file of its own, without `---` in between',
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'indent the line like its neighbours, with spaces, and close every bracket',
  MISSING_CHAR: 'add the missing character',
  TAG_RESOLVE_FAILED: 'remove the tag; put texts in quotes',
  BAD_ALIAS: 'define the anchor with & before it is used',
};

/** Errors that leave the rest of the text understood. */
const INDEPENDENT: ReadonlySet<string> = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED', 'BAD_ALIAS']);

const finding = (
  rule: string,
  file: string,
  at: Position,
  rest: Pick<Finding, 'path' | 'found' | 'allowed' | 'fix'>,
): Finding => ({
  rule,
  file,
  ...at,
  ...rest,
});

class Reader {
  private readonly lines = new LineCounter();
  private readonly index = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();
  readonly doc: Document;

  constructor(
    text: string,
    private readonly file: string,
  ) {
    this.doc = parseDocument(text, { lineCounter: this.lines, prettyErrors: false, strict: true });
  }

  position(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** Syntax errors, and what YAML allows but a site file does not: unknown tags and keys that are not plain words. */
  faults(): readonly Finding[] {
    const errors = [...this.doc.errors, ...this.doc.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
    // Past the first error of structure the parser guesses; what it says then is noise.
    const structural = errors.find(({ code }) => !INDEPENDENT.has(code));
    if (structural) return [this.syntax(structural)];
    return [...errors.map((error) => this.syntax(error)), ...this.oddities()];
  }

  private syntax({ code, message, pos }: Pick<YAMLError, 'code' | 'message' | 'pos'>): Finding {
    const duplicate = code === 'DUPLICATE_KEY';
    return finding(duplicate ? 'yaml/duplicate-key' : 'yaml/syntax', this.file, this.position(pos[0]), {
      path: '(text)',
      found: /call stack/.test(message) ? TOO_DEEP : (FOUND[code] ?? message.replace(/\s+/g, ' ')),
      allowed: duplicate ? 'each key once per mapping' : 'well-formed YAML 1.2',
      fix: FIXES[code] ?? 'correct the YAML',
    });
  }

  private oddities(): readonly Finding[] {
    const odd: Finding[] = [];
    const anchors = new Set<string>();
    visit(this.doc, {
      Pair: (_, { key }) => void odd.push(...this.oddKey(key)),
      Value: (_, { anchor }) => {
        if (anchor !== undefined) anchors.add(anchor);
      },
      Alias: (_, alias) => {
        if (anchors.has(alias.source)) return;
        const message = `alias *${alias.source} without an anchor before it`;
        odd.push(this.syntax({ code: 'BAD_ALIAS', message, pos: [offsetOf(alias), offsetOf(alias)] }));
      },
    });
    return odd;
  }

  private oddKey(key: unknown): readonly Finding[] {
    const plain = isScalar(key) && ['string', 'number'].includes(typeof key.value);
    if (plain && key.value !== '__proto__') return [];
    return [
      // A collection as key has no plain-data counterpart, so the rest cannot be looked at.
      finding(isScalar(key) ? 'yaml/key' : 'yaml/syntax', this.file, this.position(offsetOf(key)), {
        path: '(text)',
        found: isScalar(key) ? `key '${String(key.value)}'` : 'a key that is a collection or an alias',
        allowed: 'plain words as keys',
        fix: 'rename or remove the key',
      }),
    ];
  }

  /** Where a path leads, or where the last value on the way is named; aliases are followed. */
  private walk(path: Path, at: 'key' | 'value'): number {
    let node: unknown = this.doc.contents;
    let offset = offsetOf(node);
    for (const [depth, step] of path.entries()) {
      const child = this.childOf(this.follow(node), step);
      if (child === undefined) break;
      node = isPair(child) ? child.value : child;
      const wantsValue = depth === path.length - 1 && at === 'value' && !isEmpty(node);
      offset = offsetOf(wantsValue || !isPair(child) ? node : child.key);
    }
    return offset;
  }

  private childOf(node: unknown, step: PropertyKey): Pair | Node | undefined {
    if (isMap(node)) return this.entries(node).get(String(step));
    return isSeq(node) ? (node.items[Number(step)] as Node | undefined) : undefined;
  }

  /** Entries by key, indexed once: many findings about one large map must not each search it. */
  private entries(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.index.get(map);
    if (known) return known;
    const pairs = map.items.flatMap((pair) =>
      isScalar(pair.key) ? [[String(pair.key.value), pair] as const] : [],
    );
    // Of two equal keys the last one counts, in the plain data too.
    const entries = new Map(pairs);
    this.index.set(map, entries);
    return entries;
  }

  private follow(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.doc) : node;
  }

  locate(path: Path, at: 'key' | 'value' = 'value'): Position {
    return this.position(this.walk(path, at));
  }

  plain(): unknown {
    return this.doc.toJS({ maxAliasCount: MAX_ALIASES });
  }
}

/** A value that is not written at all, as in `identity:`; its key is the better place to point at. */
const isEmpty = (node: unknown): boolean => node === null || (isScalar(node) && node.value === null);

function offsetOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

const unreadable = (file: string, found: string, allowed: string, fix: string): Source => ({
  input: undefined,
  findings: [finding('yaml/syntax', file, { line: 1, column: 1 }, { path: '(text)', found, allowed, fix })],
  locate: () => ({ line: 1, column: 1 }),
});

/** Only duplicate and odd keys leave the data usable; anything else means that the text says something unknown. */
const usable = (f: Finding): boolean => f.rule !== 'yaml/syntax';

function readDocument(text: string, file: string): Source {
  const reader = new Reader(text, file);
  const locate: Source['locate'] = (path, at) => reader.locate(path, at);
  const findings = reader.faults();
  if (!findings.every(usable)) return { input: undefined, findings, locate };
  const input = reader.plain();
  if (typeof input === 'object' && input !== null && !Array.isArray(input))
    return { input, findings, locate };
  const said =
    input === null || input === undefined ? 'nothing' : Array.isArray(input) ? 'a list' : 'a single value';
  return unreadable(
    file,
    said,
    'a mapping that begins with `name:`',
    'see docs/reference/site-file.md, or begin with npx aiinfn new-site',
  );
}

/** Reads YAML text without ever throwing: bombs, absurd depth and non-mappings become findings. */
export function readYaml(text: string, file: string): Source {
  if (text.length > MAX_TEXT)
    return unreadable(
      file,
      `${text.length} characters`,
      `at most ${MAX_TEXT}`,
      'a site file holds settings only: move data elsewhere',
    );
  try {
    return readDocument(text, file);
  } catch (error) {
    // ReferenceError: aliases expand too far. RangeError: nesting deeper than the stack. Anything else is a bug.
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error;
    return unreadable(
      file,
      error instanceof RangeError ? TOO_DEEP : 'too many expansions of anchors',
      `at most ${MAX_ALIASES} expansions of anchors and reasonable nesting`,
      'write the values out instead of using anchors',
    );
  }
}
