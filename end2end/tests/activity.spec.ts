import type { Page } from "@playwright/test";
import { correspond, CUSTOMER, ORDER } from "../fixtures/letters.ts";
import { expect, test } from "../fixtures/test.ts";
import { OF_KIND, TODAY, TOTAL, WITHIN_30_DAYS, WITHIN_7_DAYS, YESTERDAY } from "../fixtures/story.ts";
import { ActivityPage } from "../pages/activity.ts";

test("the tabs count each category and write the query", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  await expect(activity.category("All")).toHaveText(new RegExp(`${TOTAL}$`));
  await expect(activity.category("Products")).toHaveText(new RegExp(`${OF_KIND.product}$`));
  await expect(activity.category("Orders")).toHaveText(new RegExp(`${OF_KIND.order}$`));
  await activity.category("Orders").click();
  await activity.hasQuery("category:orders");
  await activity.findsExactly(OF_KIND.order);
  await expect(activity.category("Orders")).toHaveAttribute("aria-pressed", "true");
  await activity.category("Coupons").click();
  await activity.findsExactly(OF_KIND.order + OF_KIND.coupon);
  await activity.category("All").click();
  await activity.hasQuery("");
  await activity.findsExactly(TOTAL);
});

test("what is typed is found, and Back leads back", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  await activity.query.fill("linen shirt");
  await activity.query.press("Enter");
  await activity.findsExactly(OF_KIND.product);
  await expect(activity.rows.first()).toContainText("Linen shirt 0");
  await page.goBack();
  await activity.hasQuery("");
  await activity.findsExactly(TOTAL);
});

test("qualifiers and values are proposed, and Enter takes the first value", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  await activity.query.click();
  await activity.query.pressSequentially("outc");
  const proposals = page.getByRole("listbox", { name: "Suggestions" });
  await expect(proposals.getByRole("option").first()).toHaveAccessibleName(/^outcome:/);
  await activity.query.pressSequentially("ome:fa");
  await expect(proposals.getByRole("option", { name: /failed/ })).toHaveAttribute("aria-selected", "true");
  await activity.query.press("Enter");
  await activity.hasQuery("outcome:failed");
  await activity.findsExactly(OF_KIND.failedMessage);
});

test("a mistake is named with a proposal, and the last good list stays", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open("outcome:failed");
  await activity.query.fill("outcom:pending");
  await activity.query.press("Enter");
  await expect(activity.correction).toContainText("there is no qualifier");
  await expect(activity.query).toHaveAttribute("aria-invalid", "true");
  await expect(activity.rows).toHaveCount(OF_KIND.failedMessage);
  await activity.correction.getByRole("button", { name: /^outcome/ }).click();
  await activity.hasQuery("outcome:pending");
  await activity.findsExactly(OF_KIND.pendingExport);
});

test("a page that is opened with a mistake says what can stand there, and promises no list", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open("zebra:price");
  await expect(activity.correction).toContainText('Search for it as text: "zebra:price"');
  await expect(activity.correction).not.toContainText("last query");
  await expect(page.getByRole("heading", { name: "The query was not understood" })).toBeVisible();
  await expect(page.locator(".facets .skel")).toHaveCount(0);
  await activity.correction.getByRole("button").click();
  await activity.hasQuery('"zebra:price"');
  await expect(page.getByRole("heading", { name: "No entry matches all of this" })).toBeVisible();
  await page.goto("/messages?q=type:invoice");
  await expect(activity.correction).toContainText("there is no value invoice. Possible values: ");
  await expect(page.locator(".facets .skel")).toHaveCount(0);
});

test("the date is chosen by name or in the calendar", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  const date = page.getByRole("button", { name: /^Date:/ });
  const menu = page.getByRole("dialog", { name: "Date" });
  for (const [name, query, count] of [
    ["Today", "created:today", TODAY],
    ["Yesterday", "created:yesterday", YESTERDAY],
    ["Last 7 days", "created:7d", WITHIN_7_DAYS],
    ["Last 30 days", "created:30d", WITHIN_30_DAYS],
  ] as const) {
    await date.click();
    await menu.getByRole("button", { name, exact: true }).click();
    await expect(menu).toBeHidden();
    await activity.hasQuery(query);
    await activity.findsExactly(count);
    await expect(date).toHaveAccessibleName(`Date: ${name}`);
  }
  await date.click();
  const today = menu.getByRole("grid").locator("[aria-current=date]");
  await today.click();
  await today.click();
  await expect(menu).toBeHidden();
  await expect(activity.query).toHaveValue(/^created:\S*\d{4}-\d{2}-\d{2}/);
  await activity.findsExactly(TODAY);
  await date.click();
  await menu.getByRole("button", { name: "Any time" }).click();
  await activity.findsExactly(TOTAL);
});

