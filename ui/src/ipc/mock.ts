/**
 * A device that lives in the window and forgets everything at a reload: `npm run mock` works on the screens against it. The
 * address says how it stands (`?phase=locked`, `?fail=answer:disk_full,sync_view:storage`); a `chaski:mock` event with a part of
 * its `Scenario` changes that while it runs.
 */
import { CommandError, type Transport } from './transport';
import type { Answered } from './types/Answered';
import type { AnswerValue } from './types/AnswerValue';
import type { AuditLine } from './types/AuditLine';
import type { ConflictView } from './types/ConflictView';
import type { FormCard } from './types/FormCard';
import type { MigrationView } from './types/MigrationView';
import type { NodeView } from './types/NodeView';
import type { Opened } from './types/Opened';
import type { PageEntry } from './types/PageEntry';
import type { PageView } from './types/PageView';
import type { PersonTile } from './types/PersonTile';
import type { ProjectCard } from './types/ProjectCard';
import type { QuestionKind } from './types/QuestionKind';
import type { QuestionView } from './types/QuestionView';
import type { RecordCard } from './types/RecordCard';
import type { RecordView } from './types/RecordView';
import type { Status } from './types/Status';
import type { SyncView } from './types/SyncView';

export interface Scenario {
  /** What fails, by the command's name, and the failure's code. */
  fails: Record<string, string>;
  /** How long each command takes, in milliseconds. */
  delay: number;
  status: Partial<Status>;
  sync: Partial<SyncView>;
}

type Args = Record<string, unknown>;

const HOUR = 3_600_000;
const ROSA: PersonTile = { person: 'rosa', name: 'Rosa Quispe Huamán', initials: 'RQ', role: 'agent', lockedUntil: null, failures: 0 };
const JULIA: PersonTile = { person: 'julia', name: 'Julia Yaranga Curo', initials: 'JY', role: 'officer', lockedUntil: null, failures: 0 };
const PROGRAMME = 'Programa Aliados (demostración)';
const NEWER = '2';
/** A form that asks for a log with changes, the person and places. */
const AUDIT: AuditLine[] = (() => {
  const began = Date.UTC(2026, 10, 12, 14, 31, 5);
  const line = (kind: AuditLine['kind'], label: string, from: number, to: number, more: Partial<AuditLine> = {}): AuditLine => ({ kind, label, start: began + from * 1000, end: began + to * 1000, place: null, before: null, after: null, person: ROSA.name, ...more });
  const place = '-12.93812, -74.24771';
  return [
    line('begun', '', 0, 0),
    line('page', 'A. Visita', 0, 95),
    line('answered', 'Fecha de la visita', 4, 12, { place, after: '2026-11-12' }),
    line('answered', '¿Cuántas personas participaron en la visita, contando a quienes llegaron tarde?', 12, 51, { place, after: '18' }),
    line('answered', '¿Cuántas personas participaron en la visita, contando a quienes llegaron tarde?', 51, 63, { place, before: '18', after: '23' }),
    line('page', 'T. Participantes', 95, 188),
    line('added', 'Julia Huarcaya', 99, 99),
    line('answered', 'Julia Huarcaya · Edad', 99, 140, { after: '41' }),
    line('removed', 'Participante 2', 150, 150),
    line('refused', '', 170, 170),
    line('finalized', '', 188, 188),
    line('left', '', 188, 188),
    line('resumed', '', 90_000, 90_000, { person: 'Víctor Ccori Palomino' }),
    line('answered', 'Dificultad principal', 90_010, 90_042, { person: 'Víctor Ccori Palomino', before: 'Falta agua', after: 'Falta agua para lavar los moldes' }),
  ];
})();
const UNSENT = { records: 2, entries: 5, stuck: 0 };
const FORMS: FormCard[] = [
  { formId: 'aliados_visita', title: 'Visita de campo a proyecto', version: '1', questions: 40, needsProject: true },
  { formId: 'aliados_encuesta', title: 'Encuesta a beneficiarios', version: '1', questions: 87, needsProject: true },
];
const project = (id: string, name: string, association: string, progress: number): ProjectCard => ({ id, name, association, district: '050401', districtName: 'Huanta', instalmentsPaid: 1, instalmentsPlanned: 3, progress, records: 3, drafts: 1, conflicts: 1 });
const PROJECTS = [
  project('NR-050401-01', 'Quesos de altura de Culluchaca', 'Asociación de Ganaderos Apu Razuhuillca', 45),
  project('NR-050401-02', 'Crianza de cuyes en pozas', 'Asociación de Mujeres Sumaq Quwi', 20),
];
const card = (record: string, title: string, more: Partial<RecordCard> = {}): RecordCard => ({
  record,
  formId: 'aliados_visita',
  formTitle: 'Visita de campo a proyecto',
  project: 'NR-050401-01',
  projectName: 'Quesos de altura de Culluchaca',
  title,
  state: 'draft',
  changedAt: Date.now() - HOUR,
  author: ROSA.name,
  place: 'tablet',
  conflicts: 0,
  unsaved: false,
  ...more,
});

