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
  'mutes',
  'changes',
  'notifications',
  'dashboard',
  'agent',
  'fantastic',
  'loadtest',
];

// Measure and break all of them from outside and inside: they may use every room, and none may use them.
const observers = ['bench', 'chaos'];

// Folders of internal/ that every feature may use, and that therefore know none of them.
const pipelineRooms = [
  'shards',
  'frontdoor',
  'database',
  'telemetry',
  'config',
  'parsing',
  'pipeline',
  'live',
  'metrics',
  'processes',
  'program',
  'threads',
  'time',
];
// What runs in the threads of workers and of the parser.
const threadFiles = [
  'internal/shards/{queue,worker}.ts',
  'internal/parsing/**/*.ts',
  'internal/threads/let-go.ts',
  'internal/services/{reports/batches,reports/report-rows,settling/pending}.ts',
  ...features.map((feature) => `internal/${feature}/sink.ts`),
];

/** The rule body that forbids importing what matches `patterns`, and says why. */
const forbid = (...patterns) => ({
  'no-restricted-imports': ['error', { patterns: [...patterns, noCmd] }],
});
const noCmd = { group: ['**/cmd/**'], message: 'cmd/ wires the program; nothing imports it.' };
const noTesting = { group: ['**/testing/**'], message: 'testing/ is for tests only.' };
const noKoa = {
  group: ['koa', '@koa/*'],
  message: 'This runs in a thread of workers or of the parser: no HTTP there.',
};
const noProcess = {
  regex: '^(node:)?process$',
  message: 'Use the global `process`, by which it is seen who reads the environment.',
};
const noNode = { group: ['node:*'], message: 'This runs in browsers.' };
const leavesPage = (regex) => ({ regex, message: 'The page knows the service by its endpoints only.' });
const noFeatureOf = (others, message) => ({ group: others.map((other) => `**/${other}/**`), message });
const noFeature = noFeatureOf(
  [...features, ...observers],
  'The pipeline knows no feature; cmd/ tells it which there are.',
);
const noOtherFeature = (feature) =>
  noFeatureOf(
    [...features, ...observers].filter((other) => other !== feature),
    'Features do not know each other; what they share belongs to the pipeline.',
  );
const inRoom = (room) => {
  if (observers.includes(room)) {
    const others = observers.filter((observer) => observer !== room);
    return [noTesting, noProcess, noFeatureOf(others, 'Who measures and who breaks do not know each other.')];
  }
  return features.includes(room)
    ? [noTesting, noProcess, noOtherFeature(room)]
    : [noTesting, ...(room === 'config' ? [] : [noProcess]), noFeature];
};
const onlyConfigReadsTheEnvironment = {
  'no-restricted-properties': [
    'error',
    {
      object: 'process',
      property: 'env',
      message: 'Only cmd/, internal/config/ and internal/bench/ read the environment.',
    },
  ],
};

export default defineConfig(
  // Kernels are AssemblyScript: its compiler checks them, and more strictly.
  {
    ignores: [
      'dist/',
      'clients/typescript/dist/',
      'clients/typescript/api.ts',
      'coverage/',
      'data/',
      'internal/**/kernel/',
    ],
  },
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
  // Of several blocks that match a file, the last one's list of forbidden imports counts, and only that.
  {
    files: ['internal/**/*.ts'],
    rules: { ...forbid(noTesting, noProcess), ...onlyConfigReadsTheEnvironment },
  },
  ...[...pipelineRooms, ...features, ...observers]
    .flatMap((room) => [
      { files: [`internal/${room}/**/*.ts`], rules: forbid(...inRoom(room)) },
      {
        files: threadFiles.filter((file) => file.startsWith(`internal/${room}/`)),
        rules: forbid(...inRoom(room), noKoa),
      },
    ])
    .filter(({ files }) => files.length > 0),
  {
    files: ['internal/services/timeline.ts'],
    rules: forbid({ regex: '.', message: 'The timeline is pure: it imports nothing.' }),
  },
  // The page runs in browsers: its folders are its own, whatever they are called.
  {
    files: ['internal/dashboard/page/*/**/*.{ts,tsx}'],
    rules: forbid(noNode, leavesPage('^\\.\\./\\.\\./(?!.*/clients/typescript/api\\.ts$)')),
  },
  { files: ['internal/dashboard/page/*.{ts,tsx}'], rules: forbid(noNode, leavesPage('^\\.\\./')) },
  {
    files: ['clients/**/*.ts'],
    rules: forbid({
      regex: '^\\.\\./',
      message: 'A client is published on its own: it knows the endpoints only.',
    }),
  },
  { files: ['internal/{config,bench}/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['cmd/**/*.ts'], rules: { 'no-console': 'off', ...forbid(noTesting) } },
  { files: ['cmd/minikom/{worker,parser}.ts'], rules: forbid(noTesting, noKoa) },
  {
    // Tests may use testing/ and each other's features, chai's property assertions and mocha's callbacks.
    files: ['**/*.test.ts', '**/testing/**/*.ts'],
    rules: {
      ...forbid(noProcess),
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  // A client is tried on a real service.
  { files: ['clients/**/*.test.ts'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
);
