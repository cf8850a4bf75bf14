import { siteJsonSchema } from '../../constructs';
import { policyReference } from '../../policies/reference';
import type { Command } from '../command';
import { helpText, overview } from '../help';
import { siteFilePage } from './site-file';

/** Reference page of the command line, from the same texts as `--help`. */
function commandPage(commands: readonly Command[]): string {
  const block = (lines: readonly string[]): string[] => ['```text', ...lines, '```', ''];
  return [
    '# Command line',
    '',
    'Generated from `cli/verbs/` by `npx aiinfn docs`; do not edit.',
    '',
    ...block(overview(commands)),
    ...commands.flatMap((command) => [`## aiinfn ${command.name}`, '', ...block(helpText(command))]),
  ].join('\n');
}

/** Every generated page of docs/reference, by file name. */
export function referencePages(commands: readonly Command[]): ReadonlyMap<string, string> {
  return new Map([
    ['site-file.md', siteFilePage(siteJsonSchema())],
    ['command-line.md', commandPage(commands)],
    ['policies.md', policyReference()],
  ]);
}
