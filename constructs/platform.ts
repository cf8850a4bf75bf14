import { type Manifest, PlatformApp, type PlatformProps } from './core/component';
import { manifestPath, renderObjects, type RenderedObject, type RenderedTree, toYaml } from './core/render';
import type { SecretSpec } from './core/secrets';

/** The whole platform of one site as a construct tree: each child is a component, in the order Argo CD applies them. */
export function buildPlatform(props: PlatformProps): PlatformApp {
  return new PlatformApp(props);
}

/** All objects of a site; `policies` are the admission policies, which stand beside the components in a folder of their own. */
export function platformObjects(
  props: PlatformProps,
  policies: readonly Manifest[] = [],
): readonly RenderedObject[] {
  const guards = policies.map((object) => ({
    component: 'policies',
    path: manifestPath('policies', object),
    object,
  }));
  return [...renderObjects(buildPlatform(props)), ...guards].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The files of objects, by path below `charts-out/<site>/`. */
export function manifestTree(objects: readonly RenderedObject[]): RenderedTree {
  return new Map(objects.map(({ path, object }) => [path, toYaml(object)]));
}

/** The Secrets a site needs; values are delivered by Pulumi, never rendered. */
export function secretCatalogue(props: PlatformProps): readonly SecretSpec[] {
  return buildPlatform(props).secrets;
}
