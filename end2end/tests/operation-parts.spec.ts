/** Operations of many items: a part is taken back, what failed is tried again, long lists, a long loss of the connection. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { press } from "../fixtures/ready.ts";
import { Server } from "../fixtures/server.ts";
import { expect, test } from "../fixtures/test.ts";
import { Wire } from "../fixtures/wire.ts";

const coat = (n: number, before: number, after: number) => ({
  subject: { type: "product", id: `p_${n}`, name: `Wool coat ${n}` },
  field: "price",
  before,
  after,
});

/** An operation that changed so many prices, and has ended. */
async function changed(server: Server, id: string, count: number, before: number, after: number): Promise<void> {
  await server.api("POST", "/api/v1/operations", { id, name: `Sale ${id}` });
  for (let from = 1; from <= count; from += 1000) {
    const length = Math.min(1000, count - from + 1);
    const items = Array.from({ length }, (_, at) => coat(from + at, before, after));
    const answer = await server.api("POST", `/api/v1/operations/${id}/items`, items);
    expect(answer.status, await answer.text()).toBe(201);
  }
  await server.api("POST", `/api/v1/operations/${id}/complete`, {});
}

/** A server whose default target is a bridge that answers so. */
async function behind(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<{ server: Server; close: () => Promise<void> }> {
  const bridge = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => bridge.listen(0, "127.0.0.1", done));
  const server = await Server.start({ STORETRAIL_WEBHOOK_NETWORKS: "127.0.0.0/8" });
  const close = async (): Promise<void> => {
    await server.remove();
    bridge.closeAllConnections();
    bridge.close();
  };
  await server.found();
  const target = {
    kind: "bridge",
    address: `http://127.0.0.1:${(bridge.address() as AddressInfo).port}/bridge`,
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  };
  const saved = await server.api("PUT", "/api/v1/targets/own", target);
  expect(saved.status, await saved.text()).toBe(200);
  return { server, close };
}

/** Starts to take a sale of three prices back; returns the revert's id. */
async function reverted(server: Server): Promise<string> {
  await changed(server, "sale", 3, 100, 80);
  const path = "/api/v1/operations/sale/revert";
  const { as_of } = (await (await server.api("POST", path, {})).json()) as { as_of: number };
  const started = await server.api("POST", path, { dry_run: false, as_of });
  return ((await started.json()) as { id: string }).id;
}

