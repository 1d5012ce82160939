// One rule set for all TypeScript of the workspace. Type-aware rules run where the core lives: a
// forgotten promise there is a request that never settles.
import js from '@eslint/js';
import vue from 'eslint-plugin-vue';
import a11y from 'eslint-plugin-vuejs-accessibility';
import tseslint from 'typescript-eslint';
import { BROWSER_GLOBALS, CORE_FILES, IMPURE, PURE_FILES } from './lint/plan.mjs';
import { walls } from './lint/walls.mjs';

/** Limits a function's own lines: a factory is not charged for the functions it closes over. */
const ownLines = {
  meta: { type: 'suggestion', schema: [{ type: 'integer' }] },
  create(context) {
    const [limit] = context.options;
    const nested = [];
    const linesOf = (node) => node.loc.end.line - node.loc.start.line + 1;
    return {
      ':function'() {
        nested.push(0);
      },
      ':function:exit'(node) {
        const own = linesOf(node) - nested.pop();
        if (nested.length > 0) nested[nested.length - 1] += linesOf(node) - 1;
        if (own > limit)
          context.report({ node, message: `${own} lines of its own, over ${limit}.` });
      },
    };
  },
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/coverage/**', 'src/**', '.venv/**', '**/*.generated.ts'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    plugins: { house: { rules: { 'own-lines': ownLines, walls } } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'max-lines': ['error', { max: 350 }],
      'house/own-lines': ['error', 40],
      'house/walls': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
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
    rules: { '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }] },
  },
  {
    files: CORE_FILES,
    rules: { 'no-restricted-globals': ['error', ...BROWSER_GLOBALS] },
  },
  {
    files: PURE_FILES,
    rules: { 'no-restricted-syntax': ['error', ...IMPURE] },
  },
  {
    files: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.{ts,vue}'],
    rules: {
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  ...vue.configs['flat/recommended'].map((config) => ({
    ...config,
    files: ['apps/*/src/**/*.vue'],
  })),
  // The elements of mini programs are not HTML's; these rules know only those.
  ...a11y.configs['flat/recommended'].map((config) => ({
    ...config,
    files: ['apps/web/src/**/*.vue'],
  })),
  {
    files: ['apps/*/src/**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      // Prettier lays templates out.
      'vue/html-self-closing': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      // A component is named by what it shows; some show one thing.
      'vue/multi-word-component-names': 'off',
      // With exactOptionalPropertyTypes, absent is a value of its own.
      'vue/require-default-prop': 'off',
      'vue/no-v-html': 'error',
      'vue/component-api-style': 'error',
      'vue/define-macros-order': [
        'error',
        { order: ['defineOptions', 'defineProps', 'defineModel', 'defineEmits'] },
      ],
    },
  },
  {
    files: ['apps/web/src/**/*.vue'],
    rules: {
      // Keys that bubble from the controls inside, and where focus goes in a modal dialog.
      'vuejs-accessibility/no-static-element-interactions': 'off',
      'vuejs-accessibility/no-autofocus': 'off',
      // Labels are tied by `for`; the field itself stands in a component of its own.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
    },
  },
  {
    files: ['**/test/**/*.ts', '**/*.test.ts', '**/*.mjs'],
    rules: { 'house/own-lines': 'off', 'no-console': 'off' },
  },
);
