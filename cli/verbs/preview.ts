import { changed, shortName } from '../../stacks/engine/events';
import { preview as ask } from '../../stacks/engine/run';
import { type Command, EXIT, only, text } from '../command';
import { result, table } from '../io';
import { targetCloud } from '../provision/cloud';
import { NO_KEYS, siteRun } from '../provision/run';

/** `aiinfn preview`: what the engine would do on the live cloud. */
export const preview: Command = {
  name: 'preview',
  summary:
    'Ask the engine and the live cloud what `up` would create, change and delete; changes nothing there.',
  usage: 'SITE',
  options: {
    cloud: {
      type: 'string',
      value: 'NAME',
      about: 'Entry of clouds.yaml the site stands on; the lab needs none.',
    },
  },
  examples: ['npx aiinfn preview lab', 'npx aiinfn preview cnaf --cloud cnaf'],
  run: async (args, io, checkout) => {
    const site = checkout.site(only(args));
    const cloud = await targetCloud(site, text(args, 'cloud'), io, checkout);
    const run = await ask(await siteRun(site, cloud, NO_KEYS, io, checkout));
    const resources = run.changes.map(({ op, urn }) => ({ op, resource: shortName(urn) }));
    const answer = {
      site: site.name,
      cloud: cloud.name,
      changes: changed(run),
      counts: run.counts,
      resources,
    };
    result(io, answer, () => [
      `${site.title} on ${cloud.name}: ${answer.changes === 0 ? 'nothing to do' : `${answer.changes} resources would change`}`,
      ...(resources.length === 0
        ? []
        : table(
            ['step', 'resource'],
            resources.map((r) => [r.op, r.resource]),
          )),
    ]);
    return EXIT.ok;
  },
};
