// What jsdom lacks and the screens use.
import { vi } from "vitest";

window.scrollTo = vi.fn() as typeof window.scrollTo;
Element.prototype.scrollIntoView = vi.fn();

const listeners = new Set<(event: MediaQueryListEvent) => void>();
window.matchMedia = (media) =>
  ({
    media,
    matches: false,
    addEventListener: (_: string, listener: (event: MediaQueryListEvent) => void) =>
      listeners.add(listener),
  }) as unknown as MediaQueryList;

HTMLDialogElement.prototype.showModal = function showModal() {
  this.open = true;
};
HTMLDialogElement.prototype.close = function close() {
  this.open = false;
  this.dispatchEvent(new Event("close"));
};

/** The system turns dark, or light again. */
export function systemTurns(dark: boolean): void {
  listeners.forEach((listener) => listener({ matches: dark } as MediaQueryListEvent));
}
