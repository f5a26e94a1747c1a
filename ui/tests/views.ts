// Views as the shell would give them, for tests and for looking at the screens.
import type {
  CarriedView,
  ChangeView,
  ClaimView,
  ClockView,
  CodeView,
  DeactivationPlanView,
  DensityView,
  DoneView,
  EmergencyView,
  HomeView,
  LeaseView,
  MoveRequestView,
  MovingView,
  PendingVendorView,
  ProblemView,
  ProductView,
  QrView,
  RefusalView,
  ReportView,
  StandingView,
  StatusCodeView,
  VendorView,
} from "../src/lib/views";
import { references } from "../src/lib/generated/catalogue/codes";

const DAY = 86_400_000;

/** A time so many days from now, in the form that the shell gives. */
export function inDays(days: number): string {
  return new Date(Date.now() + days * DAY).toISOString().replace(/\.\d+Z$/, "Z");
}

export const acme: VendorView = {
  id: "q7v3k0x9m2c8d4n6p1r5s7t9vw",
  name: "Acme Software",
  support: "support@acme.example, +49 30 1234567",
  accent: "#3056d3",
  portal: "https://activate.acme.example",
  fingerprint: [
    "ribbon", "ocean", "castle", "lantern", "meadow", "violin",
    "harbor", "pencil", "autumn", "bridge", "copper", "winter",
  ],
};

export const borealis: VendorView = {
  ...acme,
  id: "b0r3a1x9m2c8d4n6p1r5s7t9vw",
  name: "Borealis Instruments GmbH & Co. KG",
  support: null,
  portal: null,
  accent: "#d98e04",
};

export const lease: LeaseView = { from: inDays(-12), until: inDays(83), grace_until: inDays(90) };

export const licensed: StandingView = {
  state: "licensed",
  reason: null,
  until: lease.until,
  features: ["drawing", "render"],
  changed: [],
};

export const cad: ProductView = {
  product: "com.acme.cad",
  product_name: "Acme CAD 2027",
  vendor: acme,
  standing: licensed,
  lease,
  request: null,
  usb_key: null,
  activation_id: "7Q2K-9MPX-3TBN-W8ZC",
  label: "Bench 4",
  end_near: false,
  deactivation: null,
  emergency: null,
  time_request: null,
  actions: ["refresh", "move", "deactivate", "help"],
};

export const waiting: ProductView = {
  ...cad,
  product: "com.acme.sim",
  product_name: "Acme Simulation",
  standing: { state: "unlicensed", reason: "awaiting_answer", until: null, features: [], changed: [] },
  lease: null,
  request: {
    token_id: "00".repeat(32),
    reference: "AB3D-9KX2",
    made_at: inDays(-1),
    label: "Bench 4",
    vendor: acme.id,
    refused: null,
  },
  activation_id: null,
  label: null,
  actions: ["activate", "help"],
};

export const home: HomeView = { device_label: "Bench 4", vendors: [acme], products: [cad] };

export const code: CodeView = {
  code: "ACME7-QK2M9-PX3TB-NW8ZC-4HJ6R",
  vendor: acme,
  product: "com.acme.cad",
  product_name: "Acme CAD 2027",
  label: "Bench 4",
};

export const claims: ClaimView[] = [
  { name: "claim_activation_code", value: code.code, detail: null },
  { name: "claim_product", value: "com.acme.cad", detail: null },
  { name: "claim_computer_name", value: "Bench 4", detail: null },
  { name: "claim_platform", value: "Linux 6.1, x86_64", detail: null },
  {
    name: "claim_fingerprint",
    value: "5 values",
    detail: "operating system installation, firmware, processor, system disk and network adapter",
  },
  { name: "claim_device_keys", value: "2 public keys", detail: null },
  { name: "claim_request_number", value: "1", detail: null },
];

