// USB keys as the shell would tell of them, and the screens that are about them.
import type { Screen } from "../src/lib/screens";
import type {
  Code,
  CollectedView,
  CourierRoundView,
  KeyLicenseView,
  LicenseView,
  PutView,
  UsbIdView,
  UsbKeyView,
  UsbView,
} from "../src/lib/views";
import type { Shown } from "./care";
import * as views from "./views";

const license: LicenseView = {
  license_id: "3F8K-77QM-2WZ0-9TBN",
  product: "com.acme.cad",
  product_name: "Acme CAD 2027",
  vendor: views.acme,
  standing: { ...views.licensed, changed: [] },
  expires_at: views.lease.until,
  features: ["drawing", "render"],
  holder: "Harbour Shipyard",
};

function stoppedBy(state: "expired" | "stopped" | "blocked", reason: Code): LicenseView {
  const until = state === "expired" ? views.inDays(-9) : null;
  return { ...license, standing: { ...license.standing, state, reason, until } };
}

const onIt: KeyLicenseView = { file: "com.acme.cad.lic", license, problem: null };

/** What waits here to be taken along. */
export const waitingHere: CollectedView[] = [
  {
    kind: "activation_request",
    reference: "AB3D-9KX2",
    product_name: "Acme Simulation",
    already_there: false,
  },
  {
    kind: "deactivation",
    reference: "M2QF-81TZ",
    product_name: "Acme CAD 2027",
    already_there: false,
  },
];
const takenAlong = waitingHere.map((each) => ({ ...each, already_there: true }));

export const sandisk: UsbKeyView = {
  place: "usb-1",
  id: "0781:5581:4C530001230512109443:30752000000",
  title: "SanDisk Ultra",
  serial: "4C530001230512109443",
  capacity: 30_752_000_000,
  rating: "strong",
  rating_reason: "rating_own_serial",
  volumes: [{ mount_point: "/media/usb", label: "WORK", free: 28_140_000_000, read_only: false }],
  licenses: [],
  courier: { begun: false, waiting: 0, answers: 0, plan: [] },
  trouble: null,
};

/** What a key can be like, by what is the matter with it. */
export const keys = {
  strong: sandisk,
  licensed: { ...sandisk, licenses: [onIt] },
  licenses: {
    ...sandisk,
    licenses: [
      onIt,
      {
        file: "com.acme.sim.lic",
        license: { ...stoppedBy("expired", "license_ended"), product_name: "Acme Simulation" },
        problem: null,
      },
      {
        file: "copied.lic",
        license: { ...stoppedBy("blocked", "wrong_usb_key"), product_name: "Acme Render" },
        problem: null,
      },
      { file: "holiday.lic", license: null, problem: views.problem("unrecognised") },
    ],
  },
  courier: {
    ...sandisk,
    place: "usb-2",
    id: "0951:1666:60A44C413FAEF4B1E98B0C3D:15500000000",
    title: "Kingston DataTraveler 3.0",
    serial: "60A44C413FAEF4B1E98B0C3D",
    capacity: 15_500_000_000,
    courier: { begun: true, waiting: 12, answers: 0, plan: [] },
  },
  emptyCourier: { ...sandisk, courier: { begun: true, waiting: 0, answers: 0, plan: [] } },
  answer: { ...sandisk, courier: { begun: false, waiting: 0, answers: 1, plan: [] } },
  weak: {
    ...sandisk,
    place: "usb-3",
    id: "058f:6387:00000000:8053063680",
    title: "Generic Flash Disk",
    serial: "00000000",
    capacity: 8_053_063_680,
    rating: "weak",
    rating_reason: "rating_filler_serial",
  },
  long: {
    ...sandisk,
    place: "usb-6",
    title: "X".repeat(126),
    serial: "0123456789ABCDEF".repeat(7),
    licenses: [onIt, onIt],
  },
  unusable: {
    ...sandisk,
    place: "usb-4",
    id: null,
    title: null,
    serial: null,
    capacity: 2_000_000_000,
    rating: "unusable",
    rating_reason: "rating_no_serial",
  },
  notOpen: {
    ...sandisk,
    volumes: [{ mount_point: null, label: null, free: null, read_only: false }],
    courier: null,
  },
  full: {
    ...sandisk,
    courier: null,
    trouble: views.problem("courier_too_many", null, { most: "4096" }),
  },
  crowded: {
    ...sandisk,
    licenses: [onIt],
    trouble: views.problem("usb_key_too_many_licenses", null, { most: "64" }),
  },
  readOnly: {
    ...sandisk,
    place: "usb-5",
    title: "Intenso Basic Line",
    volumes: [{ mount_point: "/media/usb", label: "WORK", free: 28_140_000_000, read_only: true }],
  },
  twin: { ...sandisk, rating: "weak", rating_reason: "rating_shared_serial" },
  otherTwin: {
    ...sandisk,
    place: "usb-9",
    rating: "weak",
    rating_reason: "rating_shared_serial",
    volumes: [{ mount_point: null, label: null, free: null, read_only: false }],
    courier: null,
  },
} satisfies Record<string, UsbKeyView>;

export function usbOf(plugged: readonly UsbKeyView[], more: Partial<UsbView> = {}): UsbView {
  return { keys: [...plugged], problem: null, ...more };
}

export const unavailable: UsbView = usbOf([], {
  problem: views.problem("usb_unavailable", null, { what: "/sys/bus/usb/devices/ not found" }),
});

