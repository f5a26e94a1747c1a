// What a card says about a standing: plain sentences, one next step, and how urgent it is.
import * as m from "$paraglide/messages";

import { components, phrase, words } from "./catalogue";
import { deadline } from "./dates";
import type { StandingView } from "./views";

export type Tone = "good" | "notice" | "bad" | "quiet";

export interface StandingWords {
  readonly tone: Tone;
  readonly sentences: string;
  /** What no longer fits, by name, where that is why the program does not run. */
  readonly differs: string | null;
  readonly nextStep: string | null;
}

const TONES: Record<StandingView["state"], Tone> = {
  licensed: "good",
  grace: "notice",
  emergency: "notice",
  unlicensed: "quiet",
  expired: "bad",
  stopped: "bad",
  blocked: "bad",
};

/** `key`: the USB key that the license is on, as a sentence names it; `null`: it is on the computer. */
export function standingWords(standing: StandingView, key: string | null = null): StandingWords {
  const { state, reason, until, changed } = standing;
  const tone = reason === "awaiting_answer" ? "notice" : TONES[state];
  const untilArgs: Record<string, string> = until ? { until } : {};
  const args = { ...untilArgs, changed: changed.join(",") };

  if (runs(state)) {
    if (key) return { tone, sentences: onKey(state, until, key), differs: null, nextStep: null };
    const sentences = [running(state, untilArgs), phrase("standing_bound")];
    if (changed.length > 0) {
      sentences.push(phrase("standing_changed", { components: changed.join(",") }));
    }
    return { tone, sentences: sentences.join(" "), differs: null, nextStep: null };
  }
  if (reason) {
    const { message, nextStep } = words(reason, args);
    const differs = changed.length > 0 ? m.differs({ components: components(changed) }) : null;
    return { tone, sentences: message, differs, nextStep };
  }
  return { tone, sentences: phrase(`standing_${state}`), differs: null, nextStep: null };
}

/** Whether the program may run. */
export function runs(
  state: StandingView["state"],
): state is Extract<StandingView["state"], "licensed" | "grace" | "emergency"> {
  return state === "licensed" || state === "grace" || state === "emergency";
}

/** A lease that was given just now and seems to be over: as a rule the clock is ahead. */
export function seemsOver({ state, reason }: StandingView): boolean {
  return state === "expired" && reason === "lease_ended";
}

function onKey(state: StandingView["state"], until: string | null, key: string): string {
  if (until === null) return m.works_on_key({ key });
  const args = { key, until: deadline(until) };
  return state === "licensed" ? m.works_on_key_until(args) : m.works_on_key_grace(args);
}

function running(state: "licensed" | "grace" | "emergency", until: Record<string, string>): string {
  if (state === "licensed") {
    return "until" in until
      ? phrase("standing_licensed_until", until)
      : phrase("standing_licensed_without_end");
  }
  return phrase(state === "grace" ? "standing_grace_until" : "standing_emergency_until", until);
}
