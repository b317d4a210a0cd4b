/** A form with every widget in every state: what the gallery shows and the tests of the widgets draw. */
import type { AnswerValue } from '../src/ipc/types/AnswerValue';
import type { Choice } from '../src/ipc/types/Choice';
import type { NodeView } from '../src/ipc/types/NodeView';
import type { PointValue } from '../src/ipc/types/PointValue';
import type { QuestionKind } from '../src/ipc/types/QuestionKind';
import type { QuestionView } from '../src/ipc/types/QuestionView';
import { closed } from '../src/forms/ground';

export interface GalleryPage {
  label: string;
  nodes: NodeView[];
  roots: string[];
}
type Question = QuestionView & { node: 'question' };

const HASH = (name: string) => `${name}${'0'.repeat(64)}`.slice(0, 64);
export const PICTURES = { field: HASH('f1e1d'), sheep: HASH('5ee9'), guinea: HASH('c0de'), potato: HASH('bada'), note: HASH('a0'), film: HASH('b0'), paper: HASH('d0') };

/** Files of the form: two that are here, and one that has not come. */
export const ATTACHED = { picture: 'pastos.png', sound: 'saludo.wav', late: 'falta.png' };

const choice = (code: string, label: string, image?: string): Choice => (image === undefined ? { code, label } : { code, label, image });
const choices = (...labels: string[]): Choice[] => labels.map((label, at) => choice(`c${at + 1}`, label));
const YES_NO = [choice('si', 'Sí'), choice('no', 'No')];
const WATER = choices('Red pública dentro de la vivienda', 'Pilón o pileta de uso público', 'Pozo', 'Manantial o puquio', 'Río, acequia o laguna');
const ANIMALS = [choice('oveja', 'Ovejas', PICTURES.sheep), choice('cuy', 'Cuyes', PICTURES.guinea), choice('papa', 'Papas', PICTURES.potato)];
const AGREE = choices('Muy en desacuerdo', 'En desacuerdo', 'Ni de acuerdo ni en desacuerdo', 'De acuerdo', 'Muy de acuerdo');
const OFTEN = choices('Nunca', 'A veces', 'Casi siempre', 'Siempre');
/** Words at the ticks of a scale. */
const WATERING = [choice('0', 'Nunca'), choice('1', 'Casi nunca'), choice('2', 'A veces'), choice('3', 'Casi siempre'), choice('4', 'Siempre')];
const CANAL = [choice('0', 'No funciona'), choice('5', 'Regular'), choice('10', 'Como nuevo')];
const CROPS = choices('Papa', 'Maíz', 'Quinua', 'Cebada', 'Haba', 'Tarwi', 'Alfalfa');
const COMMUNITIES = Array.from({ length: 320 }, (_, at) => choice(`com${at}`, `${['Culluchaca', 'Pampalca', 'Huaychao', 'Uchuraccay', 'Iquicha', 'Ccarhuahurán', 'Putis', 'Ccano'][at % 8]} ${Math.floor(at / 8) + 1}`));

const here = (north = 0, east = 0, accuracy: number | null = 4): PointValue => ({ latitude: -12.939412 + north / 111_000, longitude: -74.248153 + east / 108_000, altitude: 2628, accuracy, fixed_at: 1_790_000_000_000 });
const path = [here(0, 0), here(40, 60), here(95, 70), here(140, 130), here(150, 220), here(230, 260)];
const field = [here(0, 0), here(12, 120), here(95, 150), here(150, 60), here(90, -30)];

const text = (v: string): AnswerValue => ({ t: 'text', v });
const media = (hash: string, media_type: string, length: number): AnswerValue => ({ t: 'media', v: { hash, media_type, length } });

interface Shown {
  name: string;
  kind: QuestionKind;
  label: string;
  value: AnswerValue;
  appearance?: string;
  parameters?: Record<string, string>;
  choices?: Choice[];
}

