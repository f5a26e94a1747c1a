// What every screen has to hold in a theme: accessibility rules, 320 pixels, twice the text size, targets;
// and a picture of each to look at.
import assert from "node:assert/strict";

import { cut, enlargeText, overflow, smallTargets, violations } from "./look.js";
import { TITLE } from "./steps.js";
import { until } from "./wizard.js";

const WIDTH = 960;
const HEIGHT = 720;
/** The pictures in the README; higher, so that what counts is all on them. */
const SHOWN = ["home", "review", "qr"];
const SHOWN_HEIGHT = 940;

export class Survey {
  #wizard;
  #theme;
  #faults = [];
  #seen = [];

  /** @param theme as the settings name it: Light or Dark */
  constructor(wizard, theme) {
    this.#wizard = wizard;
    this.#theme = theme;
  }

  /** From Home: chooses the theme, and goes back. */
  async begin() {
    const wizard = this.#wizard;
    await wizard.size(WIDTH, HEIGHT);
    await wizard.screen(TITLE.home);
    await wizard.press("Settings");
    await wizard.screen(TITLE.settings);
    await (await wizard.find("radio", this.#theme)).click();
    await until("the theme", () =>
      wizard.page(
        (theme) => document.documentElement.dataset.theme === theme,
        this.#theme.toLowerCase(),
      ),
    );
    await wizard.press("Back");
    await wizard.screen(TITLE.home);
  }

  /** Goes on in another window. */
  async over(wizard) {
    this.#wizard = wizard;
    await wizard.size(WIDTH, HEIGHT);
  }

  async look(name) {
    const wizard = this.#wizard;
    const theme = this.#theme.toLowerCase();
    this.#seen.push(name);
    await wizard.picture(`${theme}-${name}`);
    if (theme === "light" && SHOWN.includes(name)) {
      await wizard.size(WIDTH, SHOWN_HEIGHT);
      await wizard.picture(`docs-${name}`);
      await wizard.size(WIDTH, HEIGHT);
    }
    await this.#note(name, "axe", violations(wizard));
    // Dark differs by its colours alone.
    if (theme === "dark") return;
    await this.#note(name, "small targets", smallTargets(wizard));
    await enlargeText(wizard, true);
    await this.#note(name, "sideways at twice the text size", overflow(wizard));
    await this.#note(name, "cut at twice the text size", cut(wizard));
    await enlargeText(wizard, false);
    await wizard.size(320, 640);
    await this.#note(name, "sideways at 320 pixels", overflow(wizard));
    await this.#note(name, "cut at 320 pixels", cut(wizard));
    await wizard.picture(`${theme}-${name}-narrow`);
    await wizard.size(WIDTH, HEIGHT);
  }

  /** Tells what was looked at, and fails with all that was found. */
  end(test) {
    test.diagnostic(`${this.#seen.length} screens: ${this.#seen.join(", ")}`);
    assert.deepEqual(this.#faults, []);
  }

  async #note(name, what, found) {
    const list = await found;
    if (Object.keys(list).length > 0)
      this.#faults.push(`${name}: ${what}: ${JSON.stringify(list)}`);
  }
}
