// Speaking the pseudo-locale: the messages come from the build, the catalogue is made here.
import { accented } from "../messages/accented";
import { texts } from "../src/lib/generated/catalogue/texts.en";
import { language } from "../src/lib/language.svelte";

/** Separators and dates are grammar, not words: they stay. */
const GRAMMAR = new Set(["list_separator", "list_last_separator", "date", "not_known"]);

function pseudo<T>(value: T, key = ""): T {
  if (typeof value === "string") return (GRAMMAR.has(key) ? value : accented(value)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([each, inner]: [string, unknown]) => [each, pseudo(inner, each)]),
  ) as T;
}

export function speakPseudo(): void {
  language.use("en-XA" as typeof language.tag, pseudo(texts));
}
