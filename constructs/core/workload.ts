import { createHash } from 'node:crypto';

import { k8s } from 'cdk8s-plus-28';

import { addManifest, type PlatformComponent } from './component';
import { RenderError } from './errors';
import type { Peer, ServiceRef } from './network';

/** CPU and memory of a container. Memory request equals limit, so that the node never has to choose whom to kill. */
export interface Resources {
  /** Requested CPU, for example `100m`. No CPU limit: throttling costs latency and protects nobody here. */
  readonly cpu: string;
  /** Requested and limiting memory, for example `256Mi`. */
  readonly memory: string;
}

/** One container of a workload. */
export interface ContainerProps {
  readonly name: string;
  /** Image reference from the lock. */
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly k8s.EnvVar[];
  /** Ports by name; every port becomes a Service port of the same number. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly resources: Resources;
  readonly readiness?: k8s.Probe;
  readonly liveness?: k8s.Probe;
  readonly startup?: k8s.Probe;
  readonly mounts?: readonly k8s.VolumeMount[];
  readonly lifecycle?: k8s.Lifecycle;
  /** Added to the restricted default; state the reason beside it. */
  readonly security?: k8s.SecurityContext;
}

/** A persistent volume of each replica of a StatefulSet. */
export interface ClaimProps {
  readonly name: string;
  readonly size: string;
  readonly storageClass: string;
}

/** A Deployment or StatefulSet with its ServiceAccount, Service and PodDisruptionBudget. */
export interface WorkloadProps {
  readonly name: string;
  readonly kind: 'Deployment' | 'StatefulSet';
  /** Default 1. Two or more give a PodDisruptionBudget and spreading over nodes. */
  readonly replicas?: number;
  /** Namespace; default the component's. */
  readonly namespace?: string;
  /** Numeric user and group the containers run as. */
  readonly user: number;
  readonly containers: readonly ContainerProps[];
  readonly initContainers?: readonly ContainerProps[];
  readonly volumes?: readonly k8s.Volume[];
  readonly claims?: readonly ClaimProps[];
  /** Configuration whose change must restart the pods; its hash becomes an annotation. */
  readonly restartOn?: unknown;
  /** The pod talks to the Kubernetes API; default false: no token is mounted. */
  readonly apiAccess?: boolean;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly k8s.Toleration[];
  readonly priorityClass?: string;
  readonly graceSeconds?: number;
  readonly updateStrategy?: 'RollingUpdate' | 'Recreate' | 'OnDelete';
  /** Labels for pods beside `app.kubernetes.io/name`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** StatefulSet: start all pods at once. Default ordered. */
  readonly parallel?: boolean;
  /** Pods have DNS names before they are ready: members of a cluster must find each other to become ready. Default false. */
  readonly publishNotReady?: boolean;
  /** Added to the restricted pod security context; state the reason beside it. */
  readonly podSecurity?: k8s.PodSecurityContext;
}

/** What others need of a workload. */
export interface Workload {
  readonly service: ServiceRef;
  readonly peer: Peer;
  readonly serviceAccount: string;
}

/** Security context of every container unless a component states a reason: Pod Security level `restricted`, read-only root. */
export const RESTRICTED: k8s.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Adds the workload to the component. Names are explicit, so that moving code never renames an object. */
export function addWorkload(component: PlatformComponent, props: WorkloadProps): Workload {
  const namespace = props.namespace ?? component.home;
  const labels = { 'app.kubernetes.io/name': props.name };
  const peer: Peer = { component, name: props.name, namespace, labels };
  const metadata = { name: props.name, namespace, labels };
  new k8s.KubeServiceAccount(component, `ServiceAccount.${namespace}.${props.name}`, {
    metadata,
    automountServiceAccountToken: false,
  });
  if (props.kind === 'Deployment') addDeployment(component, props, metadata);
  else addStatefulSet(component, props, metadata);
  addDisruptionBudget(component, props, metadata);
  return { peer, service: addService(component, props, peer), serviceAccount: props.name };
}

interface NamedMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