test("outcomes are switched on and off beside the plot, which has a text equivalent", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  await expect(activity.plot).toHaveAccessibleName(
    new RegExp(`^${TOTAL} entries, .*: Success ${OF_KIND.success}, Pending ${OF_KIND.pendingExport}, Failed ${OF_KIND.failedMessage}\\.`),
  );
  await activity.outcomes.getByRole("button", { name: /^Failed/ }).click();
  await activity.hasQuery("outcome:failed");
  await activity.findsExactly(OF_KIND.failedMessage);
  await expect(activity.rows.filter({ hasText: "Failed" })).toHaveCount(OF_KIND.failedMessage);
  await activity.outcomes.getByRole("button", { name: /^Failed/ }).click();
  await activity.findsExactly(TOTAL);
});

test("a filter lists its values with counts", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  const filters = page.getByRole("group", { name: "Filters" });
  await filters.getByRole("button", { name: /^Outcome/ }).click();
  const menu = page.getByRole("dialog", { name: "Outcome" });
  await menu.getByRole("button", { name: /^Pending/ }).click();
  await activity.hasQuery("outcome:pending");
  await activity.findsExactly(OF_KIND.pendingExport);
  await page.keyboard.press("Escape");
  await filters.getByRole("button", { name: "Remove the filter Outcome" }).click();
  await activity.findsExactly(TOTAL);
});

test("the User filter finds who did nothing lately, and says where its search ended", async ({ fresh, open }) => {
  const by = (name: string, count: number): object[] =>
    Array.from({ length: count }, (_, at) => ({
      action: "product.updated",
      actor: { type: "user", id: name, name },
      subject: { type: "product", id: `${at}`, name: `Linen shirt ${at}` },
    }));
  test.slow();
  await fresh.post(by("Basma Qadi", 1));
  for (let batch = 0; batch < 10; batch += 1) {
    await fresh.post(by("Huda Harbi", 1000));
  }
  await fresh.post(by("Huda Harbi", 10));
  const typing = async (page: Page, name: string) => {
    const activity = new ActivityPage(page);
    await activity.open("category:products outcome:success");
    await page.getByRole("group", { name: "Filters" }).getByRole("button", { name: /^User/ }).click();
    await page.getByRole("searchbox", { name: "Find: User" }).fill(name);
    return page.getByRole("dialog", { name: "User" });
  };
  const menu = await typing(await open("super_admin", { server: fresh }), "basma");
  await expect(menu.getByRole("button", { name: /^Basma Qadi/ })).toBeVisible();
  // A store keeper may not see everybody: for them the search ends with the newest.
  const keepers = await typing(await open("store_keeper", { server: fresh }), "basma");
  await expect(keepers.getByText("Nothing among the newest 10,000")).toBeVisible();
});

test("a search goes on by itself to the oldest, whether it is typed, opened or gone back to", async ({ fresh, open }) => {
  const numbered = (count: number, ip: string): object[] =>
    Array.from({ length: count }, (_, at) => ({
      action: "product.updated",
      actor: { type: "user", id: "u_7", name: "Huda Harbi" },
      subject: { type: "product", id: `${at}`, name: `Linen shirt ${at}` },
      ip,
    }));
  const [oldest] = await fresh.post(numbered(1, "10.1.2.3"));
  for (const count of [1000, 1000, 1000, 1000, 500]) {
    await fresh.post(numbered(count, "203.0.113.7"));
  }
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  const isFound = async (): Promise<void> => {
    await expect(activity.rows).toHaveCount(1);
    await expect(activity.rows.getByRole("link").first()).toHaveAttribute("href", new RegExp(oldest ?? "none"));
    await expect(page.getByText(/^That is everything since /)).toBeVisible();
  };
  await activity.open();
  await expect(activity.rows).not.toHaveCount(1);
  await activity.query.fill("ip:10.0.0.0/8");
  await activity.query.press("Enter");
  await isFound();
  await page.goBack();
  await activity.hasQuery("");
  await expect(activity.rows).not.toHaveCount(1);
  await page.goForward();
  await activity.hasQuery("ip:10.0.0.0/8");
  await isFound();
  await page.reload();
  await isFound();
});