test("items are selected by hand, by range and all, and the dry run is of these", async ({ fresh, open }) => {
  await changed(fresh, "sale", 12, 100, 80);
  await changed(fresh, "later", 3, 80, 75);
  const page = await open("super_admin", { server: fresh });
  await page.goto("/operations/sale");
  const rows = page.getByRole("table", { name: "Items of this operation" }).locator("tr[data-row]");
  const box = (at: number) => rows.nth(at).getByRole("checkbox");
  await press(box(1));
  await box(4).click({ modifiers: ["Shift"] });
  const bar = page.getByRole("toolbar", { name: "Selection" });
  await expect(bar).toContainText("4 selected");
  await bar.getByRole("button", { name: "Revert selected…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("heading", { name: "Revert a part of “Sale sale”?" })).toBeVisible();
  await expect(dialog.getByRole("heading", { name: "2 changed since the operation" })).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Revert 2 fields" })).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await bar.getByRole("button", { name: "Select all 12 changed" }).click();
  await expect(bar).toContainText("12 selected");
  await box(11).click();
  await expect(bar).toContainText("11 selected");
  await bar.getByRole("button", { name: "Revert selected…" }).click();
  await expect(dialog.getByRole("button", { name: "Revert 8 fields" })).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await bar.getByRole("button", { name: "Clear selection" }).click();
  await expect(bar).toBeHidden();
  await expect(box(1)).not.toBeChecked();
});

test("who may not take operations back selects nothing", async ({ fresh, open }) => {
  await changed(fresh, "sale", 2, 100, 80);
  const page = await open("auditor", { server: fresh });
  await page.goto("/operations/sale");
  await expect(page.locator("tr[data-row]")).toHaveCount(2);
  await expect(page.getByRole("checkbox")).toHaveCount(0);
});

test("what failed is tried again by a revert, and else only where it ran", async ({ open }) => {
  let refuses = true;
  const { server, close } = await behind(answer);
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const part of request) {
      text += String(part);
    }
    const { data } = JSON.parse(text) as { data: { items: { id: number }[] } };
    const items = data.items.map(({ id }) =>
      refuses && id === 2 ? { id, outcome: "failed", error: "The shop says no" } : { id, outcome: "done" },
    );
    response.setHeader("content-type", "application/json").end(JSON.stringify({ items }));
  }
  try {
    const id = await reverted(server);
    const page = await open("super_admin", { server });
    await page.goto(`/operations/${id}`);
    await expect(page.getByText("Completed").first()).toBeVisible({ timeout: 30_000 });
    await press(page.getByRole("button", { name: /^Failed/ }));
    await expect(page.getByText("The shop says no").first()).toBeVisible();
    refuses = false;
    await page.getByRole("button", { name: "Try 1 failed again…" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("heading", { name: "Try again what failed in “Revert: Sale sale”?" })).toBeVisible();
    await dialog.getByRole("textbox").fill("1");
    await dialog.getByRole("button", { name: "Revert 1 field" }).click();
    await expect(page).not.toHaveURL(new RegExp(`/operations/${id}$`));
    await expect(page.getByText("Completed").first()).toBeVisible({ timeout: 30_000 });
    await expect(page.getByRole("link", { name: "Wool coat 2" })).toBeVisible();
    await expect(page.locator("tr[data-row]")).toHaveCount(1);
    await page.goto("/operations/sale");
    const about = page.getByRole("complementary", { name: "About this operation" });
    await expect(about.getByText("A part of it was taken back by")).toBeVisible();
    await expect(about.getByText("1 of 1 item written.")).toBeVisible();

    // Of what a source told nobody knows how to do it.
    await server.api("POST", "/api/v1/operations", { id: "told", name: "Told" });
    const failed = { ...coat(1, 9, 8), after: undefined, error: "Price below cost" };
    await server.api("POST", "/api/v1/operations/told/items", failed);
    await server.api("POST", "/api/v1/operations/told/complete", {});
    await page.goto("/operations/told");
    await press(page.getByRole("button", { name: /^Failed/ }));
    await expect(page.getByText("only where the operation ran")).toBeVisible();
    // What it still reads is not to break off with the server.
    await page.close();
  } finally {
    await close();
  }
});

test("a revert whose target is away says that it is tried again, and when", async ({ open }) => {
  const { server, close } = await behind((_, response) => void response.writeHead(503).end());
  try {
    const id = await reverted(server);
    const page = await open("super_admin", { server });
    await page.goto(`/operations/${id}`);
    const trail = page.getByRole("complementary", { name: "About this operation" });
    await expect(trail.getByText("Waits for its target")).toBeVisible({ timeout: 30_000 });
    await expect(trail.getByText("503")).toHaveCount(1);
    await expect(trail.getByText("Silent for too long")).toHaveCount(0);
    await expect(page.getByText(/Tried again by itself/)).toBeVisible();
    await expect(page.locator(".op-sum")).toContainText(/Waits for its target: .*503/);
    await expect(page.getByText("3 items wait for the shop.")).toBeVisible();
    await expect(page.getByRole("button", { name: "end it here" })).toHaveCount(0);
    await expect(page.getByText(/ left, at /)).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Go on" })).toBeVisible();
    await page.close();
  } finally {
    await close();
  }
});

test("what was not taken back is not said to be: a revert that waits, then is stopped", async ({ open }) => {
  const { server, close } = await behind((_, response) => void response.writeHead(503).end());
  try {
    const id = await reverted(server);
    const page = await open("super_admin", { server });
    await page.goto("/operations/sale");
    const about = page.getByRole("complementary", { name: "About this operation" });
    await expect(about.getByText("A revert of it waits:")).toBeVisible({ timeout: 30_000 });
    const asked = await server.api("POST", `/api/v1/operations/${id}/ask`, { control: "cancel" });
    expect(asked.status, await asked.text()).toBe(200);
    await expect(about.getByText("A revert of it was stopped:")).toBeVisible({ timeout: 30_000 });
    await expect(about.getByText("0 of 3 items written.")).toBeVisible();
    await expect(about.getByText("taken back by")).toHaveCount(0);
    await about.getByRole("link", { name: "this operation" }).click();
    await expect(page).toHaveURL(new RegExp(`/operations/${id}$`));
    await page.close();
  } finally {
    await close();
  }
});

test("of what failed some is picked, and its source is asked to try these again", async ({ fresh, open }) => {
  await fresh.api("POST", "/api/v1/operations", { id: "told", name: "Told", controls: ["retry"] });
  const failed = (n: number) => ({ ...coat(n, 9, 8), after: undefined, error: "Price below cost" });
  const items = [failed(1), coat(2, 9, 8), failed(3), failed(4)];
  const answer = await fresh.api("POST", "/api/v1/operations/told/items", items);
  expect(answer.status, await answer.text()).toBe(201);
  await fresh.api("POST", "/api/v1/operations/told/complete", {});
  const page = await open("super_admin", { server: fresh });
  await page.goto("/operations/told");
  const rows = page.getByRole("table", { name: "Items of this operation" }).locator("tr[data-row]");
  // Among all of them what was changed is selected, to take it back.
  await expect(rows).toHaveCount(4);
  await expect(rows.getByRole("checkbox")).toHaveCount(1);
  await press(page.getByRole("button", { name: /^Failed/ }));
  await expect(rows).toHaveCount(3);
  await expect(rows.getByRole("checkbox")).toHaveCount(3);
  await rows.nth(0).getByRole("checkbox").click();
  await rows.nth(2).getByRole("checkbox").click();
  const bar = page.getByRole("toolbar", { name: "Selection" });
  await expect(bar).toContainText("2 selected");
  await expect(bar.getByRole("button", { name: "Revert selected…" })).toHaveCount(0);
  await bar.getByRole("button", { name: "Ask to try selected again" }).click();
  await expect(page.getByText("Its source was asked to try 2 of these again")).toBeVisible();
  await expect(bar).toBeHidden();
  await expect(rows.getByRole("checkbox")).toHaveCount(0);
  const about = page.getByRole("complementary", { name: "About this operation" });
  await expect(about.getByText("asked to try 2 of the failed items again")).toBeVisible();
  const asked = await fresh.api("GET", "/api/v1/operations/told/items?asked=true");
  const found = (await asked.json()) as { items: { place: number }[] };
  expect(found.items.map(({ place }) => place)).toEqual([1, 4]);
});

test("of very many items only those around what is seen stand in the page", async ({ fresh, open }) => {
  test.slow();
  await changed(fresh, "sale", 1_200, 100, 80);
  const page = await open("super_admin", { server: fresh });
  await page.goto("/operations/sale");
  const list = page.getByRole("region", { name: "Items", exact: true });
  const last = page.getByRole("link", { name: "Wool coat 1200", exact: true });
  const toEnd = async (): Promise<number> => {
    await list.evaluate((scroll) => scroll.scrollTo(0, scroll.scrollHeight));
    return last.count();
  };
  await expect.poll(toEnd, { timeout: 60_000 }).toBe(1);
  // The last page may have come after the end was looked for.
  await toEnd();
  await expect(last).toBeInViewport();
  expect(await page.locator("tr[data-row]").count()).toBeLessThanOrEqual(300);
  await list.evaluate((scroll) => scroll.scrollTo(0, 0));
  await expect(page.getByRole("link", { name: "Wool coat 1", exact: true })).toBeInViewport();
  await expect(last).toHaveCount(0);
});

test("conflicts beyond the first thousand are loaded, and chosen together or one by one", async ({ fresh, open }) => {
  test.slow();
  await changed(fresh, "sale", 1_050, 100, 80);
  await changed(fresh, "later", 1_050, 80, 75);
  const page = await open("super_admin", { server: fresh });
  await page.goto("/operations/sale");
  await press(page.getByRole("button", { name: "Revert…" }));
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("heading", { name: /^1.050 changed since the operation/ })).toBeVisible();
  await dialog.getByRole("button", { name: /^Overwrite all/ }).click();
  await expect(dialog.getByRole("button", { name: /^Revert 1.050 fields/ })).toBeVisible();
  const last = dialog.locator("tr[data-row]").filter({ hasText: "Wool coat 1050" });
  const toEnd = async (): Promise<number> => {
    await dialog.locator(".picks").evaluate((scroll) => scroll.scrollTo(0, scroll.scrollHeight));
    return last.count();
  };
  await expect.poll(toEnd, { timeout: 60_000 }).toBe(1);
  expect(await dialog.locator("tr[data-row]").count()).toBeLessThanOrEqual(300);
  await expect(last.getByRole("radio", { name: "Overwrite" })).toBeChecked();
  await last.getByText("Keep", { exact: true }).click();
  await expect(dialog.getByRole("button", { name: /^Revert 1.049 fields/ })).toBeVisible();
});

