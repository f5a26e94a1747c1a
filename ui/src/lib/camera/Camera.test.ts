import { screen } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { arriveAt, button, expectAccessible, heading, open, trouble } from "../../../tests/open";
import { brought, broughtProblem, refuses } from "../../../tests/shell";
import { acme, plan, problem } from "../../../tests/views";
import type { LookView } from "../views";
import { greyOf } from "./sight";

const here = { at: "answer", productName: "Acme CAD 2027", vendor: acme, text: "" } as const;
const TITLE = "Do you have the answer from Acme Software?";

/** A camera whose light can be seen. */
class PretendCamera {
  readonly tracks: (EventTarget & { stop: () => void; live: boolean })[] = [];
  readonly asked: MediaStreamConstraints[] = [];
  facingMode: string | undefined;
  /** What stands between asking for it and having it. */
  permission: Promise<void> = Promise.resolve();

  getUserMedia = async (constraints: MediaStreamConstraints): Promise<MediaStream> => {
    this.asked.push(constraints);
    await this.permission;
    const { facingMode } = this;
    const track = Object.assign(new EventTarget(), {
      live: true,
      stop: () => (track.live = false),
      getSettings: () => ({ facingMode }),
    });
    this.tracks.push(track);
    return {
      getTracks: () => [track],
      getVideoTracks: () => [track],
    } as unknown as MediaStream;
  };

  get light(): boolean {
    return this.tracks.some(({ live }) => live);
  }
}

let camera: PretendCamera;

function withCamera(devices: Partial<MediaDevices> | undefined): void {
  Object.defineProperty(navigator, "mediaDevices", { value: devices, configurable: true });
}

function fails(name: string): Partial<MediaDevices> {
  return { getUserMedia: () => Promise.reject(new DOMException("", name)) };
}

beforeEach(() => {
  camera = new PretendCamera();
  withCamera(camera);
  const { prototype } = HTMLVideoElement;
  vi.spyOn(prototype, "play").mockResolvedValue();
  vi.spyOn(prototype, "videoWidth", "get").mockReturnValue(64);
  vi.spyOn(prototype, "videoHeight", "get").mockReturnValue(48);
  Object.defineProperty(prototype, "srcObject", {
    value: null,
    writable: true,
    configurable: true,
  });
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue({
    drawImage: () => undefined,
    getImageData: (_: number, __: number, width: number, height: number) => ({
      data: new Uint8ClampedArray(width * height * 4),
    }),
  } as unknown as null);
});

afterEach(() => withCamera(undefined));

/** A shell that sees one thing after the other, and then nothing. */
function sees(...things: LookView[]): () => Promise<LookView> {
  return () => Promise.resolve(things.shift() ?? { kind: "nothing" });
}

const heard = (): string => document.querySelector(".unseen[role=status]")?.textContent ?? "";

const parts = (have: number): LookView => ({ kind: "part", have, total: 3, missing: "3" });