function addDeployment(component: PlatformComponent, props: WorkloadProps, metadata: NamedMetadata): void {
  new k8s.KubeDeployment(component, `Deployment.${metadata.namespace}.${metadata.name}`, {
    metadata,
    spec: {
      replicas: props.replicas ?? 1,
      revisionHistoryLimit: 3,
      selector: { matchLabels: { ...metadata.labels } },
      strategy: { type: props.updateStrategy ?? 'RollingUpdate' },
      template: podTemplate(props, metadata.labels),
    },
  });
}

function addStatefulSet(component: PlatformComponent, props: WorkloadProps, metadata: NamedMetadata): void {
  new k8s.KubeStatefulSet(component, `StatefulSet.${metadata.namespace}.${metadata.name}`, {
    metadata,
    spec: {
      serviceName: metadata.name,
      replicas: props.replicas ?? 1,
      revisionHistoryLimit: 3,
      podManagementPolicy: props.parallel ? 'Parallel' : 'OrderedReady',
      selector: { matchLabels: { ...metadata.labels } },
      updateStrategy: { type: props.updateStrategy ?? 'RollingUpdate' },
      template: podTemplate(props, metadata.labels),
      volumeClaimTemplates: (props.claims ?? []).map(claim),
      // Data outlives the set: deleting volumes is a decision of its own (docs/explanation/data.md).
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    },
  });
}

function claim(props: ClaimProps): k8s.KubePersistentVolumeClaimProps {
  return {
    metadata: { name: props.name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: props.storageClass,
      resources: { requests: { storage: k8s.Quantity.fromString(props.size) } },
    },
  };
}

/** @internal Pod template shared by workloads and Jobs (constructs/core/job.ts). */
export function podTemplate(
  props: WorkloadProps,
  labels: Readonly<Record<string, string>>,
): k8s.PodTemplateSpec {
  return {
    metadata: {
      labels: { ...labels, ...props.labels },
      ...(props.restartOn === undefined
        ? {}
        : { annotations: { 'ai-infn.it/config': contentHash(props.restartOn) } }),
    },
    spec: podSpec(props, labels),
  };
}

function podSpec(props: WorkloadProps, labels: Readonly<Record<string, string>>): k8s.PodSpec {
  return {
    serviceAccountName: props.name,
    automountServiceAccountToken: props.apiAccess ?? false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: props.user,
      runAsGroup: props.user,
      fsGroup: props.user,
      // Volumes keep the modes their owner set: PostgreSQL refuses a group-writable data directory after a remount.
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
      ...props.podSecurity,
    },
    containers: props.containers.map(container),
    ...(props.initContainers ? { initContainers: props.initContainers.map(container) } : {}),
    ...(props.volumes ? { volumes: [...props.volumes] } : {}),
    ...(props.nodeSelector ? { nodeSelector: props.nodeSelector } : {}),
    ...(props.tolerations ? { tolerations: [...props.tolerations] } : {}),
    ...(props.priorityClass ? { priorityClassName: props.priorityClass } : {}),
    ...(props.graceSeconds === undefined ? {} : { terminationGracePeriodSeconds: props.graceSeconds }),
    ...spread(props, labels),
  };
}

/** Replicas prefer different nodes: losing one node must not lose a service, but a small site still starts. */
function spread(props: WorkloadProps, labels: Readonly<Record<string, string>>): Partial<k8s.PodSpec> {
  if ((props.replicas ?? 1) < 2) return {};
  return {
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: { matchLabels: labels },
            },
          },
        ],
      },
    },
  };
}

function container(props: ContainerProps): k8s.Container {
  const memory = k8s.Quantity.fromString(props.resources.memory);
  const { image, name, command, args, env, readiness, liveness, startup, mounts, lifecycle, security } =
    props;
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    ...(command ? { command: [...command] } : {}),
    ...(args ? { args: [...args] } : {}),
    ...(env ? { env: [...env] } : {}),
    ...(props.ports
      ? { ports: Object.entries(props.ports).map(([id, port]) => ({ name: id, containerPort: port })) }
      : {}),
    resources: {
      requests: { cpu: k8s.Quantity.fromString(props.resources.cpu), memory },
      limits: { memory },
    },
    ...(readiness ? { readinessProbe: readiness } : {}),
    ...(liveness ? { livenessProbe: liveness } : {}),
    ...(startup ? { startupProbe: startup } : {}),
    ...(mounts ? { volumeMounts: [...mounts] } : {}),
    ...(lifecycle ? { lifecycle } : {}),
    securityContext: { ...RESTRICTED, ...security },
  };
}

