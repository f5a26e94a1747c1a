// What a license file says, as names and values that people read.
import * as m from "$paraglide/messages";

import type { Fact } from "../../lib/components/Facts.svelte";
import { longTime } from "../../lib/dates";
import type { LicenseView } from "../../lib/views";

export function licenseFacts(license: LicenseView): Fact[] {
  const { expires_at: ends, holder, features } = license;
  return [
    { name: m.programs_one(), value: license.product_name },
    { name: m.license_id(), value: license.license_id, code: true },
    { name: m.done_until(), value: ends ? longTime(ends) : m.license_without_end() },
    ...(holder ? [{ name: m.license_holder_name(), value: holder }] : []),
    ...(features.length > 0
      ? [{ name: m.done_features(), value: features.join(m.list_comma()) }]
      : []),
  ];
}