export const usbId: UsbIdView = {
  id: sandisk.id ?? "",
  file_name: "keyferry-usb-id-4C530001230512109443.txt",
  qr: views.request.qr,
};

export const put: PutView = {
  license,
  files: ["/media/usb/com.acme.cad.lic", "/media/usb/com.acme.cad.b.lic"],
  unchanged: false,
};

export const round: CourierRoundView = {
  collected: waitingHere,
  delivered: [{ from: "answer.kft", outcome: { kind: "activated", done: views.done } }],
};

export const roundWithTrouble: CourierRoundView = {
  collected: takenAlong.slice(0, 1),
  delivered: [
    { from: "refusal.kft", outcome: { kind: "refused", refusal: views.refusal } },
    {
      from: "old.kft",
      outcome: { kind: "problem", problem: views.problem("answers_nothing_outstanding") },
    },
  ],
};

export interface UsbShown extends Shown {
  /** What is plugged in. */
  readonly usb: UsbView;
  /** What a courier does by itself. */
  readonly round?: CourierRoundView;
}

const usb: Screen = { at: "usb" };
const putStep: Screen = { at: "license-key-put", key: sandisk, text: "" };
const carry: Screen = { at: "carry", request: views.request, way: "usb" };
const answer: Screen = {
  at: "answer",
  productName: "Acme CAD 2027",
  vendor: views.acme,
  text: "",
};
export const atWork: UsbKeyView = {
  ...keys.courier,
  courier: { begun: true, waiting: 12, answers: 1, plan: waitingHere },
};
const allTaken: UsbKeyView = {
  ...keys.courier,
  courier: { begun: true, waiting: 14, answers: 0, plan: takenAlong },
};

export const usbShown: Record<string, UsbShown> = {
  usb: { screen: usb, usb: usbOf([keys.licensed, keys.courier]) },
  "usb-empty-courier": { screen: usb, usb: usbOf([keys.emptyCourier]) },
  "usb-none": { screen: usb, usb: usbOf([]) },
  "usb-unavailable": { screen: usb, usb: unavailable },
  "usb-licenses": { screen: usb, usb: usbOf([keys.licenses]) },
  "usb-weak": { screen: usb, usb: usbOf([keys.weak, keys.unusable]) },
  "usb-long": { screen: usb, usb: usbOf([keys.long]) },
  "carry-usb-long": { screen: carry, usb: usbOf([keys.long]) },
  "usb-full": { screen: usb, usb: usbOf([keys.full]) },
  "usb-closed": { screen: usb, usb: usbOf([keys.notOpen]) },
  "usb-read-only": { screen: usb, usb: usbOf([keys.readOnly]) },
  "usb-twins": { screen: usb, usb: usbOf([keys.twin, keys.otherTwin]) },
  "usb-round": { screen: usb, usb: usbOf([atWork]), round },
  "usb-round-trouble": { screen: usb, usb: usbOf([atWork]), round: roundWithTrouble },
  "license-key-id": {
    screen: { at: "license-key-id", key: sandisk, id: usbId },
    usb: usbOf([sandisk]),
  },
  "license-key-id-weak": {
    screen: { at: "license-key-id", key: keys.weak, id: { ...usbId, id: keys.weak.id, qr: null } },
    usb: usbOf([keys.weak]),
  },
  "license-key-id-pulled": {
    screen: { at: "license-key-id", key: sandisk, id: usbId },
    usb: usbOf([]),
  },
  "license-key-put": { screen: putStep, usb: usbOf([sandisk]) },
  "license-key-put-pulled": { screen: putStep, usb: usbOf([]), code: "usb_key_pulled" },
  "license-key-put-closed": { screen: putStep, usb: usbOf([keys.notOpen]) },
  "license-key-put-other": {
    screen: putStep,
    usb: usbOf([sandisk]),
    code: "license_for_other_key",
  },
  "license-key-done": {
    screen: { at: "license-key-done", key: sandisk, put },
    usb: usbOf([sandisk]),
  },
  "license-key-stopped": {
    screen: {
      at: "license-key-done",
      key: sandisk,
      put: { ...put, license: stoppedBy("stopped", "suspended"), unchanged: true },
    },
    usb: usbOf([sandisk]),
  },
  "license-added": {
    screen: { at: "license-added", license, again: false },
    usb: usbOf([]),
  },
  courier: {
    screen: { at: "courier", key: keys.courier, did: null },
    usb: usbOf([atWork]),
  },
  "courier-nothing": {
    screen: { at: "courier", key: keys.courier, did: null },
    usb: usbOf([keys.courier]),
  },
  "courier-done": {
    screen: { at: "courier", key: keys.courier, did: round },
    usb: usbOf([allTaken]),
  },
  "courier-pulled": {
    screen: { at: "courier", key: atWork, did: null },
    usb: usbOf([]),
  },
  "carry-usb": { screen: carry, usb: usbOf([sandisk, keys.courier]) },
  "carry-usb-none": { screen: carry, usb: usbOf([]) },
  "carry-usb-closed": { screen: carry, usb: usbOf([keys.notOpen, keys.readOnly]) },
  "carry-usb-unavailable": { screen: carry, usb: unavailable },
  "answer-usb": { screen: answer, usb: usbOf([keys.answer]) },
  "move-request-usb": {
    screen: { at: "move-request", plan: views.plan, text: "" },
    usb: usbOf([keys.courier]),
  },
  "move-carry-usb": {
    screen: {
      at: "move-carry",
      carried: views.bothOfAMove,
      way: "usb",
      request: views.moveRequest,
    },
    usb: usbOf([keys.courier]),
  },
};
