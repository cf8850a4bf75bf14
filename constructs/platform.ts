import { PlatformApp, type PlatformProps } from './core/component';
import { renderTree, type RenderedTree } from './core/render';
import type { SecretSpec } from './core/secrets';

/** The whole platform of one site as a construct tree: each child is a component, in the order Argo CD applies them. */
export function buildPlatform(props: PlatformProps): PlatformApp {
  return new PlatformApp(props);
}

/** The manifests of a site, by path below `charts-out/<site>/`. */
export function renderSite(props: PlatformProps): RenderedTree {
  return renderTree(buildPlatform(props));
}

/** The Secrets a site needs; values are delivered by Pulumi, never rendered. */
export function secretCatalogue(props: PlatformProps): readonly SecretSpec[] {
  return buildPlatform(props).secrets;
}
