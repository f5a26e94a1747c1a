// The vendor's pages: what is sold, who has it, and license files, looked at and walked through.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";

import { launch, open } from "./lib/browser.js";
import { enter, survey as look } from "./lib/desk.js";
import { PRODUCT, Stage } from "./lib/stage.js";

const DAY = 24 * 60 * 60 * 1000;
const KEY = "0781:5581:4C530001230405117255:30752000000";

let stage;
let browser;
let cookies;

before(async () => {
  stage = await Stage.open();
  browser = await launch();
  const { context, page } = await open(browser);
  await enter(stage, page, "admin");
  cookies = await context.cookies();
  await context.close();
});

after(async () => {
  await browser.close();
  const { code, log } = await stage.end();
  assert.equal(code, 0, log);
  assert.doesNotMatch(log, /ERROR/);
});

/** Goes there as somebody who has signed in. */
const at = (path, then = async () => {}) => async (page) => {
  await page.context().addCookies(cookies);
  await page.goto(`${stage.url}${path}`);
  await then(page);
};

const survey = (name, heading, arrive, options) => look(browser, name, heading, arrive, options);
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const follow = (page, name) => page.getByRole("link", { name }).first().click();

test("the vendor's pages before anything is sold", async () => {
  await survey("vendor-begin", "Overview", at("/vendor"));
  await survey("vendor-entitlements-none", "Entitlements", at("/vendor/entitlements"));
  await survey("vendor-activations-none", "Activations", at("/vendor/activations"));
  await survey("vendor-licenses-none", "Licenses", at("/vendor/licenses"));
});

test("products", async () => {
  const lab = ["--features", "export,render", "--grace", "7d", "--emergency", "3d"];
  stage.authority("product", "add", "com.acme.lab", "--name", "Acme Lab", "--offline", ...lab);
  await survey("vendor-products", "Products", at("/vendor/products"));
  await survey("vendor-product-add", "Add a product", at("/vendor/products/add"));
  await survey(
    "vendor-product-trouble",
    "Add a product",
    at("/vendor/products/add", async (page) => {
      await page.getByLabel("Code", { exact: true }).fill("Acme Lab");
      await page.getByLabel("Grace").fill("soon");
      await press(page, "Add the product");
      await page.getByText("3 things have to be put right").waitFor();
    }),
  );
  await survey("vendor-product", "Acme Lab", at("/vendor/product/com.acme.lab"));
});

// The computers here are one machine: each that asks gets the seat of the one before it (rule A4).
test("the overview, entitlements and activations", async () => {
  const ends = new Date(Date.now() + 20 * DAY).toISOString().slice(0, 10);
  const { activation_code: code } = stage.sell(1, "Example Works GmbH & Co. KG");
  stage.sell(5, "Söhne");
  stage.sell(2, "A holder with a rather long name that has to break somewhere, Ltd.");
  const soon = ["--product", PRODUCT, "--seats", "3", "--ends", ends, "--holder", "Over Soon Inc."];
  stage.authority("entitlement", "add", ...soon);
  const { activation_code: stopped } = stage.sell(4, "Stopped Ltd.");
  stage.authority("entitlement", "suspend", stopped);
  const bring = at("/", async (page) => {
    for (const request of [
      stage.computer("press-04").request(code),
      stage.computer("press-05").request(stopped),
    ]) {
      await page.goto(stage.url);
      await page.getByLabel("Paste the text").fill(request);
      await press(page, "Get the answer");
      await page.waitForURL(/\/a$/);
    }
    await page.goto(`${stage.url}/vendor`);
  });
  await survey("vendor-overview", "Overview", bring);
  await survey("vendor-entitlements", "Entitlements", at("/vendor/entitlements"));
  await survey("vendor-found-nothing", "Entitlements", at("/vendor/entitlements?q=nobody"));
  await survey("vendor-entitlement-add", "Add an entitlement", at("/vendor/entitlements/add"));
  await survey(
    "vendor-entitlement-trouble",
    "Add an entitlement",
    at("/vendor/entitlements/add", async (page) => {
      await page.getByLabel("Seats").fill("many");
      await press(page, "Add the entitlement");
      await page.getByText("2 things have to be put right").waitFor();
    }),
  );
  const issued = at("/vendor/entitlements/add", async (page) => {
    await page.getByLabel("Product").selectOption(PRODUCT);
    await page.getByLabel("Holder").fill("New Works");
    await press(page, "Add the entitlement");
  });
  await survey("vendor-issued", /^The code and the secret/, issued, { printed: true });
  const own = (name) => async (page) => {
    await follow(page, "Example Works GmbH");
    if (name) await follow(page, name);
  };
  const list = "/vendor/entitlements";
  await survey("vendor-entitlement", "Acme CAD for Example Works GmbH & Co. KG", at(list, own()));
  await survey("vendor-change", /^Change Acme CAD/, at(list, own("Change or renew")));
  await survey("vendor-revoke", /^Revoke Acme CAD/, at(list, own("Revoke for good")));

  const computer = (then = async () => {}) => async (page) => {
    await follow(page, "press-04");
    await then(page);
  };
  const active = "/vendor/activations";
  await survey("vendor-activations", "Activations", at(active));
  await survey("vendor-activation", "press-04", at(active, computer()));
  const talker = stage.computer("press-06");
  await survey(
    "vendor-status-code",
    /^Works until/,
    at("/", async (page) => {
      await page.getByLabel("Paste the text").fill(talker.request(stage.sell(1).activation_code));
      await press(page, "Get the answer");
      talker.apply(await page.getByLabel("To paste there").inputValue());
      await page.goto(`${stage.url}/vendor/activations`);
      await follow(page, "Look up a status code");
      await page.getByLabel("Status code").fill(talker.statusCode());
      await press(page, "Show what it means");
      await page.getByRole("link", { name: "press-06" }).waitFor();
    }),
  );
  await survey(
    "vendor-lease",
    "A new lease for press-04 is ready",
    at(active, computer((page) => press(page, "Make a new lease"))),
  );
  const lost = computer((page) => follow(page, "It is lost"));
  await survey("vendor-release", "Release the seat of press-04?", at(active, lost));
  await survey(
    "vendor-released",
    "press-04",
    at(active, async (page) => {
      await lost(page);
      await press(page, "Release the seat");
      await page.getByText("The seat is free.").waitFor();
    }),
  );
});

