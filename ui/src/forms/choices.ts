import type { QuestionView } from '../ipc/types/QuestionView';
import { looks } from './widget';

/**
 * How the choices of a question stand.
 *
 * `list` one below the other, `two` in two columns where there is room, `row` few and short ones beside each other,
 * `columns` as many as the form says, `pack` each as wide as its words, `likert` along a scale, `header` the words of a
 * grid's columns and `bare` a grid's row of marks without words.
 */
export type Arrangement = 'list' | 'two' | 'row' | 'columns' | 'pack' | 'likert' | 'header' | 'bare';

export interface ChoiceLook {
  arrangement: Arrangement;
  /** Columns that the form asks for, or that a scale or a grid has. */
  columns: number;
  /** Whether a mark shows what is chosen; without it the whole card does. */
  marked: boolean;
  /** Whether some choice has a picture. */
  pictured: boolean;
}

const AUTO_COLUMNS = 3;
const COMPACT = /^(?:quick)?compact(?:-\d+)?$/;

/** Whether the form says how the choices stand, and so means all of them to be seen. */
export function isArranged(node: QuestionView): boolean {
  return (
    askedColumns(node) !== null ||
    looks(node, 'likert', 'list', 'columns', 'columns-pack', 'columns-flex', 'horizontal', 'horizontal-compact', 'compact', 'quickcompact', 'no-buttons', 'image-map')
  );
}

/** Whether the next question comes as soon as this one is answered. */
export function isQuick(node: QuestionView): boolean {
  return node.appearance.some((each) => /^quick(?:compact(?:-\d+)?)?$/.test(each));
}

function askedColumns(node: QuestionView): number | null {
  const asked = node.appearance.map((each) => /^(?:columns|compact|quickcompact)-([1-9]\d?)$/.exec(each)?.[1]).find((each) => each !== undefined);
  return asked === undefined ? null : Math.min(Number(asked), 10);
}

/** What each choice is known by while it is drawn: its code, which a form may give to several. */
export function choiceKeys(choices: readonly { code: string }[]): string[] {
  const seen = new Map<string, number>();
  return choices.map(({ code }) => {
    const before = seen.get(code) ?? 0;
    seen.set(code, before + 1);
    return before === 0 ? code : `${code}\u0000${before}`;
  });
}

export function choiceLook(node: QuestionView): ChoiceLook {
  const choices = node.choices ?? [];
  const pictured = choices.some((choice) => choice.image);
  const marked = !looks(node, 'no-buttons') && !node.appearance.some((each) => COMPACT.test(each));
  const look = (arrangement: Arrangement, columns: number): ChoiceLook => ({ arrangement, columns, marked, pictured });

  if (looks(node, 'label')) return look('header', choices.length);
  if (looks(node, 'list-nolabel')) return look('bare', choices.length);
  if (looks(node, 'likert') && node.kind === 'select_one') return look('likert', choices.length);
  const asked = askedColumns(node);
  if (asked !== null) return look('columns', asked);
  if (looks(node, 'list')) return look('columns', Math.max(1, Math.min(choices.length, 10)));
  if (looks(node, 'columns')) return look('columns', AUTO_COLUMNS);
  if (looks(node, 'columns-pack', 'columns-flex', 'horizontal', 'horizontal-compact', 'compact', 'quickcompact')) return look('pack', 0);
  if (pictured) return look('columns', AUTO_COLUMNS);

  const longest = Math.max(0, ...choices.map((choice) => choice.label.length));
  if (node.kind === 'select_one' && choices.length <= 4 && longest <= 12) return look('row', 0);
  if (longest <= (node.kind === 'select_one' ? 26 : 30) && choices.length > 3) return look('two', 2);
  return look('list', 1);
}

/** The codes that an answer holds. */
export function heldCodes(node: QuestionView): readonly string[] {
  if (node.value?.t === 'choice') return [node.value.v];
  return node.value?.t === 'choices' ? node.value.v : [];
}
