import { screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { button, open } from "../../../tests/open";
import { refuses } from "../../../tests/shell";
import { bothOfAMove, moveRequest, moving, problem, request } from "../../../tests/views";

const here = { at: "carry", request, way: "moving" } as const;
const shown = (): string => document.querySelector(".number")?.textContent ?? "";
const said = (): string => document.querySelector(".told")?.textContent ?? "";
const heard = (): string => document.querySelector(".unseen[role=status]")?.textContent ?? "";

async function press(name: string): Promise<void> {
  button(name).click();
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("stands still until it is started, moves four times a second, and stops", async () => {
  open(here);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(shown()).toBe("Part 1 of 2");
  await press("Start");
  await vi.advanceTimersByTimeAsync(240);
  expect(shown()).toBe("Part 1 of 2");
  await vi.advanceTimersByTimeAsync(20);
  expect(shown()).toBe("Part 2 of 2");
  await vi.advanceTimersByTimeAsync(250);
  expect(shown()).toBe("Part 1 of 2");
  await press("Stop");
  expect(said()).toBe("Stopped at part 1 of 2.");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(shown()).toBe("Part 1 of 2");
  expect(heard()).toBe("Stopped at part 1 of 2.");
});

it("never shows more than five parts a second, whatever it is told", async () => {
  open(here, { movingCode: (_, density) => Promise.resolve({ ...moving(density), rate: 60 }) });
  await vi.advanceTimersByTimeAsync(0);
  await press("Start");
  await vi.advanceTimersByTimeAsync(190);
  expect(shown()).toBe("Part 1 of 2");
});

it("goes on by hand, and slower", async () => {
  open(here);
  await vi.advanceTimersByTimeAsync(0);
  await press("Next part");
  expect([shown(), said()]).toEqual(["Part 2 of 2", "Part 2 of 2"]);
  await press("Slower");
  await press("Slower");
  expect(said()).toBe("Parts a second: 1");
  await press("Start");
  await vi.advanceTimersByTimeAsync(990);
  expect(shown()).toBe("Part 2 of 2");
  await vi.advanceTimersByTimeAsync(20);
  expect(shown()).toBe("Part 1 of 2");
  expect(button("Full speed")).toBeVisible();
});

it("is less dense when asked, at the same pace, and says how many parts there are now", async () => {
  const { shell } = open(here);
  await vi.advanceTimersByTimeAsync(0);
  await press("Slower");
  await press("Start");
  await press("Less dense");
  expect(shell.asked.at(-1)).toEqual(["movingCode", request.token_id, "low"]);
  expect([shown(), said()]).toEqual(["Part 1 of 4", "The code now has 4 parts."]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(shown(), "it waits for another press").toBe("Part 1 of 4");
  await press("Start");
  await vi.advanceTimersByTimeAsync(490);
  expect(shown()).toBe("Part 1 of 4");
  await vi.advanceTimersByTimeAsync(20);
  expect(shown()).toBe("Part 2 of 4");
  await press("Less dense");
  expect(screen.queryByRole("button", { name: "Less dense" })).toBeNull();
  await press("Denser");
  expect(shown()).toBe("Part 1 of 4");
});

it("keeps the focus where there is nothing denser, or less dense", async () => {
  open(here);
  await vi.advanceTimersByTimeAsync(0);
  for (const name of ["Less dense", "Less dense", "Denser", "Denser"]) {
    button(name).focus();
    await press(name);
    const left = screen.queryByRole("button", { name });
    expect(left ?? button("Start"), name).toHaveFocus();
  }
  expect(button("Start")).toHaveFocus();
});

it("comes as soon as the window is done with other work", async () => {
  let save = (): void => undefined;
  const { shell } = open(
    { ...here, way: "file" },
    { saveCarried: () => new Promise((resolve) => (save = () => resolve(null))) },
  );
  await press("Save as file");
  screen.getByRole("tab", { name: "Moving code" }).click();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(shown()).toBe("");
  save();
  await vi.advanceTimersByTimeAsync(0);
  expect(shown()).toBe("Part 1 of 2");
  expect(shell.asked.filter(([call]) => call === "movingCode")).toHaveLength(1);
});

it("begins slowly for who asked for less motion", async () => {
  const asked = vi.spyOn(window, "matchMedia");
  asked.mockImplementation(
    (media) =>
      ({
        media,
        matches: media.includes("reduced-motion"),
        addEventListener: () => undefined,
      }) as unknown as MediaQueryList,
  );
  open(here);
  await vi.advanceTimersByTimeAsync(0);
  expect(button("Full speed")).toBeVisible();
  await press("Start");
  await vi.advanceTimersByTimeAsync(990);
  expect(shown()).toBe("Part 1 of 2");
});

it("says where it is read, and whose it is", async () => {
  open(here);
  await vi.advanceTimersByTimeAsync(0);
  expect(screen.getByText(new RegExp(`${request.vendor.portal ?? "?"}/scan`))).toBeVisible();
  expect(screen.getByRole("img")).toHaveAccessibleName(/^Part 1 of 2 of the moving QR code with/);
});

it("shows both of a move, which no single code holds", async () => {
  open({ at: "move-carry", carried: bothOfAMove, way: "moving", request: moveRequest });
  await vi.advanceTimersByTimeAsync(0);
  expect(screen.queryByRole("tab", { name: "QR code" })).toBeNull();
  expect(shown()).toBe("Part 1 of 2");
});

it("is not offered where one code is easily read", () => {
  open({ ...here, way: "qr", request: { ...request, moves: false } });
  expect(screen.queryByRole("tab", { name: "Moving code" })).toBeNull();
});

it("tells why there is none", async () => {
  const { shell } = open(here, {
    movingCode: refuses(problem("too_large", null, { limit: "32768" })),
  });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(document.querySelector(".summary")).toHaveTextContent("Reference KF-408");
  expect(shell.asked.filter(([call]) => call === "movingCode")).toHaveLength(1);
});
