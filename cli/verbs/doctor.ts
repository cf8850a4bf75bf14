import { type Command, EXIT, text } from '../command';
import { cloudFacts, machineFacts } from '../doctor/gather';
import { type Check, isReady, judge } from '../doctor/judge';
import { result, table } from '../io';
import { LAB } from '../provision/cloud';

function lines(checks: readonly Check[], ready: boolean, purpose: string): string[] {
  return [
    ...table(
      ['', 'need', 'found'],
      checks.map(({ state, need, found }) => [
        state,
        need,
        found.length > 60 ? `${found.slice(0, 57)}...` : found,
      ]),
    ),
    ...checks.flatMap(({ need, fix }) => (fix === undefined ? [] : ['', `${need}:`, `  ${fix}`])),
    '',
    ready ? `${purpose} can run` : `${purpose} cannot run: see what is missing`,
  ];
}

/** `aiinfn doctor`: what is needed and present. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'Show what is needed, what is there and how to get the rest; for a real site its cloud too.',
  usage: '[SITE]',
  options: {
    cloud: { type: 'string', value: 'NAME', about: "Entry of clouds.yaml to try; default the site's own." },
  },
  examples: ['npx aiinfn doctor', 'npx aiinfn doctor cnaf', 'npx aiinfn doctor --json'],
  run: async (args, io, checkout) => {
    const site = checkout.site(args.positionals[0] ?? LAB);
    const cloud = text(args, 'cloud') ?? (site.name === LAB ? undefined : site.cloud.name);
    io.progress('looking at this machine');
    const machine = await machineFacts();
    if (cloud !== undefined) io.progress(`asking Keystone of ${cloud}`);
    const checks = judge(
      cloud === undefined ? machine : { ...machine, cloud: await cloudFacts(site, cloud) },
    );
    const ready = isReady(checks);
    const purpose = cloud === undefined ? 'npm run up' : `npx aiinfn up ${site.name} --cloud ${cloud}`;
    result(io, { ready, purpose, checks }, () => lines(checks, ready, purpose));
    return ready ? EXIT.ok : EXIT.user;
  },
};
