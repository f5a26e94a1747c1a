import { describe, expect, it } from "vitest";

import { problem } from "../../tests/views";
import { Journey, problemOf } from "./journey.svelte";

describe("Journey", () => {
  it("keeps what was typed while going on and back", () => {
    const journey = new Journey();
    journey.go({ at: "code", text: "" });
    journey.screen("code").text = "ACME7";
    journey.go({ at: "settings" });
    journey.back();
    expect(journey.screen("code").text).toBe("ACME7");
  });

  it("never goes back further than home", () => {
    const journey = new Journey();
    journey.back();
    expect(journey.frame.screen.at).toBe("home");
    expect(journey.canGoBack).toBe(false);
  });

  it("tells how far a moving code is, and shows no trouble", () => {
    const journey = new Journey();
    journey.fail(problem("nothing_read"));
    const args = { have: "2", total: "4", parts: "1, 3" };
    const missing = { ...problem("frames_missing"), args };
    journey.receive([{ from: "2.png, 4.png", outcome: { kind: "problem", problem: missing } }]);
    expect(journey.frame.trouble).toBeNull();
    expect(journey.frame.notice).toContain("2 of 4 parts");
    expect(journey.frame.notice).toContain("missing: 1, 3");
    expect(journey.frame.waits).toBe(true);
  });

  it("stays with parts of a moving code that wait, and names the pictures that gave nothing", () => {
    const journey = new Journey();
    journey.go({ at: "settings" });
    const missing = (have: string) => ({
      ...problem("frames_missing"),
      args: { have, total: "4", parts: "1, 3" },
    });
    const brought = (from: string, of: ReturnType<typeof problem>) => ({
      from,
      outcome: { kind: "problem" as const, problem: of },
    });
    journey.receive([
      brought("blurred.jpg", problem("picture_without_qr")),
      brought("2.png", missing("1")),
      brought("2.png, 4.png", missing("2")),
    ]);
    expect(journey.frame.screen.at).toBe("settings");
    expect(journey.canGoBack).toBe(true);
    expect(journey.frame.trouble).toBeNull();
    expect(journey.frame.waits).toBe(true);
    expect(journey.frame.notice).toContain("2 of 4 parts");
    expect(journey.frame.notice).not.toContain("1 of 4 parts");
    expect(journey.frame.notice).toContain("blurred.jpg: There is no QR code");
  });

  it("shows all of it where something other than waiting parts was brought", () => {
    const journey = new Journey();
    journey.receive([
      { from: "a.txt", outcome: { kind: "problem", problem: problem("picture_without_qr") } },
      { from: "b.txt", outcome: { kind: "problem", problem: problem("nothing_read") } },
    ]);
    expect(journey.frame.screen.at).toBe("brought");
  });

  it("does one thing at a time", async () => {
    const journey = new Journey();
    let asked = 0;
    let finish: (() => void) | undefined;
    const work = (): Promise<void> => {
      asked += 1;
      return new Promise((resolve) => (finish = resolve));
    };
    const first = journey.attempt(work);
    await journey.attempt(work);
    expect(asked).toBe(1);
    finish?.();
    await first;
    expect(journey.busy).toBe(false);
  });

  it("shows a problem on the screen that asked, not on the one the person went to", async () => {
    const journey = new Journey();
    journey.go({ at: "settings" });
    const asked = journey.frame;
    let fail: ((reason: unknown) => void) | undefined;
    const attempt = journey.attempt(() => new Promise((_, reject) => (fail = reject)));
    journey.home();
    fail?.(problem("store_locked"));
    await attempt;
    expect(asked.trouble?.problem.code).toBe("store_locked");
    expect(journey.frame.trouble).toBeNull();
  });

  it("does not carry a person on who has left meanwhile", async () => {
    const journey = new Journey();
    journey.go({ at: "settings" });
    const here = journey.attempt(() => Promise.resolve("late"));
    journey.home();
    expect(await here).toBeUndefined();
    const anywhere = journey.attempt(() => Promise.resolve("late"), "anywhere");
    journey.go({ at: "settings" });
    expect(await anywhere).toBe("late");
  });

  it("does nothing for nothing brought", () => {
    const journey = new Journey();
    journey.receive([]);
    expect(journey.frame.screen.at).toBe("home");
  });
});

describe("problemOf", () => {
  it("takes the shell's problem as it is", () => {
    const told = problem("disk_full");
    expect(problemOf(told)).toBe(told);
  });

  it("tells a fault of ours as one, with what is known of it", () => {
    expect(problemOf(new Error("no such command"))).toMatchObject({
      code: "system_failure",
      args: { what: "no such command" },
    });
    expect(problemOf("gone").args).toEqual({ what: "gone" });
  });
});
