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
