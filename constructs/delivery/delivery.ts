import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';

import { PlatformApp, PlatformComponent } from '../core/component';
import { NAMESPACES } from '../network/namespaces';
import {
  CONTROLLERS_PROJECT,
  controllersProject,
  IN_CLUSTER,
  PLATFORM_PROJECT,
  platformProject,
} from './projects';
import { type DeliveredObject, deliveryFaults, type Folder } from './sequence';
import { WAVES } from './waves';

/** An upstream controller that Argo CD installs from its own chart. */
export interface ChartRelease {
  /** Entry under `charts` in the lock; also the name of Application and release. */
  readonly chart: string;
  readonly namespace: string;
  /** See CHART_WAVES. */
  readonly wave: number;
  readonly values: Readonly<Record<string, unknown>>;
  /** Further namespaces the chart writes to, for example `kube-system`. Default none. */
  readonly alsoIn?: readonly string[];
}

/** Props of the delivery component. */
export interface DeliveryProps {
  readonly charts: readonly ChartRelease[];
  /** Folders beside the components, for example the admission policies. Default none. */
  readonly folders?: readonly Folder[];
}

/** The folder of admission policies, whose objects are made outside the construct tree. */
export function policiesFolder(): Folder {
  const kinds = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];
  const group = 'admissionregistration.k8s.io';
  return {
    name: 'policies',
    wave: WAVES.policies,
    objects: kinds.map((kind) => ({ group, kind, name: '*' })),
  };
}

/**
 * A finalizer that makes Argo CD delete what an Application owns when the Application goes. Without the path it means the same, but
 * the API server warns of it.
 */
const CASCADE = 'resources-finalizer.argocd.argoproj.io/foreground';

/** Kinds that carry data or hold whatever stands in them: their Application goes without its objects. */
const KEEPERS = new Set([
  'Namespace',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'StatefulSet',
  'CustomResourceDefinition',
]);

/** Never at once: a broken commit is tried again with growing pauses, always at the newest revision. */
const RETRY = { limit: 5, backoff: { duration: '10s', factor: 2, maxDuration: '3m' }, refresh: true };

const SYNC_OPTIONS = [
  'ServerSideApply=true',
  'RespectIgnoreDifferences=true',
  'PruneLast=true',
  'FailOnSharedResource=true',
  'ApplyOutOfSyncOnly=true',
  'CreateNamespace=false',
];

/**
 * What Argo CD is told: one Application per component and per upstream chart, in waves, within two projects that name exactly the
 * repositories, namespaces and kinds in use. The root Application (stacks/cluster) reads this folder. Stands last in the tree,
 * because it looks at all components before it.
 */
export class Delivery extends PlatformComponent {
  private readonly seen: string;

  constructor(scope: Construct, id: string, props: DeliveryProps) {
    super(scope, id, { namespace: NAMESPACES.argocd.name, wave: WAVES.delivery });
    const folders = [...componentFolders(this), ...(props.folders ?? [])];
    this.seen = fingerprint(componentFolders(this));
    this.addProjects(folders, props.charts);
    for (const folder of folders) this.addFolder(folder);
    for (const release of props.charts) this.addChart(release);
    const waves = Object.fromEntries(props.charts.map(({ chart, wave }) => [chart, wave]));
    this.node.addValidation({ validate: () => [...deliveryFaults(folders, waves), ...this.lateFaults()] });
  }

  /** Objects added after this construct would be missing from the projects. */
  private lateFaults(): string[] {
    return fingerprint(componentFolders(this)) === this.seen
      ? []
      : ['components or objects were added after delivery: make it the last of the tree'];
  }

  private addProjects(folders: readonly Folder[], charts: readonly ChartRelease[]): void {
    const project = (name: string, spec: object): void => {
      this.add({
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'AppProject',
        // Before every Application, and after them when all goes.
        metadata: { name, namespace: this.home, annotations: { 'argocd.argoproj.io/sync-wave': '-100' } },
        spec,
      });
    };
    const objects = folders.flatMap((folder) => folder.objects);
    project(PLATFORM_PROJECT, platformProject(this.site, objects));
    if (charts.length === 0) return;
    const repositories = charts.map(({ chart }) => chartRepository(this.lock.chart(chart).repo));
    const namespaces = charts.flatMap(({ namespace, alsoIn }) => [namespace, ...(alsoIn ?? [])]);
    project(CONTROLLERS_PROJECT, controllersProject(this.site, repositories, namespaces));
  }

  private addFolder({ name, wave, objects }: Folder): void {
    const { repo, revision } = this.site.delivery;
    const first = objects.find(({ namespace }) => namespace !== undefined)?.namespace;
    this.addApplication(name, wave, {
      cascade: !objects.some(({ kind }) => KEEPERS.has(kind)),
      project: PLATFORM_PROJECT,
      namespace: first ?? this.home,
      source: {
        repoURL: repo,
        targetRevision: revision,
        path: `charts-out/${this.site.name}/${name}`,
        // Anything else in the folder would be read as a manifest or change how the folder is rendered.
        directory: { recurse: true, include: '*.yaml' },
      },
    });
  }

  private addChart({ chart, namespace, wave, values }: ChartRelease): void {
    const locked = this.lock.chart(chart);
    this.addApplication(chart, wave, {
      // Its CustomResourceDefinitions hold objects of ours.
      cascade: false,
      project: CONTROLLERS_PROJECT,
      namespace,
      source: {
        repoURL: chartRepository(locked.repo),
        chart: locked.chart,
        targetRevision: locked.version,
        helm: { releaseName: chart, valuesObject: values },
      },
    });
  }

  private addApplication(
    name: string,
    wave: number,
    { cascade, project, namespace, source }: ApplicationParts,
  ): void {
    const manifest = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: {
        name,
        namespace: this.home,
        annotations: {
          'argocd.argoproj.io/sync-wave': String(wave),
          'argocd.argoproj.io/compare-options': 'ServerSideDiff=true',
        },
        ...(cascade ? { finalizers: [CASCADE] } : {}),
      },
      spec: {
        project,
        source,
        destination: { server: IN_CLUSTER, namespace },
        revisionHistoryLimit: 10,
        syncPolicy: {
          automated: { enabled: true, prune: true, selfHeal: true, allowEmpty: false },
          retry: RETRY,
          syncOptions: SYNC_OPTIONS,
        },
      },
    };
    this.add(manifest);
  }
}

interface ApplicationParts {
  readonly cascade: boolean;
  readonly project: string;
  readonly namespace: string;
  readonly source: object;
}

/** Argo CD names OCI repositories of charts without their scheme. */
function chartRepository(repo: string): string {
  return repo.replace(/^oci:\/\//, '');
}

/** The components of the tree but delivery itself. */
function componentFolders(delivery: Delivery): Folder[] {
  return PlatformApp.of(delivery)
    .node.children.filter((child): child is PlatformComponent => child instanceof PlatformComponent)
    .filter((child) => child !== delivery)
    .map((component) => ({
      name: component.node.id,
      wave: component.wave,
      objects: component.node.findAll().filter(isObject).map(delivered),
    }))
    .filter(({ objects }) => objects.length > 0);
}

function isObject(construct: Construct): construct is ApiObject {
  return ApiObject.isApiObject(construct);
}

function delivered(object: ApiObject): DeliveredObject {
  const { namespace } = object.metadata;
  return {
    group: object.apiGroup === 'core' ? '' : object.apiGroup,
    kind: object.kind,
    name: object.name,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function fingerprint(folders: readonly Folder[]): string {
  return JSON.stringify(folders);
}
