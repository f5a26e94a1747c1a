import { screen } from "@testing-library/svelte";
import { expect, it } from "vitest";

import { arriveAt, button, open } from "../../../tests/open";
import { acme } from "../../../tests/views";

it("says what to do, and takes another vendor file", async () => {
  const { user } = open({ at: "vendor-differs", vendor: acme });
  await arriveAt("Nothing was trusted");
  expect(
    screen.getByText(/Call Acme Software on a number that you already know/),
  ).toBeInTheDocument();
  await user.click(button("Bring another vendor file"));
  await arriveAt("Which vendor do you want to add?");
});
