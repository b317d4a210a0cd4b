import { keptAwake } from '../shared/awake';

/** An open tablet that nobody touches locks itself: two minutes, of which the last fifteen seconds are announced. */
const IDLE_MS = 120_000;
const WARN_MS = 15_000;
/** Work that needs no touch keeps it open no longer than this: a tablet may be forgotten while it looks for satellites. */
const AWAKE_MS = 600_000;

class Idle {
  /** Whole seconds until it locks, while that is announced. */
  secondsLeft = $state<number | null>(null);
  #last = Date.now();
  #touched = Date.now();

  /** Watches until the returned function is called. */
  watch(lock: () => void): () => void {
    this.touched();
    const touched = () => {
      this.touched();
    };
    const kinds = ['pointerdown', 'keydown', 'scroll', 'input'] as const;
    for (const kind of kinds) window.addEventListener(kind, touched, { capture: true, passive: true });
    const timer = setInterval(() => {
      if (keptAwake() && Date.now() - this.#touched < AWAKE_MS) this.#last = Date.now();
      const left = this.#last + IDLE_MS - Date.now();
      if (left <= 0) {
        this.secondsLeft = null;
        lock();
      } else this.secondsLeft = left <= WARN_MS ? Math.ceil(left / 1000) : null;
    }, 500);
    return () => {
      clearInterval(timer);
      this.secondsLeft = null;
      for (const kind of kinds) window.removeEventListener(kind, touched, { capture: true });
    };
  }

  touched(): void {
    this.#touched = this.#last = Date.now();
    this.secondsLeft = null;
  }
}

export const idle = new Idle();
