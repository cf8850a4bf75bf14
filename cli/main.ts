import { parseArgs } from 'node:util';

import { UserError } from '../constructs';
import { type Args, type Command, EXIT, parseConfig } from './command';
import { COMMANDS } from './commands';
import { helpText, overview } from './help';
import { type Io, processIo } from './io';

/**
 * Runs one command line. Faults of the user's input end in one report and exit code 1; anything else is a bug or the
 * environment, exit code 2, with a stack trace only when AIINFN_DEBUG is set.
 */
export async function main(
  argv: readonly string[],
  io: Io = processIo(argv.includes('--json')),
): Promise<number> {
  const [name, ...rest] = argv;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  try {
    if (!command) return unknownCommand(name, io);
    const args = parse(command, rest);
    if (args.options['help'] === true) return help(command, io);
    return await command.run(args, io);
  } catch (error) {
    return report(error, io);
  }
}

function parse(command: Command, argv: readonly string[]): Args {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: parseConfig(command),
      allowPositionals: true,
    });
    return { positionals, options: values };
  } catch (error) {
    throw new UserError(
      `aiinfn ${command.name}: ${messageOf(error)}\nTry: npx aiinfn ${command.name} --help`,
    );
  }
}

function unknownCommand(name: string | undefined, io: Io): number {
  const asked = name === undefined || name === '--help' || name === 'help';
  if (!asked) io.err(`aiinfn: there is no command '${name}'`);
  (asked ? io.out : io.err)(overview(COMMANDS).join('\n'));
  return asked ? EXIT.ok : EXIT.user;
}

function help(command: Command, io: Io): number {
  io.out(helpText(command).join('\n'));
  return EXIT.ok;
}

function report(error: unknown, io: Io): number {
  const user = error instanceof UserError;
  if (io.json)
    io.out(JSON.stringify({ error: messageOf(error), findings: user ? error.findings : [] }, null, 2));
  else io.err(messageOf(error));
  if (user) return EXIT.user;
  if (process.env['AIINFN_DEBUG'] && error instanceof Error) io.err(error.stack ?? '');
  return EXIT.environment;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
