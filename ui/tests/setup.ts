// What every test starts from.
import "@testing-library/jest-dom/vitest";

import { configure } from "@testing-library/svelte";
import { beforeEach } from "vitest";

import { announcer } from "../src/lib/announcer.svelte";
import { language } from "../src/lib/language.svelte";
import { look } from "../src/lib/look.svelte";

// A machine that is busy building shows the next screen late.
configure({ asyncUtilTimeout: 10_000 });

beforeEach(async () => {
  announcer.say("");
  look.choice = "light";
  await language.choose("en");
});
