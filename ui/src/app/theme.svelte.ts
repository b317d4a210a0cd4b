import { read, write } from '../shared/preferences';

export type Theme = 'system' | 'light' | 'dark';
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

const stored = read('theme');
const chosen = $state<{ theme: Theme }>({ theme: stored === 'light' || stored === 'dark' ? stored : 'system' });

export function theme(): Theme {
  return chosen.theme;
}

export function setTheme(next: Theme): void {
  chosen.theme = next;
  write('theme', next);
  applyTheme();
}

export function applyTheme(): void {
  if (chosen.theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = chosen.theme;
}
