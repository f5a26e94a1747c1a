// The screens worth looking at, each with a shell that shows it at its most telling.
import { Journey } from "../src/lib/journey.svelte";
import type { Screen } from "../src/lib/screens";
import type { Code, HomeView } from "../src/lib/views";
import { care } from "./care";
import {
  brought,
  broughtProblem,
  homeOf,
  pretendShell,
  refuses,
  type PretendShell,
} from "./shell";
import { atWork, keys, round, usbOf, usbShown, type UsbShown } from "./usb";
import * as views from "./views";

export interface Scene {
  shell: PretendShell;
  journey: Journey;
  after?: () => void;
}

function home(view: Partial<HomeView>, notice?: string): () => Scene {
  return () => {
    const journey = new Journey();
    if (notice) journey.home(notice);
    return { shell: pretendShell({ home: homeOf(view) }), journey };
  };
}

function at(
  screen: Screen,
  code?: Code,
  field?: string,
  args?: Record<string, string>,
): () => Scene {
  return () => {
    const journey = new Journey();
    journey.go(screen);
    if (code)
      journey.fail(
        views.problem(code, field ?? null, args),
        screen.at === "answer" ? "letter.pdf" : null,
      );
    return {
      shell: pretendShell({ readCode: refuses(views.problem("activation_code_mistyped", "code")) }),
      journey,
    };
  };
}

/** A screen with USB keys plugged in. */
function withUsb({ screen, code, usb, round }: UsbShown): () => Scene {
  return () => {
    const journey = new Journey();
    journey.go(screen);
    if (code) journey.fail(views.problem(code));
    let view = usb;
    const shell = pretendShell({
      usbKeys: () => Promise.resolve(view),
      courierRound: () => {
        view = { ...usb, keys: [keys.courier] };
        return Promise.resolve(round ?? { collected: [], delivered: [] });
      },
      usbMoveRequests: () => Promise.resolve([{ ...views.moveRequest, place: "usb-2" }]),
    });
    return { shell, journey };
  };
}

const review: Screen = { at: "review", code: views.code, label: "Bench 4", claims: views.claims };
const answer: Screen = { at: "answer", productName: "Acme CAD 2027", vendor: views.acme, text: "" };

