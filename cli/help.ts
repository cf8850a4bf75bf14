import { type Command, COMMON_OPTIONS, type OptionSpec } from './command';

/** The list of commands, one line each. */
export function overview(commands: readonly Command[]): string[] {
  const width = Math.max(...commands.map((c) => c.name.length));
  return [
    'usage: npx aiinfn COMMAND [options]',
    '',
    ...commands.map((c) => `  ${c.name.padEnd(width)}  ${c.summary}`),
    '',
    'npx aiinfn COMMAND --help shows options and examples; --json gives every answer, errors included, as one JSON document.',
    'Results go to standard output, progress and messages to standard error.',
    'Exit codes: 0 done; 1 the input is at fault or a check did not pass; 2 bug or environment.',
  ];
}

/** Usage of one command in one line. */
export function usageLine(command: Command): string {
  return `npx aiinfn ${[command.name, command.usage, '[options]'].filter(Boolean).join(' ')}`;
}

/** Help of one command: usage, options, examples; the reference page is made from the same lines. */
export function helpText(command: Command): string[] {
  const options = Object.entries({ ...command.options, ...COMMON_OPTIONS });
  const width = Math.max(...options.map((o) => label(o).length));
  return [
    command.summary,
    '',
    `usage: ${usageLine(command)}`,
    '',
    ...options.map((o) => `  ${label(o).padEnd(width)}  ${o[1].about}`),
    '',
    'examples:',
    ...command.examples.map((example) => `  ${example}`),
  ];
}

function label([name, { type, value = 'VALUE', short }]: readonly [string, OptionSpec]): string {
  return `--${name}${type === 'string' ? ` ${value}` : ''}${short === undefined ? '' : `, -${short}`}`;
}

/** Help of one command as data. */
export function helpData(command: Command): object {
  const { name, summary, usage, examples } = command;
  return { name, summary, usage, options: { ...command.options, ...COMMON_OPTIONS }, examples };
}
