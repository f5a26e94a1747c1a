// What became of something that was brought: a headline, and the screen that tells more.
import * as m from "$paraglide/messages";

import { words } from "./catalogue";
import type { Screen } from "./screens";
import { seemsOver } from "./standing";
import type { DoneView, OutcomeView } from "./views";

/** One sentence that says what it did. */
export function headline(outcome: OutcomeView): string {
  switch (outcome.kind) {
    case "activated":
      return applied(outcome.done, m.done_title);
    case "refreshed":
      return applied(outcome.done, m.refreshed_title);
    case "already_applied":
      return m.again_title({ product: outcome.done.product_name });
    case "clock_mended":
      return m.mended_title({ product: outcome.done.product_name });
    case "license_added":
      return m.license_added_title({ product: outcome.license.product_name });
    case "refused":
      return m.refused_title({ product: outcome.refusal.product_name });
    case "vendor_found":
      return m.brought_vendor({ vendor: outcome.pending.vendor.name });
    case "problem":
      return words(outcome.problem.code, outcome.problem.args).message;
  }
}

/** Where more of it is told; a problem has said all. */
export function detailsOf(outcome: OutcomeView): { screen: Screen; name: string } | null {
  switch (outcome.kind) {
    case "activated":
    case "already_applied": {
      const { done, kind } = outcome;
      return {
        screen: { at: "done", done, again: kind === "already_applied" },
        name: m.show_details_of({ product: done.product_name }),
      };
    }
    case "refreshed": {
      const { done, changes } = outcome;
      return {
        screen: { at: "refreshed", done, changes },
        name: m.show_details_of({ product: done.product_name }),
      };
    }
    case "clock_mended": {
      const { done } = outcome;
      return {
        screen: { at: "clock-mended", done },
        name: m.show_details_of({ product: done.product_name }),
      };
    }
    case "license_added": {
      const { license, already_there: again } = outcome;
      return {
        screen: { at: "license-added", license, again },
        name: m.show_details_of({ product: license.product_name }),
      };
    }
    case "refused": {
      const { refusal } = outcome;
      return {
        screen: { at: "refused", refusal },
        name: m.show_what_to_do({ product: refusal.product_name }),
      };
    }
    case "vendor_found": {
      const { pending } = outcome;
      return {
        screen: { at: "vendor-words", pending },
        name: m.compare_words_of({ vendor: pending.vendor.name }),
      };
    }
    case "problem":
      return null;
  }
}

function applied(
  { product_name: product, standing }: DoneView,
  title: (names: { product: string }) => string,
): string {
  return seemsOver(standing) ? m.early_title({ product }) : title({ product });
}
