// One rule set for all TypeScript of the workspace. Type-aware rules run where the core lives: a
// forgotten promise there is a request that never settles.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/coverage/**', 'src/**', '.venv/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'max-lines': ['error', { max: 350 }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      // TypeScript checks names itself, and knows the globals of each runtime.
      'no-undef': 'off',
    },
  },
  {
    files: ['packages/client/src/**/*.ts'],
    extends: [...tseslint.configs.strictTypeCheckedOnly],
    languageOptions: {
      parserOptions: {
        project: 'packages/client/tsconfig.json',
        tsconfigRootDir: import.meta.dirname,
      },
    },
  },
  {
    // A factory that closes over its state is one function by design; its parts obey the limit.
    files: ['**/test/**/*.ts', '**/*.test.ts', '**/*.mjs'],
    rules: { 'max-lines-per-function': 'off', 'no-console': 'off' },
  },
);