test("the order is turned round, and the address keeps it", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  await expect(activity.rows.first()).toContainText("Storetrail");
  await page.getByRole("link", { name: "Newest first" }).click();
  await expect(page.getByRole("link", { name: "Oldest first" })).toBeVisible();
  await expect(page).toHaveURL(/[?&]sort=oldest/);
  await expect(activity.rows.first()).toContainText("Noura Al-Otaibi");
  await page.reload();
  await expect(page.getByRole("link", { name: "Oldest first" })).toBeVisible();
  await expect(activity.rows.first()).toContainText("Noura Al-Otaibi");
});

test("an entry that doesn't exist is said to be none", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open("", { entry: "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f" });
  await expect(activity.drawer.getByRole("heading", { name: "There is no such entry" })).toBeVisible();
});

test("what an entry names leads to its page where there is one, else into the log", async ({ fresh, open }) => {
  await correspond(fresh);
  await fresh.api("POST", "/api/v1/operations", { id: "sale", name: "Winter sale" });
  const named = (type: string, id: string) => ({ type, id, name: `the ${type} ${id}` });
  const [known, foreign] = await fresh.post([
    {
      action: "product.updated",
      related: [named("order", ORDER), named("customer", CUSTOMER), named("order", "9"), named("customer", "c_9")],
      operation_id: "sale",
    },
    { action: "product.updated", operation_id: "nightly import" },
  ]);
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("", { entry: known ?? "" });
  const related = activity.drawer.getByRole("region", { name: "Related" });
  for (const [name, href] of [
    [`the order ${ORDER}`, `/orders/${ORDER}`],
    [`the customer ${CUSTOMER}`, `/customers/${CUSTOMER}`],
    ["the order 9", "/activity?q=about:order/9"],
    ["the customer c_9", "/activity?q=about:customer/c_9"],
  ] as const) {
    await expect(related.getByRole("link").filter({ hasText: name })).toHaveAttribute("href", href);
  }
  const operation = activity.drawer.getByRole("link", { name: "Open it", exact: true });
  await expect(operation).toHaveAttribute("href", "/operations/sale");
  await activity.open("", { entry: foreign ?? "" });
  await expect(activity.drawer.getByRole("button", { name: "nightly import" })).toBeVisible();
  await expect(operation).toHaveCount(0);
});

test("the keyboard does it all", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open("category:products,coupons");
  const at = (place: number) => activity.rows.nth(place);
  await page.keyboard.press("j");
  await expect(at(0)).toHaveClass(/cursor/);
  await page.keyboard.press("j");
  await expect(at(1)).toHaveClass(/cursor/);
  await page.keyboard.press("k");
  await expect(at(0)).toHaveClass(/cursor/);
  await page.keyboard.press("Enter");
  await expect(activity.drawer.getByRole("heading", { name: /Linen shirt 0/ }).first()).toBeVisible();
  await page.keyboard.press("j");
  await expect(activity.drawer.getByRole("heading", { name: /SUMMER1/ }).first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(activity.drawer).toBeHidden();
  // The focus goes back to the row with the next frame.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.keyboard.press("/");
  await expect(activity.query).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await expect(activity.query).not.toBeFocused();
});

test("keys that write Arabic letters are known by their place", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open("category:products,coupons");
  // What a browser tells of such a keyboard; the driver has none.
  const press = (key: string, code: string) =>
    page.evaluate(
      ([key, code]) =>
        document.body.dispatchEvent(
          new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }),
        ),
      [key, code] as const,
    );
  await press("ت", "KeyJ");
  await expect(activity.rows.nth(0)).toHaveClass(/cursor/);
  await press("ت", "KeyJ");
  await expect(activity.rows.nth(1)).toHaveClass(/cursor/);
  await press("ن", "KeyK");
  await expect(activity.rows.nth(0)).toHaveClass(/cursor/);
  await press("ظ", "Slash");
  await expect(activity.query).toBeFocused();
});

