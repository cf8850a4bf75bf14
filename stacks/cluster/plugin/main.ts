import { KubernetesProvider } from './provider';
import { serve } from './server';

/**
 * Stand-in for `pulumi-resource-kubernetes`, for the embedded default and the tests: real objects on a real API server,
 * for plain kinds only. Operators use the official plugin, which waits for readiness, knows Helm and renames objects.
 */
serve(new KubernetesProvider()).then(
  ({ port }) => {
    console.log(port);
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
