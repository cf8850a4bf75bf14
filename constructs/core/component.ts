import { ApiObject, App, Chart } from 'cdk8s';
import type { Construct } from 'constructs';

import type { Site } from '../site';
import { RenderError } from './errors';
import type { Lock } from './lock';
import type { SecretSpec } from './secrets';

/** What every component is built from: the site it is projected from and the pins it may use. */
export interface PlatformProps {
  readonly site: Site;
  readonly lock: Lock;
}

/** A directed connection that some workload needs; becomes two NetworkPolicies and an arrow in the diagram. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly number[];
  readonly why: string;
}

/** Root of one site's construct tree; collects what crosses components: secrets and edges. */
export class PlatformApp extends App {
  readonly site: Site;
  readonly lock: Lock;
  private readonly secretSpecs = new Map<string, SecretSpec>();
  private readonly edgeList: Edge[] = [];

  constructor(props: PlatformProps) {
    // outdir and recordConstructMetadata are given because cdk8s would read them from the environment otherwise.
    super({ outdir: 'unused', recordConstructMetadata: false });
    this.site = props.site;
    this.lock = props.lock;
  }

  /** Root of the tree a construct stands in. @throws RenderError outside a PlatformApp */
  static override of(construct: Construct): PlatformApp {
    const root = construct.node.root;
    if (root instanceof PlatformApp) return root;
    throw new RenderError(construct.node.path, 'is not inside a PlatformApp');
  }

  /** All Secrets declared so far, ordered by namespace and name. */
  get secrets(): readonly SecretSpec[] {
    return [...this.secretSpecs.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, spec]) => spec);
  }

  /** All connections declared so far. */
  get edges(): readonly Edge[] {
    return this.edgeList;
  }

  /** @internal */
  addSecret(owner: Construct, spec: SecretSpec): void {
    const key = `${spec.namespace}/${spec.name}`;
    if (this.secretSpecs.has(key))
      throw new RenderError(owner.node.path, `declares Secret ${key} a second time`);
    this.secretSpecs.set(key, spec);
  }

  /** @internal */
  addEdge(edge: Edge): void {
    this.edgeList.push(edge);
  }
}

/** Props of a component: which folder of charts-out it becomes and when Argo CD applies it. */
export interface ComponentProps {
  /** Namespace of the component's objects unless they say otherwise. */
  readonly namespace: string;
  /** Argo CD sync wave; see constructs/delivery/waves.ts. */
  readonly wave: number;
}

/** Plain Kubernetes object; `metadata.namespace` absent means cluster-scoped. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** One system of the platform: a chart, a folder of charts-out and an Argo CD Application. */
export abstract class PlatformComponent extends Chart {
  readonly site: Site;
  readonly lock: Lock;
  readonly wave: number;
  /** Namespace of the component; named so because Chart.namespace would also mark cluster-scoped objects. */
  readonly home: string;

  constructor(scope: Construct, id: string, props: ComponentProps) {
    super(scope, id, { disableResourceNameHashes: true });
    const app = PlatformApp.of(this);
    this.site = app.site;
    this.lock = app.lock;
    this.wave = props.wave;
    this.home = props.namespace;
  }

  /** Called by cdk8s for an object without a name: names made from paths would change when code moves. @throws RenderError always */
  override generateObjectName(object: ApiObject): string {
    throw new RenderError(object.node.path, 'has no metadata.name');
  }

  /** Adds an object with an explicit name. Fields are passed through as they are, so newer API fields survive. */
  add(manifest: Manifest): ApiObject {
    return addManifest(this, manifest);
  }

  /** Declares a Secret that the component needs; only its name is rendered. */
  declareSecret(spec: SecretSpec): SecretSpec {
    PlatformApp.of(this).addSecret(this, spec);
    return spec;
  }
}

/** Adds a plain object under `scope`; the construct id is kind, namespace and name, so a collision throws here. */
export function addManifest(scope: Construct, manifest: Manifest): ApiObject {
  const { name, namespace } = manifest.metadata;
  const id = [manifest.kind, namespace, name].filter(Boolean).join('.');
  return new ApiObject(scope, id, manifest);
}
