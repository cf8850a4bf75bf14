/** Two projects: `fast` needs Node only; `e2e` runs the real programs (see docs/reference/tests.md). */
const common = {
  transform: {
    '(^.+\\.ts$|/@marcbachmann/.+\\.js$)': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  // cel-js is ESM only; Node requires it as it is, jest's own loader cannot.
  transformIgnorePatterns: ['/node_modules/(?!@marcbachmann/)'],
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};
module.exports = {
  projects: [
    {
      ...common,
      displayName: 'fast',
      testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/services/*/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/'],
    },
    { ...common, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
  ],
};
