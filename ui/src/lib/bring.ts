// The ways in for what a vendor gave: each ends at the shell's one door, and on the same screens.
import type { Backend } from "./backend";
import type { Journey } from "./journey.svelte";
import { references } from "./generated/catalogue/codes";
import type { At } from "./screens";
import type { UsbKeys } from "./usb/keys.svelte";
import type { BroughtView, MoveRequestView, PutView } from "./views";

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

/** What the camera read. There is no field that it was typed into. */
export async function bringSeen(journey: Journey, backend: Backend, text: string): Promise<void> {
  await bring(journey, async () => {
    const brought = await backend.bringText(text);
    return brought.map((one) => ({ ...one, from: "camera" }));
  });
  aboutNoField(journey);
}

export function aboutNoField(journey: Journey): void {
  const { trouble } = journey.frame;
  if (trouble?.problem.field) journey.fail({ ...trouble.problem, field: null }, trouble.from);
}

/** The new computer's request is no answer to this one: it has a way in of its own. */
export async function bringMoveRequest(
  journey: Journey,
  work: () => Promise<MoveRequestView | null>,
): Promise<void> {
  const { plan } = journey.screen("move-request");
  const request = await journey.attempt(work);
  if (request) journey.go({ at: "move-plan", plan, request });
}

/** A license file for the USB key of the task: it goes onto that key and nowhere else. */
export async function bringLicense(
  journey: Journey,
  usb: UsbKeys,
  work: (place: string, weak: boolean) => Promise<PutView | null>,
): Promise<void> {
  const { key } = journey.screen("license-key-put");
  const now = usb.now(key);
  if (!now) {
    const code = "usb_key_not_found";
    journey.fail({ code, reference: references[code], args: {}, field: null });
    return;
  }
  // Whoever goes on with a weak key has been told so on the screen before.
  const put = await journey.attempt(() => work(now.place, key.rating === "weak"), "anywhere");
  void usb.load();
  if (put) journey.finish({ at: "license-key-done", key: now, put });
}

/** Ctrl+V outside an input. */
export function pasted(
  event: ClipboardEvent,
  journey: Journey,
  backend: Backend,
  usb: UsbKeys,
): void {
  const target = event.target;
  if (target instanceof HTMLElement && target.closest("input, textarea, dialog")) return;
  const { screen } = journey.frame;
  if (screen.at === "move-request") {
    event.preventDefault();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (text) screen.text = text;
    void bringMoveRequest(journey, async () =>
      backend.moveRequestText(text || (await backend.clipboardText())),
    );
    return;
  }
  if (screen.at === "license-key-put") {
    event.preventDefault();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (text) screen.text = text;
    void bringLicense(journey, usb, async (place, weak) =>
      backend.putLicenseText(place, text || (await backend.clipboardText()), weak),
    );
    return;
  }
  if (!OPEN_TO_PASTE.includes(screen.at)) return;
  event.preventDefault();
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (text && "text" in screen) screen.text = text;
  void (text ? bringText(journey, backend, text) : pasteClipboard(journey, backend));
}
