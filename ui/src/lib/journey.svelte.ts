// Where the person is, and how they came there: Back undoes the last Continue, with what was typed.
import { createContext } from "svelte";

import { words } from "./catalogue";
import type { At, Screen, ScreenAt } from "./screens";
import type { BroughtView, ProblemView } from "./views";

/** What went wrong on a screen. A new one each time, so that it takes the focus again. */
export interface Trouble {
  readonly problem: ProblemView;
  /** The file that it is about. */
  readonly from: string | null;
}

export interface Frame {
  readonly id: number;
  readonly screen: Screen;
  trouble: Trouble | null;
  /** A word about what was just done elsewhere. */
  notice: string | null;
  /** The word is about something that is not whole yet. */
  waits: boolean;
}

export class Journey {
  #ids = 0;
  #frames = $state<Frame[]>([this.#frame({ at: "home" })]);
  #busy = $state(false);

  get frame(): Frame {
    const frame = this.#frames.at(-1);
    if (!frame) throw new Error("a journey has always a screen");
    return frame;
  }

  /** The screen that is shown, for the component that shows it. What is typed into it is kept. */
  screen<A extends At>(at: A): ScreenAt<A> {
    const { screen } = this.frame;
    if (screen.at !== at) throw new Error(`the screen is ${screen.at}, not ${at}`);
    return screen as ScreenAt<A>;
  }

  /** Whether there is a screen to go back to. */
  get canGoBack(): boolean {
    return this.#frames.length > 1;
  }

  /** Whether the shell is at work for this screen. */
  get busy(): boolean {
    return this.#busy;
  }

  go(screen: Screen, notice: string | null = null): void {
    this.frame.trouble = null;
    this.frame.notice = null;
    this.#frames.push(this.#frame(screen, notice));
  }

  /** Goes on without a way back to this screen: for what cannot be undone. */
  replace(screen: Screen): void {
    if (this.canGoBack) this.#frames.pop();
    this.go(screen);
  }

  back(): void {
    if (this.canGoBack) this.#frames.pop();
    this.frame.trouble = null;
  }

  home(notice: string | null = null): void {
    this.#frames = [this.#frame({ at: "home" }, notice)];
  }

  /** Home, and one screen further: for what ends a task. */
  finish(screen: Screen): void {
    this.#frames = [this.#frame({ at: "home" }), this.#frame(screen)];
  }

  /** Back to the nearest screen of this kind; whether there is one. */
  returnTo(at: At, notice: string | null = null): boolean {
    const index = this.#frames.findLastIndex(({ screen }) => screen.at === at);
    if (index < 0) return false;
    this.#frames.length = index + 1;
    this.frame.trouble = null;
    this.frame.notice = notice;
    this.frame.waits = false;
    return true;
  }

  /** Says on this screen how far something is. */
  tell({ code, args }: ProblemView): void {
    const { message, nextStep } = words(code, args);
    this.frame.trouble = null;
    this.frame.notice = `${message} ${nextStep}`;
    this.frame.waits = true;
  }

  fail(problem: ProblemView, from: string | null = null): void {
    this.frame.trouble = { problem, from };
    this.frame.notice = null;
  }

  /**
   * Does one thing at a time. What fails is shown on the screen that asked, and nothing is lost.
   * What comes back after the person has left is no longer asked for, unless it counts anywhere.
   */
  async attempt<T>(
    work: () => Promise<T>,
    counts: "here" | "anywhere" = "here",
  ): Promise<T | undefined> {
    if (this.#busy) return undefined;
    const asked = this.frame;
    asked.trouble = null;
    asked.notice = null;
    this.#busy = true;
    try {
      const result = await work();
      return counts === "anywhere" || this.frame.id === asked.id ? result : undefined;
    } catch (thrown) {
      asked.trouble = { problem: problemOf(thrown), from: null };
      return undefined;
    } finally {
      this.#busy = false;
    }
  }

  /** Goes where the things that were brought lead. */
  receive(brought: BroughtView[]): void {
    const [first] = brought;
    if (!first) return;
    if (brought.length > 1) {
      if (this.#waits(brought)) return;
      this.finish({ at: "brought", brought });
      return;
    }
    const { from, outcome } = first;
    switch (outcome.kind) {
      case "activated":
        this.finish({ at: "done", done: outcome.done, again: false });
        break;
      case "already_applied":
        this.finish({ at: "done", done: outcome.done, again: true });
        break;
      case "refreshed":
        this.finish({ at: "refreshed", done: outcome.done, changes: outcome.changes });
        break;
      case "clock_mended":
        this.finish({ at: "clock-mended", done: outcome.done });
        break;
      case "license_added":
        this.finish({
          at: "license-added",
          license: outcome.license,
          again: outcome.already_there,
        });
        break;
      case "refused":
        this.finish({ at: "refused", refusal: outcome.refusal });
        break;
      case "vendor_found":
        this.go({ at: "vendor-words", pending: outcome.pending });
        break;
      case "problem":
        // Parts of a moving code wait for the others: nothing is wrong.
        if (outcome.problem.code === "frames_missing") this.tell(outcome.problem);
        else this.fail(outcome.problem, from === "clipboard" || from === "camera" ? null : from);
        break;
    }
  }

  /**
   * Parts of a moving code that wait, and beside them only what cannot be read: stays where the person
   * is. Says how far the fullest is, and which files gave nothing.
   */
  #waits(brought: BroughtView[]): boolean {
    const problems = brought.flatMap(({ from, outcome }) =>
      outcome.kind === "problem" ? [{ from, problem: outcome.problem }] : [],
    );
    const have = ({ problem }: { problem: ProblemView }): number => Number(problem.args.have);
    const [fullest] = problems
      .filter(({ problem }) => problem.code === "frames_missing")
      .sort((one, other) => have(other) - have(one));
    if (!fullest || problems.length < brought.length) return false;
    this.tell(fullest.problem);
    const others = problems.filter(({ problem }) => problem.code !== "frames_missing");
    const first = others.filter(
      ({ problem: { code } }, at) =>
        others.findIndex((other) => other.problem.code === code) === at,
    );
    const told = first.map(({ problem: { code, args } }) => {
      const of = others.filter(({ problem }) => problem.code === code).map(({ from }) => from);
      const names = of.filter((name, at) => of.indexOf(name) === at).join(", ");
      const { message, nextStep } = words(code, args);
      return `${names}: ${message} ${nextStep}`;
    });
    this.frame.notice = [this.frame.notice, ...told].join(" ");
    return true;
  }

  #frame(screen: Screen, notice: string | null = null): Frame {
    this.#ids += 1;
    return { id: this.#ids, screen, trouble: null, notice, waits: false };
  }
}

/** The shell rejects with a problem; anything else is a fault of ours and is told as one. */
export function problemOf(thrown: unknown): ProblemView {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && "reference" in thrown) {
    return thrown as ProblemView;
  }
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "system_failure", reference: "KF-640", args: { what }, field: null };
}

export const [useJourney, provideJourney] = createContext<Journey>();
