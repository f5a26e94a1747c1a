// What every test starts from.
import "@testing-library/jest-dom/vitest";

import { beforeEach } from "vitest";

import { language } from "../src/lib/language.svelte";
import { look } from "../src/lib/look.svelte";

beforeEach(async () => {
  look.choice = "light";
  await language.choose("en");
});
