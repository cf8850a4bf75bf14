import { loadSite, type Site } from '../../constructs';
import { type Command, EXIT, text } from '../command';
import { type Io, result, table } from '../io';
import { fileAt, filesAt } from '../plan/git';
import { infrastructureChanges, type InfrastructureChanges } from '../plan/machine-changes';
import { manifestChanges, type ObjectChange } from '../plan/manifest-changes';
import { project } from '../rendering';
import { oneSite, readLock } from '../sites';

/** Everything that a change means, before it is made. */
interface Plan extends InfrastructureChanges {
  readonly site: string;
  readonly against: string;
  readonly objects: readonly ObjectChange[];
}

function planOf(site: Site, against: string): Plan {
  const file = `stacks/sites/${site.name}.yaml`;
  const before = fileAt(against, file);
  const objects = manifestChanges(
    filesAt(against, `charts-out/${site.name}`),
    project(site, readLock()).tree,
  );
  return {
    site: site.name,
    against,
    ...infrastructureChanges(before ? loadSite(before, file) : undefined, site),
    objects,
  };
}

function lines(plan: Plan): string[] {
  const out = [
    `${plan.site}: compared with ${plan.against}`,
    `GPUs: ${plan.gpus.before} -> ${plan.gpus.after}`,
  ];
  if (plan.devices.length > 0)
    out.push(
      '',
      ...table(
        ['kind', 'before', 'after'],
        plan.devices.map((d) => [d.kind, d.before, d.after]),
      ),
    );
  if (plan.machines.length > 0)
    out.push(
      '',
      ...table(
        ['machine', 'change', 'effect'],
        plan.machines.map((m) => [m.machine, m.change, m.effect]),
      ),
    );
  const shown = plan.objects.filter((o) => o.impact !== 'created');
  if (shown.length > 0)
    out.push(
      '',
      ...table(
        ['component', 'object', 'impact', 'fields'],
        shown.map((o) => [o.component, o.object, o.impact, o.fields.join(', ')]),
      ),
    );
  const created = plan.objects.length - shown.length;
  if (created > 0) out.push('', `${created} objects created`);
  if (plan.machines.length + plan.objects.length === 0) out.push('nothing changes');
  return out;
}

function warn(plan: Plan, io: Io): void {
  const refused = plan.objects.filter((o) => o.impact === 'immutable field');
  if (refused.length > 0)
    io.err(
      `${refused.length} changes touch immutable fields: the API server will refuse them until a migration is declared`,
    );
}

/** `aiinfn plan`: what a change of the site file will do. */
export const plan: Command = {
  name: 'plan',
  summary: 'Say in user terms what will change: machines, GPUs, ended sessions, restarted services.',
  usage: 'SITE',
  options: {
    against: { type: 'string', value: 'REVISION', about: 'Git revision to compare with; default HEAD.' },
  },
  examples: ['npx aiinfn plan cnaf', 'npx aiinfn plan cnaf --against 2026.11.0'],
  run: (args, io) => {
    const answer = planOf(oneSite(args.positionals, 'plan'), text(args, 'against') ?? 'HEAD');
    result(io, answer, () => lines(answer));
    warn(answer, io);
    return EXIT.ok;
  },
};
