import { k8s } from 'cdk8s-plus-28';

import { addManifest, type PlatformComponent } from './component';
import type { Peer } from './network';
import { type ContainerProps, podTemplate, type WorkloadProps } from './workload';

/** A task that runs to its end: once per sync of Argo CD, or on a schedule. */
export interface JobProps {
  readonly name: string;
  /** Namespace; default the component's. */
  readonly namespace?: string;
  /** Numeric user and group the containers run as. */
  readonly user: number;
  readonly containers: readonly ContainerProps[];
  readonly volumes?: readonly k8s.Volume[];
  /** Seconds after which the task is ended as failed. */
  readonly deadlineSeconds: number;
  /** How often a failed task is tried again; default 3. The task must be repeatable. */
  readonly retries?: number;
  readonly nodeSelector?: Readonly<Record<string, string>>;
}

/** A task on a schedule. */
export interface CronJobProps extends JobProps {
  /** Five fields of cron, in UTC. */
  readonly schedule: string;
}

/** Adds a task that Argo CD runs anew on every sync of the component, after the objects of wave 0 are healthy. */
export function addSyncJob(component: PlatformComponent, props: JobProps): Peer {
  const { metadata, peer } = identity(component, props);
  addAccount(component, metadata);
  addManifest(component, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...metadata,
      annotations: {
        // A Job is immutable: as a hook it is replaced at each sync instead of failing it.
        'argocd.argoproj.io/hook': 'Sync',
        'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
        'argocd.argoproj.io/sync-wave': '1',
      },
    },
    spec: jobSpec(props, metadata.labels),
  });
  return peer;
}

/** Adds a task on a schedule; a run that is still busy is never joined by a second one. */
export function addCronJob(component: PlatformComponent, props: CronJobProps): Peer {
  const { metadata, peer } = identity(component, props);
  addAccount(component, metadata);
  addManifest(component, {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata,
    spec: {
      schedule: props.schedule,
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: { spec: jobSpec(props, metadata.labels) },
    },
  });
  return peer;
}

interface Identity {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly peer: Peer;
}

function identity(component: PlatformComponent, props: JobProps): Identity {
  const namespace = props.namespace ?? component.home;
  const labels = { 'app.kubernetes.io/name': props.name };
  return {
    metadata: { name: props.name, namespace, labels },
    peer: { component, name: props.name, namespace, labels },
  };
}

function addAccount(component: PlatformComponent, metadata: Identity['metadata']): void {
  addManifest(component, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata,
    automountServiceAccountToken: false,
  });
}

function jobSpec(props: JobProps, labels: Readonly<Record<string, string>>): object {
  const workload: WorkloadProps = { ...props, kind: 'Deployment' };
  const { metadata, spec } = podTemplate(workload, labels);
  return {
    backoffLimit: props.retries ?? 3,
    activeDeadlineSeconds: props.deadlineSeconds,
    ttlSecondsAfterFinished: 7 * 86_400,
    template: { metadata, spec: k8s.toJson_PodSpec({ ...spec, restartPolicy: 'Never' } as k8s.PodSpec) },
  };
}
