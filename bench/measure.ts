import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { writeTree } from '../cli/tree';
import {
  loadSite,
  Lock,
  type Manifest,
  PlatformApp,
  PlatformComponent,
  platformObjects,
  renderTree,
  type Site,
} from '../constructs';
import { admissionPolicies } from '../policies/admission';
import { checkManifests } from '../policies/check';
import { bomOf } from '../sbom/bom';
import { checkoutRoot } from '../tools/programs';

/** One measurement of one process; `work` is timed, everything before is preparation. */
interface Case {
  readonly prepare: () => () => unknown;
}

const OBJECTS = 5000;
const SITES = 10;

class Room extends PlatformComponent {}

function realSite(name: string): Site {
  const file = join('stacks', 'sites', `${name}.yaml`);
  return loadSite(readFileSync(join(checkoutRoot(), file), 'utf8'), file);
}

function realLock(): Lock {
  return Lock.parse(readFileSync(join(checkoutRoot(), 'versions.lock.yaml'), 'utf8'));
}

/** An object of the size of a small Deployment (0.6 kB as YAML). */
function deployment(name: string): Manifest {
  const labels = { 'app.kubernetes.io/name': name };
  const container = {
    name: 'main',
    image: 'registry.example.org/team/app:1.0',
    ports: [{ name: 'http', containerPort: 8080 }],
    env: [{ name: 'MODE', value: 'on' }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '128Mi' } },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'bench', labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

/** A tree of `objects` objects over `charts` components. */
function tree(site: Site, lock: Lock, objects: number, charts: number): PlatformApp {
  const app = new PlatformApp({ site, lock });
  const rooms = Array.from(
    { length: charts },
    (_, i) => new Room(app, `room-${i}`, { namespace: 'bench', wave: 0 }),
  );
  for (let i = 0; i < objects; i += 1) rooms[i % charts]?.add(deployment(`app-${i}`));
  return app;
}

/** Builds and renders the trees of several sites, as `aiinfn render` does for all sites. */
function sites(render: (app: PlatformApp, i: number) => unknown): Case {
  return {
    prepare: () => {
      const [site, lock] = [realSite('cnaf'), realLock()];
      return () => {
        for (let i = 0; i < SITES; i += 1) render(tree(site, lock, OBJECTS / SITES, 10), i);
      };
    },
  };
}

function charts(count: number, render: (app: PlatformApp) => unknown): Case {
  return {
    prepare: () => {
      const app = tree(realSite('cnaf'), realLock(), OBJECTS, count);
      return () => render(app);
    },
  };
}

/** Everything that is measured, by name. `app.synth()` writes to the folder the process runs in. */
export const CASES: Readonly<Record<string, Case>> = {
  'sites-render': sites((app) => renderTree(app)),
  'sites-render-write': sites((app, i) => writeTree(`site-${i}`, renderTree(app))),
  'sites-synth': sites((app) => {
    app.synth();
  }),
  'charts-10-render': charts(10, renderTree),
  'charts-100-render': charts(100, renderTree),
  'charts-10-synth': charts(10, (app) => {
    app.synth();
  }),
  'charts-100-synth': charts(100, (app) => {
    app.synth();
  }),
  'load-site': { prepare: () => () => realSite('cnaf') },
  'project-site': {
    prepare: () => {
      const [site, lock] = [realSite('cnaf'), realLock()];
      return () => {
        const objects = platformObjects({ site, lock }, admissionPolicies(site));
        return [checkManifests(objects, site), bomOf(site, lock, objects)];
      };
    },
  },
};

/** What one process measured. */
export interface Measurement {
  /** Milliseconds of the work. */
  readonly ms: number;
  /** Largest resident set of the process in MiB, preparation included. */
  readonly mib: number;
}

/** Runs a case once in this process. @throws Error for a name that is no case */
export function measure(name: string): Measurement {
  const found = CASES[name];
  if (!found) throw new Error(`no benchmark is called '${name}'; there are ${Object.keys(CASES).join(', ')}`);
  const work = found.prepare();
  const start = process.hrtime.bigint();
  work();
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  return { ms, mib: process.resourceUsage().maxRSS / 1024 };
}

if (require.main === module) process.stdout.write(JSON.stringify(measure(process.argv[2] ?? '')));
