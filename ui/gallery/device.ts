/** A device of its own for the gallery: it answers the screens' commands in the browser and forgets everything at a reload. */
import type { Answered } from '../src/ipc/types/Answered';
import type { AnswerValue } from '../src/ipc/types/AnswerValue';
import type { NodeView } from '../src/ipc/types/NodeView';
import type { Opened } from '../src/ipc/types/Opened';
import type { PageEntry } from '../src/ipc/types/PageEntry';
import type { PageView } from '../src/ipc/types/PageView';
import type { RecordCard } from '../src/ipc/types/RecordCard';
import type { Home } from '../src/ipc/types/Home';
import type { PersonTile } from '../src/ipc/types/PersonTile';
import type { RecordView } from '../src/ipc/types/RecordView';
import type { Status } from '../src/ipc/types/Status';
import type { SyncView } from '../src/ipc/types/SyncView';
import type { Unsent } from '../src/ipc/types/Unsent';
import { ATTACHED, PAGES, PICTURES } from './form';
import { hum, paint } from './pictures';

type Args = Record<string, unknown>;
const PERSON: PersonTile = { person: 'p-rosa', name: 'Rosa Quispe Huamán', initials: 'RQ', role: 'agent', lockedUntil: null, failures: 0 };
const UNSENT: Unsent = { records: 1, entries: 2, stuck: 0 };
const NOW = 1_790_000_000_000;
const RECORD = 'gallery';

const nodes = new Map<string, NodeView>(PAGES.flatMap((page) => page.nodes.map((node) => [node.path, node])));
const files = new Map<string, Blob>();
const before: { path: string; value: AnswerValue | null }[] = [];
let at = Number(new URLSearchParams(location.search).get('page') ?? 0);

const entry = (index: number): PageEntry => {
  const shown = PAGES[index]?.nodes.map((node) => nodes.get(node.path) ?? node) ?? [];
  const questions = shown.filter((node) => node.node === 'question');
  return {
    index,
    path: `page${index}`,
    label: PAGES[index]?.label ?? '',
    relevant: true,
    answered: questions.filter((node) => node.value !== null).length,
    questions: questions.length,
    issues: questions.filter((node) => node.issue !== null).length,
    visited: index === at,
  };
};
const entries = () => PAGES.map((_, index) => entry(index));

function page(index: number): PageView {
  at = index;
  const { label = '', nodes: listed = [], roots = [] } = PAGES[index] ?? {};
  return { index, path: `page${index}`, label, nodes: listed.map((node) => nodes.get(node.path) ?? node), roots };
}

function opened(): Opened {
  const pages = entries();
  return {
    record: RECORD,
    outline: {
      formId: 'gallery',
      title: 'Todas las preguntas',
      version: '1',
      languages: [{ code: 'es', name: 'Español' }],
      language: 'es',
      pages,
      answered: pages.reduce((sum, each) => sum + each.answered, 0),
      questions: pages.reduce((sum, each) => sum + each.questions, 0),
    },
    page: page(at),
    state: 'draft',
    projectName: 'Riego tecnificado Culluchaca',
    resumed: false,
    canUndo: before.length > 0, wantsPosition: false,
    logged: 'places',
    newer: null,
  };
}

function answer(path: string, value: AnswerValue | null, undone = false): Answered {
  const node = nodes.get(path);
  if (node?.node !== 'question') throw new Error(`no question ${path}`);
  if (!undone) before.push({ path, value: node.value });
  const changed: NodeView = { ...node, value, issue: value === null && node.required ? { kind: 'required', message: null } : null };
  nodes.set(path, changed);
  return { nodes: [changed], pages: entries(), row: null, canUndo: before.length > 0, wantsPosition: false };
}

async function keep(path: string, mediaType: string, bytes: string): Promise<Answered> {
  const raw = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', raw));
  const hash = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  files.set(hash, new Blob([raw], { type: mediaType }));
  return answer(path, { t: 'media', v: { hash, length: raw.length, media_type: mediaType } });
}

async function attachment(name: string): Promise<string> {
  const blob = name === ATTACHED.late ? null : name === ATTACHED.sound ? hum() : await paint(name);
  if (!blob) throw new Error('attachment_not_here');
  return base64(blob);
}

