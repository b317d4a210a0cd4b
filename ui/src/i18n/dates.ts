import type { Locale } from './index.svelte';

/** The programme's day is Peru's, whatever the tablet believes. */
const ZONE = 'America/Lima';

/** `31/5/2026`, `31-05-2026`, `31052026` or a copied `2026-05-31` as `2026-05-31`; nothing when there is no such day. */
export function parseDate(typed: string): string | null {
  const copied = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*$/.exec(typed);
  if (copied) return civilDate(Number(copied[1]), Number(copied[2]), Number(copied[3]));
  const parts = /^\s*(\d{1,2})[/.\-\s](\d{1,2})[/.\-\s](\d{4})\s*$/.exec(typed) ?? /^\s*(\d{2})(\d{2})(\d{4})\s*$/.exec(typed);
  if (!parts) return null;
  return civilDate(Number(parts[3]), Number(parts[2]), Number(parts[1]));
}

export function civilDate(year: number, month: number, day: number): string | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  if (year < 1000 || date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return date.toISOString().slice(0, 10);
}

/** `2026-05-31` as `31/05/2026`. */
export function showDate(date: string): string {
  const [year, month, day] = date.split('-');
  return `${day}/${month}/${year}`;
}

/** Puts the slashes in while a date is typed; leaves alone what is being corrected. */
export function maskDate(typed: string, before: string): string {
  if (typed.length < before.length || /[^\d/]/.test(typed)) return typed;
  const digits = typed.replace(/\D/g, '').slice(0, 8);
  if (typed.includes('/') && !/^\d{2}\/(\d{0,2}|\d{2}\/\d{0,4})$/.test(typed)) return typed;
  return [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4)].filter(Boolean).join('/') + (digits.length === 2 || digits.length === 4 ? '/' : '');
}

/** `9:30`, `0930`, `9.30` or `9:30 a. m.` as `09:30:00.000`; nothing when there is no such time. */
export function parseTime(typed: string): string | null {
  const half = /^(.*\d)\s*([ap])\.?\s*m\.?\s*$/i.exec(typed);
  if (half) {
    const clock = parseTime(half[1] ?? '');
    const hour = Number(clock?.slice(0, 2));
    if (clock === null || hour < 1 || hour > 12) return null;
    return `${pad((hour % 12) + (half[2]?.toLowerCase() === 'p' ? 12 : 0))}${clock.slice(2)}`;
  }
  const parts = /^\s*(\d{1,2})[:.h\s](\d{2})(?::\d{2}(?:\.\d+)?)?\s*$/.exec(typed) ?? /^\s*(\d{2})(\d{2})\s*$/.exec(typed) ?? /^\s*(\d{1,2})()\s*$/.exec(typed);
  if (!parts) return null;
  const hour = Number(parts[1]);
  const minute = Number(parts[2] || 0);
  return hour < 24 && minute < 60 ? `${pad(hour)}:${pad(minute)}:00.000` : null;
}

/** `09:30:00.000` as `09:30`. */
export function showTime(time: string): string {
  return time.slice(0, 5);
}

/** Seconds as a clock counts them: `0:07`, `12:30`. */
export function showSeconds(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${pad(whole % 60)}`;
}

/** Today in Peru, as `2026-05-31`. */
export function today(now = Date.now()): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE }).format(now);
}

/** The time of day in Peru, as `09:30:00.000`. */
export function timeOfDay(now = Date.now()): string {
  return `${new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(now)}:00.000`;
}

/** The moment of a civil date and time in Peru, which keeps UTC−5 all year. */
export function momentOf(date: string, time: string): number {
  return Date.parse(`${date}T${time}-05:00`);
}

/** A moment as a day and a time of day, `31/05/2026, 09:30`. */
export function showMoment(at: number, locale: Locale): string {
  return formatter(locale, { day: '2-digit', month: '2-digit', year: 'numeric', hour: '2-digit', minute: '2-digit' }).format(at);
}

/** The time of day of a moment, to the second: `09:30:07`. */
export function showClock(at: number, locale: Locale): string {
  return formatter(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(at);
}

export function showLongDay(at: number, locale: Locale): string {
  return formatter(locale, { weekday: 'long', day: 'numeric', month: 'long' }).format(at);
}

/** Short and near: `hace 5 min` within the day, then the date. */
export function showAgo(at: number, locale: Locale, now = Date.now()): string {
  const minutes = Math.round((now - at) / 60_000);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  if (minutes < 1) return relative.format(0, 'second');
  if (minutes < 60) return relative.format(-minutes, 'minute');
  if (minutes < 12 * 60) return relative.format(-Math.round(minutes / 60), 'hour');
  if (today(at) === today(now)) return formatter(locale, { hour: '2-digit', minute: '2-digit' }).format(at);
  const days = Math.round((Date.parse(today(now)) - Date.parse(today(at))) / 86_400_000);
  return days <= 7 ? relative.format(-days, 'day') : formatter(locale, { day: '2-digit', month: '2-digit', year: 'numeric' }).format(at);
}

export function monthName(year: number, month: number, locale: Locale): string {
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', month: 'long', year: 'numeric' }).format(Date.UTC(year, month - 1, 15));
}

/** January to December, by name. */
export function months(locale: Locale): string[] {
  const format = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', month: 'long' });
  return Array.from({ length: 12 }, (_, month) => format.format(Date.UTC(2024, month, 15)));
}

/** Monday to Sunday. `long` is read out, `narrow` is shown. */
export function weekdays(locale: Locale, width: 'long' | 'short'): string[] {
  const format = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', weekday: width });
  return Array.from({ length: 7 }, (_, day) => format.format(Date.UTC(2024, 0, 1 + day)));
}

function formatter(locale: Locale, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  // English speakers of the programme read Peru's dates too: day first.
  return new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { timeZone: ZONE, hourCycle: 'h23', ...options });
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
