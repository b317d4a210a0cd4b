import type { Component } from 'svelte';
import type { QuestionKind } from '../ipc/types/QuestionKind';
import type { QuestionView } from '../ipc/types/QuestionView';
import { isArranged } from './choices';
import { looks, type WidgetProps } from './widget';
import AcknowledgeWidget from './widgets/AcknowledgeWidget.svelte';
import BarcodeWidget from './widgets/BarcodeWidget.svelte';
import ChoicesWidget from './widgets/ChoicesWidget.svelte';
import DateWidget from './widgets/DateWidget.svelte';
import FileWidget from './widgets/FileWidget.svelte';
import MomentWidget from './widgets/MomentWidget.svelte';
import MonthWidget from './widgets/MonthWidget.svelte';
import NumberWidget from './widgets/NumberWidget.svelte';
import PhotoWidget from './widgets/PhotoWidget.svelte';
import PickWidget from './widgets/PickWidget.svelte';
import PointWidget from './widgets/PointWidget.svelte';
import RangeWidget from './widgets/RangeWidget.svelte';
import RankWidget from './widgets/RankWidget.svelte';
import SignatureWidget from './widgets/SignatureWidget.svelte';
import SketchWidget from './widgets/SketchWidget.svelte';
import TextWidget from './widgets/TextWidget.svelte';
import TimeWidget from './widgets/TimeWidget.svelte';
import TraceWidget from './widgets/TraceWidget.svelte';
import UnsupportedWidget from './widgets/UnsupportedWidget.svelte';

/** What asks a question, and how the question stands around it. */
export interface Widget {
  component: Component<WidgetProps>;
  /** It is one control, which takes a `label`; others are a group that the label names. */
  oneControl?: true;
  /** Its answer is taken back by a link below it: it has no way of its own. */
  clearable?: true;
  /** It is a row of a grid: its label stands beside it. */
  row?: true;
}

/** More choices than this are searched for, not scrolled through. */
const MANY_CHOICES = 10;
/** So many choices to tick are still in sight; so many of either when the form says how they stand. */
const MANY_TICKS = 30;
const MANY_ARRANGED = 60;

/**
 * Which widget asks a question: the one place a new type of question is added to the screens. Each kind chooses by the
 * appearances of its question.
 */
export const WIDGETS: Record<QuestionKind, (node: QuestionView) => Widget> = {
  text: () => ({ component: TextWidget, oneControl: true }),
  integer: () => ({ component: NumberWidget, oneControl: true }),
  decimal: () => ({ component: NumberWidget, oneControl: true }),
  range: () => ({ component: RangeWidget, clearable: true }),
  select_one: (node) => select(node, MANY_CHOICES),
  select_multiple: (node) => ({ ...select(node, MANY_TICKS), clearable: undefined }),
  rank: () => ({ component: RankWidget, clearable: true }),
  date: (node) => (looks(node, 'month-year', 'year') ? { component: MonthWidget, clearable: true } : { component: DateWidget, oneControl: true }),
  time: () => ({ component: TimeWidget, oneControl: true }),
  date_time: () => ({ component: MomentWidget, clearable: true }),
  geopoint: () => ({ component: PointWidget, clearable: true }),
  geotrace: () => ({ component: TraceWidget }),
  geoshape: () => ({ component: TraceWidget }),
  image: (node) => ({ component: looks(node, 'signature') ? SignatureWidget : looks(node, 'draw', 'annotate') ? SketchWidget : PhotoWidget }),
  audio: () => ({ component: FileWidget }),
  video: () => ({ component: FileWidget }),
  file: () => ({ component: FileWidget }),
  barcode: () => ({ component: BarcodeWidget, oneControl: true }),
  acknowledge: () => ({ component: AcknowledgeWidget }),
  unsupported: () => ({ component: UnsupportedWidget }),
};

export function widgetOf(node: QuestionView): Widget {
  return WIDGETS[node.kind](node);
}

const isGrid = (node: QuestionView) => looks(node, 'label', 'list-nolabel');

function select(node: QuestionView, inSight: number): Widget {
  if (isGrid(node)) return { component: ChoicesWidget, row: true };
  const isLong = (node.choices?.length ?? 0) > (isArranged(node) ? MANY_ARRANGED : inSight);
  return { component: isLong || looks(node, 'minimal', 'autocomplete', 'search') ? PickWidget : ChoicesWidget, clearable: true };
}
