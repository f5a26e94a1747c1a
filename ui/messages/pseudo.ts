// The pseudo-locale: English made longer and accented, so that tests and eyes find text that does not
// come from the message catalogue, and places where a longer language does not fit.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { accented } from "./accented.ts";

type Json = string | boolean | number | null | Json[] | { [key: string]: Json };

/** A message as Paraglide stores it: text, or variants whose texts are the values of `match`. */
function message(value: Json): Json {
  if (typeof value === "string") return accented(value);
  if (Array.isArray(value)) return value.map(message);
  if (typeof value !== "object" || value === null) return value;
  const { match } = value;
  if (typeof match !== "object" || match === null || Array.isArray(match)) return value;
  const texts = Object.entries(match).map(([selector, text]) => [selector, message(text)] as const);
  return { ...value, match: Object.fromEntries(texts) };
}

/** Writes `pseudo/en-XA.json` beside the English messages. */
export function writePseudoLocale(folder: string): void {
  const english = JSON.parse(readFileSync(join(folder, "en.json"), "utf8")) as Record<string, Json>;
  const entries = Object.entries(english).filter(([key]) => !key.startsWith("$"));
  const pseudo = Object.fromEntries(entries.map(([key, value]) => [key, message(value)]));
  mkdirSync(join(folder, "pseudo"), { recursive: true });
  writeFileSync(join(folder, "pseudo", "en-XA.json"), JSON.stringify(pseudo, null, 2));
}
