import type { Locale } from '../i18n/index.svelte';

/** One page of help. It comes with the app, so it is there without any signal. */
export interface Guide {
  name: string;
  title: string;
  summary: string;
  text: string;
}

const files = import.meta.glob<string>('../../guides/*/*.md', { query: '?raw', import: 'default' });

/** The guides of a language, in the order of their file names. */
export async function guidesIn(locale: Locale): Promise<Guide[]> {
  const own = Object.entries(files)
    .filter(([path]) => path.includes(`/guides/${locale}/`))
    .sort(([one], [other]) => one.localeCompare(other));
  return Promise.all(own.map(async ([path, load]) => read(path, await load())));
}

/** A guide opens with its title and one paragraph that says what it is for. */
export function read(path: string, source: string): Guide {
  const name = path.replace(/^.*\//, '').replace(/\.md$/, '').replace(/^\d+-/, '');
  const [heading = '', ...rest] = source.trim().split('\n');
  const text = rest.join('\n').trim();
  const summary = text.split(/\n\s*\n/)[0]?.replaceAll('\n', ' ') ?? '';
  return { name, title: heading.replace(/^#\s+/, ''), summary, text };
}