/** One widget: empty with a hint, answered, wrong and required, read only, and read only without an answer. */
function states({ name, kind, label, value, appearance = '', parameters = {}, choices: list }: Shown) {
  const base: Question = {
    node: 'question',
    path: name,
    kind,
    appearance: appearance.split(' ').filter(Boolean),
    label,
    hint: null,
    guidance: null,
    required: false,
    readonly: false,
    relevant: true,
    value: null,
    issue: null,
    choices: list ?? null,
    parameters,
  };
  const of = (state: string, more: Partial<Question>): Question => ({ ...base, ...more, path: `${name}_${state}` });
  return {
    empty: of('empty', { hint: 'Pregunte a la jefa o al jefe de familia, y *anote* lo que responda.', guidance: 'Si la persona duda, repita la pregunta con las mismas palabras.' }),
    answered: of('answered', { value }),
    wrong: of('wrong', { required: true, issue: { kind: 'required', message: 'Falta esta respuesta: la ficha no se puede finalizar sin ella.' } }),
    readonly: of('readonly', { value, readonly: true }),
    readonlyEmpty: of('readonlyempty', { readonly: true }),
  };
}

const page = (label: string, ...shown: Shown[]): GalleryPage => {
  const nodes = shown.flatMap((each) => Object.values(states(each)));
  return { label, nodes, roots: nodes.map((node) => node.path) };
};

function grids(): GalleryPage {
  const row = (name: string, label: string, appearance: string, more: Partial<Question> = {}): Question => ({
    ...states({ name, kind: 'select_one', label, value: { t: 'choice', v: 'c2' }, appearance, choices: OFTEN }).answered,
    path: name,
    value: null,
    ...more,
  });
  const plain = [
    row('g_head', '¿Con qué frecuencia…', 'label'),
    row('g_one', '…riega la parcela?', 'list-nolabel', { value: { t: 'choice', v: 'c3' } }),
    row('g_two', '…abona con guano del corral?', 'list-nolabel', { required: true, issue: { kind: 'required', message: null } }),
    row('g_three', '…participa en la faena comunal de limpieza de acequias?', 'list-nolabel', { hint: 'En los últimos doce meses' }),
    row('g_four', '…vende en la feria?', 'list-nolabel', { readonly: true, value: { t: 'choice', v: 'c1' } }),
  ];
  const table = [
    { ...row('t_one', 'Enero a marzo', '', { kind: 'select_multiple', value: { t: 'choices', v: ['c1', 'c4'] } }), choices: CROPS.slice(0, 5) },
    { ...row('t_two', 'Abril a junio', '', { kind: 'select_multiple' }), choices: CROPS.slice(0, 5) },
    { ...row('t_three', 'Julio a diciembre', '', { kind: 'select_multiple' }), choices: CROPS.slice(0, 5) },
  ];
  const group: NodeView = { node: 'group', path: 'table', label: 'Qué siembra en cada época', relevant: true, appearance: ['table-list'], children: table.map((each) => each.path) };
  return { label: 'Cuadrículas', nodes: [...plain, group, ...table], roots: [...plain.map((each) => each.path), 'table'] };
}

