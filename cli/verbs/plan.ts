import { checkSite, type Site, UserError } from '../../constructs';
import type { Checkout } from '../checkout';
import { type Command, EXIT, only, text } from '../command';
import { type Io, result, table } from '../io';
import { Revision } from '../plan/git';
import { infrastructureChanges, type InfrastructureChanges } from '../plan/machine-changes';
import { manifestChanges, type ObjectChange } from '../plan/manifest-changes';
import { project } from '../rendering';

/** Everything that a change means, before it is made. */
interface Plan extends InfrastructureChanges {
  readonly site: string;
  readonly against: string;
  readonly objects: readonly ObjectChange[];
}

/** The site as committed; undefined when it is new. @throws UserError when that file does not hold by today's rules */
function siteAt(revision: Revision, against: string, name: string): Site | undefined {
  const path = `stacks/sites/${name}.yaml`;
  const committed = revision.file(path);
  if (committed === undefined) return undefined;
  const { site, findings } = checkSite(committed, `${against}:${path}`);
  if (site) return site;
  throw new UserError(
    `the site file of ${against} is not valid, so nothing can be compared with it; name another one with --against:`,
    findings,
  );
}

function planOf(name: string, against: string, io: Io, checkout: Checkout): Plan {
  const site = checkout.site(name);
  const revision = Revision.of(checkout.root, against);
  const before = siteAt(revision, against, name);
  const { tree } = project(site, checkout.lock(), io);
  return {
    site: name,
    against,
    ...infrastructureChanges(before, site),
    objects: manifestChanges(revision.files(`charts-out/${name}`), tree),
  };
}

/** The first two fields, so that a row fits a terminal; all that are known are in the JSON answer. */
function shortened(fields: readonly string[]): string {
  return [...fields.slice(0, 2), ...(fields.length > 2 ? ['...'] : [])].join(', ');
}

/** A table under an empty line, or nothing. */
function section(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  return rows.length > 0 ? ['', ...table(header, rows)] : [];
}

function lines(plan: Plan): string[] {
  const shown = plan.objects.filter((o) => o.impact !== 'created');
  const created = plan.objects.length - shown.length;
  const sections = [
    ...section(
      ['kind', 'before', 'after'],
      plan.devices.map((d) => [d.kind, d.before, d.after]),
    ),
    ...section(
      ['machine', 'change', 'effect'],
      plan.machines.map((m) => [m.machine, m.change, m.effect]),
    ),
    ...section(
      ['volume', 'change', 'effect'],
      plan.volumes.map((v) => [v.volume, v.change, v.effect]),
    ),
    ...section(
      ['component', 'object', 'impact', 'fields'],
      shown.map((o) => [o.component, o.object, o.impact, shortened(o.fields)]),
    ),
    ...(created > 0 ? ['', `${created} objects created`] : []),
  ];
  return [
    `${plan.site}: compared with ${plan.against}`,
    `GPUs: ${plan.gpus.before} -> ${plan.gpus.after}`,
    ...(sections.length > 0 ? sections : ['nothing changes']),
  ];
}

function warn(plan: Plan, io: Io): void {
  const frozen = plan.objects.filter((o) => o.impact === 'immutable field').length;
  if (frozen > 0)
    io.err(
      `immutable fields change in ${frozen} objects: the API server refuses that until a migration is declared`,
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
  run: (args, io, checkout) => {
    const answer = planOf(only(args), text(args, 'against') ?? 'HEAD', io, checkout);
    result(io, answer, () => lines(answer));
    warn(answer, io);
    return EXIT.ok;
  },
};
