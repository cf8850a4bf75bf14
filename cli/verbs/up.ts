import type { Site } from '../../constructs';
import { changed } from '../../stacks/engine/events';
import { up as provision } from '../../stacks/engine/run';
import { type Command, EXIT, text, texts } from '../command';
import { result } from '../io';
import { checkCloud, LAB, targetCloud, type TargetCloud } from '../provision/cloud';
import { checkMachines, siteRun } from '../provision/run';
import { type MachineRow, machineRows, summaryLines } from '../provision/summary';
import { type Projection, project } from '../rendering';
import { writeProjection } from './render';

function manifestsByComponent({ objects }: Projection): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { component } of objects) counts[component] = (counts[component] ?? 0) + 1;
  return counts;
}

function nextSteps(site: Site, cloud: TargetCloud): string[] {
  const command = (verb: string): string =>
    `npx aiinfn ${verb} ${site.name}${cloud.local ? '' : ` --cloud ${cloud.name}`}`;
  const steps = [
    [`npx aiinfn gpus ${site.name}`, 'what can be scheduled'],
    [`npx aiinfn plan ${site.name}`, `what an edit of stacks/sites/${site.name}.yaml will do`],
    [command('up'), 'again: nothing to do'],
    [command('down'), cloud.local ? 'remove it all' : 'remove it; data volumes stay unless named'],
  ] as const;
  const width = Math.max(...steps.map(([line]) => line.length));
  return ['', 'next:', ...steps.map(([line, about]) => `  ${line.padEnd(width)}  ${about}`)];
}

interface Outcome {
  readonly site: string;
  readonly cloud: string;
  readonly changes: number;
  readonly machines: readonly MachineRow[];
  /** Number of manifests by component. */
  readonly manifests: Readonly<Record<string, number>>;
}

function lines(site: Site, cloud: TargetCloud, { changes, machines, manifests }: Outcome): string[] {
  return [
    changes === 0 ? `${site.title}: nothing to do` : `${site.title}: ${changes} resources changed`,
    ...summaryLines(site, machines, manifests),
    ...nextSteps(site, cloud),
  ];
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
      about: 'A data volume that may be destroyed, as the cloud calls it (SITE-storage-1-data); repeatable.',
    },
    'replace-machine': {
      type: 'string',
      value: 'MACHINE',
      multiple: true,
      about:
        'A machine (a100-1 or SITE-a100-1) that may be replaced by a changed image or first boot; repeatable.',
    },
  },
  examples: [
    'npm run up',
    'npx aiinfn up cnaf --cloud cnaf',
    'npx aiinfn up cnaf --cloud cnaf --replace-machine a30-1',
    'npm run up -- --cloud mycloud',
  ],
  run: async (args, io, checkout) => {
    const site = checkout.site(args.positionals[0] ?? LAB);
    const keys = {
      destroyData: texts(args, 'destroy-data'),
      replaceMachines: texts(args, 'replace-machine'),
    };
    checkMachines(site, keys.replaceMachines);
    checkCloud(site, text(args, 'cloud'));
    // A fault in the manifests must show before machines are made for them.
    const projection = project(site, checkout.lock(), io);
    const cloud = await targetCloud(site, text(args, 'cloud'), io, checkout);
    const run = await provision(await siteRun(site, cloud, keys, io, checkout));
    writeProjection(projection, checkout);
    io.progress(`asking ${cloud.name} what exists now`);
    const outcome: Outcome = {
      site: site.name,
      cloud: cloud.name,
      changes: changed(run),
      machines: await machineRows(site, cloud),
      manifests: manifestsByComponent(projection),
    };
    result(io, outcome, () => lines(site, cloud, outcome));
    return EXIT.ok;
  },
};