describe("the camera", () => {
  it("is off until the press, asks for no microphone, and ends by itself when all is read", async () => {
    const { user, shell } = open(here, {
      look: sees({ kind: "nothing" }, parts(1), parts(2), { kind: "read", text: "KEYFERRY:AA" }),
    });
    await arriveAt(TITLE);
    expect(camera.asked).toEqual([]);
    await user.click(button("Use the camera"));
    await arriveAt("Acme CAD 2027 is activated");
    expect(camera.asked).toMatchObject([{ audio: false }]);
    expect(camera.light).toBe(false);
    expect(shell.asked).toContainEqual(["bringText", "KEYFERRY:AA"]);
    const sight = shell.asked.find(([call]) => call === "look")?.[1];
    expect(sight).toMatchObject({ width: 64, height: 48 });
  });

  it("says how many parts are read where it is heard, and has no accessibility violation", async () => {
    const { user } = open(here, { look: () => Promise.resolve(parts(2)) });
    await user.click(button("Use the camera"));
    const told = await screen.findByText(/^2 of 3 parts are read\. Missing: 3\./);
    expect(told.closest("[role=status]"), "read out from a place that is always there").toBeNull();
    await vi.waitFor(() => expect(heard()).toMatch(/^2 of 3 parts/), { timeout: 6_000 });
    await expectAccessible();
  });

  it("says how far it is every few seconds at most, and nothing of it afterwards", async () => {
    let have = 0;
    const { user } = open(here, { look: () => Promise.resolve(parts((have += 1))) });
    const said: number[] = [];
    const region = document.querySelector(".unseen[role=status]");
    if (!region) throw new Error("nothing is read out");
    new MutationObserver(() => {
      if (heard().includes("parts are read")) said.push(performance.now());
    }).observe(region, { childList: true, characterData: true, subtree: true });
    await user.click(button("Use the camera"));
    await vi.waitFor(() => expect(said).toHaveLength(2), { timeout: 15_000 });
    const [first = 0, second = 0] = said;
    expect(second - first).toBeGreaterThan(3_900);
    await user.click(button("Stop the camera"));
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    expect(heard()).toBe("The camera is off.");
  }, 30_000);

  it("is a mirror where it looks at the person, and none where it looks away", async () => {
    const { user } = open(here);
    await user.click(button("Use the camera"));
    expect(await screen.findByLabelText("What the camera sees")).toHaveClass("mirrored");
    await user.click(button("Stop the camera"));
    camera.facingMode = "environment";
    await user.click(button("Use the camera"));
    expect(await screen.findByLabelText("What the camera sees")).not.toHaveClass("mirrored");
  });

  it("goes on behind a code that is none of ours, and says so", async () => {
    const other: LookView = { kind: "other", problem: problem("unrecognised") };
    const { user } = open(here, { look: () => Promise.resolve(other) });
    await user.click(button("Use the camera"));
    await vi.waitFor(() =>
      expect(document.querySelector(".camera .told")).not.toHaveTextContent(/^Hold/),
    );
    expect(camera.light).toBe(true);
  });

  it("has one look at a time on its way", async () => {
    let looks = 0;
    const { user } = open(here, {
      look: () => {
        looks += 1;
        return new Promise(() => undefined);
      },
    });
    await user.click(button("Use the camera"));
    await vi.waitFor(() => expect(looks).toBe(1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(looks).toBe(1);
  });

  it("keeps what it read until a file dialog is closed, and does not look meanwhile", async () => {
    let looks = 0;
    let seen: (view: LookView) => void = () => undefined;
    let close = (): void => undefined;
    const { user, shell } = open(here, {
      look: () => {
        looks += 1;
        return new Promise((resolve) => (seen = resolve));
      },
      bringDialog: () => new Promise((resolve) => (close = () => resolve(null))),
    });
    await user.click(button("Use the camera"));
    await vi.waitFor(() => expect(looks).toBe(1));
    await user.click(button("Open file"));
    seen({ kind: "nothing" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(looks, "the dialog is open").toBe(1);
    close();
    await vi.waitFor(() => expect(looks).toBe(2));

    await user.click(button("Open file"));
    seen({ kind: "read", text: "KEYFERRY:AA" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    close();
    await arriveAt("Acme CAD 2027 is activated");
    expect(shell.asked).toContainEqual(["bringText", "KEYFERRY:AA"]);
    expect(camera.light).toBe(false);
  });

  it.each([
    ["NotAllowedError", "KF-632"],
    ["NotFoundError", "KF-631"],
    ["OverconstrainedError", "KF-631"],
    ["NotReadableError", "KF-633"],
  ])("says what is the matter on %s", async (name, reference) => {
    withCamera(fails(name));
    const { user } = open(here);
    await user.click(button("Use the camera"));
    await trouble(reference);
    expect(button("Use the camera")).toBeVisible();
  });

  it("says that there is none where the window knows of none", async () => {
    withCamera(undefined);
    const { user } = open(here);
    await user.click(button("Use the camera"));
    await trouble("No camera was found.");
  });

  it("says that it went away, and keeps the screen", async () => {
    const { user } = open(here);
    await user.click(button("Use the camera"));
    await screen.findByLabelText("What the camera sees");
    camera.tracks[0]?.dispatchEvent(new Event("ended"));
    await trouble("Reference KF-634");
    expect(camera.light).toBe(false);
    expect(heading()).toHaveTextContent(TITLE);
  });

  it("is off when the person stops it, leaves the screen, or cannot see the window", async () => {
    const { user } = open(here);
    await user.click(button("Use the camera"));
    await screen.findByLabelText("What the camera sees");
    await user.click(button("Stop the camera"));
    expect(camera.light).toBe(false);

    await user.click(button("Use the camera"));
    await screen.findByLabelText("What the camera sees");
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(camera.light).toBe(false);
    expect(await screen.findByText(/window was out of sight/)).toBeVisible();
    hidden.mockRestore();
    document.dispatchEvent(new Event("visibilitychange"));
    await vi.waitFor(() => expect(heard()).toMatch(/window was out of sight/));

    await user.click(button("Use the camera"));
    await screen.findByLabelText("What the camera sees");
    await user.click(button("Back"));
    await arriveAt("Your programs");
    expect(camera.light).toBe(false);
  });

  it("goes out too when it starts after the person has left", async () => {
    let allow = (): void => undefined;
    camera.permission = new Promise((resolve) => (allow = resolve));
    const { user } = open(here);
    await user.click(button("Use the camera"));
    await user.click(button("Back"));
    await arriveAt("Your programs");
    allow();
    await vi.waitFor(() => expect(camera.tracks).toHaveLength(1));
    expect(camera.light).toBe(false);
  });

  it("tells what is wrong with what it read without pointing at a field", async () => {
    const { user } = open(here, {
      look: sees({ kind: "read", text: "KEYFERRY:AA" }),
      bringText: refuses(problem("answer_for_other_device", "text")),
    });
    await user.click(button("Use the camera"));
    const summary = await trouble("This was made for another computer.");
    expect(summary.querySelector("a")).toBeNull();
    expect(camera.light).toBe(false);
  });

  it("names itself where it brought several things", async () => {
    const both = [brought("activated"), broughtProblem(problem("own_request"))];
    const { user } = open(here, {
      look: sees({ kind: "read", text: "KEYFERRY/" }),
      bringText: () => Promise.resolve(both),
    });
    await user.click(button("Use the camera"));
    expect(await screen.findAllByText("From the camera")).toHaveLength(2);
  });

  it("reads the new computer's request for a move as that, and not by the one door", async () => {
    const { user, shell } = open(
      { at: "move-request", plan, text: "" },
      { look: sees({ kind: "read", text: "KEYFERRY:AA" }) },
    );
    await user.click(button("Use the camera"));
    await arriveAt("What happens when you move Acme CAD 2027?");
    expect(shell.asked).toContainEqual(["moveRequestText", "KEYFERRY:AA"]);
    expect(shell.asked.map(([call]) => call)).not.toContain("bringText");
  });
});

it("sees white, black and the colours between as grey", () => {
  const pixels = [255, 255, 255, 255, 0, 0, 0, 255, 255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255];
  expect([...greyOf(new Uint8ClampedArray(pixels))]).toEqual([255, 0, 76, 149, 28]);
});