test("what is not restored is listed with why, once it is opened", async ({ fresh, open }) => {
  await fresh.api("POST", "/api/v1/operations", { id: "sale", name: "Sale" });
  const items = [coat(1, 100, 80), { ...coat(2, 100, 80), before: undefined }, coat(3, 100, 80)];
  const answer = await fresh.api("POST", "/api/v1/operations/sale/items", items);
  expect(answer.status, await answer.text()).toBe(201);
  await fresh.api("POST", "/api/v1/operations/sale/complete", {});
  await fresh.post([
    {
      action: "product.deleted",
      actor: { type: "user", id: "u_2", name: "Mei Lin Chen" },
      subject: { type: "product", id: "p_3", name: "Wool coat 3" },
    },
  ]);
  const page = await open("super_admin", { server: fresh });
  await page.goto("/operations/sale");
  await press(page.getByRole("button", { name: "Revert…" }));
  const dialog = page.getByRole("dialog");
  const impossible = dialog.getByRole("group").filter({ hasText: "cannot be restored: which, and why" });
  await impossible.getByText("1 cannot be restored").click();
  await expect(impossible.getByRole("listitem")).toHaveText(/Wool coat 2.*Nobody said what it was before/);
  const missing = dialog.getByRole("group").filter({ hasText: "deleted after the operation" });
  await missing.getByText("1 missing").click();
  await expect(missing.getByRole("listitem")).toHaveText(/Wool coat 3.*Deleted since.*Mei Lin Chen/);
});

for (const path of ["/operations/run", "/exports"]) {
  test(`after a long loss ${path} does not say that nothing arrived`, async ({ fresh, open }) => {
    test.slow();
    await fresh.api("POST", "/api/v1/operations", { id: "run", name: "Tag clean-up" });
    const expected = [/WebSocket connection to/, /ERR_CONNECTION_REFUSED/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/];
    const page = await open("super_admin", { server: fresh, expected });
    const wire = await Wire.of(page);
    await page.goto(path);
    await expect.poll(() => wire.greetings).toBeGreaterThan(0);
    wire.hold();
    await fresh.kill();
    await expect(page.getByText("Not connected since")).toBeVisible({ timeout: 60_000 });
    await fresh.restart();
    await fresh.api("POST", "/api/v1/operations/run/items", [coat(1, 3, 2)]);
    wire.release();
    await expect(page.getByText("More may have arrived meanwhile than is shown.")).toBeVisible({ timeout: 60_000 });
  });
}