test("license files", async () => {
  const to = (name) => ["--holder", name, "--expires", "2099-12-31", "--out", stage.path("made.lic")];
  stage.authority("license", "--product", PRODUCT, "--usb", KEY, ...to("Example Works"));
  stage.authority("license", "--product", PRODUCT, "--unbound", "--out", stage.path("unbound.lic"));
  await survey("vendor-licenses", "Licenses", at("/vendor/licenses"));
  const one = (name) => async (page) => {
    await follow(page, "Example Works");
    if (name) await follow(page, name);
  };
  await survey("vendor-license", "Acme CAD for Example Works", at("/vendor/licenses", one()));
  await survey("vendor-license-add", "Make a license", at("/vendor/licenses/add"));
  await survey(
    "vendor-license-trouble",
    "Make a license",
    at("/vendor/licenses/add", async (page) => {
      await page.getByLabel("Id of the USB key").fill("0781:5581");
      await page.getByLabel("Grace").fill("7d");
      await press(page, "Make the license");
      await page.getByText("3 things have to be put right").waitFor();
    }),
  );
  await survey("vendor-reissue", /^Another file/, at("/vendor/licenses", one("Make another file")));
});

/** A list of so many rows; some of them are no good. */
function orders(name, count) {
  const rows = Array.from({ length: count }, (_, row) => {
    const ends = { 7: "2019-01-01", 9: "next year" }[row] ?? "2099-12-31";
    return `${PRODUCT},yes,${ends},Customer ${row},${name}-${row}`;
  });
  return stage.file(`${name}.csv`, ["product,unbound,expires,holder,reference", ...rows].join("\n"));
}

const brought = (file) => async (page) => {
  await page.getByLabel("The list, and the activation requests").setInputFiles(file);
  await press(page, "Check the list");
  await page.waitForURL(/\/list\//);
};

test("many licenses from a list", async () => {
  const lists = "/vendor/licenses/lists";
  await survey("vendor-lists-none", "Licenses from a list", at(lists));
  const bad = stage.file("orders.csv", "produkt;usb\n");
  await survey(
    "vendor-list-trouble",
    "Licenses from a list",
    at(lists, async (page) => {
      await page.getByLabel("The list, and the activation requests").setInputFiles(bad);
      await press(page, "Check the list");
      await page.getByText("One thing has to be put right").waitFor();
    }),
  );
  const spring = orders("spring", 40);
  await survey("vendor-list-checked", "spring.csv", at(lists, brought(spring)));
  const summer = orders("summer", 2000);
  await survey(
    "vendor-list-working",
    "summer.csv",
    at(lists, async (page) => {
      await brought(summer)(page);
      await page.getByRole("button", { name: /^Make/ }).click();
      await page.getByText("of 2000 rows are done").waitFor();
      // It is looked at for longer than it stays as it is.
      await page.route(/\/list\//, async (route) => {
        const response = await route.fetch();
        const { refresh, ...headers } = response.headers();
        assert.equal(refresh, "2");
        await route.fulfill({ response, headers });
      });
      await page.goto(page.url());
      await page.getByText("of 2000 rows are done").waitFor();
    }),
  );
  await survey(
    "vendor-list-stopped",
    "summer.csv",
    at(lists, async (page) => {
      await page.getByRole("link", { name: "summer.csv" }).click();
      await press(page, "Stop the list");
      await page.getByText("Somebody stopped it.").waitFor();
    }),
  );
  await survey(
    "vendor-list-done",
    "autumn.csv",
    at(lists, async (page) => {
      await brought(orders("autumn", 40))(page);
      await page.getByRole("button", { name: /^Make/ }).click();
      await page.getByText("Download all as one ZIP file").waitFor({ timeout: 120_000 });
    }),
  );
  await survey("vendor-lists", "Licenses from a list", at(lists));
});

