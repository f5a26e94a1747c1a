// The language that the screens speak: which there are, which one is chosen, and its catalogue.
import { baseLocale, locales, overwriteGetLocale, type Locale } from "$paraglide/runtime";

import { languages, type Texts } from "./generated/catalogue/codes";

const catalogues = import.meta.glob<Texts>("./generated/catalogue/texts.*.ts", { import: "texts" });

export interface Offer {
  readonly tag: Locale;
  /** How its speakers call it. */
  readonly name: string;
}

interface Known {
  readonly name: string;
  readonly rightToLeft: boolean;
}

/** The table has what the catalogue speaks; the pseudo-locale is not in it. */
function known(tag: string): Known | undefined {
  const table: Partial<Record<string, Known>> = languages;
  return table[tag];
}

class Language {
  #tag = $state<Locale>(baseLocale);
  #texts = $state.raw<Texts>();
  #wish = $state<string | null>(null);

  /** What the person chose; `null` follows the system. */
  get wish(): string | null {
    return this.#wish;
  }

  get tag(): Locale {
    return this.#tag;
  }

  /** The texts of codes and phrases. */
  get texts(): Texts {
    if (!this.#texts) throw new Error("no language was chosen yet");
    return this.#texts;
  }

  get direction(): "ltr" | "rtl" {
    return known(this.#tag)?.rightToLeft ? "rtl" : "ltr";
  }

  /** The tag by which dates and numbers are written: English dates put the day first. */
  get formats(): string {
    return this.#tag === "en" ? "en-GB" : this.#tag;
  }

  get offers(): readonly Offer[] {
    return locales.flatMap((tag) => {
      const language = known(tag);
      return language ? [{ tag, name: language.name }] : [];
    });
  }

  /** Speaks the wish where it can be met, else what the system speaks, else English. */
  async choose(wish: string | null): Promise<void> {
    this.#wish = wish;
    await this.#speak(this.#pick(wish));
  }

  #pick(wish: string | null): Locale {
    const wishes = wish ? [wish] : navigator.languages;
    for (const each of wishes) {
      const primary = each.toLowerCase().split(/[-_]/)[0];
      const offer = this.offers.find(({ tag }) => tag === primary);
      if (offer) return offer.tag;
    }
    return baseLocale;
  }

  /** Loads the catalogue of a language, then speaks it everywhere at once. */
  async #speak(tag: Locale): Promise<void> {
    const load = catalogues[`./generated/catalogue/texts.${tag}.ts`];
    if (load) this.use(tag, await load());
  }

  /** Speaks a language whose catalogue is at hand. */
  use(tag: Locale, texts: Texts): void {
    this.#tag = tag;
    this.#texts = texts;
  }
}

export const language = new Language();

// Messages ask for the locale while a screen renders, so that a change renders them anew.
overwriteGetLocale(() => language.tag);