export const scenes: Record<string, () => Scene> = {
  "home-empty": home({ vendors: [], products: [] }),
  "home-vendor": home(
    { products: [] },
    "You now trust Acme Software. You can activate its programs.",
  ),
  home: home({ products: [views.cad, views.waiting] }),
  "home-long": home({
    vendors: [views.acme, views.borealis],
    products: [
      {
        ...views.products.changed,
        product: "borealis",
        product_name: "Borealis Spectrum Analyser Professional",
        vendor: views.borealis,
      },
      views.waiting,
    ],
  }),
  ...Object.fromEntries(
    Object.entries(views.products).map(([name, product]) => [
      `home-${name}`,
      home({ products: [product] }),
    ]),
  ),
  "home-usb": () => ({
    shell: pretendShell({
      home: homeOf({ products: [views.products.onKey, views.waiting] }),
      usbKeys: () => Promise.resolve(usbOf([keys.answer, keys.courier])),
    }),
    journey: new Journey(),
  }),
  "home-round": () => ({
    ...withUsb({ screen: { at: "usb" }, usb: usbOf([atWork]), round })(),
    journey: new Journey(),
  }),
  "home-timeRequested": home({
    products: [
      {
        ...views.products.clockBehind,
        time_request: {
          token_id: views.timeRequest.token_id,
          reference: views.timeRequest.reference,
          made_at: views.timeRequest.made_at,
          label: "Bench 4",
          vendor: views.acme.id,
          refused: null,
        },
      },
    ],
  }),
  "deactivate-plan": at({ at: "deactivate-plan", plan: views.plan }),
  "deactivate-reason": at({ at: "deactivate-reason", plan: views.plan, reason: "other" }),
  "deactivate-confirm": at({ at: "deactivate-confirm", plan: views.plan, reason: "repair" }),
  "deactivate-error": at(
    { at: "deactivate-confirm", plan: views.plan, reason: "repair" },
    "store_unwritable",
    undefined,
    { path: "/home/me/.local/share/keyferry" },
  ),
  "deactivate-carry": at({
    at: "deactivate-carry",
    carried: views.deactivation,
    way: "qr",
    found: false,
  }),
  delivered: at({
    at: "delivered",
    carried: views.deactivation,
    step: { number: 5, total: 5 },
  }),
  "move-request": at({ at: "move-request", plan: views.plan, text: "" }),
  "move-error": at(
    { at: "move-request", plan: views.plan, text: "-----BEGIN KEYFERRY REFRESH-----" },
    "move_needs_request",
    "text",
  ),
  "move-plan": at({ at: "move-plan", plan: views.plan, request: views.moveRequest }),
  "move-plan-alone": at({ at: "move-plan", plan: views.plan, request: null }),
  "move-otherwise": at({ at: "move-otherwise", vendor: views.acme }),
  "move-carry": at({
    at: "move-carry",
    carried: views.bothOfAMove,
    way: "qr",
    request: views.moveRequest,
  }),
  "move-carry-alone": at({
    at: "move-carry",
    carried: views.deactivation,
    way: "qr",
    request: null,
  }),
  refused: at({ at: "refused", refusal: views.refusal }),
  "done-early": at({ at: "done", done: views.doneEarly, again: false }),
  "vendor-file": at({ at: "vendor-file", text: "" }),
  "vendor-words": at({ at: "vendor-words", pending: views.pending }),
  "vendor-known": at({ at: "vendor-words", pending: { ...views.pending, already_trusted: true } }),
  "vendor-newer": at({
    at: "vendor-words",
    pending: { ...views.pending, replaces: true },
  }),
  "vendor-differs": at({ at: "vendor-differs", vendor: views.acme }),
  code: at({ at: "code", text: "" }),
  "code-typed": at({ at: "code", text: "ACME7-QK2M9-PX3" }),
  "code-error": at(
    { at: "code", text: "ACME7-QK2M9-PX3TB-NW8ZC-4HJ6Q" },
    "activation_code_mistyped",
    "code",
  ),
  "code-unknown": at(
    { at: "code", text: "BRLS7-QK2M9-PX3TB-NW8ZC-4HJ6Q" },
    "activation_code_unknown_vendor",
    "code",
  ),
  review: at(review),
  "carry-qr": at({ at: "carry", request: views.request, way: "qr" }),
  "carry-moving": at({ at: "carry", request: views.request, way: "moving" }),
  "carry-file": at({ at: "carry", request: views.request, way: "file" }),
  "carry-text": at({ at: "carry", request: views.request, way: "text" }),
  answer: at(answer),
  "answer-error": at(answer, "answer_for_other_device"),
  done: at({ at: "done", done: views.done, again: false }),
  again: at({ at: "done", done: views.done, again: true }),
  brought: at({
    at: "brought",
    brought: [
      brought("activated"),
      brought("refreshed", "refresh.kft"),
      brought("clock_mended", "time.kft"),
      brought("refused", "refusal.kft"),
      brought("vendor_found", "acme.kfv"),
      broughtProblem(views.problem("own_request"), "acme-cad-bench-4.kft"),
    ],
  }),
  ...Object.fromEntries(
    Object.entries(care).map(([name, { screen, code, args }]) => [
      name,
      at(screen, code, undefined, args),
    ]),
  ),
  ...Object.fromEntries(Object.entries(usbShown).map(([name, shown]) => [name, withUsb(shown)])),
  settings: at({ at: "settings" }),
  help: () => ({
    shell: pretendShell(),
    journey: new Journey(),
    after: () => document.querySelector<HTMLButtonElement>(".tools button")?.click(),
  }),
  meaning: () => ({
    ...at({ at: "code", text: "ACME7" }, "activation_code_mistyped", "code")(),
    after: () => document.querySelector<HTMLButtonElement>(".summary button")?.click(),
  }),
  enlarged: () => ({
    ...at({ at: "carry", request: views.request, way: "qr" })(),
    after: () => document.querySelector<HTMLButtonElement>(".words button")?.click(),
  }),
};
