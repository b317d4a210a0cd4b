import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import * as ipc from '../ipc';
import type { Answered } from '../ipc/types/Answered';
import type { AnswerValue } from '../ipc/types/AnswerValue';
import type { IssueAt } from '../ipc/types/IssueAt';
import type { Logged } from '../ipc/types/Logged';
import type { MigrationView } from '../ipc/types/MigrationView';
import type { NodeView } from '../ipc/types/NodeView';
import type { Opened } from '../ipc/types/Opened';
import type { Outline } from '../ipc/types/Outline';
import type { PageEntry } from '../ipc/types/PageEntry';
import type { PageView } from '../ipc/types/PageView';
import type { QuestionView } from '../ipc/types/QuestionView';
import type { RecordState } from '../ipc/types/RecordState';
import type { RowView } from '../ipc/types/RowView';
import { plainText } from '../shared/markdown';
import { whereabouts } from './fix.svelte';
import { HOLDING, type Fault } from './widget';
import { Drawing } from './drawing.svelte';

/** An answer on the open page that the device does not hold: why it was not saved, or why what was typed is no answer. */
export interface Unsaved {
  path: string;
  label: string;
  /** Code of the failure. */
  code: string | null;
  fault: Fault | null;
}

export type Saving = { state: 'saving' | 'saved' } | { state: 'failed'; code: string; retry: () => void };

/** How long after the last key a text is saved while its field still has the focus. */
const TYPING_PAUSE_MS = 400;
/** Whoever types without a pause has it saved this long after the first key that is not. */
const TYPING_AT_LONGEST_MS = 1000;

/**
 * One record being filled in: the page that is open, as the device last showed it, and what is on its way to the device.
 * Commands go one after the other, in the order a person acted.
 */
