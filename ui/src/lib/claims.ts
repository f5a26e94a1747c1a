// What a token says, as names and values that people read.
import { named, why } from "./catalogue";
import type { Fact } from "./components/Facts.svelte";
import { longTime } from "./dates";
import type { ClaimView } from "./views";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
/** Claims whose values are compared letter by letter. */
const CODES: ReadonlySet<string> = new Set([
  "claim_activation_code",
  "claim_activation_id",
  "claim_device",
  "claim_reference",
]);

export function claimFacts(claims: readonly ClaimView[]): Fact[] {
  return claims.map(({ name, value, detail }) => ({
    name: named(name),
    value: written(value),
    detail,
    why: why(name),
    code: CODES.has(name),
  }));
}

/** A value of a claim: a time in this language, anything else as it is. */
export function written(value: string): string {
  return TIME.test(value) ? longTime(value) : value;
}
