/**
 * Numbers as people type and read them in Peru: point for decimals, comma for thousands, and a comma taken for a decimal
 * mark where it can be nothing else. Decimals stay text all the way: a float never touches an amount.
 */

/** Digits with an optional sign and point, such as `-1234.50`; nothing when it is no number. */
export function parseDecimal(typed: string): string | null {
  let text = typed.trim().replace(/^S\/\.?\s*/i, '').replace(/[\s\u00a0\u202f'’]/g, '').replace(/^[−–]/, '-');
  if (!/^[+-]?[\d.,]+$/.test(text)) return null;
  const comma = text.lastIndexOf(',');
  const point = text.lastIndexOf('.');
  if (comma >= 0 && point >= 0) {
    // Whichever comes last marks the decimals; the other groups.
    text = comma > point ? text.replaceAll('.', '').replace(',', '.') : text.replaceAll(',', '');
  } else if (comma >= 0) {
    text = /^[+-]?[1-9]\d{0,2}(,\d{3})+$/.test(text) ? text.replaceAll(',', '') : text.replace(',', '.');
  } else if (text.indexOf('.') !== point) {
    if (!/^[+-]?[1-9]\d{0,2}(\.\d{3})+$/.test(text)) return null;
    text = text.replaceAll('.', '');
  }
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (!parts || (!parts[2] && !parts[3])) return null;
  const whole = (parts[2] ?? '').replace(/^0+(?=\d)/, '') || '0';
  const decimals = parts[3] ?? '';
  const negative = parts[1] === '-' && /[1-9]/.test(whole + decimals);
  return (negative ? '-' : '') + whole + (decimals ? `.${decimals}` : '');
}

/** A whole number that JSON carries exactly; nothing when it is none. */
export function parseInteger(typed: string): number | null {
  const text = parseDecimal(typed);
  if (text === null || !/^-?\d+(\.0*)?$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** `1234.5` as `1,234.5`, digit for digit. */
export function showDecimal(text: string): string {
  const [whole = '', decimals] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return decimals === undefined ? grouped : `${grouped}.${decimals}`;
}

/** A number while it is typed, its thousands grouped, and where the caret stands then; what is no plain number stays. */
export function groupTyped(text: string, caret: number): { text: string; caret: number } {
  const bare = text.replaceAll(',', '');
  if (!/^-?\d*(\.\d*)?$/.test(bare)) return { text, caret };
  const before = text.slice(0, caret).replaceAll(',', '').length;
  const grouped = showDecimal(bare);
  let at = 0;
  for (let seen = 0; at < grouped.length && seen < before; at += 1) if (grouped[at] !== ',') seen += 1;
  return { text: grouped, caret: at };
}

/** Bytes as people pay for them: `12.4 kB`, `1.3 MB`. */
export function showBytes(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
