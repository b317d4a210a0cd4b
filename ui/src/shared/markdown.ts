/**
 * The little Markdown that form labels and guides use, read into a tree that a component draws. There is no HTML anywhere on
 * the way: what is not understood stays text, and the address of a link is never followed.
 */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'strong' | 'em'; children: Inline[] }
  | { kind: 'colour'; colour: string; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'break' };

export type Block =
  | { kind: 'heading'; level: 1 | 2 | 3; children: Inline[] }
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'quote'; children: Inline[] }
  /** `start`: the number of the first item of an ordered list. */
  | { kind: 'list'; ordered: boolean; start: number; items: Inline[][] };

const MARKS =
  /(\*\*|__)(?=\S)(.+?)(?<=\S)\1|(?<![\p{L}\p{N}])([*_])(?=\S)(.+?)(?<=\S)\3(?![\p{L}\p{N}])|`([^`]+)`|\[([^\]]+)\]\([^)\s]*\)|<(b|strong|i|em|span|font)\b([^>]*)>(.*?)<\/\7\s*>|<br\b[^>]*>|\n/siu;

/** Tags that authors bring along from elsewhere: they say nothing that is shown. */
const TAGS = /<\/?(?:span|b|i|u|p|font|div|center|small|big|strong|em|h[1-6])\b[^>]*>/gi;

/** Most labels have no mark at all, and a list may have thousands of them. */
const PLAIN = /^[^*_`[<\\\n]*$/;

export function inlines(text: string): Inline[] {
  if (PLAIN.test(text)) return text === '' ? [] : [{ kind: 'text', text }];
  const found: Inline[] = [];
  let rest = text;
  for (let match = MARKS.exec(rest); match; match = MARKS.exec(rest)) {
    if (match.index > 0) found.push(...bare(rest.slice(0, match.index)));
    const [whole, , strong, , em, code, link, tag, attributes, inside] = match;
    if (strong !== undefined) found.push({ kind: 'strong', children: inlines(strong) });
    else if (em !== undefined) found.push({ kind: 'em', children: inlines(em) });
    else if (code !== undefined) found.push({ kind: 'code', text: code });
    else if (link !== undefined) found.push(...inlines(link));
    else if (tag !== undefined) found.push(...tagged(tag.toLowerCase(), attributes ?? '', inlines(inside ?? '')));
    else found.push({ kind: 'break' });
    rest = rest.slice(match.index + whole.length);
  }
  if (rest) found.push(...bare(rest));
  return found;
}

function tagged(tag: string, attributes: string, children: Inline[]): Inline[] {
  if (tag === 'b' || tag === 'strong') return [{ kind: 'strong', children }];
  if (tag === 'i' || tag === 'em') return [{ kind: 'em', children }];
  const colour = /(?<![-\w])color\s*[:=]\s*["']?\s*(#[\da-f]{3,8}|[a-z]+)(?![\w(])/i.exec(attributes)?.[1];
  return colour === undefined ? children : [{ kind: 'colour', colour: colour.toLowerCase(), children }];
}

function bare(text: string): Inline[] {
  const left = plain(text.replace(TAGS, ''));
  return left === '' ? [] : [{ kind: 'text', text: left }];
}

const ITEM = /^\s*(?:([-*+])|(\d{1,4})[.)])\s+(.*)$/;
const ITEMS = new RegExp(ITEM, 'gm');

/** `lines` says what the end of a line inside a paragraph means: a form's author means it, a guide's editor wrapped it. */
export function blocks(text: string, lines: 'kept' | 'joined' = 'kept'): Block[] {
  const one = text.trim();
  if (PLAIN.test(one) && /^[\p{L}¿¡(]/u.test(one)) return [{ kind: 'paragraph', children: inlines(one) }];
  const found: Block[] = [];
  // A label is numbered by its author: "5. Edad" is no list of one.
  const items = text.match(ITEMS)?.length ?? 0;
  const only = items === 1 && ITEM.test(text.trimStart().split('\n', 1)[0] ?? '');
  let paragraph: string[] = [];
  const close = () => {
    if (paragraph.length > 0) found.push({ kind: 'paragraph', children: inlines(paragraph.join(lines === 'kept' ? '\n' : ' ')) });
    paragraph = [];
  };
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    const item = only ? null : ITEM.exec(line);
    const quote = /^>\s?(.*)$/.exec(line);
    const last = found.at(-1);
    if (line.trim() === '') close();
    else if (heading) {
      close();
      found.push({ kind: 'heading', level: Math.min(3, heading[1]?.length ?? 1) as 1 | 2 | 3, children: inlines(heading[2] ?? '') });
    } else if (item) {
      close();
      const ordered = item[2] !== undefined;
      const list = found.at(-1);
      const content = inlines(item[3] ?? '');
      if (list?.kind === 'list' && list.ordered === ordered) list.items.push(content);
      else found.push({ kind: 'list', ordered, start: Number(item[2] ?? 1), items: [content] });
    } else if (quote) {
      close();
      found.push({ kind: 'quote', children: inlines(quote[1] ?? '') });
    } else if (/^\s{2,}\S/.test(line) && paragraph.length === 0 && last?.kind === 'list') {
      last.items.at(-1)?.push({ kind: 'text', text: ' ' }, ...inlines(line.trim()));
    } else paragraph.push(line.trim());
  }
  close();
  return found;
}

/** The words alone, for where nothing can be drawn: titles, names that are read out. */
export function plainText(text: string): string {
  const flat = (parts: Inline[]): string =>
    parts.map((part) => (part.kind === 'break' ? ' ' : 'children' in part ? flat(part.children) : part.text)).join('');
  const parts = blocks(text).map((block) => (block.kind === 'list' ? block.items.map((item) => flat(item)).join('; ') : flat(block.children)));
  return parts.join(' ').trim();
}

function plain(text: string): string {
  return text.replace(/\\([\\`*_{}[\]()#+\-.!])/g, '$1');
}