function structure(): GalleryPage {
  const note = (name: string, label: string, hint: string | null = null): NodeView => ({ node: 'note', path: name, label, hint, relevant: true });
  const { empty, wrong } = states({ name: 'r', kind: 'text', label: 'Nombres y apellidos', value: text('') });
  const rows = ['Rosa Quispe Huamán', 'Persona 2'].map((label, at) => ({ path: `people/@${at}`, row: String(at), position: at + 1, label, children: [`people/@${at}/name`] }));
  const inRows: Question[] = [
    { ...empty, hint: null, guidance: null, path: 'people/@0/name', value: text('Rosa Quispe Huamán') },
    { ...wrong, path: 'people/@1/name' },
  ];
  const cattle = states({ name: 'grp', kind: 'integer', label: 'Cabezas de ganado', value: { t: 'integer', v: 12 } });
  const inGroup = [cattle.empty, cattle.answered];
  const nodes: NodeView[] = [
    note('n_plain', 'Lea en voz alta: **la participación es voluntaria** y puede dejar de responder cuando quiera.', 'En quechua si la persona lo prefiere.'),
    note('n_warning', '⚠️ No prometa ningún beneficio a cambio de responder.'),
    ...Object.values(states({ name: 'ack', kind: 'acknowledge', label: 'Leí el consentimiento en voz alta', value: text('OK') })),
    { node: 'group', path: 'group', label: 'Ganado', relevant: true, appearance: ['field-list'], children: inGroup.map((each) => each.path) },
    ...inGroup,
    { node: 'repeat', path: 'people', label: 'Personas del hogar', relevant: true, canAdd: false, canRemove: true, rows },
    ...inRows,
    states({ name: 'unsupported', kind: 'unsupported', label: 'Una pregunta de otra versión', value: text('x') }).empty,
  ];
  return { label: 'Notas, grupos y filas', nodes, roots: nodes.filter((node) => !node.path.startsWith('people/') && !node.path.startsWith('grp')).map((node) => node.path) };
}

/** What goes with a form: pictures, sounds, a film, and what has not come yet. */
function attached(): GalleryPage {
  const { empty, answered } = states({ name: 'shown', kind: 'select_one', label: '¿Cuál de estos pastos reconoce?', value: { t: 'choice', v: 'b' }, choices: [choice('a', 'Ichu', ATTACHED.picture), { ...choice('b', 'Chillihua', ATTACHED.late), audio: ATTACHED.sound }, choice('c', 'Ninguno')] });
  const long = states({ name: 'shownlong', kind: 'select_one', label: 'Pasto que más hay', value: { t: 'choice', v: 'a' }, appearance: 'minimal', choices: [choice('a', 'Ichu', ATTACHED.picture), choice('b', 'Chillihua', ATTACHED.late), choice('c', 'Ninguno')] });
  const nodes: NodeView[] = [
    { ...empty, media: { image: ATTACHED.picture, bigImage: ATTACHED.picture, audio: null, video: null } },
    { ...answered, label: '¿Y de estos?', media: { image: null, bigImage: null, audio: ATTACHED.sound, video: null } },
    { ...long.answered, media: { image: ATTACHED.late, bigImage: null, audio: ATTACHED.late, video: null } },
    { node: 'note', path: 'shown_note', label: 'Muestre **el mapa** antes de seguir.', hint: null, relevant: true, media: { image: ATTACHED.picture, bigImage: null, audio: null, video: null } },
    { node: 'note', path: 'shown_late', label: 'Y también este.', hint: null, relevant: true, media: { image: ATTACHED.late, bigImage: null, audio: null, video: ATTACHED.late } },
  ];
  return { label: 'Imágenes y audios de la ficha', nodes, roots: nodes.map((node) => node.path) };
}

/** Appearances that ask for the same in another way, as forms of other servers write them. */
const otherLooks = (): GalleryPage =>
  page(
    'Otros aspectos',
    { name: 'rows', kind: 'text', label: 'Acuerdos de la asamblea', value: text('Limpiar la acequia el domingo.'), parameters: { rows: '3' } },
    { name: 'masked', kind: 'text', label: 'Número de cuenta', value: text('00-123-456789'), appearance: 'masked' },
    { name: 'horizontal', kind: 'select_one', label: 'Una al lado de otra', value: { t: 'choice', v: 'c2' }, appearance: 'horizontal', choices: OFTEN },
    { name: 'compact', kind: 'select_one', label: 'Compactas y sin botones', value: { t: 'choice', v: 'c2' }, appearance: 'compact', choices: OFTEN },
    { name: 'quickcompact', kind: 'select_one', label: 'Compactas, y pasa a la siguiente', value: { t: 'choice', v: 'papa' }, appearance: 'quickcompact-3', choices: ANIMALS },
    { name: 'scale', kind: 'select_one', label: 'De 0 a 10, ¿recomendaría el proyecto?', value: { t: 'choice', v: 'n8' }, appearance: 'likert', choices: Array.from({ length: 11 }, (_, at) => choice(`n${at}`, String(at))) },
    { name: 'thousandsdecimal', kind: 'decimal', label: 'Ingreso del año (S/)', value: { t: 'decimal', v: '1234567.89' }, appearance: 'thousands-sep' },
    { name: 'backwards', kind: 'range', label: 'De 5 a 1, y espera en 3', value: { t: 'integer', v: 2 }, parameters: { start: '5', end: '1', step: '1', placeholder: '3' } },
    { name: 'front', kind: 'image', label: 'Foto de quien encuesta', value: media(PICTURES.field, 'image/png', 182_000), appearance: 'new-front' },
  );

