// The USB keys that are plugged in, kept fresh, and the rounds that couriers did by themselves.
import { createContext } from "svelte";

import * as m from "$paraglide/messages";

import { announcer } from "../announcer.svelte";
import type { Backend } from "../backend";
import { problemOf } from "../journey.svelte";
import type { CourierRoundView, ProblemView, UsbKeyView, UsbView } from "../views";
import { keyTitle, takes } from "./words";

/** What a courier did by itself; it stays until the person has seen it. */
export interface Round {
  readonly id: number;
  /** What the courier is called. */
  readonly name: string;
  readonly did: CourierRoundView | null;
  readonly problem: ProblemView | null;
}

export class UsbKeys {
  readonly #backend: Backend;
  #asked = 0;
  #ids = 0;
  /** What was tried with a courier, so that what fails is not tried for ever. */
  #tried: readonly string[] = [];
  view = $state.raw<UsbView>();
  problem = $state.raw<ProblemView>();
  rounds = $state.raw<readonly Round[]>([]);

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get keys(): readonly UsbKeyView[] {
    return this.view?.keys ?? [];
  }

  /** Asks anew. Of several questions at once the last one's answer counts. */
  async load(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const view = await this.#backend.usbKeys();
      if (asked !== this.#asked) return;
      this.#tell(view);
      this.view = view;
      this.problem = undefined;
    } catch (thrown) {
      if (asked === this.#asked) this.problem = problemOf(thrown);
    }
  }

  /** A key as it is now: where it was, or plugged in elsewhere; `undefined` while it is pulled out. */
  now({ place, id }: UsbKeyView): UsbKeyView | undefined {
    const there = this.keys.find((key) => key.place === place && key.id === id);
    if (there || id === null) return there;
    const same = this.keys.filter((key) => key.id === id);
    return same.length === 1 ? same[0] : undefined;
  }

  /** Lets every courier that is plugged in do its round, each once for what it has to do; whether any did. */
  async letCouriersWork(): Promise<boolean> {
    let did = false;
    for (const key of this.keys) {
      const { courier } = key;
      if (!courier?.begun) continue;
      const taken = takes(courier).map(({ reference }) => reference);
      if (courier.answers + taken.length === 0) continue;
      const work = [key.place, courier.answers, ...taken].join(" ");
      if (this.#tried.includes(work)) continue;
      this.#tried = [...this.#tried, work];
      await this.#round(key);
      did = true;
    }
    return did;
  }

  /** Takes a round from the list: the person has seen it. */
  seen(round: Round): void {
    this.rounds = this.rounds.filter(({ id }) => id !== round.id);
  }

  async #round(key: UsbKeyView): Promise<void> {
    const name = keyTitle(key, this.keys);
    this.#ids += 1;
    const id = this.#ids;
    try {
      const did = await this.#backend.courierRound(key.place);
      this.rounds = [...this.rounds, { id, name, did, problem: null }];
      announcer.say(m.courier_did_title({ key: name }));
    } catch (thrown) {
      this.rounds = [...this.rounds, { id, name, did: null, problem: problemOf(thrown) }];
      announcer.say(m.courier_failed_title({ key: name }));
    }
  }

  /** Says which keys came and which went. */
  #tell(view: UsbView): void {
    if (!this.view) return;
    const before = this.view.keys;
    const isIn = (list: readonly UsbKeyView[], { place }: UsbKeyView): boolean =>
      list.some((key) => key.place === place);
    const gone = before.filter((key) => !isIn(view.keys, key));
    const come = view.keys.filter((key) => !isIn(before, key));
    for (const { place } of gone) {
      this.#tried = this.#tried.filter((work) => !work.startsWith(`${place} `));
    }
    const said = [
      ...gone.map((key) => m.key_pulled({ key: keyTitle(key, before) })),
      ...come.map((key) => m.key_plugged({ key: keyTitle(key, view.keys) })),
    ];
    if (said.length > 0) announcer.say(said.join(" "));
  }
}

export const [useUsbKeys, provideUsbKeys] = createContext<UsbKeys>();
