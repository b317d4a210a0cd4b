/**
 * The little Markdown that form labels and guides use, read into a tree that a component draws. There is no HTML anywhere on
 * the way: what is not understood stays text, and the address of a link is never followed.
 */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'strong' | 'em'; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'break' };

export type Block =
  | { kind: 'heading'; level: 1 | 2 | 3; children: Inline[] }
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'quote'; children: Inline[] }
  | { kind: 'list'; ordered: boolean; items: Inline[][] };

const MARKS = /(\*\*|__)(?=\S)(.+?)(?<=\S)\1|(?<![\p{L}\p{N}])([*_])(?=\S)(.+?)(?<=\S)\3(?![\p{L}\p{N}])|`([^`]+)`|\[([^\]]+)\]\([^)\s]*\)|\n/su;

export function inlines(text: string): Inline[] {
  const found: Inline[] = [];
  let rest = text.replace(/<\/?(?:span|b|i|u|br|p|font|div|strong|em)\b[^>]*>/gi, '');
  for (let match = MARKS.exec(rest); match; match = MARKS.exec(rest)) {
    if (match.index > 0) found.push({ kind: 'text', text: plain(rest.slice(0, match.index)) });
    const [whole, , strong, , em, code, link] = match;
    if (strong !== undefined) found.push({ kind: 'strong', children: inlines(strong) });
    else if (em !== undefined) found.push({ kind: 'em', children: inlines(em) });
    else if (code !== undefined) found.push({ kind: 'code', text: code });
    else if (link !== undefined) found.push(...inlines(link));
    else found.push({ kind: 'break' });
    rest = rest.slice(match.index + whole.length);
  }
  if (rest) found.push({ kind: 'text', text: plain(rest) });
  return found;
}

/** `lines` says what the end of a line inside a paragraph means: a form's author means it, a guide's editor wrapped it. */
export function blocks(text: string, lines: 'kept' | 'joined' = 'kept'): Block[] {
  const found: Block[] = [];
  let paragraph: string[] = [];
  const close = () => {
    if (paragraph.length > 0) found.push({ kind: 'paragraph', children: inlines(paragraph.join(lines === 'kept' ? '\n' : ' ')) });
    paragraph = [];
  };
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    const item = /^\s*(?:([-*+])|\d+[.)])\s+(.*)$/.exec(line);
    const quote = /^>\s?(.*)$/.exec(line);
    const last = found.at(-1);
    if (line.trim() === '') close();
    else if (heading) {
      close();
      found.push({ kind: 'heading', level: Math.min(3, heading[1]?.length ?? 1) as 1 | 2 | 3, children: inlines(heading[2] ?? '') });
    } else if (item) {
      close();
      const ordered = item[1] === undefined;
      const list = found.at(-1);
      const content = inlines(item[2] ?? '');
      if (list?.kind === 'list' && list.ordered === ordered) list.items.push(content);
      else found.push({ kind: 'list', ordered, items: [content] });
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
  return flat(inlines(text)).trim();
}

function plain(text: string): string {
  return text.replace(/\\([\\`*_{}[\]()#+\-.!])/g, '$1');
}
