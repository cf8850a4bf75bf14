import { Environment, type ParseResult } from '@marcbachmann/cel-js';

/** A compiled expression; throws when it reads a field that is not there, as the API server does. */
export type Compiled = (context: Readonly<Record<string, unknown>>) => unknown;

const environment = new Environment({
  enableOptionalTypes: true,
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
});

const compiled = new Map<string, ParseResult>();

/** Parses once per process. @throws Error when the text is not CEL */
export function parseCel(expression: string): ParseResult {
  const known = compiled.get(expression);
  if (known) return known;
  const parsed = environment.parse(expression);
  compiled.set(expression, parsed);
  return parsed;
}

/** Evaluates an expression. @throws Error as the evaluation does */
export function evaluateCel(expression: string, context: Readonly<Record<string, unknown>>): unknown {
  return parseCel(expression)(context);
}

/** JSON as CEL sees it: whole numbers are `int`, so that `replicas >= 2` means the same here and in the API server. */
export function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [key, celValue(field)]),
  );
}
