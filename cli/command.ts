import type { ParseArgsConfig } from 'node:util';

import type { Checkout } from './checkout';
import type { Io } from './io';

/** Exit codes of every verb: 0 done, 1 the user's input is at fault, 2 bug or environment. */
export const EXIT = { ok: 0, user: 1, environment: 2 } as const;

/** One option of a verb, as the help text and the reference page show it. */
export interface OptionSpec {
  readonly type: 'boolean' | 'string';
  /** What it does, one line. */
  readonly about: string;
  /** Placeholder of the value in help texts. */
  readonly value?: string;
  readonly multiple?: boolean;
  /** One letter. */
  readonly short?: string;
}

/** Parsed command line of a verb. */
export interface Args {
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
}

/** One verb of `npx aiinfn`. */
export interface Command {
  readonly name: string;
  /** What the operator gets, one line. */
  readonly summary: string;
  /** Positional arguments: `SITE` one, `[SITE]` at most one, `[SITE...]` any number; their number is checked by it. */
  readonly usage: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly string[];
  /** Does the work; returns the exit code. @throws UserError for faults of the user's input */
  run(args: Args, io: Io, checkout: Checkout): Promise<number> | number;
}

/** Options that every verb has. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  json: { type: 'boolean', about: 'Print one JSON document instead of text, errors included.' },
  help: { type: 'boolean', short: 'h', about: 'Show this help.' },
};

/** The form `parseArgs` of node:util wants. */
export function parseConfig(command: Command): NonNullable<ParseArgsConfig['options']> {
  const all = { ...command.options, ...COMMON_OPTIONS };
  return Object.fromEntries(
    Object.entries(all).map(([name, { type, multiple = false, short }]) => [
      name,
      { type, multiple, ...(short === undefined ? {} : { short }) },
    ]),
  );
}

/** How many positional arguments a usage line allows. */
export function arityOf(usage: string): { readonly min: number; readonly max: number } {
  const words = usage.split(' ').filter(Boolean);
  const min = words.filter((word) => !word.startsWith('[')).length;
  return { min, max: words.some((word) => word.includes('...')) ? Infinity : words.length };
}

/** A string option, or undefined when it was not given. */
export function text(args: Args, name: string): string | undefined {
  const value = args.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** All values of a repeatable string option. */
export function texts(args: Args, name: string): readonly string[] {
  const value = args.options[name];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** Whether a boolean option was given. */
export function flag(args: Args, name: string): boolean {
  return args.options[name] === true;
}

/** The positional argument of a verb that wants exactly one; the parser has checked that it is there. */
export function only(args: Args): string {
  return args.positionals[0] ?? '';
}
