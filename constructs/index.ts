/** Public surface of the constructs: what stacks, policies, SBOM and command line may use. */
export * from './core/access';
export * from './core/certificates';
export * from './core/component';
export * from './core/errors';
export * from './core/job';
export * from './core/lock';
export * from './core/network';
export * from './core/render';
export * from './core/secrets';
export * from './core/workload';
export * from './network/namespaces';
export * from './delivery';
export * from './platform';
export * from './site';
