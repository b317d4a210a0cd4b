import type { AnswerValue } from '../ipc/types/AnswerValue';
import type { QuestionView } from '../ipc/types/QuestionView';

/** What every widget is given. It shows the node's value, and tells what a person means by it. */
export interface WidgetProps {
  node: QuestionView;
  /** Id of its main control. */
  id: string;
  labelledBy: string;
  describedBy: string | undefined;
  invalid: boolean;
  /** The answer as far as it is typed; saved at the next pause. */
  ontype: (value: AnswerValue | null) => void;
  /** The answer; saved now. Says whether it is durable: if not, the widget keeps what was typed. */
  onanswer: (value: AnswerValue | null) => Promise<boolean>;
  /** What is typed is no answer of this kind (or no longer so): key of the words for it. */
  onfault: (fault: Fault | null) => void;
}

export type Fault = 'number' | 'whole' | 'date' | 'time' | 'latitude' | 'photo';

export type Kind = 'text' | 'number' | 'one' | 'pick' | 'many' | 'date' | 'time' | 'moment' | 'point' | 'photo' | 'signature' | 'acknowledge' | 'unsupported';

/** More choices than this are searched for, not scrolled through. */
const MANY_CHOICES = 10;

/** Which widget asks a question. */
export function kindOf(node: QuestionView): Kind {
  const looks = (name: string) => node.appearance.some((each) => each === name || each.startsWith(`${name}(`));
  switch (node.kind) {
    case 'text':
    case 'barcode':
      return 'text';
    case 'integer':
    case 'decimal':
      return 'number';
    case 'select_one':
      return looks('minimal') || looks('autocomplete') || looks('search') || (node.choices?.length ?? 0) > MANY_CHOICES ? 'pick' : 'one';
    case 'select_multiple':
      return 'many';
    case 'date':
      return 'date';
    case 'time':
      return 'time';
    case 'date_time':
      return 'moment';
    case 'geopoint':
      return 'point';
    case 'image':
      return looks('signature') || looks('draw') ? 'signature' : 'photo';
    case 'acknowledge':
      return 'acknowledge';
    case 'audio':
    case 'video':
    case 'file':
    case 'geotrace':
    case 'geoshape':
    case 'range':
    case 'rank':
    case 'unsupported':
      return 'unsupported';
  }
}

/** Widgets that are one control take a `label`; the others are a group with a legend. */
export function isOneControl(kind: Kind): boolean {
  return kind === 'text' || kind === 'number' || kind === 'date' || kind === 'time';
}

/** For finding a choice whatever its accents and case. */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
