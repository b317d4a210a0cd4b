// What a person likes to see, kept by the window itself. Nothing about the programme goes here.

type Preference = 'locale' | 'theme';

export function read(name: Preference): string | null {
  try {
    return localStorage.getItem(`chaski.${name}`);
  } catch {
    return null;
  }
}

export function write(name: Preference, value: string): void {
  try {
    localStorage.setItem(`chaski.${name}`, value);
  } catch {
    // A window without storage forgets the preference at its end: no harm done.
  }
}
