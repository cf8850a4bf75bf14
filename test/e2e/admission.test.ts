import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { NAMESPACES, toYaml } from '../../constructs';
import { admissionPolicies, policyName } from '../../policies/admission';
import { checkManifests } from '../../policies/check';
import { RULES } from '../../policies/rules';
import { ensurePrograms } from '../../tools/programs';
import { type ControlPlane, startApiServer } from '../../twin/controlplane';
import { PLATFORM_CASES } from '../policies/cases/platform';
import { WORKLOAD_CASES } from '../policies/cases/workloads';
import { type Plain, rendered, SITE } from '../policies/fixtures';

const MINUTES = 60_000;
const CASES = { ...WORKLOAD_CASES, ...PLATFORM_CASES };
/** Rules whose breach the API server itself refuses before it asks any policy. */
const REFUSED_BEFORE: ReadonlySet<string> = new Set([
  ...[
    'accelerators/whole',
    'availability/selector',
    'pod/unique-env',
    'pod/proc-mount',
    'pod/not-privileged',
  ],
]);
const DENYING = RULES.filter((rule) => rule.admission === 'deny');
let dir: string;
let server: ControlPlane;
let kubectlPath: string;

function kubectl(
  args: readonly string[],
  input?: string,
): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(
    kubectlPath,
    ['--kubeconfig', server.kubeconfigFile, ...args],
    { encoding: 'utf8', input },
  );
  return { status, output: stdout + stderr };
}
const apply = (objects: readonly unknown[], ...more: readonly string[]): ReturnType<typeof kubectl> =>
  kubectl(['apply', '--server-side', ...more, '-f', '-'], objects.map(toYaml).join('---\n'));
/** Rules of those that deny which an object breaches, by the check of the render. */
const breached = (object: Plain): readonly string[] =>
  checkManifests(rendered(object), SITE, { rules: DENYING }).map(({ rule }) => rule);
/** Whether the policies let an object through; dry run, so that cases do not meet. */
const tryOut = (object: Plain): ReturnType<typeof kubectl> =>
  apply([object], '--dry-run=server', '--validate=ignore');

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'admission-'));
  kubectlPath = (await ensurePrograms(['kubectl'])).get('kubectl') ?? 'kubectl';
  server = await startApiServer({ dir });
  const namespaces = Object.values(NAMESPACES).map(({ name }) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app' } };
  const accounts = ['hub', 'batch', 'vkd'].map((namespace) => ({
    ...account,
    metadata: { ...account.metadata, namespace },
  }));
  expect(apply([...namespaces, ...accounts])).toMatchObject({ status: 0 });
}, 30 * MINUTES);
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('the admission policies in a real API server', () => {
  it('are all accepted, and every expression compiles', () => {
    const applied = apply(admissionPolicies(SITE));
    expect(applied).toMatchObject({ status: 0 });
    expect(applied.output.split('\n').filter((line) => line.includes('serverside-applied'))).toHaveLength(
      admissionPolicies(SITE).length,
    );
  });

  it(
    'come into force',
    async () => {
      const [violating] = CASES['pod/run-as-non-root']?.violating ?? [];
      for (let i = 0; i < 300 && tryOut(violating as Plain).status === 0; i += 1)
        await new Promise((done) => setTimeout(done, 100));
      expect(tryOut(violating as Plain).output).toContain('pod/run-as-non-root');
    },
    2 * MINUTES,
  );

  /** Kinds that the bare API server knows; the others have no CRD here and are judged at render only. */
  const builtIn = (object: Plain): boolean =>
    /^(v1|apps\/v1|batch\/v1|networking\.k8s\.io\/v1|rbac\.authorization\.k8s\.io\/v1)$/.test(
      String(object['apiVersion']),
    );
  const single = (entries: readonly (Plain | readonly Plain[])[]): Plain[] =>
    entries.filter((entry): entry is Plain => !Array.isArray(entry)).filter(builtIn);
  const judged = DENYING.filter((rule) => single(CASES[rule.id]?.violating ?? []).length > 0);

  it('judge most rules here', () => {
    expect(judged.length).toBeGreaterThan(30);
  });

  it.each(judged.map((rule) => [rule.id, rule] as const))(
    '%s: the API server refuses what the render refuses, and lets through what it lets through',
    (id, rule) => {
      const by = (object: Plain): string => {
        const { status, output } = tryOut(object);
        if (status === 0) return 'accepted';
        if (output.includes(policyName(rule))) return 'this rule';
        return output.includes('ai-infn-') ? 'another rule' : 'API';
      };
      const violating = single(CASES[id]?.violating ?? []);
      const refused = violating.map(by);
      expect(refused).not.toContain('accepted');
      // The API names one denial only: where the render finds one breach, it must be this one.
      const alone = violating.map((object) => breached(object).join() === id);
      expect(refused.filter((verdict, i) => verdict === 'another rule' && alone[i])).toEqual([]);
      expect([id, refused.every((verdict) => verdict === 'API')]).toEqual([id, REFUSED_BEFORE.has(id)]);
      expect(single(CASES[id]?.compliant ?? []).map(by)).not.toContain('this rule');
    },
    MINUTES,
  );
});