/** Looks like a QR code of version 19 and says nothing: the real one comes from the shell. */
function pattern(): QrView {
  const modules = 93;
  const finder = (x: number, y: number): string =>
    `M${x} ${y}h7v7h-7zM${x + 1} ${y + 1}v5h5v-5zM${x + 2} ${y + 2}h3v3h-3z`;
  let path = finder(0, 0) + finder(modules - 7, 0) + finder(0, modules - 7);
  let seed = 7;
  for (let y = 0; y < modules; y += 1) {
    for (let x = 0; x < modules; x += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      const corner = (x < 8 || x > modules - 9) && y < 8;
      if (!corner && !(x < 8 && y > modules - 9) && seed > 1_073_741_824) path += `M${x} ${y}h1v1h-1z`;
    }
  }
  return { version: 19, modules, path };
}

export const request: CarriedView = {
  kind: "activation_request",
  token_id: "00".repeat(32),
  reference: "AB3D-9KX2",
  vendor: acme,
  product: "com.acme.cad",
  product_name: "Acme CAD 2027",
  label: "Bench 4",
  made_at: inDays(0),
  delivered_at: null,
  claims,
  armored: [
    "-----BEGIN KEYFERRY ACTIVATION REQUEST-----",
    ...Array.from({ length: 11 }, (_, line) => `0oRDoQEmoFg${line}aVGhpcyBpcyBub3QgYSByZWFsIHJlcXVlc3QsIGJ1dCBsb25nLg`),
    "=q3Zx",
    "-----END KEYFERRY ACTIVATION REQUEST-----",
    "",
  ].join("\n"),
  file_name: "acme-cad-bench-4.kft",
  bytes: 587,
  url: "HTTPS://ACTIVATE.ACME.EXAMPLE#KRUGS4ZANFZSA3TPOQ",
  qr: pattern(),
  moves: true,
};

/** Its moving code. */
export function moving(density: DensityView): MovingView {
  const total = { normal: 2, low: 4, lowest: 7 }[density];
  return { parts: Array.from({ length: total }, () => pattern()), rate: 4, density };
}

/** The same kind of thing for another purpose: nobody reads what is in it here. */
function carriedAs(kind: string, name: string, label: string): CarriedView {
  return {
    ...request,
    kind,
    token_id: "11".repeat(32),
    reference: "M2QF-81TZ",
    file_name: `acme-cad-bench-4-${name}.kft`,
    armored: request.armored.replaceAll("ACTIVATION REQUEST", label),
  };
}

export const deactivation = carriedAs("deactivation", "deactivation", "DEACTIVATION");
export const timeRequest: CarriedView = {
  ...carriedAs("time_request", "time-request", "TIME REQUEST"),
  claims: [
    { name: "claim_product", value: "com.acme.cad", detail: null },
    { name: "claim_activation_id", value: "7Q2K-9MPX-3TBN-W8ZC", detail: null },
    { name: "claim_computer_name", value: "Bench 4", detail: null },
    { name: "claim_made_at", value: inDays(-400), detail: null },
    { name: "claim_challenge", value: "5F0C-9A1E-77B2", detail: null },
    { name: "claim_request_number", value: "2", detail: null },
  ],
};
export const statusToken: CarriedView = {
  ...carriedAs("status", "status", "STATUS"),
  claims: [
    { name: "claim_product", value: "com.acme.cad", detail: null },
    { name: "claim_computer_name", value: "Bench 4", detail: null },
    { name: "claim_platform", value: "Linux 6.1, x86_64", detail: null },
    { name: "claim_client", value: "0.1.0", detail: null },
    { name: "claim_standing", value: "Stopped", detail: null },
    { name: "claim_activation_id", value: "7Q2K-9MPX-3TBN-W8ZC", detail: null },
    { name: "claim_sequence", value: "3", detail: null },
    { name: "claim_clock", value: inDays(0), detail: null },
  ],
};

/** A deactivation and the new computer's request: more than one QR code holds. */
export const bothOfAMove: CarriedView = {
  ...deactivation,
  armored: deactivation.armored + request.armored,
  file_name: "acme-cad-bench-4-move.kft",
  bytes: 1_176,
  url: null,
  qr: null,
};

