// How the symbols of a status code are spelled out on the phone. I, L, O and U are not among them.
import * as m from "$paraglide/messages";

const WORDS: Readonly<Record<string, () => string>> = {
  "0": m.spell_0,
  "1": m.spell_1,
  "2": m.spell_2,
  "3": m.spell_3,
  "4": m.spell_4,
  "5": m.spell_5,
  "6": m.spell_6,
  "7": m.spell_7,
  "8": m.spell_8,
  "9": m.spell_9,
  A: m.spell_a,
  B: m.spell_b,
  C: m.spell_c,
  D: m.spell_d,
  E: m.spell_e,
  F: m.spell_f,
  G: m.spell_g,
  H: m.spell_h,
  J: m.spell_j,
  K: m.spell_k,
  M: m.spell_m,
  N: m.spell_n,
  P: m.spell_p,
  Q: m.spell_q,
  R: m.spell_r,
  S: m.spell_s,
  T: m.spell_t,
  V: m.spell_v,
  W: m.spell_w,
  X: m.spell_x,
  Y: m.spell_y,
  Z: m.spell_z,
};

/** The word that is said for a symbol; a symbol without one is said as it is. */
export function spelled(symbol: string): string {
  return WORDS[symbol]?.() ?? symbol;
}