const offered = (file, name = "The list") => async (page) => {
  await page.getByLabel(name, { exact: true }).setInputFiles(file);
  await press(page, "Check the list");
};

test("entitlements and products from a list", async () => {
  const entitlements = "/vendor/entitlements/import";
  const title = "Entitlements from a list";
  await survey("vendor-import", title, at(entitlements));
  const own = stage.file("shop.csv", `reference,product,seats,our notes\nS-1,${PRODUCT},1,none\n`);
  await survey("vendor-import-trouble", title, at(entitlements, offered(own)));
  const terms = (row) => ({ 3: "none,30d,2099-12-31", 5: "1,soon,2099-12-31" })[row] ?? "2,30d,2099-12-31";
  const orders = (holder) => {
    const rows = Array.from({ length: 8 }, (_, row) => `order-2026-${row},${PRODUCT},${terms(row)},${holder} ${row}`);
    return ["reference,product,seats,offline_lease,ends,holder", ...rows].join("\n");
  };
  const list = stage.file("orders.csv", orders("Customer"));
  await survey("vendor-import-checked", "orders.csv", at(entitlements, offered(list)));
  const done = at(entitlements, async (page) => {
    await offered(list)(page);
    await press(page, "Add 6 entitlements");
  });
  await survey("vendor-imported", "orders.csv: done", done, { printed: true });
  stage.file("orders.csv", orders("Another name of customer").replace("order-2026-7", "order-2026-9"));
  await survey("vendor-import-again", "orders.csv", at(entitlements, offered(list)));
  const products = "/vendor/products/import";
  await survey("vendor-import-products", "Products from a list", at(products));
  const sold = stage.file("products.csv", `product,name\n${PRODUCT},Acme CAD\ncom.acme.cam,Acme CAM\n`);
  await survey(
    "vendor-imported-products",
    "products.csv: done",
    at(products, async (page) => {
      await offered(sold)(page);
      await press(page, "Add 1 product");
    }),
  );
});

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with scripts" : "without scripts";

  test(`an entitlement is added, its code activates a computer, and a list is made, ${how}`, async () => {
    const { context, page, complaints } = await open(browser, { javaScriptEnabled });
    await at("/vendor/entitlements/add")(page);
    await page.getByLabel("Product").selectOption(PRODUCT);
    await page.getByLabel("Holder").fill(`Walk ${how}`);
    await press(page, "Add the entitlement");
    const code = await page.locator("section.secret code").first().innerText();
    const computer = stage.computer(`walk ${how}`);
    await page.goto(stage.url);
    await page.getByLabel("Paste the text").fill(computer.request(code));
    await press(page, "Get the answer");
    await at("/vendor/activations?q=walk")(page);
    await follow(page, `walk ${how}`);
    await page.getByRole("heading", { level: 1, name: `walk ${how}` }).waitFor();

    await at("/vendor/licenses/lists", brought(orders(`walk ${how}`, 80)))(page);
    await page.getByRole("button", { name: "Make 78 licenses" }).click();
    // The page loads itself again until it is done.
    const zip = page.getByRole("link", { name: "Download all as one ZIP file" });
    await zip.waitFor({ timeout: 120_000 });
    const [download] = await Promise.all([page.waitForEvent("download"), zip.click()]);
    const names = execFileSync("python3", ["-m", "zipfile", "-l", await download.path()], { encoding: "utf8" });
    assert.equal(names.match(/keyferry-license-\S+\.lic/g).length, 78);
    assert.match(names, /results\.csv/);

    const order = `reference,product,seats,notes\nwalk-${javaScriptEnabled},${PRODUCT},1,none\n`;
    await at("/vendor/entitlements/import", offered(stage.file("order.csv", order)))(page);
    // The list is kept: it is not chosen again.
    await page.getByLabel("Pass over columns that mean nothing here").check();
    await press(page, "Check the list");
    await press(page, "Add 1 entitlement");
    const [sheet] = await Promise.all([page.waitForEvent("download"), press(page, "Download the results")]);
    const results = stage.read(await sheet.path());
    assert.ok(results.includes(await page.locator("td code").first().innerText()), results);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

