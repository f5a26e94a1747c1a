// Every screen there is, with what it needs to know and what people have typed into it.
import type { DeactivationReason } from "./backend";
import type {
  BroughtView,
  CarriedView,
  ChangeView,
  ClaimView,
  ClockView,
  CodeView,
  CourierRoundView,
  DeactivationPlanView,
  DoneView,
  LicenseView,
  MoveRequestView,
  PendingVendorView,
  ProductView,
  PutView,
  RefusalView,
  ReportView,
  StatusCodeView,
  UsbIdView,
  UsbKeyView,
  VendorView,
} from "./views";

/** How something travels to the vendor. */
export type Way = "qr" | "moving" | "file" | "usb" | "text";

export type Screen =
  | { at: "home" }
  | { at: "vendor-file"; text: string }
  | { at: "vendor-words"; pending: PendingVendorView }
  | { at: "vendor-differs"; vendor: VendorView }
  | { at: "code"; text: string }
  | { at: "review"; code: CodeView; label: string; claims: ClaimView[] }
  | { at: "carry"; request: CarriedView; way: Way }
  | { at: "answer"; productName: string; vendor: VendorView; text: string }
  | { at: "done"; done: DoneView; again: boolean }
  | { at: "refresh-bring"; product: ProductView; text: string }
  | { at: "refreshed"; done: DoneView; changes: ChangeView[] }
  | { at: "refused"; refusal: RefusalView }
  | { at: "deactivate-plan"; plan: DeactivationPlanView }
  | { at: "deactivate-reason"; plan: DeactivationPlanView; reason: DeactivationReason }
  | { at: "deactivate-confirm"; plan: DeactivationPlanView; reason: DeactivationReason }
  | { at: "deactivate-carry"; carried: CarriedView; way: Way; found: boolean }
  | { at: "move-request"; plan: DeactivationPlanView; text: string }
  | { at: "move-plan"; plan: DeactivationPlanView; request: MoveRequestView | null }
  | { at: "move-otherwise"; vendor: VendorView | null }
  | { at: "move-carry"; carried: CarriedView; way: Way; request: MoveRequestView | null }
  | { at: "delivered"; carried: CarriedView; step: { number: number; total: number } | null }
  | { at: "clock-state"; clock: ClockView; product: ProductView | null }
  | { at: "clock-right"; clock: ClockView; product: ProductView | null }
  | { at: "clock-carry"; carried: CarriedView; way: Way }
  | { at: "clock-answer"; productName: string; vendor: VendorView; text: string }
  | { at: "clock-mended"; done: DoneView }
  | { at: "emergency-plan"; product: ProductView }
  | { at: "emergency-taken"; done: DoneView }
  | { at: "help-ways"; product: ProductView | null }
  | { at: "help-code"; status: StatusCodeView; vendor: VendorView | null }
  | { at: "help-report"; report: ReportView }
  | { at: "help-carry"; carried: CarriedView; way: Way }
  | { at: "usb" }
  | { at: "license-key-id"; key: UsbKeyView; id: UsbIdView }
  | { at: "license-key-put"; key: UsbKeyView; text: string }
  | { at: "license-key-done"; key: UsbKeyView; put: PutView }
  | { at: "license-added"; license: LicenseView; again: boolean }
  | { at: "courier"; key: UsbKeyView; did: CourierRoundView | null }
  | { at: "brought"; brought: BroughtView[] }
  | { at: "settings" };

export type At = Screen["at"];
export type ScreenAt<A extends At> = Extract<Screen, { at: A }>;

/** The vendor that a screen is about, where it is about one. */
export function vendorOf(screen: Screen): VendorView | null {
  switch (screen.at) {
    case "vendor-words":
      return screen.pending.vendor;
    case "vendor-differs":
    case "answer":
    case "move-otherwise":
    case "clock-answer":
    case "help-code":
      return screen.vendor;
    case "review":
      return screen.code.vendor;
    case "carry":
      return screen.request.vendor;
    case "done":
    case "refreshed":
    case "clock-mended":
    case "emergency-taken":
      return screen.done.vendor;
    case "refused":
      return screen.refusal.vendor;
    case "deactivate-plan":
    case "deactivate-reason":
    case "deactivate-confirm":
    case "move-request":
    case "move-plan":
      return screen.plan.vendor;
    case "deactivate-carry":
    case "move-carry":
    case "delivered":
    case "clock-carry":
    case "help-carry":
      return screen.carried.vendor;
    case "license-added":
      return screen.license.vendor;
    case "license-key-done":
      return screen.put.license.vendor;
    case "refresh-bring":
    case "emergency-plan":
      return screen.product.vendor;
    case "clock-state":
    case "clock-right":
    case "help-ways":
      return screen.product?.vendor ?? null;
    case "home":
    case "vendor-file":
    case "code":
    case "help-report":
    case "usb":
    case "license-key-id":
    case "license-key-put":
    case "courier":
    case "brought":
    case "settings":
      return null;
  }
}
