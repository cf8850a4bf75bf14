/** The dependency rules of the house (docs/explanation/architecture.md). */
const from = (path) => ({ path: `^${path}/` });
const only = (name, folder, allowed) => ({
  name,
  severity: 'error',
  comment: `${folder} may use ${allowed.join(', ') || 'nothing of ours'}`,
  from: from(folder),
  to: {
    path: '^(constructs|stacks|cli|policies|sbom|twin|tools|services|bench|test)/',
    pathNot: `^(${[folder, ...allowed].join('|')})/`,
  },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('constructs-stand-alone', 'constructs', []),
    only('tools-stand-alone', 'tools', []),
    only('policies-on-constructs', 'policies', ['constructs']),
    only('sbom-on-constructs', 'sbom', ['constructs']),
    only('twin-on-constructs', 'twin', ['constructs', 'tools']),
    only('stacks-on-constructs', 'stacks', ['constructs', 'tools', 'policies']),
    only('cli-on-everything-but-tests', 'cli', ['constructs', 'stacks', 'policies', 'sbom', 'twin', 'tools']),
    only('bench-on-everything-but-tests', 'bench', [
      'constructs',
      'stacks',
      'policies',
      'sbom',
      'twin',
      'tools',
      'cli',
    ]),
    {
      name: 'pulumi-only-in-stacks',
      severity: 'error',
      from: { path: '^(constructs|cli|sbom|twin|tools|policies)/', pathNot: '^policies/crossguard/' },
      to: { path: 'node_modules/@pulumi/' },
    },
    {
      name: 'cdk8s-only-in-constructs',
      severity: 'error',
      from: { path: '^(stacks|cli|policies|sbom|twin|tools)/' },
      to: { path: 'node_modules/(cdk8s|cdk8s-plus-28|constructs)/' },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
