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
  /** The answer is a photo, a drawing or a file; it is kept first. Says whether it is durable. */
  onmedia: (file: Blob) => Promise<boolean>;
  /** The person is done with this question and goes on to the next. */
  onnext: () => void;
  /** A photo, a drawing or a file by its hash. */
  load: (hash: string) => Promise<Blob>;
  /** A file that goes with the form, by its name. */
  attached: (name: string) => Promise<Blob>;
}

export type Fault = 'number' | 'whole' | 'date' | 'year' | 'time' | 'latitude' | 'photo' | 'drawn' | 'written' | 'recording' | 'few' | 'half' | 'file' | 'size' | 'microphone' | 'code';

/** With these, something stands in the widget that would be lost with it; with the others, nothing came of what was tried. */
export const HOLDING: ReadonlySet<Fault> = new Set(['number', 'whole', 'date', 'year', 'time', 'half', 'latitude', 'drawn', 'written', 'recording', 'few']);

/** These the widget shows itself, for as long as the person is at it. */
export const UNDER_WAY: ReadonlySet<Fault> = new Set(['drawn', 'written', 'recording', 'few']);

/** Whether the form's author asked for this appearance. */
export function looks(node: Pick<QuestionView, 'appearance'>, ...names: string[]): boolean {
  return node.appearance.some((each) => names.some((name) => each === name || each.startsWith(`${name}(`)));
}

/** For finding a choice whatever its accents and case. */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** More bytes than this the device does not keep for one answer. */
export const MEDIA_BYTES = 32 * 1024 * 1024;
