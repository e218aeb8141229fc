import { findings, LOOKS } from "../fixtures/axe.ts";
import { press } from "../fixtures/ready.ts";
import { expect, test } from "../fixtures/test.ts";
import type { Server } from "../fixtures/server.ts";

const price = (n: number, before: number, after: number) => ({
  subject: { type: "product", id: `p_${n}`, name: `Wool coat ${n}` },
  field: "price",
  before,
  after,
});

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

/** A sale that is done: 12 prices, a tag, a failure; one price was changed since. */
async function sale(server: Server) {
  await server.api("POST", "/api/v1/operations", {
    id: "sale",
    name: "Winter sale",
    description: "20% less",
    query: "category:outerwear",
    trace_id: TRACE,
    actor: { type: "user", id: "u_1", name: "Omar Haddad" },
  });
  const items: object[] = [];
  for (let n = 1; n <= 12; n++) items.push(price(n, 100 + n, 80));
  items.push({ subject: { type: "product", id: "p_1", name: "Wool coat 1" }, field: "tags", before: ["new"], after: ["new", "sale"] });
  items.push({ subject: { type: "product", id: "p_99", name: "Rain jacket" }, field: "price", before: 9, error: "Price below cost" });
  await server.api("POST", "/api/v1/operations/sale/items", items);
  await server.api("POST", "/api/v1/operations/sale/complete", {});
  await server.post([
    {
      action: "product.updated",
      actor: { type: "user", id: "u_2", name: "Mei Lin Chen" },
      subject: { type: "product", id: "p_3", name: "Wool coat 3" },
      changes: [{ field: "price", before: 80, after: 75 }],
    },
  ]);
}