function question(path: string, kind: QuestionKind, label: string, more: Partial<QuestionView> = {}): NodeView {
  return { node: 'question', path, kind, appearance: [], label, hint: null, guidance: null, required: false, readonly: false, relevant: true, value: null, issue: null, choices: null, parameters: {}, ...more };
}
const choices = (labels: Record<string, string>) => Object.entries(labels).map(([code, label]) => ({ code, label }));

const PARTICIPANTS: NodeView[] = [
  {
    node: 'repeat',
    path: 'T/part',
    label: 'B. Participantes',
    relevant: true,
    canAdd: true,
    canRemove: true,
    rows: [1, 2].map((row) => ({ path: `T/part/@${row}`, row: `@${row}`, position: row, label: row === 1 ? 'Julia Yaranga Curo' : 'Participantes 2', children: [`T/part/@${row}/nombre`, `T/part/@${row}/otras`] })),
  },
  question('T/part/@1/nombre', 'text', 'Nombres y apellidos', { required: true, value: { t: 'text', v: 'Julia Yaranga Curo' } }),
  question('T/part/@1/otras', 'integer', 'Otras mujeres presentes (sin lista)'),
  question('T/part/@2/nombre', 'text', 'Nombres y apellidos', { required: true }),
  question('T/part/@2/otras', 'integer', 'Otras mujeres presentes (sin lista)'),
];
const PAGES: { path: string; label: string; nodes: NodeView[] }[] = [
  {
    path: 'A',
    label: 'A. Visita',
    nodes: [
      question('A/fecha', 'date', 'Fecha de la visita', { required: true, value: { t: 'date', v: '2026-11-12' } }),
      question('A/tipo', 'select_one', 'Tipo de visita', { required: true, choices: choices({ prog: 'Programada', superv: 'Supervisión conjunta', emer: 'Emergencia' }) }),
      question('A/prop', 'select_multiple', 'Propósito', { choices: choices({ a: 'Asistencia técnica', b: 'Revisión de avance', c: 'Capacitación', d: 'Otro' }) }),
      question('A/gps', 'geopoint', 'Ubicación'),
      question('A/foto', 'image', 'Foto del lugar', { value: { t: 'media', v: { hash: 'lost', length: 1, media_type: 'image/jpeg' } } }),
      question('A/firma', 'image', 'Firma o foto de la huella', { appearance: ['signature'] }),
      question('A/obs', 'text', 'Observaciones', { appearance: ['multiline'] }),
    ],
  },
  { path: 'T/part', label: 'B. Participantes', nodes: PARTICIPANTS },
  {
    path: 'T/D',
    label: 'C. Avance y bienes',
    nodes: [
      question('T/D/avance', 'integer', 'Avance físico (%)', { value: { t: 'integer', v: 130 }, issue: { kind: 'constraint', message: 'El avance va de 0 a 100.' } }),
      question('T/D/cuando', 'date_time', 'Cuándo se verificó'),
      question('T/D/hora', 'time', 'Hora de término'),
    ],
  },
];

