import { IntlMessageFormat } from 'intl-messageformat';
import { read, write } from '../shared/preferences';
import en from './en.json';
import esPE from './es-PE.json';

export type Locale = 'es-PE' | 'en';
export type Key = keyof typeof esPE;
export type Params = Record<string, string | number>;

export const LOCALES: readonly Locale[] = ['es-PE', 'en'];
const CATALOGUES: Record<Locale, Record<string, string>> = { 'es-PE': esPE, en };
const compiled = new Map<string, IntlMessageFormat>();

const chosen = $state<{ locale: Locale }>({ locale: read('locale') === 'en' ? 'en' : 'es-PE' });

export function locale(): Locale {
  return chosen.locale;
}

export function setLocale(next: Locale): void {
  chosen.locale = next;
  write('locale', next);
  document.documentElement.lang = next;
}

/** The words for a key, with its arguments filled in, in the language of the screens. */
export function t(key: Key, params?: Params): string {
  return message(key, params) ?? key;
}

/**
 * The words for a code that comes from elsewhere (an error, a role, a fact): `family.code`, and `family.unknown` for a code
 * that this version does not know.
 */
export function words(family: string, code: string, params: Params = {}): string {
  return message(`${family}.${code}`, params) ?? message(`${family}.unknown`, { ...params, code }) ?? code;
}

/** A rejection that carries words for a person, for what shows a picture and knows no code. */
export function explained(thrown: unknown): Error {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'internal';
  return new Error(words('error', code), { cause: thrown });
}

function message(key: string, params?: Params): string | null {
  const text = CATALOGUES[chosen.locale][key];
  if (text === undefined) return null;
  if (!text.includes('{')) return text;
  const name = `${chosen.locale}/${key}`;
  let format = compiled.get(name);
  if (!format) {
    format = new IntlMessageFormat(text, chosen.locale, undefined, { ignoreTag: true });
    compiled.set(name, format);
  }
  try {
    return format.format<string>(params) as string;
  } catch {
    // A failure without the parameter its words expect: better the bare words than none.
    return text.replace(/\s*\{[^}]*\}/g, '');
  }
}
