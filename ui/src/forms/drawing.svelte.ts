import { SvelteSet } from 'svelte/reactivity';
import type { NodeView } from '../ipc/types/NodeView';

/** A page with fewer nodes than this is drawn whole. */
const LONG_PAGE = 80;
/** Questions that are drawn together; so many at the top of a page are drawn at once. */
const TOGETHER = 20;

/**
 * What of a long page is drawn: its nodes stand in chunks, and a chunk waits as a plain list of its labels until it comes
 * near the window. A chunk is known by its first path.
 */
export class Drawing {
  /** Chunks that are not drawn yet. */
  readonly waiting = new SvelteSet<string>();
  readonly #chunkOf = new Map<string, string>();
  readonly #parentOf = new Map<string, string>();

  /** Another page is open. */
  begin(nodes: readonly NodeView[], roots: readonly string[]): void {
    this.waiting.clear();
    this.#chunkOf.clear();
    this.#parentOf.clear();
    if (nodes.length < LONG_PAGE) return;
    const found = new Map(nodes.map((node) => [node.path, node]));
    const childrenOf = (path: string): string[] => {
      const node = found.get(path);
      return node?.node === 'group' ? node.children : [];
    };
    const weightOf = (path: string): number => Math.max(1, childrenOf(path).reduce((sum, child) => sum + weightOf(child), 0));
    let drawn = 0;

    const place = (paths: readonly string[], isDrawn: boolean) => {
      let [head, weight] = ['', TOGETHER];
      for (const path of paths) {
        const own = weightOf(path);
        if (weight + own > TOGETHER) {
          [head, weight] = [path, 0];
          if (!isDrawn || drawn >= TOGETHER) this.waiting.add(head);
        }
        weight += own;
        this.#chunkOf.set(path, head);
        const children = childrenOf(path);
        const isShown = isDrawn && !this.waiting.has(head);
        if (isShown && children.length === 0) drawn += 1;
        for (const child of children) this.#parentOf.set(child, path);
        if (children.length > 0) place(children, isShown);
      }
    };
    place(roots, true);
    for (const node of nodes) {
      if (node.node !== 'repeat') continue;
      for (const row of node.rows) for (const child of row.children) this.#parentOf.set(child, node.path);
    }
  }

  /** Nodes that stand together, in their chunks. */
  chunks(paths: readonly string[]): { head: string; paths: string[] }[] {
    const chunks: { head: string; paths: string[] }[] = [];
    for (const path of paths) {
      const last = chunks.at(-1);
      if (last && this.#chunkOf.get(path) !== path) last.paths.push(path);
      else chunks.push({ head: path, paths: [path] });
    }
    return chunks;
  }

  /** Draws a node now, and what it stands in. */
  draw(path: string): void {
    for (let at: string | undefined = path; at !== undefined; at = this.#parentOf.get(at)) {
      const chunk = this.#chunkOf.get(at);
      if (chunk !== undefined) this.waiting.delete(chunk);
    }
  }
}
