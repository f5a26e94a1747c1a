// How many steps the task has, and the reasons that can be given.
import type { DeactivationReason } from "../../lib/backend";

export const STEPS = 5;

export const REASONS = [
  "moving",
  "not_needed",
  "repair",
  "other",
] as const satisfies readonly DeactivationReason[];
