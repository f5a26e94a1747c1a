// Which part of a moving code is shown, and when the next one is (docs/spec/qr.md, Q9).
import type { DensityView } from "../views";

/** From full speed down. */
const PACES = [1, 0.5, 0.25];
/** Never more, whatever is asked for. */
const MOST_A_SECOND = 5;

export const LESS_DENSE: Readonly<Record<DensityView, DensityView | null>> = {
  normal: "low",
  low: "lowest",
  lowest: null,
};
export const MORE_DENSE: Readonly<Record<DensityView, DensityView | null>> = {
  normal: null,
  low: "normal",
  lowest: "low",
};

export class Pace {
  #total = 1;
  #full = 1;
  #at = $state(0);
  // Who asked for less motion begins with the slowest.
  #pace = $state(matchMedia("(prefers-reduced-motion: reduce)").matches ? PACES.length - 1 : 0);
  #timer = $state.raw<ReturnType<typeof setTimeout>>();

  /** Which part is shown, from 0. */
  get at(): number {
    return this.#at;
  }

  get moves(): boolean {
    return this.#timer !== undefined;
  }

  get slowest(): boolean {
    return this.#pace === PACES.length - 1;
  }

  /** Parts a second. */
  get rate(): number {
    return this.#full * (PACES[this.#pace] ?? 1);
  }

  /** Begins with another set of parts, and waits for a press. The chosen pace stays. */
  over(total: number, full: number): void {
    this.stop();
    this.#total = Math.max(1, total);
    this.#full = Math.min(full, MOST_A_SECOND);
    this.#at = 0;
  }

  start(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.next();
      this.start();
    }, 1000 / this.rate);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  next(): void {
    this.#at = (this.#at + 1) % this.#total;
  }

  slower(): void {
    this.#pace = (this.#pace + 1) % PACES.length;
  }
}