/** What real forms write that a screen may break on. */
function hardCases(): GalleryPage {
  const LONG = '¿Imaraykutaq yakuta chaninchankichik, chaynataq imaynatam ayllunchikpi tarpuykunapaq, uywakunapaq, wasipi yanukunapaqpas rakinakunkichik chakiy pachapi, hatun mikuypi tukukuptinpas?';
  const quechua = choices('Mana haykapipas', 'Wakin kutillanmi, chirawpi yakupa pisiyayninrayku rakinakuspa', 'Sapa punchaw', 'Llaqtamasikunawantukuyninchikhuñunakuspallanchikrimanakuspanchikmi');
  const one = (shown: Shown, more: Partial<Question> = {}): Question => ({ ...states(shown).answered, ...more, path: shown.name });
  const nodes: NodeView[] = [
    one({ name: 'h_quechua', kind: 'select_one', label: LONG, value: { t: 'choice', v: 'c2' }, choices: quechua }, { hint: LONG, required: true }),
    one({ name: 'h_likert', kind: 'select_one', label: LONG, value: { t: 'choice', v: 'c4' }, appearance: 'likert', choices: quechua }),
    one({ name: 'h_pick', kind: 'select_multiple', label: 'Elecciones largas en lista', value: { t: 'choices', v: ['c2', 'c4'] }, appearance: 'minimal', choices: quechua }),
    one({ name: 'h_rank', kind: 'rank', label: 'Ordene lo largo', value: { t: 'rank', v: ['c4', 'c2', 'c1', 'c3'] }, choices: quechua }),
    one({ name: 'h_word', kind: 'text', label: 'Llaqtamasikunawantukuyninchikhuñunakuspallanchikrimanakuspanchikmi', value: text('https://ejemplo.pe/una/direccion/que/no/se/puede/partir/en/ninguna/parte') }),
    one({ name: 'h_markdown', kind: 'text', label: '## Antes de empezar\nLea **en voz alta**:\n1. quién es usted\n2. para quién trabaja\n\nY luego pregunte el <span style="color:red">nombre</span> y el <font color="#0000ff">apellido</font>.', value: text('Rosa') }, { hint: '- tal como está en el DNI\n- con *dos* apellidos', guidance: 'Vea el [manual](https://ejemplo.pe/manual).' }),
    one({ name: 'h_numbered', kind: 'integer', label: '5. Edad<br>(años cumplidos)', value: { t: 'integer', v: 38 } }),
    one({ name: 'h_arabic', kind: 'select_one', label: 'من أين يأتي الماء الذي تستخدمه الأسرة؟', value: { t: 'choice', v: 'c2' }, choices: choices('شبكة عامة', 'نبع', 'نهر أو بحيرة') }, { hint: 'اختر إجابة واحدة', required: true, issue: { kind: 'required', message: null } }),
    one({ name: 'h_arabictext', kind: 'text', label: 'ما اسم القرية؟', value: text('القرية الكبيرة') }),
    one({ name: 'h_twice', kind: 'select_one', label: 'Un código dos veces', value: { t: 'choice', v: 'a' }, choices: [choice('a', 'Anexo Alto'), choice('b', 'Barrio'), choice('a', 'Anexo Bajo')] }),
    one({ name: 'h_many', kind: 'select_one', label: 'Centro poblado, de diez mil', value: { t: 'choice', v: 'p7000' }, appearance: 'autocomplete', choices: Array.from({ length: 10_000 }, (_, at) => choice(`p${at}`, `Centro poblado ${at} de Ñahuinpuquio`)) }),
    one({ name: 'h_point', kind: 'integer', label: 'Con un error largo', value: { t: 'integer', v: -3 } }, { issue: { kind: 'constraint', message: LONG } }),
    { node: 'note', path: 'h_note', label: '5. Esta nota conserva su número.', hint: '- y su lista\n- de dos', relevant: true },
  ];
  return { label: 'Casos difíciles', nodes, roots: nodes.map((node) => node.path) };
}

