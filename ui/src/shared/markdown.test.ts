import { expect, it } from 'vitest';
import { blocks, inlines, plainText } from './markdown';

it('reads the marks that form authors use', () => {
  expect(inlines('Hay **dos** y *uno*')).toEqual([
    { kind: 'text', text: 'Hay ' },
    { kind: 'strong', children: [{ kind: 'text', text: 'dos' }] },
    { kind: 'text', text: ' y ' },
    { kind: 'em', children: [{ kind: 'text', text: 'uno' }] },
  ]);
});

it('leaves alone what only looks like a mark', () => {
  expect(plainText('snake_case_name y 2 * 3 * 4')).toBe('snake_case_name y 2 * 3 * 4');
});

it('keeps markup as text and follows no link', () => {
  expect(inlines('<script>alert(1)</script>')).toEqual([{ kind: 'text', text: '<script>alert(1)</script>' }]);
  expect(plainText('[ver](javascript:alert(1)) <b>negro</b>')).not.toContain('javascript');
});

it('reads headings, lists and paragraphs', () => {
  expect(blocks('# Uno\n\nDos\ntres\n\n- a\n- b\n\n1. c\n2. d\n\n> e').map((block) => block.kind)).toEqual(['heading', 'paragraph', 'list', 'list', 'quote']);
});

it('draws the few tags that form authors write, and no others', () => {
  expect(inlines('a <span style="color: Red">b</span> <font color="#00f">c</font>')).toEqual([
    { kind: 'text', text: 'a ' },
    { kind: 'colour', colour: 'red', children: [{ kind: 'text', text: 'b' }] },
    { kind: 'text', text: ' ' },
    { kind: 'colour', colour: '#00f', children: [{ kind: 'text', text: 'c' }] },
  ]);
  expect(inlines('<b>uno</b><br/>dos')).toEqual([{ kind: 'strong', children: [{ kind: 'text', text: 'uno' }] }, { kind: 'break' }, { kind: 'text', text: 'dos' }]);
  expect(inlines('<span style="background-color:red">x</span><u>y</u>')).toEqual([{ kind: 'text', text: 'x' }, { kind: 'text', text: 'y' }]);
  expect(JSON.stringify(inlines('<span style="color:url(http://x)">x</span>'))).not.toContain('url');
});

it('leaves the number that an author gave a label, and counts a list from its first', () => {
  expect(blocks('5. Edad').map((block) => block.kind)).toEqual(['paragraph']);
  expect(plainText('5. Edad')).toBe('5. Edad');
  expect(blocks('Lea:\n3. a\n4. b')).toMatchObject([{ kind: 'paragraph' }, { kind: 'list', ordered: true, start: 3 }]);
});

it('says headings and lists in one line where nothing can be drawn', () => {
  expect(plainText('# Sección A\nLea esto:\n- uno\n- dos')).toBe('Sección A Lea esto: uno; dos');
});