test("an operation is found in its list and tells what became of its items", async ({ fresh, open }) => {
  await sale(fresh);
  const page = await open("super_admin", { server: fresh });
  await page.goto("/operations");
  await page.getByRole("link", { name: "Winter sale" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Winter sale");
  const items = page.getByRole("table", { name: "Items of this operation" });
  await expect(items.getByRole("row")).toHaveCount(15);
  await expect(items.getByText("Changed by Mei Lin Chen")).toBeVisible();
  await expect(items.getByText("+ sale")).toBeVisible();
  await press(page.getByRole("button", { name: /^Failed/ }));
  await expect(items.getByRole("row")).toHaveCount(2);
  await expect(items.getByText("Price below cost")).toBeVisible();
});

test("a dry run shows the conflict and asks for the number", async ({ fresh, open }) => {
  await sale(fresh);
  const page = await open("super_admin", { server: fresh });
  await page.goto("/operations/sale");
  await press(page.getByRole("button", { name: "Revert…" }));
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("heading", { name: "1 changed since the operation" })).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Revert 12 fields" })).toBeVisible();
  await expect(dialog.getByText("12 are as they were left and go back. 1 keeps its newer value.")).toBeVisible();
  await dialog.getByText("Overwrite", { exact: true }).first().click();
  await expect(dialog.getByRole("radio", { name: "Overwrite" }).first()).toBeChecked();
  await expect(dialog.getByRole("button", { name: "Revert 13 fields" })).toBeVisible();
  await expect(dialog.getByText("1 that was changed since is overwritten.")).toBeVisible();
  await expect(dialog.getByText("newer value")).toHaveCount(0);
  await expect(dialog.locator("tr.chosen")).toHaveCSS("display", "table-row");
  // There is nowhere to write to, and it says so.
  await expect(dialog.getByText("nowhere to write to")).toBeVisible();
});

test("on a phone a conflict has all three values with their names", async ({ fresh, open }) => {
  await sale(fresh);
  const viewport = { width: 390, height: 844 };
  const page = await open("super_admin", { server: fresh, viewport, hasTouch: true, isMobile: true });
  await page.goto("/operations/sale");
  await press(page.getByRole("button", { name: "Revert…" }));
  const cells = page.getByRole("dialog").locator("tr[data-row] td.num");
  await expect(cells).toHaveText([/^It set\s*80$/, /^Now\s*75$/, /^Restores\s*103$/]);
  for (const cell of await cells.all()) {
    await expect(cell.locator("div")).toBeVisible();
    await expect(cell.locator("bdi")).toBeVisible();
  }
  const box = page.getByRole("dialog").locator("tr[data-row]").first();
  expect(await box.evaluate((row) => row.scrollHeight - row.clientHeight)).toBeLessThanOrEqual(1);
});

test("what failed is not shown as written, its error can be read, and statuses are causes of their own", async ({ fresh, open }) => {
  await fresh.api("POST", "/api/v1/operations", { id: "sale", name: "Sale" });
  const error = "Price is below the cost of the product";
  const items = [
    { ...price(1, 9, 8), error },
    { subject: { type: "product", id: "p_2", name: "Tagged" }, field: "tags", before: ["a"], after: ["a", "b"], error: "HTTP 404" },
    { ...price(3, 9, 8), error: "HTTP 500" },
  ];
  await fresh.api("POST", "/api/v1/operations/sale/items", items);
  await fresh.api("POST", "/api/v1/operations/sale/complete", {});
  const page = await open("super_admin", { server: fresh, viewport: { width: 1440, height: 900 } });
  await page.goto("/operations/sale");
  await expect(page.locator("tr[data-row] td.after")).toHaveText(["not written", "not written", "not written"]);
  const words = page.locator("tr[data-row]").first().locator(".since .status > span");
  await expect(words).toHaveText(error);
  const cut = await words.evaluate((span) => [span.scrollWidth - span.clientWidth, span.scrollHeight - span.clientHeight]);
  expect(Math.max(...cut)).toBeLessThanOrEqual(1);
  await press(page.getByRole("button", { name: /^Failed/ }));
  const causes = page.getByRole("list", { name: "Why items failed" }).getByRole("button");
  await expect(causes).toHaveCount(3);
  await expect(causes.filter({ hasText: "HTTP 404" })).toHaveCount(1);
  await expect(causes.filter({ hasText: "HTTP 500" })).toHaveCount(1);
});

test("more items than were planned are said, and the bar stays full", async ({ fresh, open }) => {
  await fresh.api("POST", "/api/v1/operations", { id: "more", name: "Tag clean-up", total: 1 });
  await fresh.api("POST", "/api/v1/operations/more/items", [price(1, 3, 2), price(2, 3, 2)]);
  const page = await open("super_admin", { server: fresh });
  for (const path of ["/operations", "/operations/more"]) {
    await page.goto(path);
    await expect(page.getByText("2 of 1 planned")).toBeVisible();
    await expect(page.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "1");
  }
});

test("an end with another number than planned is counted in the page's language", async ({ fresh, open }) => {
  await fresh.api("POST", "/api/v1/operations", { id: "fewer", name: "Tag clean-up", total: 3 });
  await fresh.api("POST", "/api/v1/operations/fewer/items", [price(1, 3, 2)]);
  await fresh.api("POST", "/api/v1/operations/fewer/complete", { total: 1 });
  for (const [language, words] of [
    ["en", "1 item came, planned: 3"],
    ["ar", "وصل عنصر واحد، والمخطط له 3"],
  ] as const) {
    const page = await open("super_admin", { server: fresh, language });
    await page.goto("/operations/fewer");
    await expect(page.getByRole("complementary").getByText(words)).toBeVisible();
    await page.close();
  }
});

test("an operation that runs moves while one looks", async ({ fresh, open }) => {
  await fresh.api("POST", "/api/v1/operations", { id: "run", name: "Tag clean-up", kind: "tag_clean_up", total: 4 });
  const page = await open("super_admin", { server: fresh });
  const greeted = page
    .waitForEvent("websocket")
    .then((socket) => socket.waitForEvent("framereceived", (frame) => `${frame.payload}`.includes('"hello"')));
  await page.goto("/operations/run");
  await greeted;
  const bar = page.getByRole("progressbar");
  await expect(bar).toHaveAttribute("aria-valuenow", "0");
  await fresh.api("POST", "/api/v1/operations/run/items", [price(1, 3, 2), price(2, 3, 2)]);
  await expect(bar).toHaveAttribute("aria-valuenow", "2");
  await expect(page.getByRole("link", { name: "Wool coat 2" })).toBeVisible();
  await fresh.api("POST", "/api/v1/operations/run/complete", { total: 2 });
  await expect(page.getByText("Completed").first()).toBeVisible();
});

test("an operation leads to its trace", async ({ fresh, open }) => {
  await sale(fresh);
  const page = await open("super_admin", { server: fresh });
  await page.goto("/operations/sale");
  await page.getByRole("link", { name: TRACE }).click();
  await expect(page).toHaveURL(/\/activity\?q=trace/);
  await expect(page.locator("tr[data-row]").filter({ hasText: "Winter sale" }).first()).toBeVisible();
});

test("the source is asked to try again what failed, and the page leads to where it does", async ({ fresh, open }) => {
  await fresh.api("POST", "/api/v1/operations", { id: "told", name: "Told", controls: ["retry"] });
  const page = await open("super_admin", { server: fresh });
  await page.goto("/operations/told");
  const failed = { ...price(1, 9, 8), after: undefined, error: "Price below cost" };
  await fresh.api("POST", "/api/v1/operations/told/items", failed);
  await press(page.getByRole("button", { name: /^Failed/ }));
  await expect(page.getByText("can be tried again once this has ended")).toBeVisible();
  await fresh.api("POST", "/api/v1/operations/told/complete", {});
  await page.getByRole("button", { name: "Ask to try 1 failed again" }).click();
  await expect(page.getByText("Its source is asked.")).toHaveCount(1);
  await expect(page.getByText("Its source was asked to try these again")).toBeVisible();
  const about = page.getByRole("complementary", { name: "About this operation" });
  await expect(about.getByText("asked to try again what failed")).toBeVisible();
  await fresh.api("POST", "/api/v1/operations", { id: "again", name: "Told again", retries: "told" });
  await expect(about.getByText("What failed was tried again by")).toBeVisible();
  await about.getByRole("link", { name: "this operation" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Told again");
  await expect(page.getByText("It tries again what failed in")).toBeVisible();
});

for (const width of [1366, 390]) {
  test(`what a source left that is gone is ended here and can be taken back, ${width} pixels wide`, async ({ fresh, open }) => {
    await fresh.api("POST", "/api/v1/operations", { id: "gone", name: "Gone", controls: ["pause"], stalls_after_s: 10 });
    await fresh.api("POST", "/api/v1/operations/gone/items", [price(1, 3, 2)]);
    const page = await open("super_admin", { server: fresh, viewport: { width, height: 844 } });
    await page.goto("/operations/gone");
    const end = page.getByRole("button", { name: "Its source is gone: end it here…" });
    await expect(end).toBeVisible({ timeout: 40_000 });
    await press(end);
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("heading", { name: "end “Gone” here?" })).toBeVisible();
    await dialog.getByRole("button", { name: "End it here" }).click();
    await expect(page.getByRole("button", { name: "Revert…" })).toBeVisible();
    await expect(end).toHaveCount(0);
    const about = page.locator("#about-operation");
    await expect(about.getByText("ended it here")).toHaveCount(1);
    await expect(about.getByText("its source is gone")).toHaveCount(1);
    const late = await fresh.api("POST", "/api/v1/operations/gone/items", [price(2, 3, 2)]);
    expect(late.status).toBe(409);
  });
}

test("a store keeper is told that operations are not theirs", async ({ fresh, open }) => {
  const page = await open("store_keeper", { server: fresh, expected: [/403/] });
  await page.goto("/operations");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Your role does not include");
});

for (const look of LOOKS) {
  test(`axe finds nothing in an operation and its list, ${look.name}`, async ({ fresh, open }) => {
    await sale(fresh);
    const page = await open("super_admin", { server: fresh, ...look });
    await page.goto("/operations");
    await expect(page.locator(".op-line").first()).toBeVisible();
    expect(await findings(page)).toEqual([]);
    await page.goto("/operations/sale");
    await expect(page.locator(".op-items tbody tr").first()).toBeVisible();
    expect(await findings(page)).toEqual([]);
  });
}
