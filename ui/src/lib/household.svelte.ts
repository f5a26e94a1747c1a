// What Home shows, kept fresh: the vendors that this computer trusts, and its products.
import { createContext } from "svelte";

import type { Backend } from "./backend";
import { problemOf } from "./journey.svelte";
import type { HomeView, ProblemView } from "./views";

export class Household {
  readonly #backend: Backend;
  view = $state.raw<HomeView>();
  problem = $state.raw<ProblemView>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async load(): Promise<void> {
    try {
      this.view = await this.#backend.home();
      this.problem = undefined;
    } catch (thrown) {
      this.problem = problemOf(thrown);
    }
  }
}

export const [useHousehold, provideHousehold] = createContext<Household>();