class Device {
  scenario: Scenario = { fails: {}, delay: 15, status: {}, sync: {} };
  readonly #nodes = new Map<string, NodeView>(PAGES.flatMap((page) => page.nodes.map((node) => [node.path, node])));
  readonly #before: { path: string; value: AnswerValue | null }[] = [];
  #at = 0;
  #moved = false;
  #conflict: ConflictView | null = {
    key: 'k',
    path: 'T/E/dificultad',
    label: 'Dificultad principal y quién la resolverá',
    alternatives: [
      { id: 'mine', display: 'Falta agua para lavar los moldes', media: null, author: ROSA.name, device: 'Tableta de Rosa', at: Date.now() - 2 * HOUR, shown: true, mine: true },
      { id: 'theirs', display: 'No hay comprador fijo; el programa lo busca', media: null, author: 'Víctor Ccori Palomino', device: 'Tableta de Víctor', at: Date.now() - HOUR, shown: false, mine: false },
    ],
  };

  readonly #commands: Record<string, (args: Args) => unknown> = {
    status: () => this.#status(),
    enrol: () => ({ confirmation: '482917', programme: PROGRAMME, person: ROSA }),
    confirm_enrolment: () => this.#stand({ phase: 'open', person: ROSA }),
    cancel_enrolment: () => this.#stand({ phase: 'unenrolled', person: null }),
    unlock: ({ person }) => this.#stand({ phase: 'open', person: person === JULIA.person ? JULIA : ROSA }),
    acknowledge_set_aside: () => this.#stand({ setAside: null }),
    lock: () => this.#stand({ phase: 'locked', person: null }),
    home: () => {
      const cards = this.#cards();
      return {
        person: this.#status().person ?? ROSA,
        programme: PROGRAMME,
        projects: PROJECTS,
        drafts: cards.filter((each) => each.state === 'draft'),
        recent: cards.filter((each) => each.state === 'final'),
        conflicts: cards.filter((each) => each.conflicts > 0),
        unsent: UNSENT,
        forms: FORMS,
      };
    },
    project: ({ id }) => ({
      card: PROJECTS.find((each) => each.id === id) ?? PROJECTS[0],
      facts: [{ code: 'programme_amount', text: 'S/ 68,000.00' }, { code: 'disbursed', text: 'S/ 27,200.00' }],
      officers: [{ name: 'Nélida Mendoza Gutiérrez', office: 'pres', inOfficeUntil: '2027-12-31' }],
      records: this.#cards(),
      forms: FORMS,
    }),
    search: () => this.#cards(),
    start_record: () => this.#opened('new'),
    open_record: ({ record }) => this.#opened(record as string),
    set_language: ({ record }) => this.#opened(record as string),
    page: ({ index }) => this.#page(index as number),
    answer: ({ path, value }) => this.#answer(path as string, value as AnswerValue | null),
    add_photo: ({ path, mediaType }) => this.#answer(path as string, { t: 'media', v: { hash: 'lost', length: 1, media_type: mediaType as string } }),
    add_row: () => ({ nodes: [], pages: this.#entries(), row: null, canUndo: true, wantsPosition: false }),
    remove_row: () => ({ nodes: [], pages: this.#entries(), row: null, canUndo: true, wantsPosition: false }),
    supply_position: () => ({ nodes: [], pages: null, row: null, canUndo: this.#before.length > 0, wantsPosition: false }),
    undo: ({ record }) => {
      const last = this.#before.pop();
      if (last) this.#put(last.path, last.value);
      return this.#opened(record as string);
    },
    check_page: ({ index }) => ({ issues: this.#issues().filter((each) => each.page === index), nodes: [], pages: null }),
    finalize: () => ({ issues: this.#issues(), state: 'draft' }),
    migration: () => this.#migration(),
    migrate: ({ record }) => {
      this.#moved = true;
      return this.#opened(record as string);
    },
    leave: () => null,
    discard_draft: () => null,
    attachment: () => { throw new CommandError({ code: 'attachment_not_here', params: {} }); },
    media: () => { throw new CommandError({ code: 'media_not_here', params: {} }); },
    record: ({ record }) => this.#record(record as string),
    resolve: ({ record }) => {
      this.#conflict = null;
      return this.#record(record as string);
    },
    sync_view: () => this.#sync(),
    sync_now: () => this.#sync(),
  };

  async call(command: string, args: Args): Promise<unknown> {
    await new Promise((resolve) => { setTimeout(resolve, this.scenario.delay); });
    const code = this.scenario.fails[command];
    if (code !== undefined) throw new CommandError({ code, params: { triesLeft: '1' } });
    const work = this.#commands[command];
    if (!work) throw new CommandError({ code: 'internal', params: {} });
    return work(args);
  }

  #stand(status: Partial<Status>): Status {
    this.scenario.status = { ...this.scenario.status, ...status };
    return this.#status();
  }

  #status(): Status {
    const enrolled = this.scenario.status.phase !== 'unenrolled';
    return { phase: 'open', programme: enrolled ? PROGRAMME : '', deviceName: enrolled ? 'Tableta de Rosa' : '', people: enrolled ? [ROSA, JULIA] : [], person: ROSA, confirmation: null, setAside: null, ...this.scenario.status };
  }

  #sync(): SyncView {
    const now = Date.now();
    const event = (hours: number, code: string, sent = 0, received = 0) => ({ at: now - hours * HOUR, code, sent, received, bytes: sent * 900 });
    return { state: 'idle', hubUrl: 'https://192.168.1.20:8443', lastSync: now - HOUR, lastAttempt: now, nextAttempt: now + 60_000, unsent: UNSENT, progress: null, problem: null, log: [event(1, 'exchanged', 3, 12), event(2, 'hub_unreachable'), event(3, 'frozen'), event(40, 'enrolled')], ...this.scenario.sync };
  }

  #cards(): RecordCard[] {
    return [
      card('r1', 'Visita de campo a proyecto · 12/11/2026', { conflicts: this.#conflict ? 1 : 0 }),
      card('r2', 'Encuesta: Saturnina Condori Pariona', { formTitle: 'Encuesta a beneficiarios', unsaved: true }),
      card('r3', 'Visita de campo a proyecto · 02/11/2026', { state: 'final', place: 'centre', changedAt: Date.now() - 300 * HOUR }),
    ];
  }

  #entries(): PageEntry[] {
    return PAGES.map((page, index) => {
      const questions = page.nodes.map((node) => this.#nodes.get(node.path) ?? node).filter((node) => node.node === 'question');
      return { index, path: page.path, label: page.label, relevant: true, answered: questions.filter((node) => node.value !== null).length, questions: questions.length, issues: questions.filter((node) => node.issue !== null).length, visited: index === this.#at };
    });
  }

  #page(index: number): PageView {
    this.#at = index;
    const page = PAGES[index] ?? PAGES[0];
    const nodes = page?.nodes.map((node) => this.#nodes.get(node.path) ?? node) ?? [];
    const inside = new Set(nodes.flatMap((node) => (node.node === 'repeat' ? node.rows.flatMap((row) => row.children) : [])));
    return { index, path: page?.path ?? '', label: page?.label ?? '', nodes, roots: nodes.map((node) => node.path).filter((path) => !inside.has(path)) };
  }

  #opened(record: string): Opened {
    const pages = this.#entries();
    const sum = (of: 'answered' | 'questions') => pages.reduce((all, page) => all + page[of], 0);
    return {
      record,
      outline: { formId: 'aliados_visita', title: 'Visita de campo a proyecto', version: '1', languages: [{ code: 'es', name: 'Español' }, { code: 'quy', name: 'Quechua Chanka' }], language: 'es', pages, answered: sum('answered'), questions: sum('questions') },
      page: this.#page(this.#at),
      state: 'draft',
      projectName: 'Quesos de altura de Culluchaca',
      resumed: record !== 'new',
      canUndo: this.#before.length > 0,
      wantsPosition: false,
      logged: 'times',
      newer: record === 'r2' && !this.#moved ? NEWER : null,
    };
  }

  #migration(): MigrationView {
    return {
      version: NEWER,
      unchanged: 5,
      rewritten: [{ path: 'T/D/avance', label: 'Avance físico (%)', display: '45' }],
      setAside: [{ path: 'A/clima', label: 'Clima del día', display: 'Lluvia o huaico' }],
      added: [{ path: 'A/acceso', label: 'Cómo se llega al sitio' }, { path: 'T/D/riesgo', label: 'Riesgos que observó' }],
    };
  }

  #put(path: string, value: AnswerValue | null): NodeView | null {
    const node = this.#nodes.get(path);
    if (node?.node !== 'question') return null;
    const changed: NodeView = { ...node, value, issue: value === null && node.required ? { kind: 'required', message: null } : null };
    this.#nodes.set(path, changed);
    return changed;
  }

  #answer(path: string, value: AnswerValue | null): Answered {
    const node = this.#nodes.get(path);
    if (node?.node !== 'question') throw new CommandError({ code: 'bad_answer', params: {} });
    this.#before.push({ path, value: node.value });
    const changed = this.#put(path, value);
    return { nodes: changed ? [changed] : [], pages: this.#entries(), row: null, canUndo: true, wantsPosition: false };
  }

  #issues() {
    return PAGES.flatMap((page, index) =>
      page.nodes.flatMap((each) => {
        const node = this.#nodes.get(each.path);
        if (node?.node !== 'question') return [];
        const issue = node.issue ?? (node.required && node.value === null ? ({ kind: 'required', message: null } as const) : null);
        return issue ? [{ path: node.path, page: index, label: node.label, issue }] : [];
      }),
    );
  }

  #record(record: string): RecordView {
    const shown = this.#cards().find((each) => each.record === record) ?? card(record, 'Visita de campo a proyecto');
    const torn = shown.conflicts > 0 && this.#conflict !== null;
    return {
      card: shown,
      districtName: 'Huanta',
      formVersion: '1',
      sections: [
        { path: 'A', label: 'A. Visita', lines: [{ path: 'A/fecha', label: 'Fecha de la visita', display: '12/11/2026', media: null, conflict: false }, { path: 'A/foto', label: 'Foto del lugar', display: '', media: 'lost', conflict: false }] },
        { path: 'T/E', label: 'E. Logros y dificultades', lines: [{ path: 'T/E/dificultad', label: 'Dificultad principal y quién la resolverá', display: 'Falta agua para lavar los moldes', media: null, conflict: torn }] },
      ],
      conflicts: torn && this.#conflict ? [this.#conflict] : [],
      history: [{ id: 'h1', at: Date.now() - 5 * HOUR, author: ROSA.name, device: 'Tableta de Rosa', kind: 'created', place: 'tablet', changes: [{ path: 'A/fecha', label: 'Fecha de la visita', before: null, after: '12/11/2026' }] }],
      audit: AUDIT,
      canEdit: true,
      quarantined: record === 'r1' ? ['outside_scope'] : [],
    };
  }
}

/** A device of its own, and the scenario it plays. */
export function mock(search = ''): Transport & { readonly scenario: Scenario } {
  const device = new Device();
  const asked = new URLSearchParams(search);
  const phase = asked.get('phase');
  if (phase === 'locked' || phase === 'unenrolled') device.scenario.status = { phase, person: null };
  for (const each of asked.get('fail')?.split(',') ?? []) {
    const [command = '', code = 'internal'] = each.split(':');
    device.scenario.fails[command] = code;
  }
  if (typeof window !== 'undefined') {
    window.addEventListener('chaski:mock', (event) => { Object.assign(device.scenario, (event as CustomEvent<Partial<Scenario>>).detail); });
  }
  return {
    scenario: device.scenario,
    call: (command, args) => device.call(command, args),
    // Nothing happens here that the screens did not do themselves.
    listen: () => () => undefined,
  };
}