/** A page as long as a whole survey. */
export function longPage(questions = 1200): GalleryPage {
  const kinds: ((name: string, at: number) => Shown)[] = [
    (name, at) => ({ name, kind: 'text', label: `${at}. Nombre de quien responde`, value: text('Rosa') }),
    (name, at) => ({ name, kind: 'select_one', label: `${at}. ¿De dónde viene el agua?`, value: { t: 'choice', v: 'c1' }, choices: WATER }),
    (name, at) => ({ name, kind: 'integer', label: `${at}. Cuántas veces al mes`, value: { t: 'integer', v: 3 } }),
    (name, at) => ({ name, kind: 'date', label: `${at}. Desde cuándo`, value: { t: 'date', v: '2026-05-31' } }),
    (name, at) => ({ name, kind: 'select_multiple', label: `${at}. Qué siembra`, value: { t: 'choices', v: ['c1'] }, choices: CROPS }),
  ];
  const nodes = Array.from({ length: questions }, (_, at) => {
    const [path, kind] = [`long${at}`, kinds[at % kinds.length]];
    const shown = states(kind ? kind(path, at + 1) : { name: path, kind: 'text', label: '', value: text('') }).answered;
    return { ...shown, path, value: at % 7 === 0 ? null : shown.value };
  });
  return { label: 'Mil doscientas preguntas', nodes, roots: nodes.map((node) => node.path) };
}

