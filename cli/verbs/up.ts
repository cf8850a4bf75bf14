import { type Site, UserError } from '../../constructs';
import { changed } from '../../stacks/engine/events';
import { up as provision } from '../../stacks/engine/run';
import { type Args, type Command, EXIT, text, texts } from '../command';
import { type Io, result } from '../io';
import { enterCloud, localCloud, ownCloud, type TargetCloud } from '../provision/cloud';
import { siteRun } from '../provision/run';
import { type MachineRow, machineRows, summaryLines } from '../provision/summary';
import { project } from '../rendering';
import { readLock, readSite } from '../sites';
import { renderSites } from './render';

/** The site that runs on one machine without anything else. */
const LAB = 'lab';

/** Picks the cloud: the operator's own by name, or for the lab the local one. */
function targetCloud(site: Site, args: Args, io: Io): Promise<TargetCloud> | TargetCloud {
  const own = text(args, 'cloud');
  if (own) return ownCloud(own);
  if (site.name === LAB)
    return localCloud(site, (message) => {
      io.progress(message);
    });
  throw new UserError(
    `${site.name} is a real site: name the entry of clouds.yaml to provision on, for example --cloud ${site.cloud.name}`,
  );
}

function manifestsByComponent(site: Site): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { component } of project(site, readLock()).objects)
    counts.set(component, (counts.get(component) ?? 0) + 1);
  return counts;
}

function nextSteps(site: Site, cloud: TargetCloud): string[] {
  const flag = cloud.local ? '' : ` --cloud ${cloud.name}`;
  return [
    '',
    'next:',
    `  npx aiinfn gpus ${site.name}            what can be scheduled`,
    `  npx aiinfn plan ${site.name}            what an edit of stacks/sites/${site.name}.yaml will do`,
    `  npx aiinfn up ${site.name}${flag}   again: nothing to do`,
    `  npx aiinfn down ${site.name}${flag}   remove it; data volumes stay unless named`,
  ];
}

interface Outcome {
  readonly site: string;
  readonly cloud: string;
  readonly changes: number;
  readonly machines: readonly MachineRow[];
}

/** `aiinfn up`: from the site file to machines and manifests. */
export const up: Command = {
  name: 'up',
  summary:
    'Provision a site and render its manifests; without arguments the lab, on a simulated cloud of this machine.',
  usage: '[SITE]',
  options: {
    cloud: {
      type: 'string',
      value: 'NAME',
      about: 'Entry of clouds.yaml to provision on, instead of the local cloud of the lab.',
    },
    'destroy-data': {
      type: 'string',
      value: 'VOLUME',
      multiple: true,
      about: 'A data volume that may be destroyed; repeatable.',
    },
    'replace-machine': {
      type: 'string',
      value: 'MACHINE',
      multiple: true,
      about: 'A machine that may be replaced by a changed image or user data; repeatable.',
    },
  },
  examples: ['npm run up', 'npx aiinfn up cnaf --cloud cnaf', 'npm run up -- --cloud mycloud'],
  run: async (args, io) => {
    const site = readSite(args.positionals[0] ?? LAB);
    const cloud = await targetCloud(site, args, io);
    enterCloud(cloud);
    const keys = {
      destroyData: texts(args, 'destroy-data'),
      replaceMachines: texts(args, 'replace-machine'),
    };
    const run = await provision(
      await siteRun(site, cloud, keys, (line) => {
        io.progress(line);
      }),
    );
    renderSites([site.name], false, io);
    const machines = await machineRows(site, cloud);
    const outcome: Outcome = { site: site.name, cloud: cloud.name, changes: changed(run), machines };
    result(io, outcome, () => [
      outcome.changes === 0
        ? `${site.title}: nothing to do`
        : `${site.title}: ${outcome.changes} resources changed`,
      ...summaryLines(site, machines, manifestsByComponent(site)),
      ...nextSteps(site, cloud),
    ]);
    return EXIT.ok;
  },
};
