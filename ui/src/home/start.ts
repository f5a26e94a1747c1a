// Where each thing that can be done with a product begins.
import type { Backend } from "../lib/backend";
import type { Journey } from "../lib/journey.svelte";
import type { ActionView, ProductView } from "../lib/views";

export async function start(
  action: ActionView,
  product: ProductView,
  journey: Journey,
  backend: Backend,
): Promise<void> {
  switch (action) {
    case "activate":
      journey.go({ at: "code", text: "" });
      break;
    case "refresh":
      journey.go({ at: "refresh-bring", product, text: "" });
      break;
    case "deactivate": {
      const plan = await journey.attempt(() => backend.planDeactivation(product.product));
      if (plan) journey.go({ at: "deactivate-plan", plan });
      break;
    }
    case "move": {
      const plan = await journey.attempt(() => backend.planDeactivation(product.product));
      if (plan) journey.go({ at: "move-request", plan, text: "" });
      break;
    }
    case "deliver": {
      const carried = await journey.attempt(() => backend.deactivation(product.product));
      if (carried) journey.go({ at: "deactivate-carry", carried, way: "qr", found: true });
      break;
    }
    case "emergency":
      journey.go({ at: "emergency-plan", product });
      break;
    case "clock": {
      const clock = await journey.attempt(() => backend.clockState());
      if (clock) journey.go({ at: "clock-state", clock, product });
      break;
    }
    case "help":
      journey.go({ at: "help-ways", product });
      break;
  }
}
