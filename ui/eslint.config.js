import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import { literalText } from './lint/literal-text.js';
import svelteConfig from './svelte.config.js';

const DOMAINS = ['access', 'projects', 'records', 'forms', 'sync', 'help'];

/** A folder may not import from these. */
const apart = (folder, ...others) => ({
  files: [`src/${folder}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: [{ regex: `^(\\.\\./)+(${others.join('|')})(/|$)`, message: `${folder} does not know these` }, { group: ['@tauri-apps/*'], message: 'only ipc speaks to Rust' }] },
    ],
  },
});

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/ipc/types'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser } } },
  { files: ['lint/**', '*.config.*'], languageOptions: { globals: { ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    files: ['**/*.svelte'],
    plugins: { chaski: { rules: { 'literal-text': literalText } } },
    rules: { 'chaski/literal-text': 'error' },
  },
  {
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/no-navigation-without-resolve': 'off',
      // A map that no screen reads need not be watched.
      'svelte/prefer-svelte-reactivity': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
    },
  },
  apart('shared', 'ipc', 'app', 'views', ...DOMAINS),
  ...DOMAINS.map((domain) => apart(domain, 'views', ...DOMAINS.filter((other) => other !== domain))),
  apart('views', 'nothing'),
  apart('app', 'views', 'forms', 'records', 'projects', 'help'),
);
