// Words of the catalogue with their values filled in, as this language and a screen write them.
import { deadline } from "./dates";
import { placeholders, type Code, type Holds, type Phrase } from "./generated/catalogue/codes";
import { language } from "./language.svelte";

export type Args = Readonly<Record<string, string | undefined>>;

export interface Words {
  /** What is the matter: one sentence. */
  readonly message: string;
  /** Why, for who wants to know more. */
  readonly cause: string;
  /** The one thing to do now. */
  readonly nextStep: string;
}

export function words(code: Code, args: Args = {}): Words {
  const { message, cause, nextStep } = language.texts.codes[code];
  return {
    message: fill(message, code, args),
    cause: fill(cause, code, args),
    nextStep: fill(nextStep, code, args),
  };
}

export function phrase(key: Phrase, args: Args = {}): string {
  return fill(language.texts.phrases[key], key, args);
}

/** The words for a key that came from the shell; one that the catalogue does not have stays as it is. */
export function named(key: string): string {
  const phrases: Partial<Record<string, string>> = language.texts.phrases;
  return phrases[key] ?? key;
}

/** The line that explains a claim. */
export function why(claim: string): string | null {
  const phrases: Partial<Record<string, string>> = language.texts.phrases;
  return phrases[`${claim}_why`] ?? null;
}

function fill(template: string, key: Code | Phrase, args: Args): string {
  const held = placeholders[key] ?? {};
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = args[name];
    return value ? shown(value, held[name] ?? "text") : language.texts.phrases.not_known;
  });
}

function shown(value: string, holds: Holds): string {
  switch (holds) {
    case "text":
    case "count":
      return value;
    case "bytes":
      return size(Number(value));
    case "time":
      return deadline(value);
    case "components":
      return components(value.split(","));
    case "kind":
      return named(`kind_${value}`);
    case "claim":
      return named(`claim_${value}`);
  }
}

/** "system disk and processor". */
export function components(names: readonly string[]): string {
  const listed = names.map((name) => named(`component_${name.trim()}`));
  const last = listed.pop() ?? "";
  if (listed.length === 0) return last;
  const { list_separator, list_last_separator } = language.texts.phrases;
  return [listed.join(list_separator), last].join(list_last_separator);
}

/** Bytes in steps of 1024, without a fraction. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${Math.floor(bytes / 1024)} KB`;
  return `${Math.floor(bytes / 1_048_576)} MB`;
}
