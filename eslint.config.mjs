import tseslint from 'typescript-eslint';

/** Pure code must give the same answer everywhere: no clock, no randomness, no environment, no input or output. */
const IMPURE = [
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'constructs are deterministic',
  },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'constructs know no clock' },
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'constructs know no clock',
  },
  { selector: "MemberExpression[object.name='process']", message: 'constructs know no environment' },
];
const IO = [
  'node:fs',
  'node:fs/promises',
  'node:child_process',
  'node:net',
  'node:http',
  'node:https',
  'node:os',
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'charts-out/', '**/*.mjs', '**/*.js', '**/*.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60 }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // A pulumi or cdk8s resource is created for its effect.
      'no-new': 'off',
    },
  },
  {
    files: ['constructs/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...IMPURE],
      'no-restricted-imports': [
        'error',
        {
          paths: IO.map((name) => ({
            name,
            message: 'constructs are pure: the shell does input and output',
          })),
        },
      ],
    },
  },
  { files: ['test/**/*.ts', 'services/*/test/**/*.ts'], rules: { 'max-lines-per-function': 'off' } },
);
