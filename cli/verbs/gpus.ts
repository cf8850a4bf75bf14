import { gpuTotal, schedulable, type Site } from '../../constructs';
import { type Command, EXIT } from '../command';
import { result, table } from '../io';

interface Row {
  readonly kind: string;
  readonly title: string;
  readonly resource: string;
  readonly memoryGiB: number;
  readonly count: number;
}

/** Schedulable devices of a site by kind, CPU-only capacity left out. */
function rowsOf(site: Site): readonly Row[] {
  return schedulable(site).flatMap(({ key, title, resource, memoryGiB, count }) =>
    resource === undefined ? [] : [{ kind: key, title, resource, memoryGiB, count }],
  );
}

/** `aiinfn gpus`: what can be scheduled. */
export const gpus: Command = {
  name: 'gpus',
  summary: 'Show the schedulable GPUs and FPGAs of a site: whole cards and MIG slices.',
  usage: '[SITE...]',
  options: {},
  examples: ['npx aiinfn gpus cnaf', 'npx aiinfn gpus cnaf --json | jq .total'],
  run: (args, io, checkout) => {
    const answers = checkout.sites(args.positionals).map((site) => ({
      site: site.name,
      total: gpuTotal(site),
      kinds: rowsOf(site),
    }));
    // One site asked for is one answer; the form must not depend on how many site files there are.
    result(io, args.positionals.length === 1 ? answers[0] : answers, () =>
      answers.flatMap((answer) => [
        `${answer.site}: ${answer.total} schedulable GPUs`,
        ...table(
          ['kind', 'device', 'resource', 'GiB', 'count'],
          answer.kinds.map((k) => [k.kind, k.title, k.resource, k.memoryGiB, k.count]),
        ).map((line) => `  ${line}`),
      ]),
    );
    return EXIT.ok;
  },
};