test("Escape closes the menu that is open, and only then the entry", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open("category:products,coupons");
  await page.keyboard.press("j");
  await expect(activity.rows.first()).toHaveClass(/cursor/);
  await page.keyboard.press("Enter");
  const entry = activity.drawer.getByRole("heading", { name: /Linen shirt 0/ }).first();
  await expect(entry).toBeVisible();
  await page.getByRole("button", { name: "Choose columns" }).click();
  const columns = page.locator("#columns");
  await expect(columns).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(columns).toBeHidden();
  await expect(entry).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(activity.drawer).toBeHidden();
});

test("f and a column filters by the value under the cursor", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open("Linen shirt");
  await page.keyboard.press("j");
  await expect(activity.rows.first()).toHaveClass(/cursor/);
  await page.keyboard.press("f");
  await page.keyboard.press("d");
  await activity.hasQuery("Linen shirt action:product.updated");
  await activity.findsExactly(OF_KIND.product);
  // Who goes to the query narrows it.
  await page.keyboard.press("/");
  await page.keyboard.type(" outcome:failed");
  await expect(activity.query).toHaveValue("Linen shirt action:product.updated outcome:failed");
});

test("scrolling leads through all pages to the end", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  await expect(activity.rows).toHaveCount(100);
  await activity.entries.focus();
  const end = page.getByText(/^That is everything since /);
  await expect(async () => {
    await page.keyboard.press("End");
    await expect(end).toBeInViewport({ timeout: 2_000 });
  }).toPass({ timeout: 30_000 });
  await expect(activity.rows).toHaveCount(TOTAL);
  await expect(activity.rows.last()).toContainText("Noura Al-Otaibi");
});

test("where nothing matches, the word to drop is named with what that finds", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open("actor:u_1 outcome:failed");
  await expect(page.getByRole("heading", { name: "No entry matches all of this" })).toBeVisible();
  await expect(page.getByText(/Without\s+actor:u_1\s+there are\s+18 entries/)).toBeVisible();
  await page.getByRole("button", { name: "Drop actor:u_1" }).click();
  await activity.hasQuery("outcome:failed");
  await activity.findsExactly(OF_KIND.failedMessage);
});

test("a link reproduces the view for somebody else", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open("category:orders", { sort: "oldest" });
  await activity.rows.first().getByRole("link").click();
  await expect(activity.drawer).toBeVisible();
  await expect(page).toHaveURL(/entry=/);
  const title = await activity.drawer.getByRole("heading").first().textContent();

  const theirs = await open("manager", { server: log });
  await theirs.goto(page.url());
  const there = new ActivityPage(theirs);
  await there.hasQuery("category:orders");
  await there.findsExactly(OF_KIND.order);
  await expect(theirs.getByRole("link", { name: "Oldest first" })).toBeVisible();
  await expect(there.drawer.getByRole("heading").first()).toHaveText(title ?? "");
});

test("the log is readable and filtered before any script has come", async ({ log, open }) => {
  const page = await open("super_admin", { server: log, javaScriptEnabled: false });
  await page.goto("/activity");
  const activity = new ActivityPage(page);
  await expect(activity.rows).toHaveCount(100);
  await activity.query.fill("outcome:failed");
  await activity.query.press("Enter");
  await activity.findsExactly(OF_KIND.failedMessage);
  await activity.rows.first().getByRole("link").click();
  await expect(activity.drawer.getByText("The carrier refused the parcel").first()).toBeVisible();
});

test("the log speaks Arabic, from right to left", async ({ log, open }) => {
  const page = await open("super_admin", { server: log, language: "ar" });
  await page.goto("/activity");
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText(/[a-z]/i);
  await expect(page.getByRole("columnheader")).not.toHaveText([/[a-z]/i]);
  await expect(page.locator("tr[data-row] td.action").first()).not.toHaveText(/[a-z]/i);
});

test("on a phone an entry fills the screen, and Back is at its start", async ({ log, open }) => {
  const size = { width: 390, height: 844 };
  const page = await open("super_admin", { server: log, viewport: size, hasTouch: true, isMobile: true });
  const activity = new ActivityPage(page);
  await activity.open();
  await activity.row("Linen shirt 0").getByRole("link").tap();
  await expect(activity.drawer.locator("ins")).toHaveText("95");
  await expect.poll(async () => (await activity.drawer.boundingBox())?.width).toBe(size.width);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(size.width);
  await activity.drawer.getByRole("link", { name: "Back to the list" }).tap();
  await expect(activity.drawer).toBeHidden();
});