/** A Service knows a port by its name alone, so two containers must not share one. */
function portsOf(component: PlatformComponent, props: WorkloadProps): Record<string, number> {
  const ports: Record<string, number> = {};
  for (const [id, port] of props.containers.flatMap((c) => Object.entries(c.ports ?? {}))) {
    if (id in ports)
      throw new RenderError(component.node.path, `gives two containers of ${props.name} a port '${id}'`);
    ports[id] = port;
  }
  return ports;
}

function addService(component: PlatformComponent, props: WorkloadProps, peer: Peer): ServiceRef {
  const ports = portsOf(component, props);
  const { name, namespace } = peer;
  if (Object.keys(ports).length > 0) {
    new k8s.KubeService(component, `Service.${namespace}.${name}`, {
      metadata: { name, namespace, labels: peer.labels },
      spec: {
        ...(props.kind === 'StatefulSet' ? { clusterIp: 'None' } : {}),
        ...(props.publishNotReady ? { publishNotReadyAddresses: true } : {}),
        selector: { ...peer.labels },
        ports: Object.entries(ports).map(([id, port]) => ({
          name: id,
          port,
          targetPort: k8s.IntOrString.fromString(id),
        })),
      },
    });
  }
  return { peer, name, namespace, ports, host: `${name}.${namespace}.svc` };
}

function addDisruptionBudget(
  component: PlatformComponent,
  props: WorkloadProps,
  metadata: NamedMetadata,
): void {
  if ((props.replicas ?? 1) < 2) return;
  addManifest(component, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { maxUnavailable: 1, selector: { matchLabels: metadata.labels } },
  });
}

/** Short hash of configuration, for annotations that restart pods when it changes. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

/** An HTTP probe on a named port; every 10 s, three failures. */
export function httpProbe(port: string, path: string): k8s.Probe {
  return {
    httpGet: { path, port: k8s.IntOrString.fromString(port) },
    periodSeconds: 10,
    failureThreshold: 3,
    timeoutSeconds: 3,
  };
}

/** An HTTPS probe on a named port; the kubelet does not check the certificate. */
export function httpsProbe(port: string, path: string): k8s.Probe {
  const probe = httpProbe(port, path);
  return { ...probe, httpGet: { path, port: k8s.IntOrString.fromString(port), scheme: 'HTTPS' } };
}

/** A probe that only asks whether the port accepts connections. */
export function tcpProbe(port: string): k8s.Probe {
  return {
    tcpSocket: { port: k8s.IntOrString.fromString(port) },
    periodSeconds: 10,
    failureThreshold: 3,
    timeoutSeconds: 3,
  };
}

/** A probe that runs a program in the container; it succeeds with exit code 0. */
export function execProbe(...command: readonly string[]): k8s.Probe {
  return { exec: { command: [...command] }, periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 5 };
}

/** Environment variable from a key of a Secret. */
export function secretEnv(name: string, secret: string, key: string): k8s.EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

/** Volume from a ConfigMap, read-only for the pod. */
export function configVolume(name: string, configMap: string): k8s.Volume {
  return { name, configMap: { name: configMap } };
}

/** Volume from a Secret; readable by the pod's group only. */
export function secretVolume(name: string, secret: string): k8s.Volume {
  return { name, secret: { secretName: secret, defaultMode: 0o440 } };
}

/** Scratch space that dies with the pod. */
export function scratchVolume(name: string, sizeLimit: string): k8s.Volume {
  return { name, emptyDir: { sizeLimit: k8s.Quantity.fromString(sizeLimit) } };
}
