// How a USB key is called, and how large things on it are.
import * as m from "$paraglide/messages";

import { language } from "../language.svelte";
import type { CollectedView, CourierView, UsbKeyView, UsbVolumeView } from "../views";

/** How much of a serial number tells two keys of one model apart. */
const TAIL = 6;
const STEPS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** "SanDisk Ultra", as a heading; with the end of its serial number where another is called the same. */
export function keyTitle(key: UsbKeyView, among: readonly UsbKeyView[] = []): string {
  if (key.title === null) return m.key_without_name();
  const alike = among.some(({ place, title }) => place !== key.place && title === key.title);
  return alike && key.serial
    ? m.key_with_serial({ name: key.title, serial: key.serial.slice(-TAIL) })
    : key.title;
}

/** "the USB key SanDisk Ultra", within a sentence. */
export function keyInWords(key: UsbKeyView, among: readonly UsbKeyView[] = []): string {
  return key.title === null ? m.key_uncalled() : m.key_called({ name: keyTitle(key, among) });
}

/** "64 GB": in the steps of 1000 that stand on the case. */
export function room(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(STEPS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return new Intl.NumberFormat(language.formats, {
    style: "unit",
    unit: STEPS[step] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value);
}

/** What of this computer's a courier would take along and does not have yet. */
export function takes({ plan }: CourierView): CollectedView[] {
  return plan.filter(({ already_there }) => !already_there);
}

/** The volume that files are written to: the first that is open for writing. */
export function writable({ volumes }: UsbKeyView): UsbVolumeView | undefined {
  return volumes.find(({ mount_point, read_only }) => mount_point !== null && !read_only);
}

/** Why nothing can be written to a key; `null` where it can. */
export function whyNotWritable(
  key: UsbKeyView,
): "usb_volume_missing" | "usb_volume_read_only" | null {
  if (writable(key)) return null;
  const open = key.volumes.some(({ mount_point }) => mount_point !== null);
  return open ? "usb_volume_read_only" : "usb_volume_missing";
}