async function media(hash: string): Promise<string> {
  const blob = files.get(hash) ?? (await paint(hash));
  if (!blob) throw new Error('media_not_here');
  return base64(blob);
}

async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

const card: RecordCard = {
  record: RECORD,
  formId: 'gallery',
  formTitle: 'Todas las preguntas',
  project: null,
  projectName: 'Riego tecnificado Culluchaca',
  title: 'Galería de preguntas',
  state: 'draft',
  changedAt: NOW,
  author: PERSON.name,
  place: 'tablet',
  conflicts: 2,
  unsaved: false,
};

function record(): RecordView {
  const told = { author: PERSON.name, device: 'Tableta Huanta 01', at: NOW, shown: true, mine: true };
  const other = { author: 'Víctor Ccori Palomino', device: 'Tableta Huanta 02', at: NOW + 3_600_000, shown: false, mine: false };
  return {
    card,
    districtName: 'Huanta',
    formVersion: '1',
    sections: [{ path: 'A', label: 'Visita', lines: [{ path: 'photo', label: 'Foto de la parcela', display: '', media: PICTURES.field, conflict: true }] }],
    conflicts: [
      { key: 'k1', path: 'count', label: 'Personas presentes', alternatives: [{ ...told, id: 'a', display: '18', media: null }, { ...other, id: 'b', display: '23', media: null }] },
      { key: 'k2', path: 'photo', label: 'Foto de la parcela', alternatives: [{ ...told, id: 'a', display: 'Foto', media: PICTURES.field }, { ...other, id: 'b', display: 'Foto', media: PICTURES.potato }] },
    ],
    history: [],
    audit: null,
    canEdit: true,
    quarantined: [],
  };
}

const COMMANDS: Record<string, (args: Args) => unknown> = {
  status: (): Status => ({ phase: 'open', programme: 'Galería', deviceName: 'Tableta Huanta 01', people: [PERSON], person: PERSON, confirmation: null, setAside: null }),
  home: (): Home => ({ person: PERSON, programme: 'Galería', projects: [], drafts: [card], recent: [], conflicts: [card], unsent: UNSENT, forms: [{ formId: 'gallery', title: 'Todas las preguntas', version: '1', questions: nodes.size, needsProject: false }] }),
  sync_view: (): SyncView => ({ state: 'offline', hubUrl: '192.168.1.20:8443', lastSync: NOW, lastAttempt: NOW, nextAttempt: null, unsent: UNSENT, progress: null, problem: 'hub_unreachable', log: [] }),
  start_record: opened,
  open_record: opened,
  set_language: opened,
  record,
  resolve: record,
  page: ({ index }) => page(index as number),
  answer: ({ path, value }) => answer(path as string, value as AnswerValue | null),
  add_photo: ({ path, mediaType, bytes }) => keep(path as string, mediaType as string, bytes as string),
  media: ({ hash }) => media(hash as string),
  attachment: ({ name }) => attachment(name as string),
  undo: () => {
    const last = before.pop();
    if (last) answer(last.path, last.value, true);
    return opened();
  },
  check_page: ({ index }) => {
    const shown = page(index as number).nodes;
    const issues = shown.flatMap((node) => (node.node === 'question' && node.issue ? [{ path: node.path, page: index as number, label: node.label, issue: node.issue }] : []));
    return { issues, nodes: [], pages: null };
  },
  finalize: () => ({ issues: [], state: 'final' }),
  leave: () => null,
};

/** Answers what the screens ask over HTTP, in their place. */
export function serve(): void {
  const away = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const command = /(?:^|\/)ipc\/(\w+)$/.exec(typeof input === 'string' ? input : input instanceof URL ? input.pathname : input.url)?.[1];
    if (command === undefined) return away(input, init);
    const work = COMMANDS[command];
    try {
      if (!work) throw new Error(`the gallery has no ${command}`);
      return Response.json((await work(JSON.parse(String(init?.body ?? '{}')) as Args)) ?? null);
    } catch (thrown) {
      return Response.json({ code: thrown instanceof Error ? thrown.message : 'internal', params: {} }, { status: 422 });
    }
  };
  // Nothing happens here that the screens did not do themselves.
  window.EventSource = class extends EventTarget {} as unknown as typeof EventSource;
}
