// Text that people read lives in the catalogues. This rule finds it in markup: between tags, and in the attributes that are
// read out or shown. What carries no letter (a dash, a slash, a number) is not text.

const SPOKEN = new Set(['title', 'alt', 'placeholder', 'label', 'aria-label', 'aria-description', 'aria-valuetext', 'aria-roledescription']);
const LETTER = /\p{L}/u;

/** @type {import('eslint').Rule.RuleModule} */
export const literalText = {
  meta: {
    type: 'problem',
    docs: { description: 'text in markup belongs in a catalogue' },
    messages: { literal: '"{{text}}" is literal text: put it in src/i18n and show it with t()' },
    schema: [],
  },
  create(context) {
    const report = (node, text) => {
      if (LETTER.test(text)) context.report({ node, messageId: 'literal', data: { text: text.trim().slice(0, 40) } });
    };
    return {
      SvelteText(node) {
        const parent = node.parent;
        if (parent?.type === 'SvelteStyleElement' || parent?.type === 'SvelteScriptElement') return;
        report(node, node.value);
      },
      SvelteAttribute(node) {
        if (!SPOKEN.has(node.key.name)) return;
        for (const part of node.value) if (part.type === 'SvelteLiteral') report(part, part.value);
      },
      'SvelteMustacheTag > Literal'(node) {
        if (typeof node.value === 'string' && node.parent.parent?.type === 'SvelteElement') report(node, node.value);
      },
    };
  },
};
