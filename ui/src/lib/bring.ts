// The ways in for what a vendor gave: each ends at the shell's one door, and on the same screens.
import type { Backend } from "./backend";
import type { Journey } from "./journey.svelte";
import type { At } from "./screens";
import type { BroughtView } from "./views";

/** Screens on which a paste anywhere means "read this". */
const OPEN_TO_PASTE: readonly At[] = [
  "home",
  "vendor-file",
  "answer",
  "refresh-bring",
  "clock-answer",
];

async function bring(journey: Journey, work: () => Promise<BroughtView[] | null>): Promise<void> {
  const brought = await journey.attempt(work, "anywhere");
  if (brought) journey.receive(brought);
}

export function openFile(journey: Journey, backend: Backend): Promise<void> {
  return bring(journey, () => backend.bringDialog());
}

export function pasteClipboard(journey: Journey, backend: Backend): Promise<void> {
  return bring(journey, () => backend.pasteClipboard());
}

export function bringText(journey: Journey, backend: Backend, text: string): Promise<void> {
  return bring(journey, () => backend.bringText(text));
}

/** Ctrl+V outside an input. */
export function pasted(event: ClipboardEvent, journey: Journey, backend: Backend): void {
  const target = event.target;
  if (target instanceof HTMLElement && target.closest("input, textarea, dialog")) return;
  const { screen } = journey.frame;
  if (!OPEN_TO_PASTE.includes(screen.at)) return;
  event.preventDefault();
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (text && "text" in screen) screen.text = text;
  void (text ? bringText(journey, backend, text) : pasteClipboard(journey, backend));
}
