// Views as the shell would give them, for tests and for looking at the screens.
import type {
  ClaimView,
  CodeView,
  DoneView,
  HomeView,
  LeaseView,
  PendingVendorView,
  ProblemView,
  ProductView,
  QrView,
  RequestView,
  StandingView,
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
  activation_id: "7Q2K-9MPX-3TBN-W8ZC",
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
  },
  activation_id: null,
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

export const request: RequestView = {
  token_id: "00".repeat(32),
  reference: "AB3D-9KX2",
  vendor: acme,
  product: "com.acme.cad",
  product_name: "Acme CAD 2027",
  label: "Bench 4",
  made_at: inDays(0),
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
};

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
