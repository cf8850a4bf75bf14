import { type Command, COMMON_OPTIONS } from './command';

/** The list of commands, one line each. */
export function overview(commands: readonly Command[]): string[] {
  const width = Math.max(...commands.map((c) => c.name.length));
  return [
    'usage: npx aiinfn COMMAND [options]',
    '',
    ...commands.map((c) => `  ${c.name.padEnd(width)}  ${c.summary}`),
    '',
    'npx aiinfn COMMAND --help shows options and examples. Exit codes: 0 ok, 1 input at fault, 2 bug or environment.',
  ];
}

/** Help of one command: usage, options, examples; the reference page is made from the same lines. */
export function helpText(command: Command): string[] {
  const options = Object.entries({ ...command.options, ...COMMON_OPTIONS });
  const label = ([name, o]: (typeof options)[number]): string =>
    `--${name}${o.type === 'string' ? ` ${o.value ?? 'VALUE'}` : ''}`;
  const width = Math.max(...options.map((o) => label(o).length));
  return [
    command.summary,
    '',
    `usage: npx aiinfn ${[command.name, command.usage, '[options]'].filter(Boolean).join(' ')}`,
    '',
    ...options.map((o) => `  ${label(o).padEnd(width)}  ${o[1].about}`),
    '',
    'examples:',
    ...command.examples.map((example) => `  ${example}`),
  ];
}
