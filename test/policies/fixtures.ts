import type { RenderedObject, Site } from '../../constructs';
import { siteSchema } from '../../constructs';

/** A plain object as a test writes it. */
export type Plain = Readonly<Record<string, unknown>>;

/** A small site with one kind of card and one remote. */
export const SITE_INPUT: Plain = {
  name: 'test',
  title: 'Test site',
  domain: 'hub.example.org',
  cloud: { name: 'test', image: 'debian-12', externalNetwork: 'public', subnet: '10.71.0.0/24' },
  hosts: { server: { t4: 2 } },
  flavors: { small: { vcpus: 4, memory: '8Gi' } },
  nodes: { control: { flavor: 'small' }, t4: { flavor: 'small', host: 'server', cards: { t4: 2 } } },
  identity: { issuer: 'https://iam.example.org/', users: ['users'], admins: ['admins'] },
  delivery: { repo: 'https://git.example.org/platform.git', revision: '1.0.0' },
};

/** The same, resolved. */
export const SITE: Site = siteSchema.parse(SITE_INPUT);

const DIGEST = `sha256:${'0'.repeat(64)}`;

/** A container that breaks no rule, with changes. `undefined` removes a field. */
export function container(changes: Plain = {}): Plain {
  const base: Plain = {
    name: 'main',
    image: `harbor.example.org/team/app:1.0@${DIGEST}`,
    imagePullPolicy: 'IfNotPresent',
    ports: [{ name: 'http', containerPort: 8000 }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '128Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
  return merge(base, changes);
}

/** A pod specification that breaks no rule, with changes. */
export function podSpec(changes: Plain = {}, containerChanges: Plain = {}): Plain {
  const base: Plain = {
    serviceAccountName: 'app',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      fsGroup: 1000,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container(containerChanges)],
  };
  return merge(base, changes);
}

const LABELS = { 'app.kubernetes.io/name': 'app' };

/** A Deployment that breaks no rule; changes go to its spec, its pod and its first container. */
export function deployment(
  changes: { spec?: Plain; pod?: Plain; container?: Plain; labels?: Plain } = {},
): Plain {
  return server('Deployment', changes);
}

/** A StatefulSet that breaks no rule. */
export function statefulSet(changes: { spec?: Plain; pod?: Plain; container?: Plain } = {}): Plain {
  return server('StatefulSet', changes);
}

function server(
  kind: string,
  changes: { spec?: Plain; pod?: Plain; container?: Plain; labels?: Plain },
): Plain {
  const template = {
    metadata: { labels: { ...LABELS, ...changes.labels } },
    spec: podSpec(changes.pod, changes.container),
  };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'app', namespace: 'hub', labels: LABELS },
    spec: merge({ replicas: 1, selector: { matchLabels: LABELS }, template }, changes.spec ?? {}),
  };
}

/** A bare pod such as the hub makes for a session. */
export function session(labels: Plain, pod: Plain = {}): Plain {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'jupyter-ada',
      namespace: 'hub',
      labels: { component: 'singleuser-server', ...labels },
    },
    spec: podSpec(pod),
  };
}

/** An opportunistic Job. */
export function job(changes: { labels?: Plain; spec?: Plain; pod?: Plain } = {}): Plain {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'train',
      namespace: 'batch',
      labels: { 'kueue.x-k8s.io/queue-name': 'opportunistic', ...changes.labels },
    },
    spec: merge(
      {
        ttlSecondsAfterFinished: 3600,
        template: {
          spec: podSpec({ restartPolicy: 'Never', terminationGracePeriodSeconds: 10, ...changes.pod }),
        },
      },
      changes.spec ?? {},
    ),
  };
}

/** Any object of the group and kind. */
export function object(apiVersion: string, kind: string, fields: Plain, metadata: Plain = {}): Plain {
  return { apiVersion, kind, metadata: { name: 'it', namespace: 'hub', ...metadata }, ...fields };
}

/** Objects as the renderer hands them to checks. */
export function rendered(...objects: readonly Plain[]): readonly RenderedObject[] {
  return objects.map((item, i) => ({ component: 'test', path: `test/${i}.yaml`, object: item }));
}

/** Changes win; nested objects are merged, lists replaced, `undefined` removes. */
export function merge(base: Plain, changes: Plain): Plain {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const before = merged[key];
    merged[key] = isPlain(before) && isPlain(value) ? merge(before, value) : value;
  }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
