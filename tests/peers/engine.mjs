// Times ODK's JavaScript engine on one form: loading, answers, rows of a roster, and the memory it takes.
//
// usage: node --expose-gc engine.mjs FORM.xml ANSWERS ROWS SECONDS
// Prints one line of JSON. It stops adding rows after SECONDS and says how many there were.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { JSDOM } from 'jsdom';

const [file, answers, rows, seconds] = process.argv.slice(2);
const { window } = new JSDOM('<!doctype html>');
for (const name of Object.getOwnPropertyNames(window)) {
  if (/^[A-Z]/.test(name) && !(name in globalThis)) globalThis[name] = window[name];
}
globalThis.window = window;
globalThis.document = window.document;
// Its parser of expressions was built for CommonJS.
globalThis.__dirname = import.meta.dirname ?? '.';
globalThis.require = createRequire(import.meta.url);

const { createInstance } = await import('@getodk/xforms-engine');
const xml = readFileSync(file, 'utf8');
const nothing = async () => new Response('', { status: 404 });
const form = { fetchFormAttachment: nothing, missingResourceBehavior: 'BLANK' };

let began = performance.now();
const created = await createInstance(xml, { form });
const root = created.root;
const load = performance.now() - began;

function* leaves(node) {
  if (node.currentState.children === null || node.currentState.children === undefined) yield node;
  else if (!node.nodeType.startsWith('repeat-range')) for (const child of node.currentState.children) yield* leaves(child);
}

const times = [];
const asked = [...leaves(root)].filter((node) => node.nodeType === 'input' && node.valueType === 'int' && !node.currentState.readonly);
for (const node of asked.slice(0, Number(answers))) {
  began = performance.now();
  node.setValue(7n);
  times.push(performance.now() - began);
}
times.sort((a, b) => a - b);

function find(node, type) {
  if (node.nodeType.startsWith(type)) return node;
  for (const child of node.currentState.children ?? []) {
    const found = find(child, type);
    if (found) return found;
  }
  return null;
}

const roster = find(root, 'repeat-range');
let added = 0;
let row = 0;
const until = performance.now() + Number(seconds) * 1000;
while (roster && added < Number(rows) && performance.now() < until) {
  began = performance.now();
  roster.addInstances();
  const last = roster.currentState.children.at(-1);
  for (const node of leaves(last)) if (node.nodeType === 'input' && node.valueType === 'int' && !node.currentState.readonly) node.setValue(3n);
  row = performance.now() - began;
  added += 1;
}
globalThis.gc?.();
const memory = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
console.log(JSON.stringify({ load, answers: times.length, median: times[times.length >> 1] ?? null, worst: times.at(-1) ?? null, rows: added, row, memory }));
process.exit(0);
