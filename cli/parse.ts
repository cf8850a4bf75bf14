import { parseArgs } from 'node:util';

import { UserError } from '../constructs';
import { didYouMean } from '../constructs/site/suggest';
import { type Args, arityOf, type Command, COMMON_OPTIONS, parseConfig } from './command';
import { usageLine } from './help';

/** Reads the words after a verb. @throws UserError for unknown options, missing values and a wrong number of arguments */
export function parse(command: Command, argv: readonly string[]): Args {
  const { values, positionals } = parsed(command, argv);
  const empty = Object.entries(values).find(([, value]) => [value].flat().includes(''));
  if (empty) throw fault(command, `--${empty[0]} was given an empty value`);
  if (values['help'] !== true) checkArity(command, positionals);
  return { positionals, options: values };
}

function parsed(
  command: Command,
  argv: readonly string[],
): Pick<ReturnType<typeof parseArgs>, 'values' | 'positionals'> {
  try {
    return parseArgs({
      args: [...argv],
      options: parseConfig(command),
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    throw fault(command, explained(command, error));
  }
}

/** What node's parser says, in terms of this verb. */
function explained(command: Command, error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message: string };
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return message.split('\n')[0] ?? message;
  const [, given = ''] = /'(-[^']*)'/.exec(message) ?? [];
  const known = Object.keys({ ...command.options, ...COMMON_OPTIONS }).map((name) => `--${name}`);
  return `there is no option '${given}'; ${didYouMean(given, known, `there are: ${known.join(', ')}`)}`;
}

function checkArity(command: Command, positionals: readonly string[]): void {
  const { min, max } = arityOf(command.usage);
  if (positionals.length < min) throw fault(command, `${command.usage} is missing`);
  if (positionals.length > max) throw fault(command, `one argument too many: '${positionals[max] ?? ''}'`);
}

function fault(command: Command, what: string): UserError {
  return new UserError(
    `aiinfn ${command.name}: ${what}\nusage: ${usageLine(command)}\nMore: npx aiinfn ${command.name} --help`,
  );
}
