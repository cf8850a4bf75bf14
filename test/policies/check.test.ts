import { formatFinding } from '../../constructs';
import { checkManifests, isExempt } from '../../policies/check';
import type { Rule } from '../../policies/rule';
import { RULES } from '../../policies/rules';
import { container, deployment, object, rendered, SITE } from './fixtures';

const rule = (id: string): Rule => {
  const found = RULES.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no rule ${id}`);
  return found;
};
const rootless = rule('pod/run-as-non-root');
const root = deployment({ pod: { securityContext: { runAsNonRoot: false } } });

describe('checking manifests', () => {
  it('finds nothing in a workload that breaks no rule', () => {
    expect(checkManifests(rendered(deployment()), SITE, { stage: 'release' })).toEqual([]);
  });

  it('names file, object, rule and the offending containers', () => {
    const bad = deployment({
      pod: { initContainers: [container({ name: 'setup', image: 'r.example.org/a:latest' })] },
    });
    const [finding, ...more] = checkManifests(rendered(bad), SITE);
    expect(more).toEqual([]);
    expect(finding && formatFinding(finding)).toBe(
      'charts-out/test/test/0.yaml  Deployment hub/app: found container setup; allowed: a tag other than latest, or a digest. ' +
        'Fix: take the image from versions.lock.yaml with lock.image(name) [image/tagged]',
    );
  });

  it('reports every rule of every object at once', () => {
    const bad = deployment({ pod: { hostNetwork: true, securityContext: { runAsNonRoot: false } } });
    const secret = object('v1', 'Secret', { data: { a: 'eA==' } });
    expect(checkManifests(rendered(bad, secret), SITE).map(({ rule: id, path }) => [id, path])).toEqual([
      ['pod/no-host-namespaces', 'Deployment hub/app'],
      ['pod/run-as-non-root', 'Deployment hub/app'],
      ['secrets/no-values', 'Secret hub/it'],
    ]);
  });

  it('renders unresolved digests but releases none', () => {
    const open = rendered(deployment({ container: { image: 'r.example.org/a:1' } }));
    expect(checkManifests(open, SITE)).toEqual([]);
    expect(checkManifests(open, SITE, { stage: 'release' }).map((f) => f.rule)).toEqual(['image/digest']);
  });

  it('treats an object that a rule cannot read as a breach', () => {
    const broken = object('kueue.x-k8s.io/v1beta2', 'ClusterQueue', { spec: { cohortName: 'a' } });
    expect(checkManifests(rendered(broken), SITE, { rules: [rule('kueue/coverage')] })[0]?.found).toBe(
      'a manifest the rule cannot read (No such key: resourceGroups)',
    );
  });

  it('judges kinds by group, so that a foreign Certificate is not ours', () => {
    const foreign = object('example.org/v1', 'Certificate', { spec: {} });
    expect(checkManifests(rendered(foreign), SITE)).toEqual([]);
  });

  it('leaves out what is exempted, by workload name or name label, in its namespace only', () => {
    const exemption = { namespace: 'hub', workload: 'app', reason: 'a test', expiry: '2030-01-01' };
    const exempted: Rule = { ...rootless, exemptions: [exemption] };
    expect(checkManifests(rendered(root), SITE, { rules: [exempted] })).toEqual([]);
    const elsewhere: Rule = { ...rootless, exemptions: [{ ...exemption, namespace: 'vkd' }] };
    expect(checkManifests(rendered(root), SITE, { rules: [elsewhere] })).toHaveLength(1);
    expect(
      isExempt(exemption, {
        metadata: { name: 'app-x1', namespace: 'hub', labels: { 'app.kubernetes.io/name': 'app' } },
      }),
    ).toBe(true);
    expect(isExempt(exemption, { metadata: { name: 'app-x1', namespace: 'hub' } })).toBe(false);
  });

  it('does work in proportion to the number of objects', () => {
    // Counted, not timed: each expression is evaluated once per object of its kind, whatever else the tree holds.
    let reads = 0;
    const counted = (name: string): Readonly<Record<string, unknown>> => {
      const spec = deployment()['spec'];
      return Object.defineProperty(
        { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'hub' } },
        'spec',
        {
          enumerable: true,
          get: () => {
            reads += 1;
            return spec;
          },
        },
      );
    };
    const readsOf = (n: number): number => {
      reads = 0;
      checkManifests(rendered(...Array.from({ length: n }, (_, i) => counted(`d${i}`))), SITE);
      return reads;
    };
    expect(readsOf(40)).toBe(readsOf(10) * 4);
  });
});

describe('exemptions', () => {
  it('have not expired', () => {
    const today = new Date().toISOString().slice(0, 10);
    const expired = RULES.flatMap((r) =>
      (r.exemptions ?? []).filter((e) => e.expiry <= today).map((e) => `${r.id} ${e.workload} ${e.expiry}`),
    );
    expect(expired).toEqual([]);
  });
});
