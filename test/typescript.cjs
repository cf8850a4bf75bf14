/** Lets a child process of a test run TypeScript sources as they are: `node -r test/typescript.cjs file.ts`. */
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  const options = {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
    filename,
  };
  module._compile(transformSync(readFileSync(filename, 'utf8'), options).code, filename);
};
