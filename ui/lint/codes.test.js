import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const CATALOGUES = ['es-PE', 'en'].map((name) => JSON.parse(read(`../src/i18n/${name}.json`)));

/** Every code that the body of `fn code` in a Rust file can give. */
function codesIn(path) {
  const source = read(`../../crates/${path}`);
  const body = /\n( *)pub (?:const )?fn code\([\s\S]*?\n\1}/.exec(source)?.[0] ?? '';
  return [...body.matchAll(/"([a-z_]+)"/g)].map((match) => match[1]);
}

const FAMILIES = [
  ['error', 'device/src/error.rs'],
  ['error', 'link/src/error.rs'],
  ['error', 'sync/src/message/refusal.rs'],
  ['error', 'trust/src/enrolment.rs'],
  ['error', 'trust/src/renewal.rs'],
  ['error', 'trust/src/roster/may.rs'],
  ['quarantine', 'trust/src/roster/may.rs'],
  ['quarantine', 'records/src/refusal.rs'],
  ['role', 'trust/src/grant.rs'],
];

it.each(FAMILIES)('has words (%s) for every code of %s', (family, path) => {
  const codes = codesIn(path);
  expect(codes.length).toBeGreaterThan(4);
  for (const catalogue of CATALOGUES) expect(codes.filter((code) => !(`${family}.${code}` in catalogue))).toEqual([]);
});
