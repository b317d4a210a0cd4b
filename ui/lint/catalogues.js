// Holds the catalogues to their word: every language has every key, with the same arguments and a message that parses; every
// key has a translator's note; every key that the code asks for exists, and every key that exists is asked for.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, TYPE } from '@formatjs/icu-messageformat-parser';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name) => JSON.parse(readFileSync(join(root, 'src/i18n', `${name}.json`), 'utf8'));
const LANGUAGES = ['es-PE', 'en'];
const KEY = /^[a-z][a-z0-9]*(\.[a-z0-9_]+){1,3}$/;

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.(svelte|ts)$/.test(entry.name) && !entry.name.endsWith('.test.ts') ? [readFileSync(path, 'utf8')] : [];
  });
}

function argumentsOf(message) {
  const names = new Set();
  const walk = (parts) => {
    for (const part of parts) {
      if (part.type === TYPE.literal || part.type === TYPE.pound) continue;
      names.add(part.value);
      for (const option of Object.values(part.options ?? {})) walk(option.value);
      if (part.children) walk(part.children);
    }
  };
  walk(parse(message));
  return [...names].sort().join(', ');
}

export function problems(catalogues, notes, code) {
  const found = [];
  const keys = new Set(Object.values(catalogues).flatMap((catalogue) => Object.keys(catalogue)));
  const families = new Set([...code.matchAll(/\bwords\(\s*'([^']+)'/g)].map((match) => `${match[1]}.`));
  const literals = new Set([...code.matchAll(/'([a-z][a-z0-9]*(?:\.[a-z0-9_]+){1,3})'/g)].map((match) => match[1]));

  for (const key of keys) {
    if (!KEY.test(key)) found.push(`${key}: a key is component.feature.kind in lower case`);
    const shapes = new Set();
    for (const [language, catalogue] of Object.entries(catalogues)) {
      const message = catalogue[key];
      if (message === undefined) found.push(`${key}: missing in ${language}`);
      else if (message.trim() === '') found.push(`${key}: empty in ${language}`);
      else {
        try {
          shapes.add(argumentsOf(message));
        } catch (error) {
          found.push(`${key}: does not parse in ${language}: ${error.message}`);
        }
      }
    }
    if (shapes.size > 1) found.push(`${key}: the languages differ in their arguments: ${[...shapes].join(' | ')}`);
    if (!notes[key]) found.push(`${key}: has no translator's note`);
    if (!literals.has(key) && ![...families].some((family) => key.startsWith(family))) found.push(`${key}: nobody asks for it`);
  }
  for (const key of Object.keys(notes)) if (!keys.has(key)) found.push(`${key}: a note without a message`);
  for (const [, key] of code.matchAll(/\bt\(\s*'([^']+)'/g)) if (!keys.has(key)) found.push(`${key}: asked for, in no catalogue`);
  for (const family of families) if (!keys.has(`${family}unknown`)) found.push(`${family}unknown: a family needs words for what it does not know`);
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const catalogues = Object.fromEntries(LANGUAGES.map((language) => [language, read(language)]));
  const found = problems(catalogues, read('notes'), sources(join(root, 'src')).join('\n'));
  for (const problem of found) console.error(problem);
  if (found.length > 0) process.exit(1);
}
