import { setTimeout as sleep } from 'node:timers/promises';

import { ApiError, ApiServer, type KubeObject } from '../api-server';
import { parseKubeconfig } from '../kubeconfig';
import { idOf, project, withoutServerFields, type Properties } from './objects';

/** A resource as the plugin found or made it. */
export interface Found {
  readonly id: string;
  readonly properties: Properties;
}

/** How long a deletion may take; Argo CD's finalizer removes a whole application first. */
const GONE_MS = 600_000;

/**
 * What a resource operation does to the cluster. The inputs are the object itself; the properties kept in the state are
 * the part of the living object that the inputs speak of, so a refresh shows what others changed.
 */
export class KubernetesProvider {
  private api: ApiServer | undefined;

  /** Connects to the cluster of a kubeconfig. @throws Error when the kubeconfig cannot be used */
  configure(kubeconfig: string | undefined): void {
    if (!kubeconfig) throw new Error('the Kubernetes provider was given no kubeconfig');
    this.api = new ApiServer(parseKubeconfig(kubeconfig));
  }

  /** Creates or changes the object; running it again after an interruption changes nothing. */
  async apply(inputs: Properties): Promise<Found> {
    const live = await this.cluster().apply(asObject(inputs));
    return { id: idOf(live), properties: projected(live, inputs) };
  }

  /** The object as it is now, or nothing. Without known inputs (an import) all of it. */
  async read(id: string, ref: KubeObject, inputs: Properties | undefined): Promise<Found | undefined> {
    const live = await this.cluster().get(ref);
    if (!live) return undefined;
    return { id, properties: inputs ? projected(live, inputs) : withoutServerFields(live) };
  }

  /** Deletes the object and waits until it is gone. @throws Error naming what holds it */
  async delete(ref: KubeObject): Promise<void> {
    const api = this.cluster();
    const before = await api.get(ref);
    await api.delete(ref);
    const end = Date.now() + GONE_MS;
    for (let pause = 50; ; pause = Math.min(pause * 2, 2000)) {
      const live = await api.get(ref);
      if (!live || live.metadata['uid'] !== before?.metadata['uid']) return;
      if (Date.now() > end) throw new Error(stuck(live));
      await sleep(pause);
    }
  }

  private cluster(): ApiServer {
    if (!this.api) throw new ApiError(0, 'the Kubernetes provider is not configured');
    return this.api;
  }
}

function stuck(live: KubeObject): string {
  const { finalizers } = live.metadata as { finalizers?: readonly string[] };
  const why = finalizers?.length ? `its finalizers are ${finalizers.join(', ')}` : 'it still holds objects';
  return `${live.kind} ${idOf(live)} is still there ${GONE_MS / 1000} s after its deletion: ${why}`;
}

const projected = (live: KubeObject, inputs: Properties): Properties =>
  project(live as unknown as Properties, inputs) as Properties;

/** The object that inputs describe; keys with two underscores are notes of older SDKs. */
export function asObject(inputs: Properties): KubeObject {
  return Object.fromEntries(
    Object.entries(inputs).filter(([key]) => !key.startsWith('__')),
  ) as unknown as KubeObject;
}

/** The object that an import names: type token of the resource and `namespace/name`. */
export function importedObject(type: string, id: string): KubeObject {
  const [, apiVersion = '', kind = ''] = type.split(':');
  const [name = '', namespace] = id.split('/').reverse();
  return {
    apiVersion: apiVersion.replace(/^core\//, ''),
    kind,
    metadata: { name, ...(namespace ? { namespace } : {}) },
  };
}
