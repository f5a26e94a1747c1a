// What can be done with a product now, and where each of it begins. What is allowed is the shell's to say.
import * as m from "$paraglide/messages";

import type { Backend } from "../lib/backend";
import type { IconName } from "../lib/components/Icon.svelte";
import type { Journey } from "../lib/journey.svelte";
import type { ActionView, ProductView } from "../lib/views";

export interface Act {
  readonly name: string;
  readonly icon: IconName;
  readonly run: () => void | Promise<void>;
}

export interface Acts {
  /** What to go on with, or the most helpful thing. */
  readonly leading: readonly Act[];
  readonly further: readonly Act[];
}

export function actsOf(product: ProductView, journey: Journey, backend: Backend): Acts {
  const unfinished = unfinishedOf(product, journey, backend);
  const possible = product.actions
    .filter((action) => action !== "deliver")
    .filter((action) => !isBegun(action, product))
    .map((action) => beginning(action, product, journey, backend));
  return unfinished.length > 0
    ? { leading: unfinished.slice(0, 2), further: [...unfinished.slice(2), ...possible] }
    : { leading: possible.slice(0, 1), further: possible.slice(1) };
}

/** Whether this was begun already, so that going on with it takes the place of beginning. */
function isBegun(action: ActionView, { request, time_request }: ProductView): boolean {
  if (action === "activate") return request?.refused?.for_good === true;
  return action === "clock" && time_request !== null;
}

/** What was begun and waits to be gone on with. */
function unfinishedOf(product: ProductView, journey: Journey, backend: Backend): Act[] {
  const { product: code, product_name: productName, vendor, request } = product;
  const acts: Act[] = [];

  if (product.actions.includes("deliver")) {
    const deliver = async (lead: "carry" | "confirm"): Promise<void> => {
      const carried = await journey.attempt(() => backend.deactivation(code));
      if (!carried) return;
      if (lead === "carry") journey.go({ at: "deactivate-carry", carried, way: "qr", found: true });
      else journey.go({ at: "delivered", carried, step: null });
    };
    acts.push(
      { name: m.carry_deactivation(), icon: "qr", run: () => deliver("carry") },
      { name: m.confirm_delivery(), icon: "check", run: () => deliver("confirm") },
    );
  }

  if (product.time_request) {
    acts.push(
      {
        name: m.bring_the_time(),
        icon: "inbox",
        run: () => journey.go({ at: "clock-answer", productName, vendor, text: "" }),
      },
      {
        name: m.show_time_request_again(),
        icon: "qr",
        async run() {
          const carried = await journey.attempt(() => backend.timeRequest(code));
          if (carried) journey.go({ at: "clock-carry", carried, way: "qr" });
        },
      },
    );
  }

  if (request) {
    const bring: Act = {
      name: m.bring_the_answer(),
      icon: "inbox",
      run: () => journey.go({ at: "answer", productName, vendor, text: "" }),
    };
    const show: Act = {
      name: m.show_request_again(),
      icon: "qr",
      async run() {
        const outstanding = await journey.attempt(() => backend.request(code));
        if (outstanding) journey.go({ at: "carry", request: outstanding, way: "qr" });
      },
    };
    if (request.refused?.for_good) {
      // An answer to it still counts if one comes, but asking again is what helps.
      const anew = product.actions.filter((action) => action === "activate");
      acts.push(...anew.map((action) => beginning(action, product, journey, backend)), bring);
    } else {
      // Most refusals end with the same request brought once more.
      acts.push(...(request.refused ? [show, bring] : [bring, show]));
    }
  }
  return acts;
}

/** The same code has the same request out while that can be answered: only another one begins anew. */
function nameOfActivating({ activation_id, deactivation, request }: ProductView): string {
  if (request && !request.refused?.for_good) return m.use_another_code();
  return (activation_id ?? deactivation ?? request) ? m.activate_again() : m.activate();
}

function beginning(
  action: Exclude<ActionView, "deliver">,
  product: ProductView,
  journey: Journey,
  backend: Backend,
): Act {
  const { product: code } = product;
  switch (action) {
    case "activate":
      return {
        name: nameOfActivating(product),
        icon: "key",
        run: () => journey.go({ at: "code", text: "" }),
      };
    case "refresh":
      return {
        name: m.bring_refresh(),
        icon: "refresh",
        run: () => journey.go({ at: "refresh-bring", product, text: "" }),
      };
    case "deactivate":
      return {
        name: m.deactivate(),
        icon: "power",
        async run() {
          const plan = await journey.attempt(() => backend.planDeactivation(code));
          if (plan) journey.go({ at: "deactivate-plan", plan });
        },
      };
    case "move":
      return {
        name: m.move_to_another(),
        icon: "move",
        async run() {
          const plan = await journey.attempt(() => backend.planDeactivation(code));
          if (plan) journey.go({ at: "move-request", plan, text: "" });
        },
      };
    case "emergency":
      return {
        name: m.take_emergency(),
        icon: "shield",
        run: () => journey.go({ at: "emergency-plan", product }),
      };
    case "clock":
      return {
        name: m.see_to_clock(),
        icon: "clock",
        async run() {
          const clock = await journey.attempt(() => backend.clockState());
          if (clock) journey.go({ at: "clock-state", clock, product });
        },
      };
    case "help":
      return {
        name: m.get_help(),
        icon: "help",
        run: () => journey.go({ at: "help-ways", product }),
      };
  }
}