export const plan: DeactivationPlanView = {
  product: "com.acme.cad",
  product_name: "Acme CAD 2027",
  vendor: acme,
  label: "Bench 4",
  activation_id: "7Q2K-9MPX-3TBN-W8ZC",
  works_until: lease.until,
  claims: [
    { name: "claim_product", value: "com.acme.cad", detail: null },
    { name: "claim_activation_id", value: "7Q2K-9MPX-3TBN-W8ZC", detail: null },
    { name: "claim_computer_name", value: "Bench 4", detail: null },
    { name: "claim_sequence", value: "3", detail: null },
    { name: "claim_request_number", value: "2", detail: null },
  ],
};

export const moveRequest: MoveRequestView = {
  handle: "1",
  from: "acme-cad-bench-9.kft",
  place: null,
  vendor: acme,
};

export const emergency: EmergencyView = {
  available: true,
  length_seconds: 259_200,
  uses_left: 2,
  ends_at: inDays(200),
  until: null,
};

export const clockBehind: ClockView = {
  now: inDays(-400),
  latest_seen: inDays(-1),
  behind: true,
  product: "com.acme.cad",
};

export const statusCode: StatusCodeView = {
  code: "AB3D-9KX2-7QRM",
  spoken: ["AB3D", "9KX2", "7QRM"],
  product: "com.acme.cad",
  product_name: "Acme CAD 2027",
};

export const report: ReportView = {
  text: [
    "Keyferry report",
    "Made on 1 January 2027, 09:30 UTC by Keyferry 0.1.0",
    "Computer: Bench 4 (Linux 6.1, x86_64)",
    "",
    "Acme CAD 2027 (com.acme.cad), Acme Software",
    "  Standing: licensed until 3 March 2027",
    "  Activation: 7Q2K-9MPX-3TBN-W8ZC, sequence number 3",
    "  Status code: AB3D-9KX2-7QRM",
    "  Features: drawing, render",
    "  Grace until 10 March 2027",
    "  Emergency runs: 2 of 3 days each are left, none taken",
    "  Changed parts: network adapter (within tolerance)",
    "",
    "Acme Simulation (com.acme.sim), Acme Software",
    "  Standing: waiting for the answer",
    "  Request: AB3D-9KX2, made on 31 December 2026, 16:02 UTC",
    "  Status code: AB3D-9KX2-7QRM",
    "",
    "Clock",
    "  Shows 1 January 2027, 09:30 UTC",
    "  Latest time seen: 1 January 2027, 09:29 UTC",
    "",
    "License data",
    "  Folder: /home/me/.local/share/keyferry",
    "  Readable, writable, not repaired",
  ].join("\n"),
  file_name: "keyferry-report-bench-4.txt",
};

export const changes: ChangeView[] = [
  { name: "claim_works_until", before: inDays(5), after: lease.until },
  { name: "claim_grace_until", before: inDays(12), after: lease.grace_until },
  { name: "claim_features", before: "drawing", after: "drawing, render" },
];

export const done: DoneView = {
  product: "com.acme.cad",
  product_name: "Acme CAD 2027",
  vendor: acme,
  activation_id: "7Q2K-9MPX-3TBN-W8ZC",
  reference: "K4RT-02WM",
  standing: licensed,
  lease,
  features: ["drawing", "render"],
  applied_at: inDays(0),
};

/** Given just now, and over by a clock that is far ahead. */
export const doneEarly: DoneView = {
  ...done,
  standing: {
    state: "expired",
    reason: "lease_ended",
    until: inDays(-10),
    features: [],
    changed: [],
  },
};

export const refusal: RefusalView = {
  product: "com.acme.cad",
  product_name: "Acme CAD 2027",
  vendor: acme,
  reference: "AB3D-9KX2",
  problem: {
    code: "no_free_seat",
    reference: references.no_free_seat,
    args: { seats: "3", next_free: inDays(20) },
    field: null,
  },
  at: inDays(0),
  for_good: false,
};

export const pending: PendingVendorView = {
  pending: "1",
  vendor: acme,
  products: ["Acme CAD 2027", "Acme Simulation"],
  already_trusted: false,
  replaces: false,
};

export function problem(
  code: ProblemView["code"],
  field: string | null = null,
  args: Record<string, string> = {},
): ProblemView {
  return { code, reference: references[code], args, field };
}

/** Nothing is licensed, and why. */
function stopped(
  state: StandingView["state"],
  reason: StandingView["reason"],
  until: string | null = null,
): StandingView {
  return { state, reason, until, features: [], changed: [] };
}

