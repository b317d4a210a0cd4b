/** How every ticket begins. */
export const TICKET_PREFIX = 'CHSK-';

/** A ticket as it is printed: `CHSK-XXXX-…` in Crockford's base 32, where a letter that looks like a digit is that digit. */
export function tidyTicket(typed: string): string {
  const text = typed.toUpperCase().replace(/^CHASKI:(?:\/\/)?/, '').replace(/[^0-9A-Z]/g, '');
  const body = (text.startsWith('CHSK') ? text.slice(4) : text).replaceAll('O', '0').replaceAll('I', '1').replaceAll('L', '1');
  const groups = body.match(/.{1,4}/g) ?? [];
  return text === '' ? '' : TICKET_PREFIX + groups.join('-');
}

/** Symbols of a whole code, after its prefix. */
export const TICKET_SYMBOLS = 48;

export function symbolsIn(ticket: string): number {
  return tidyTicket(ticket).replace(TICKET_PREFIX, '').replaceAll('-', '').length;
}

/** What a QR holds and a person may paste: `chaski:enrol?code=…&hub=…`, taken apart. */
export function readInvitation(text: string): { ticket: string; hub: string } | null {
  if (!/^\s*chaski:/i.test(text)) return null;
  const query = new URLSearchParams(text.trim().split('?')[1] ?? '');
  const [code, hub] = [query.get('code'), query.get('hub')];
  return code && hub ? { ticket: tidyTicket(code), hub } : null;
}

/** An address as a person types it: `192.168.1.20:8443` is meant securely. */
export function tidyHubUrl(typed: string): string | null {
  const text = typed.trim();
  if (text === '') return null;
  try {
    const url = new URL(/^https?:\/\//i.test(text) ? text : `https://${text}`);
    return url.hostname ? `${url.protocol}//${url.host}` : null;
  } catch {
    return null;
  }
}
