import { types } from 'node:util';

import { UserError } from '../constructs';
import { didYouMean } from '../constructs/site/suggest';
import { checkoutRoot } from '../tools/programs';
import { Checkout } from './checkout';
import { type Command, EXIT } from './command';
import { COMMANDS } from './commands';
import { helpData, helpText, overview } from './help';
import { type Io, processIo, result } from './io';
import { parse } from './parse';

/** Words that ask for help instead of naming a verb. */
const HELP = new Set(['help', '--help', '-h']);

/**
 * Runs one command line. Faults of the user's input end in one report and exit code 1; anything else is a bug or the
 * environment, exit code 2, with a stack trace only when AIINFN_DEBUG is set.
 * @param checkout what the command works on; default the checkout this program belongs to
 */
export async function main(
  argv: readonly string[],
  io: Io = processIo(argv.includes('--json')),
  checkout?: Checkout,
): Promise<number> {
  try {
    const [name, ...rest] = argv[0] === '--json' ? argv.slice(1) : argv;
    if (name === undefined || HELP.has(name)) return help(rest, io);
    const command = commandOf(name);
    const args = parse(command, rest);
    if (args.options['help'] === true) return show(command, io);
    return await command.run(args, io, checkout ?? new Checkout(checkoutRoot()));
  } catch (error) {
    return report(error, io);
  }
}

function commandOf(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command) return command;
  if (name.startsWith('-'))
    throw new UserError(
      `aiinfn: the command comes first, then its options, for example: npx aiinfn gpus ${name}`,
    );
  const names = COMMANDS.map((candidate) => candidate.name);
  throw new UserError(
    `aiinfn: there is no command '${name}'; ${didYouMean(name, names, `there are: ${names.join(', ')}`)}`,
  );
}

/** `aiinfn help` and `aiinfn help VERB`. */
function help(words: readonly string[], io: Io): number {
  const verb = words.find((word) => !word.startsWith('-'));
  if (verb !== undefined) return show(commandOf(verb), io);
  result(io, COMMANDS.map(helpData), () => overview(COMMANDS));
  return EXIT.ok;
}

function show(command: Command, io: Io): number {
  result(io, helpData(command), () => helpText(command));
  return EXIT.ok;
}

function report(error: unknown, io: Io): number {
  const user = error instanceof UserError;
  const exitCode = user ? EXIT.user : EXIT.environment;
  const message = types.isNativeError(error) ? error.message : String(error);
  if (io.json) {
    const { headline, findings } = user ? error : { headline: message, findings: [] };
    io.out(JSON.stringify({ error: headline, findings, exitCode }, null, 2));
  } else io.err(message);
  if (!user) io.err(process.env['AIINFN_DEBUG'] ? stackOf(error) : NO_FAULT);
  return exitCode;
}

const NO_FAULT = 'Not a fault of your input; AIINFN_DEBUG=1 shows where.';
const stackOf = (error: unknown): string => (types.isNativeError(error) ? (error.stack ?? '') : '');