export class Filling {
  readonly record: string;
  outline = $state.raw<Outline>() as Outline;
  page = $state.raw<PageView>() as PageView;
  state = $state.raw<RecordState>('draft');
  projectName = $state.raw<string | null>(null);
  resumed = $state(false);
  canUndo = $state(false);
  /** The version that the form has by now, when this draft was begun with another. */
  newer = $state.raw<string | null>(null);
  /** What the form keeps of how it is filled in. */
  logged = $state.raw<Logged | null>(null);
  /** How often files came that forms show. */
  arrivals = $state(0);
  /** Every node of the open page, by its path. */
  readonly nodes = new SvelteMap<string, NodeView>();
  /** What became of the newest answer to each question. */
  readonly saving = new SvelteMap<string, Saving>();
  /** Rows that are unfolded. */
  readonly openRows = new SvelteSet<string>();
  /** What of the open page is drawn. */
  readonly drawing = new Drawing();
  /** Issues shown inside each row, by the row's path; rows without any are not in it. */
  readonly #issuesIn = $derived.by(() => {
    const counts = new Map<string, number>();
    for (const node of this.nodes.values()) {
      if (node.node !== 'question' || !node.relevant || node.issue === null) continue;
      const { path } = node;
      for (let at = path.indexOf('/@'); at >= 0; at = path.indexOf('/@', at + 1)) {
        const row = path.slice(0, path.indexOf('/', at + 1));
        counts.set(row, (counts.get(row) ?? 0) + 1);
      }
    }
    return counts;
  });
  /** What is typed, or drawn and not kept, and is no answer: by the question's path. */
  readonly faults = new SvelteMap<string, Fault>();
  /** Why the newest command that is no answer did not succeed. */
  problem = $state<string | null>(null);
  /** Commands that are not done. */
  busy = $state(0);

  readonly #typing = new SvelteMap<string, { value: AnswerValue | null; since: number; timer: ReturnType<typeof setTimeout> }>();
  /** Answers that are meant and that the device does not hold: on their way, or failed. */
  readonly #meant = new SvelteMap<string, AnswerValue | null>();
  /** Answers on their way, as JSON: what is already going need not be sent again. */
  readonly #sent = new Map<string, string>();
  #queue: Promise<unknown> = Promise.resolve();
  #locating = false;
  #left = false;

  constructor(opened: Opened) {
    this.record = opened.record;
    this.#open(opened);
    this.resumed = opened.resumed;
  }

  /** Relevant pages, in order. */
  get pages(): PageEntry[] {
    return this.outline.pages.filter((page) => page.relevant);
  }

  get previous(): PageEntry | null {
    return this.pages.findLast((page) => page.index < this.page.index) ?? null;
  }

  get next(): PageEntry | null {
    return this.pages.find((page) => page.index > this.page.index) ?? null;
  }

  /** Something typed waits for a pause. */
  get typing(): boolean {
    return this.#typing.size > 0;
  }

  /** What on the open page would be lost by leaving it. */
  get unsaved(): Unsaved[] {
    const found: Unsaved[] = [];
    for (const path of new Set([...this.saving.keys(), ...this.faults.keys()])) {
      const node = this.nodes.get(path);
      if (node?.node !== 'question' || !node.relevant) continue;
      const saving = this.saving.get(path);
      const code = saving?.state === 'failed' ? saving.code : null;
      const fault = this.faults.get(path) ?? null;
      if (code !== null || fault !== null) found.push({ path, label: plainText(node.label), code, fault });
    }
    return found;
  }

  unsavedWithin(path: string): boolean {
    return this.unsaved.some((each) => each.path.startsWith(`${path}/`));
  }

  /** A node as the person means it: with the answer that was given last, whether or not the device holds it yet. */
  shown(path: string): NodeView | undefined {
    const node = this.nodes.get(path);
    const meant = this.#meant.get(path);
    return node?.node === 'question' && meant !== undefined ? { ...node, value: meant } : node;
  }

  /** Keeps what is being typed, and saves it when the typing pauses. */
  type(path: string, value: AnswerValue | null): void {
    const since = this.#typing.get(path)?.since ?? Date.now();
    this.#forget(path);
    const wait = Math.min(TYPING_PAUSE_MS, Math.max(0, since + TYPING_AT_LONGEST_MS - Date.now()));
    this.#typing.set(path, { value, since, timer: setTimeout(() => void this.answer(path, value), wait) });
  }

  /** Saves an answer now; says whether it is durable. */
  answer(path: string, value: AnswerValue | null): Promise<boolean> {
    this.#forget(path);
    return this.#save(path, value, () => ipc.answer(this.record, path, value));
  }

  /** What is typed is no answer, or is one again. */
  fault(path: string, fault: Fault | null): void {
    if (fault !== null && HOLDING.has(fault)) this.faults.set(path, fault);
    else this.faults.delete(path);
  }

  /** Keeps a photo, a drawing or a file and answers with it; says whether both are durable. */
  media(path: string, file: Blob): Promise<boolean> {
    return this.#save(path, undefined, () => ipc.addPhoto(this.record, path, file));
  }

  async addRow(path: string): Promise<string | null> {
    const change = await this.#run(() => ipc.addRow(this.record, path));
    if (!change) return null;
    this.#apply(change);
    const repeat = this.nodes.get(path);
    if (repeat?.node !== 'repeat' || change.row === null) return null;
    const row = repeat.rows.find((each) => each.path === change.row || each.row === change.row);
    if (row) this.openRows.add(row.path);
    return row?.path ?? null;
  }

  async removeRow(path: string): Promise<boolean> {
    const change = await this.#run(() => ipc.removeRow(this.record, path));
    if (!change) return false;
    for (const map of [this.saving, this.faults, this.#meant]) {
      for (const each of [...map.keys()]) if (each.startsWith(`${path}/`)) map.delete(each);
    }
    this.#apply(change);
    return true;
  }

  /** Takes back the newest answer or row, and shows the page it was on; answers with the question that changed, if one did. */
  async undo(): Promise<QuestionView | null> {
    if (!(await this.#safe())) return null;
    const before = new Map(this.nodes);
    const opened = await this.#run(() => ipc.undo(this.record));
    if (!opened) return null;
    this.#open(opened);
    this.saving.clear();
    this.#meant.clear();
    for (const node of this.page.nodes) {
      const old = before.get(node.path);
      if (node.node === 'question' && old?.node === 'question' && JSON.stringify(node.value) !== JSON.stringify(old.value)) return node;
    }
    return null;
  }

  async setLanguage(language: string): Promise<void> {
    if (!(await this.#safe())) return;
    const at = this.page.index;
    const opened = await this.#run(() => ipc.setLanguage(this.record, language));
    if (!opened) return;
    this.#open(opened);
    if (this.page.index !== at) await this.goto(at);
  }

  /** What moving this draft to the newer version of its form would mean. */
  async migration(): Promise<MigrationView | null> {
    if (!(await this.#safe())) return null;
    return this.#run(() => ipc.migration(this.record));
  }

  /** Moves this draft to the newer version that was shown; says whether it did. */
  async migrate(version: string): Promise<boolean> {
    if (!(await this.#safe())) return false;
    const opened = await this.#run(() => ipc.migrate(this.record, version));
    if (opened) this.#open(opened, 'anew');
    return opened !== null;
  }

  /** Turns to a page, unless something on this one would be lost. */
  async goto(index: number): Promise<boolean> {
    if (!(await this.#safe())) return false;
    const page = await this.#run(() => ipc.page(this.record, index));
    if (page) {
      this.#show(page);
      this.resumed = false;
    }
    return page !== null;
  }

  /**
   * Shows the open page and the page list anew: somebody else's answers were merged into the record, or its form was published
   * anew. What is being typed stays.
   */
  async refresh(): Promise<void> {
    // Setting the language that is set changes nothing, and answers with the record as it is now.
    const opened = await this.#run(() => ipc.setLanguage(this.record, this.outline.language));
    if (opened?.page.index === this.page.index) this.#open(opened);
  }

  /** What keeps the open page from being complete; shown beside its questions from now on. */
  async check(): Promise<IssueAt[]> {
    await this.flush();
    const index = this.page.index;
    const checked = await this.#run(() => ipc.checkPage(this.record, index));
    if (!checked) return [];
    this.#take(checked.nodes, checked.pages);
    for (const issue of checked.issues) this.reveal(issue.path);
    return checked.issues;
  }

  /** Finishes the record, or says what is in the way. */
  async finalize(): Promise<IssueAt[] | null> {
    if (!(await this.#safe())) return null;
    const outcome = await this.#run(() => ipc.finalize(this.record));
    if (!outcome) return null;
    this.state = outcome.state;
    return outcome.issues;
  }

  /** Ends the sitting, unless something would be lost; what was answered stays. */
  async leave(): Promise<boolean> {
    return (await this.#safe()) && (await this.close());
  }

  /** Ends the sitting with what the device could be given: the screen is gone already. */
  async close(): Promise<boolean> {
    this.#left = true;
    await this.flush();
    return (await this.#run(() => ipc.leave(this.record).then(() => true))) ?? false;
  }

  /** Saves at once what waits for a pause in the typing, tries once more what failed, and waits for both. */
  async flush(): Promise<void> {
    for (const [path, { value }] of [...this.#typing]) void this.answer(path, value);
    await this.#queue;
    const failed = [...this.saving.values()].filter((each) => each.state === 'failed');
    for (const each of failed) each.retry();
    if (failed.length > 0) await this.#queue;
  }

  /** Gives up what the device does not hold, because the person said so. */
  abandon(): void {
    for (const { path } of this.unsaved) {
      this.saving.delete(path);
      this.faults.delete(path);
      this.#meant.delete(path);
    }
  }

  async #safe(): Promise<boolean> {
    await this.flush();
    return this.unsaved.length === 0;
  }

  /** Unfolds the rows that a question stands in, and draws it. */
  reveal(path: string): void {
    this.drawing.draw(path);
    for (const node of this.nodes.values()) {
      if (node.node !== 'repeat') continue;
      for (const row of node.rows) if (path.startsWith(`${row.path}/`)) this.openRows.add(row.path);
    }
  }

  /** Issues shown inside a row. */
  issuesWithin(row: string): number {
    return this.#issuesIn.get(row) ?? 0;
  }

  #forget(path: string): void {
    clearTimeout(this.#typing.get(path)?.timer);
    this.#typing.delete(path);
  }

  async #save(path: string, value: AnswerValue | null | undefined, command: () => Promise<Answered>): Promise<boolean> {
    if (value !== undefined && this.saving.get(path)?.state !== 'failed') {
      const held = this.nodes.get(path);
      const newest = this.#sent.get(path) ?? (held?.node === 'question' ? JSON.stringify(held.value) : undefined);
      if (newest === JSON.stringify(value)) {
        await this.#queue;
        return this.saving.get(path)?.state !== 'failed';
      }
      this.#sent.set(path, JSON.stringify(value));
    }
    if (value !== undefined) this.#meant.set(path, value);
    this.saving.set(path, { state: 'saving' });
    return this.#enqueue(async () => {
      let kept = false;
      try {
        this.#apply(await command());
        this.saving.set(path, { state: 'saved' });
        kept = true;
      } catch (thrown) {
        this.saving.set(path, { state: 'failed', code: ipc.toCommandError(thrown).code, retry: () => void this.#save(path, value, command) });
      }
      const newest = value === undefined || this.#sent.get(path) === JSON.stringify(value);
      if (newest) {
        this.#sent.delete(path);
        if (kept) this.#meant.delete(path);
      }
      return kept;
    });
  }

  async #run<T>(command: () => Promise<T>): Promise<T | null> {
    return this.#enqueue(async () => {
      try {
        const outcome = await command();
        this.problem = null;
        return outcome;
      } catch (thrown) {
        this.problem = ipc.toCommandError(thrown).code;
        return null;
      }
    });
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    this.busy += 1;
    const done = this.#queue.then(work).finally(() => {
      this.busy -= 1;
    });
    this.#queue = done.catch(() => undefined);
    return done;
  }

  #open(opened: Opened, how: 'on' | 'anew' = 'on'): void {
    this.outline = opened.outline;
    this.state = opened.state;
    this.projectName = opened.projectName;
    this.canUndo = opened.canUndo;
    this.newer = opened.newer;
    this.logged = opened.logged;
    this.#locate(opened.wantsPosition);
    this.#show(opened.page, how);
  }

  /** Tells the device where it is, for what the form asks of it alone. Nobody waits for that, and nobody is told if it fails. */
  #locate(wanted: boolean): void {
    if (!wanted || this.#locating || this.#left) return;
    this.#locating = true;
    void whereabouts()
      .then((position) => (position && !this.#left ? ipc.supplyPosition(this.record, position) : null))
      .then((change) => change && this.#take(change.nodes, change.pages))
      .catch(() => undefined)
      .finally(() => { this.#locating = false; });
  }

  /** `anew`: the questions may be others, whatever the page's number. */
  #show(page: PageView, how: 'on' | 'anew' = 'on'): void {
    const same = how === 'on' && (this.page as PageView | undefined)?.index === page.index;
    this.page = page;
    if (!same) {
      this.saving.clear();
      this.faults.clear();
      this.#meant.clear();
      this.openRows.clear();
      this.drawing.begin(page.nodes, page.roots);
    }
    const shown = new Set(page.nodes.map((node) => node.path));
    for (const path of [...this.nodes.keys()]) if (!shown.has(path)) this.nodes.delete(path);
    for (const node of page.nodes) {
      this.nodes.set(node.path, node);
    }
    if (!same) for (const node of page.nodes) if (node.node === 'repeat') this.#unfoldFirst(node.rows);
    const pages = this.outline.pages.map((entry) => (entry.index === page.index ? { ...entry, visited: true } : entry));
    this.outline = { ...this.outline, pages };
  }

  /** A lone row is what the page is about; of several, the first that is not complete is what is left to do. */
  #unfoldFirst(rows: RowView[]): void {
    const lacking = (node: NodeView) => node.node === 'question' && node.relevant && (node.issue !== null || (node.required && node.value === null));
    const incomplete = (row: RowView) => this.page.nodes.some((node) => node.path.startsWith(`${row.path}/`) && lacking(node));
    const row = rows.length === 1 ? rows[0] : rows.find(incomplete);
    if (row) this.openRows.add(row.path);
  }

  #apply(change: Answered): void {
    this.#take(change.nodes, change.pages);
    this.canUndo = change.canUndo;
    this.#locate(change.wantsPosition);
  }

  #take(nodes: NodeView[], pages: PageEntry[] | null): void {
    for (const node of nodes) this.nodes.set(node.path, node);
    if (pages) {
      const counted = pages.filter((page) => page.relevant);
      this.outline = {
        ...this.outline,
        pages,
        answered: counted.reduce((sum, page) => sum + page.answered, 0),
        questions: counted.reduce((sum, page) => sum + page.questions, 0),
      };
    }
  }
}
