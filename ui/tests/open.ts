// Opening the window in a test: the real App, at any screen, with a pretended shell.
import { render, screen, waitFor } from "@testing-library/svelte";
import { userEvent, type UserEvent } from "@testing-library/user-event";
import axe from "axe-core";
import { expect } from "vitest";

import App from "../src/App.svelte";
import { Journey } from "../src/lib/journey.svelte";
import type { Screen } from "../src/lib/screens";
import { pretendShell, type PretendShell } from "./shell";

export interface Window {
  readonly shell: PretendShell;
  readonly journey: Journey;
  readonly user: UserEvent;
}

type Answers = Parameters<typeof pretendShell>[0];

/** The window at Home, or one screen further. */
export function open(at: Screen | null = null, answers: Answers = {}): Window {
  const journey = new Journey();
  if (at) journey.go(at);
  return openAt(pretendShell(answers), journey);
}

export function openAt(shell: PretendShell, journey: Journey): Window {
  const user = userEvent.setup();
  render(App, { backend: shell, journey });
  return { shell, journey, user };
}

export function heading(): HTMLElement {
  return screen.getByRole("heading", { level: 1 });
}

/** Waits for a screen by its h1, and for the focus to be there. */
export async function arriveAt(title: string): Promise<void> {
  const found = await screen.findByRole("heading", { level: 1, name: title });
  expect(found).toHaveFocus();
}

export function button(name: string | RegExp): HTMLElement {
  return screen.getByRole("button", { name });
}

/** The summary of what went wrong: it has the focus, and the title of the window says "Error". */
export async function trouble(text: string): Promise<HTMLElement> {
  const summary = await waitFor(() => {
    const found = document.querySelector<HTMLElement>(".summary");
    if (!found) throw new Error("nothing went wrong");
    return found;
  });
  expect(summary).toHaveFocus();
  expect(summary).toHaveTextContent(text);
  expect(document.title).toMatch(/^Error: /);
  return summary;
}

/** No violation that can be seen without layout; contrast is looked at in the real window. */
export async function expectAccessible(): Promise<void> {
  const { violations } = await axe.run(document, { rules: { "color-contrast": { enabled: false } } });
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  expect(told).toEqual([]);
}

/** Tabs until the thing with this name has the focus. */
export async function tabTo(user: UserEvent, role: "button" | "tab" | "textbox" | "radio", name: string): Promise<void> {
  const wanted = await screen.findByRole(role, { name });
  for (let presses = 0; presses < 40 && document.activeElement !== wanted; presses += 1) await user.tab();
  expect(wanted).toHaveFocus();
}
