import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

// Folders of internal/ that are features: each may use the pipeline, none may use another feature.
const features = [
  'services',
  'events',
  'workers',
  'deployments',
  'jobs',
  'checks',
  'live',
  'dashboard',
  'agent',
  'loadtest',
];

/** The rule body that forbids importing what matches `group`, and says why. */
const forbid = (...patterns) => ({
  'no-restricted-imports': ['error', { patterns: [...patterns, ...always] }],
});
const always = [{ group: ['**/cmd/**'], message: 'cmd/ wires the program; nothing imports it.' }];
const noTesting = { group: ['**/testing/**'], message: 'testing/ is for tests only.' };
const noKoa = { group: ['koa', '@koa/*'], message: 'A sink runs in a worker: it knows SQL, not HTTP.' };
const noOtherFeature = (feature) => ({
  group: features.filter((other) => other !== feature).map((other) => `**/${other}/**`),
  message: 'Features do not know each other; what they share belongs to the pipeline.',
});
const onlyConfigReadsTheEnvironment = {
  'no-restricted-properties': [
    'error',
    { object: 'process', property: 'env', message: 'Only cmd/ and internal/config/ read the environment.' },
  ],
};

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'data/'] },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] } } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      // Numbers in messages read well without String(…); everything else stays checked.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Short arrow bodies that call a void function are the house way to ignore its result.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/only-throw-error': 'error',
    },
  },
  { files: ['internal/**/*.ts'], rules: { ...forbid(noTesting), ...onlyConfigReadsTheEnvironment } },
  ...features.map((feature) => ({
    files: [`internal/${feature}/**/*.ts`],
    rules: forbid(noTesting, noOtherFeature(feature)),
  })),
  ...features.map((feature) => ({
    files: [`internal/${feature}/sink.ts`],
    rules: forbid(noTesting, noKoa, noOtherFeature(feature)),
  })),
  {
    files: ['internal/services/timeline.ts', 'internal/services/ranges.ts'],
    rules: forbid({ regex: '^(?!\\./ranges\\.ts$)', message: 'The timeline is pure: it imports nothing.' }),
  },
  { files: ['internal/config/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    // Tests may use testing/ and each other's features, chai's property assertions and mocha's callbacks.
    files: ['**/*.test.ts', '**/testing/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: always }],
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  { files: ['cmd/**/*.ts'], rules: { 'no-console': 'off', 'no-restricted-imports': 'off' } },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
);
