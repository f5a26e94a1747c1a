// Light or dark, and the accent: what the person chose, else what the system says.
import { accentOf } from "./accent";
import type { Theme } from "./views";

class Look {
  #system = matchMedia("(prefers-color-scheme: dark)");
  #systemDark = $state(this.#system.matches);
  choice = $state<Theme>("system");

  constructor() {
    this.#system.addEventListener("change", ({ matches }) => {
      this.#systemDark = matches;
    });
  }

  get theme(): "light" | "dark" {
    if (this.choice !== "system") return this.choice;
    return this.#systemDark ? "dark" : "light";
  }

  /** The accent of a vendor as CSS custom properties; `null` is Keyferry's own. */
  accent(vendor: string | null): Record<string, string> {
    const accent = accentOf(vendor, this.theme);
    return {
      "--accent": accent.solid,
      "--accent-hover": accent.solidHover,
      "--accent-on": accent.onSolid,
      "--accent-text": accent.text,
      "--accent-soft": accent.soft,
      "--accent-line": accent.line,
    };
  }
}

export const look = new Look();
