import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fits, KNOWN_FINDINGS } from '../../policies/known-findings';
import { ensurePrograms, PROGRAMS } from '../../tools/programs';
import { startApiServer } from '../../twin/controlplane';
import { installCrds } from '../../twin/crds';
import { openapiOf, writeSchemas } from './support/schemas';
import { renderedSites, writeObjects } from './support/sites';

const MINUTES = 60_000;
const SITES = renderedSites();
let dir: string;
let programs: Awaited<ReturnType<typeof ensurePrograms>>;
const program = (name: 'kubectl' | 'kubeconform' | 'kube-score'): string => programs.get(name) ?? name;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'linters-'));
  programs = await ensurePrograms(['kubectl', 'kubeconform', 'kube-score']);
}, 30 * MINUTES);
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

interface Verdict {
  readonly filename: string;
  readonly kind: string;
  readonly version: string;
  readonly status: 'statusValid' | 'statusInvalid' | 'statusError' | 'statusSkipped' | 'statusEmpty';
  readonly msg: string;
}

describe('kubeconform, with the schemas of the pinned API server and its custom kinds', () => {
  let location: string;
  beforeAll(async () => {
    const server = await startApiServer({ dir: join(dir, 'api') });
    try {
      const groups = new Set((await installCrds(server)).map(({ group }) => group));
      const openapi = await openapiOf(program('kubectl'), server.kubeconfigFile, groups);
      const schemas = writeSchemas(join(dir, 'schemas'), openapi);
      expect(schemas.kinds).toBeGreaterThan(100);
      location = schemas.location;
    } finally {
      await server.stop();
    }
  }, 10 * MINUTES);

  function judge(files: readonly string[]): readonly Verdict[] {
    const args = [
      '-strict',
      '-output',
      'json',
      '-verbose',
      '-n',
      '2',
      '-schema-location',
      location,
      ...files,
    ];
    const { stdout, stderr } = spawnSync(program('kubeconform'), args, {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    expect(stderr).toBe('');
    return (JSON.parse(stdout) as { readonly resources: readonly Verdict[] }).resources;
  }

  it.each(SITES.map(({ site }) => [site.name]))('accepts every object of %s', (name) => {
    const objects = SITES.find(({ site }) => site.name === name)?.objects ?? [];
    const verdicts = judge(writeObjects(join(dir, name), objects));
    expect(verdicts).toHaveLength(objects.length);
    expect(
      verdicts
        .filter(({ status }) => status !== 'statusValid')
        .map(({ filename, msg }) => `${filename}: ${msg}`),
    ).toEqual([]);
  });

  it('refuses a kind without schema, and an unknown field deep in a custom kind', () => {
    const file = join(dir, 'custom.yaml');
    const unknown = 'apiVersion: nobody.example/v1\nkind: Unheard\nmetadata: { name: a }\n';
    const issuer = '{ name: a, knd: ClusterIssuer }';
    writeFileSync(
      file,
      `${unknown}---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: { name: b }\nspec: { secretName: b, issuerRef: ${issuer} }\n`,
    );
    expect(judge([file])).toMatchObject([
      { kind: 'Unheard', status: 'statusError' },
      { kind: 'Certificate', status: 'statusInvalid', msg: expect.stringContaining('knd') as unknown },
    ]);
  });

  it.each([
    ['an unknown field', 'replica: 2', 'replica'],
    ['a wrong type', 'replicas: two', 'replicas'],
    ['a missing field', 'replicas: 2', 'selector'],
  ])('refuses %s', (_, field, word) => {
    const file = join(dir, 'bad.yaml');
    const pod = '{ metadata: { labels: { a: b } }, spec: { containers: [] } }';
    const selector = word === 'selector' ? '' : 'selector: { matchLabels: { a: b } }, ';
    writeFileSync(
      file,
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\nspec: { ${field}, ${selector}template: ${pod} }\n`,
    );
    const [verdict] = judge([file]);
    expect(verdict).toMatchObject({ status: 'statusInvalid', msg: expect.stringContaining(word) as unknown });
  });
});

interface Score {
  readonly type_meta: { readonly kind: string };
  readonly object_meta: { readonly name: string; readonly namespace?: string };
  readonly checks:
    | readonly {
        readonly check: { readonly id: string };
        readonly grade: number;
        readonly skipped: boolean;
      }[]
    | null;
}

describe('kube-score', () => {
  /** Grade of a check that has nothing to say. */
  const FINE = 10;

  function findings(
    files: readonly string[],
  ): readonly { readonly check: string; readonly object: string }[] {
    const version = PROGRAMS.kubectl.version.split('.').slice(0, 2).join('.');
    const args = ['score', '--kubernetes-version', version, '--output-format', 'json', ...files];
    const { stdout, stderr } = spawnSync(program('kube-score'), args, {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    expect(stderr).toBe('');
    return (JSON.parse(stdout) as readonly Score[]).flatMap(({ type_meta, object_meta, checks }) =>
      (checks ?? [])
        .filter(({ grade, skipped }) => !skipped && grade < FINE)
        .map(({ check }) => ({
          check: check.id,
          object: `${type_meta.kind}:${object_meta.namespace ?? ''}/${object_meta.name}`,
        })),
    );
  }
  let found: ReturnType<typeof findings>;
  beforeAll(() => {
    found = SITES.flatMap(({ site, objects }) =>
      findings(writeObjects(join(dir, `score-${site.name}`), objects)),
    );
  }, MINUTES);

  it('finds nothing but what is listed with its reason', () => {
    const known = (check: string, object: string): boolean =>
      KNOWN_FINDINGS.some(
        (entry) => entry.check === check && entry.objects.some((pattern) => fits(pattern, object)),
      );
    expect(
      [
        ...new Set(
          found
            .filter(({ check, object }) => !known(check, object))
            .map(({ check, object }) => `${check} ${object}`),
        ),
      ].sort(),
    ).toEqual([]);
  });

  it('still finds everything that is listed', () => {
    const stale = KNOWN_FINDINGS.flatMap(({ check, objects }) =>
      objects
        .filter(
          (pattern) => !found.some((finding) => finding.check === check && fits(pattern, finding.object)),
        )
        .map((pattern) => `${check} ${pattern}`),
    );
    expect(stale).toEqual([]);
  });

  it('does find faults', () => {
    const file = join(dir, 'privileged.yaml');
    writeFileSync(
      file,
      'apiVersion: v1\nkind: Pod\nmetadata: { name: a, namespace: b }\nspec: { containers: [{ name: c, image: "d:latest", securityContext: { privileged: true } }] }\n',
    );
    expect(findings([file]).map(({ check }) => check)).toEqual(
      expect.arrayContaining(['container-image-tag', 'container-security-context-privileged']),
    );
  });
});