const ended = { from: inDays(-90), until: inDays(-10), grace_until: inDays(-3) };

/** A product in every standing that Home knows. */
export const products = {
  licensed: cad,
  changed: {
    ...cad,
    standing: { ...licensed, changed: ["network_adapter"] },
  },
  nearEnd: {
    ...cad,
    standing: { ...licensed, until: inDays(5) },
    lease: { from: inDays(-80), until: inDays(5), grace_until: inDays(12) },
    end_near: true,
  },
  grace: {
    ...cad,
    standing: stopped("grace", null, inDays(4)),
    lease: { from: inDays(-90), until: inDays(-3), grace_until: inDays(4) },
    end_near: true,
    actions: ["refresh", "activate", "move", "deactivate", "help"],
  },
  emergencyAvailable: {
    ...cad,
    standing: stopped("expired", "lease_ended", inDays(-3)),
    lease: ended,
    emergency,
    actions: ["emergency", "refresh", "activate", "deactivate", "help"],
  },
  emergencyRunning: {
    ...cad,
    standing: stopped("emergency", null, inDays(2)),
    lease: ended,
    emergency: { ...emergency, available: false, uses_left: 1, until: inDays(2) },
    actions: ["refresh", "activate", "deactivate", "help"],
  },
  expired: {
    ...cad,
    standing: stopped("expired", "lease_ended", inDays(-3)),
    lease: ended,
    actions: ["activate", "refresh", "deactivate", "help"],
  },
  suspended: {
    ...cad,
    standing: stopped("stopped", "suspended"),
    actions: ["refresh", "deactivate", "help"],
  },
  revoked: {
    ...cad,
    standing: stopped("stopped", "revoked"),
    lease: null,
    actions: ["activate", "deactivate", "help"],
  },
  clockBehind: {
    ...cad,
    standing: stopped("blocked", "clock_behind"),
    actions: ["clock", "deactivate", "help"],
  },
  wrongDevice: {
    ...cad,
    standing: { ...stopped("blocked", "wrong_device"), changed: ["system_disk", "cpu"] },
    actions: ["activate", "help"],
  },
  awaiting: waiting,
  refused: {
    ...waiting,
    request: waiting.request && {
      ...waiting.request,
      refused: { problem: refusal.problem, at: inDays(0), for_good: false },
    },
  },
  refusedForGood: {
    ...waiting,
    request: waiting.request && {
      ...waiting.request,
      refused: {
        problem: problem("activation_superseded"),
        at: inDays(0),
        for_good: true,
      },
    },
  },
  undelivered: {
    ...cad,
    standing: stopped("unlicensed", "deactivated"),
    lease: null,
    activation_id: null,
    label: null,
    deactivation: {
      token_id: deactivation.token_id,
      reference: deactivation.reference,
      made_at: inDays(-1),
      delivered_at: null,
    },
    actions: ["deliver", "activate", "help"],
  },
  delivered: {
    ...cad,
    standing: stopped("unlicensed", "deactivated"),
    lease: null,
    activation_id: null,
    label: null,
    deactivation: {
      token_id: deactivation.token_id,
      reference: deactivation.reference,
      made_at: inDays(-9),
      delivered_at: inDays(-8),
    },
    actions: ["activate", "help"],
  },
  onKey: {
    ...cad,
    standing: { ...licensed, until: inDays(200) },
    lease: null,
    usb_key: { title: "SanDisk Ultra", serial: "4C530001230512109443", plugged_in: true },
    activation_id: null,
    label: null,
    actions: ["activate", "help"],
  },
  keyMissing: {
    ...cad,
    standing: stopped("blocked", "usb_key_missing"),
    lease: null,
    usb_key: { title: null, serial: "4C530001230512109443", plugged_in: false },
    activation_id: null,
    label: null,
    actions: ["activate", "help"],
  },
  damaged: {
    ...cad,
    standing: stopped("blocked", "store_damaged"),
    lease: null,
    activation_id: null,
    label: null,
    actions: ["activate", "help"],
  },
} satisfies Record<string, ProductView>;
