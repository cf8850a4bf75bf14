import type { ASTNode } from '@marcbachmann/cel-js';

import { parseCel } from './cel';

/**
 * Functions and macros that cel-js and the Kubernetes API server (1.30 and later) both have, with one meaning. Left out although one of
 * them has it: quantity, ip, cidr, url, format, find, sum, min, max, indexOf, authorizer, two-variable comprehensions.
 */
const FUNCTIONS: ReadonlySet<string> = new Set([
  ...['all', 'exists', 'exists_one', 'filter', 'map', 'has'],
  ...[
    'size',
    'startsWith',
    'endsWith',
    'contains',
    'matches',
    'split',
    'join',
    'lowerAscii',
    'orValue',
    'hasValue',
  ],
  ...['int', 'string', 'duration'],
]);

/** Names a rule may read. `tree` and `self` exist at render only; see check.ts. */
const NAMES: ReadonlySet<string> = new Set(['object', 'variables', 'tree', 'self']);
const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

/** RE2 has neither look-around nor back-references; JavaScript has both, so a pattern could pass here and fail in the API server. */
const NOT_RE2 = /\(\?[=!<]|\\[1-9]/;

/** What in an expression lies outside the subset; empty when nothing does. */
export function outsideSubset(expression: string): readonly string[] {
  const faults: string[] = [];
  walk(parseCel(expression).ast, new Set(), faults);
  return faults;
}

function walk(node: ASTNode, bound: ReadonlySet<string>, faults: string[]): void {
  if (node.op === 'id' && !NAMES.has(node.args) && !bound.has(node.args)) faults.push(`name ${node.args}`);
  if (node.op === 'call') checkCall(node.args[0], node.args[1], faults);
  if (node.op === 'rcall') checkCall(node.args[0], node.args[2], faults);
  const inside =
    node.op === 'rcall' && MACROS.has(node.args[0]) ? withVariable(bound, node.args[2][0]) : bound;
  for (const child of children(node.args)) walk(child, inside, faults);
}

function checkCall(name: string, args: readonly ASTNode[], faults: string[]): void {
  if (!FUNCTIONS.has(name)) faults.push(`function ${name}`);
  const pattern = args[0];
  if (name === 'matches' && pattern?.op === 'value' && NOT_RE2.test(String(pattern.args)))
    faults.push('pattern RE2 does not have');
}

function withVariable(bound: ReadonlySet<string>, variable: ASTNode | undefined): ReadonlySet<string> {
  return variable?.op === 'id' ? new Set([...bound, variable.args]) : bound;
}

function children(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(children);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