export const PAGES: GalleryPage[] = [
  page(
    'Textos y números',
    { name: 'text', kind: 'text', label: 'Nombre de la comunidad', value: text('San José de Secce') },
    { name: 'dni', kind: 'text', label: 'DNI', value: text('40218834'), appearance: 'numbers' },
    { name: 'multiline', kind: 'text', label: 'Observaciones', value: text('La acequia principal se cayó con las lluvias de marzo.\nLa comunidad la repara en faena.'), appearance: 'multiline' },
    { name: 'integer', kind: 'integer', label: 'Año en que empezó', value: { t: 'integer', v: 2019 } },
    { name: 'thousands', kind: 'integer', label: 'Plantones sembrados', value: { t: 'integer', v: 1234567 }, appearance: 'thousands-sep' },
    { name: 'counter', kind: 'integer', label: 'Personas presentes', value: { t: 'integer', v: 8 }, appearance: 'counter' },
    { name: 'decimal', kind: 'decimal', label: 'Monto rendido (S/)', value: { t: 'decimal', v: '24480.50' } },
    { name: 'barcode', kind: 'barcode', label: 'Código del boleto', value: text('PE-0504-00123') },
  ),
  page(
    'Elegir una',
    { name: 'yesno', kind: 'select_one', label: '¿Se realizó la visita?', value: { t: 'choice', v: 'si' }, choices: YES_NO },
    { name: 'list', kind: 'select_one', label: '¿De dónde viene el agua que usan en la vivienda?', value: { t: 'choice', v: 'c4' }, choices: WATER },
    { name: 'columns', kind: 'select_one', label: 'Cultivo principal', value: { t: 'choice', v: 'c3' }, appearance: 'columns', choices: CROPS },
    { name: 'columns2', kind: 'select_one', label: 'Segundo cultivo', value: { t: 'choice', v: 'c1' }, appearance: 'columns-2', choices: CROPS },
    { name: 'pack', kind: 'select_one', label: 'Tercer cultivo', value: { t: 'choice', v: 'c2' }, appearance: 'columns-pack', choices: CROPS },
    { name: 'likert', kind: 'select_one', label: 'El proyecto respondió a lo que la comunidad pidió', value: { t: 'choice', v: 'c4' }, appearance: 'likert', choices: AGREE },
    { name: 'pictures', kind: 'select_one', label: '¿Qué cría o siembra más?', value: { t: 'choice', v: 'cuy' }, choices: ANIMALS },
    { name: 'nobuttons', kind: 'select_one', label: '¿Qué vende más?', value: { t: 'choice', v: 'papa' }, appearance: 'no-buttons columns', choices: ANIMALS },
    { name: 'quick', kind: 'select_one', label: '¿Tiene riego? (pasa a la siguiente)', value: { t: 'choice', v: 'no' }, appearance: 'quick', choices: YES_NO },
    { name: 'minimal', kind: 'select_one', label: 'Fuente de agua, en lista', value: { t: 'choice', v: 'c2' }, appearance: 'minimal', choices: WATER },
    { name: 'autocomplete', kind: 'select_one', label: 'Comunidad', value: { t: 'choice', v: 'com9' }, appearance: 'autocomplete', choices: COMMUNITIES },
  ),
  page(
    'Elegir varias',
    { name: 'many', kind: 'select_multiple', label: 'Qué siembra', value: { t: 'choices', v: ['c1', 'c3'] }, choices: CROPS },
    { name: 'manylist', kind: 'select_multiple', label: 'De dónde viene el agua', value: { t: 'choices', v: ['c1', 'c5'] }, choices: WATER },
    { name: 'manycolumns', kind: 'select_multiple', label: 'Qué vende', value: { t: 'choices', v: ['c2', 'c6'] }, appearance: 'columns-4', choices: CROPS },
    { name: 'manypack', kind: 'select_multiple', label: 'Qué guarda', value: { t: 'choices', v: ['c2'] }, appearance: 'columns-pack no-buttons', choices: CROPS },
    { name: 'manypictures', kind: 'select_multiple', label: 'Qué cría', value: { t: 'choices', v: ['oveja', 'cuy'] }, choices: ANIMALS },
    { name: 'manyminimal', kind: 'select_multiple', label: 'Comunidades que visitó', value: { t: 'choices', v: ['com1', 'com9', 'com17'] }, appearance: 'minimal', choices: COMMUNITIES },
    { name: 'nochoices', kind: 'select_multiple', label: 'Sin opciones todavía', value: { t: 'choices', v: [] }, choices: [] },
  ),
  grids(),
  page(
    'Fechas y horas',
    { name: 'date', kind: 'date', label: 'Fecha de la visita', value: { t: 'date', v: '2026-05-31' } },
    { name: 'nocalendar', kind: 'date', label: 'Fecha de nacimiento', value: { t: 'date', v: '1979-11-03' }, appearance: 'no-calendar' },
    { name: 'monthyear', kind: 'date', label: 'Mes de la última cosecha', value: { t: 'date', v: '2026-05-01' }, appearance: 'month-year' },
    { name: 'year', kind: 'date', label: 'Año de fundación', value: { t: 'date', v: '1964-01-01' }, appearance: 'year' },
    { name: 'time', kind: 'time', label: 'Hora de inicio', value: { t: 'time', v: '09:30:00.000' } },
    { name: 'moment', kind: 'date_time', label: 'Próxima reunión', value: { t: 'date_time', v: 1_780_000_000_000 } },
  ),
  page(
    'Escalas y órdenes',
    { name: 'range', kind: 'range', label: 'Qué tan satisfecha está la familia, de 0 a 10', value: { t: 'integer', v: 7 }, parameters: { start: '0', end: '10', step: '1' } },
    { name: 'decimalrange', kind: 'range', label: 'Pendiente del terreno', value: { t: 'decimal', v: '1.5' }, appearance: 'no-ticks', parameters: { start: '0.0', end: '3.0', step: '0.5' } },
    { name: 'vertical', kind: 'range', label: 'Nivel del reservorio (%)', value: { t: 'integer', v: 60 }, appearance: 'vertical', parameters: { start: '0', end: '100', step: '5' } },
    { name: 'picker', kind: 'range', label: 'Personas en el hogar', value: { t: 'integer', v: 5 }, appearance: 'picker', parameters: { start: '1', end: '30', step: '1' } },
    { name: 'worded', kind: 'range', label: '¿Con qué frecuencia riegan?', value: { t: 'integer', v: 2 }, choices: WATERING, parameters: { start: '0', end: '4', step: '1', tick_labelset: 'often' } },
    { name: 'standing', kind: 'range', label: 'Estado del canal', value: { t: 'integer', v: 5 }, appearance: 'vertical', choices: CANAL, parameters: { start: '0', end: '10', step: '1', tick_interval: '5', tick_labelset: 'canal' } },
    { name: 'rating', kind: 'range', label: 'Calidad de la asistencia técnica', value: { t: 'integer', v: 4 }, appearance: 'rating', parameters: { start: '1', end: '5', step: '1' } },
    { name: 'rank', kind: 'rank', label: 'Ordene lo que más falta en la comunidad', value: { t: 'rank', v: ['c3', 'c1', 'c2', 'c4'] }, choices: choices('Riego', 'Caminos', 'Asistencia técnica', 'Mercado para vender') },
  ),
  page(
    'Lugares',
    { name: 'point', kind: 'geopoint', label: 'Ubicación de la vivienda', value: { t: 'point', v: here() } },
    { name: 'maps', kind: 'geopoint', label: 'Ubicación del reservorio', value: { t: 'point', v: here(0, 0, 12) }, appearance: 'maps' },
    { name: 'placement', kind: 'geopoint', label: 'Captación de agua', value: { t: 'point', v: here(0, 0, null) }, appearance: 'placement-map' },
    { name: 'trace', kind: 'geotrace', label: 'Recorrido del canal', value: { t: 'trace', v: path } },
    { name: 'shape', kind: 'geoshape', label: 'Límites de la parcela', value: { t: 'trace', v: closed(field) } },
  ),
  page(
    'Fotos y dibujos',
    { name: 'image', kind: 'image', label: 'Foto de la parcela', value: media(PICTURES.field, 'image/png', 182_000) },
    { name: 'new', kind: 'image', label: 'Foto de la placa', value: media(PICTURES.field, 'image/png', 182_000), appearance: 'new' },
    { name: 'signature', kind: 'image', label: 'Firma de quien recibe', value: media(PICTURES.paper, 'image/png', 9_100), appearance: 'signature', parameters: { 'max-pixels': '600' } },
    { name: 'draw', kind: 'image', label: 'Croquis de la parcela', value: media(PICTURES.paper, 'image/png', 9_100), appearance: 'draw' },
    { name: 'annotate', kind: 'image', label: 'Señale el daño sobre la foto', value: media(PICTURES.field, 'image/png', 182_000), appearance: 'annotate' },
  ),
  page(
    'Archivos',
    { name: 'audio', kind: 'audio', label: 'Testimonio', value: media(PICTURES.note, 'audio/webm', 412_000) },
    { name: 'video', kind: 'video', label: 'Video del canal', value: media(PICTURES.film, 'video/webm', 8_412_000) },
    { name: 'file', kind: 'file', label: 'Acta de la asamblea', value: media(PICTURES.paper, 'application/pdf', 231_000) },
  ),
  attached(),
  structure(),
  otherLooks(),
  hardCases(),
  longPage(),
];
