// What jsdom lacks, and what every test starts from.
import "@testing-library/jest-dom/vitest";

import { beforeEach, vi } from "vitest";

import { language } from "../src/lib/language.svelte";
import { look } from "../src/lib/look.svelte";

HTMLDialogElement.prototype.showModal = function showModal() {
  this.open = true;
};
HTMLDialogElement.prototype.close = function close() {
  this.open = false;
  this.dispatchEvent(new Event("close"));
};
window.scrollTo = vi.fn();

beforeEach(async () => {
  look.choice = "light";
  await language.choose("en");
});
