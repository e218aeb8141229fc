/** The two logs that watch: what is done to Storetrail itself, and each call. */

import { readFile } from "node:fs/promises";
import { findings } from "../fixtures/axe.ts";
import { press } from "../fixtures/ready.ts";
import { address, PASSWORD } from "../fixtures/server.ts";
import { expect, test } from "../fixtures/test.ts";
import { Wire } from "../fixtures/wire.ts";
import { ExportDialog } from "../pages/export-dialog.ts";
import { railOf } from "../pages/frame.ts";
import { SignInPage } from "../pages/sign-in.ts";

test.describe.configure({ timeout: 90_000 });

test("a failed sign-in stands in the security log at once, and its drawer says why", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/security");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Security log");
  await expect(page.getByRole("status").filter({ hasText: "Live" })).toBeVisible();
  const table = page.getByRole("table", { name: /Security log/ });
  await expect(table.getByRole("cell", { name: "Signed in", exact: true }).first()).toBeVisible();

  const stranger = await open(null, { server: fresh });
  await stranger.goto("/sign-in");
  await new SignInPage(stranger).signIn("nobody@linen.example", PASSWORD);
  await expect(stranger.getByLabel("Password", { exact: true })).toHaveAccessibleDescription(/wrong/);

  const row = table.getByRole("row").filter({ hasText: "nobody@linen.example" });
  await expect(row).toContainText("Sign-in failed");
  await expect(row).toContainText("No such account");
  await expect(row).toContainText("Failed");
  await row.getByRole("link").click();
  const drawer = page.getByRole("complementary");
  await expect(drawer.getByRole("heading", { level: 2 }).first()).toContainText("nobody@linen.example");
  await expect(drawer).toContainText("No such account");
  await expect(drawer).toContainText("verified in this browser");
  const link = drawer.getByRole("link", { name: "Download proof" });
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  expect(await readFile(await download.path(), "utf8")).toContain("storetrail/proof/v1");
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();

  await press(page.getByRole("button", { name: /^Sign-in/ }));
  await expect(page).toHaveURL(/kind:sign_in/);
  await expect(row).toBeVisible();
});

test("an account that only looks like a known one is marked in its row and in its drawer", async ({ fresh, open }) => {
  const stranger = await open(null, { server: fresh });
  await stranger.goto("/sign-in");
  // A browser's own check takes no such address; who guesses asks without it.
  await stranger.getByLabel("Password", { exact: true }).evaluate((field: HTMLInputElement) => {
    field.form?.setAttribute("novalidate", "");
  });
  await new SignInPage(stranger).signIn("s\u0430ra@linen.example", PASSWORD);
  await expect(stranger.getByLabel("Password", { exact: true })).toHaveAccessibleDescription(/wrong/);

  const page = await open("super_admin", { server: fresh });
  await page.goto("/security");
  const table = page.getByRole("table", { name: /Security log/ });
  const row = table.getByRole("row").filter({ hasText: "s\u0430ra@linen.example" });
  await expect(row).toContainText("Only looks Latin: \u0430 U+0430");
  await row.getByRole("link").click();
  await expect(page.getByRole("complementary").locator("dd .look-alike")).toHaveText("Only looks Latin: \u0430 U+0430");
  const own = table.getByRole("row").filter({ hasText: "Signed in" }).first();
  await expect(own).not.toContainText("Only looks Latin");
});

test("who may not read the security log is told which roles may, with status 403", async ({ server, open }) => {
  const page = await open("manager", { server, expected: [/status of 403/] });
  for (const path of ["/security", "/requests"]) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(403);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Your role does not include");
  }
  await expect(railOf(page)).not.toContainText(/Security|Requests/);
});

test("a denial is told in words, its call beside it", async ({ fresh, open }) => {
  const manager = await open("manager", { server: fresh, expected: [/status of 403/] });
  await manager.goto("/security");
  const page = await open("super_admin", { server: fresh });
  await page.goto("/security?q=event:access.denied");
  const row = page.getByRole("table", { name: /Security log/ }).getByRole("row").filter({ hasText: "GET /security" });
  await expect(row.first()).toContainText("(Manager) may not read the security log");
  // On a phone the sentence has the line to itself: where the page runs the other way, what is cut is a name's beginning.
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(row.first().getByRole("link")).toContainText("(Manager) may not");
  await expect(row.first().locator(".desc")).toBeHidden();
});

test("a call stands in the requests with what was taken out, and leads to what it caused", async ({ fresh, open }) => {
  await fresh.api("POST", "/api/v1/activities", {
    action: "product.updated",
    subject: { type: "product", id: "1", name: "Linen shirt" },
    details: { password: "hunter2-hunter2" },
  });
  const page = await open("super_admin", { server: fresh });
  await page.goto("/requests?q=method:POST");
  const table = page.getByRole("table", { name: /Requests/ });
  const row = table.getByRole("row").filter({ hasText: "/api/v1/activities" });
  await expect(row.first()).toBeVisible({ timeout: 15_000 });
  await row.first().getByRole("link").click();
  const drawer = page.getByRole("complementary");
  await expect(drawer.getByRole("heading", { name: "What came of it" })).toBeVisible();
  await expect(page.locator("html")).not.toContainText("hunter2-hunter2");
  await drawer.getByRole("link", { name: /Linen shirt/ }).click();
  await expect(page).toHaveURL(/\/activity\?entry=/);
});

test("an entry and a message lead to the call behind them and back, for who may read the calls", async ({ fresh, open }) => {
  const [entry] = await fresh.post({
    action: "product.updated",
    subject: { type: "product", id: "1", name: "Linen shirt" },
  });
  const sent = await fresh.api("POST", "/api/v1/messages", {
    channel: "email",
    type: "order_notification",
    to: "Layla Mansour <layla@mail.example>",
    subject: "About linen",
    text: "Your order is packed.",
    status: "sent",
    record_only: true,
  });
  const { id: message } = (await sent.json()) as { id: string };
  const page = await open("super_admin", { server: fresh });
  await page.goto("/requests?q=method:POST surface:api");
  // Calls are written after their answers.
  const rows = page.locator("tr[data-row]");
  await expect(rows.filter({ hasText: "/api/v1/messages" })).toBeVisible({ timeout: 15_000 });
  await expect(rows.filter({ hasText: "/api/v1/activities" })).toBeVisible({ timeout: 15_000 });
  const drawer = page.getByRole("complementary");
  const places = [
    [`/activity?entry=${entry}`, "POST /api/v1/activities", /Linen shirt/, /\/activity\?entry=/],
    [`/messages?message=${message}`, "POST /api/v1/messages", /^Email · /, /\/messages\?message=/],
  ] as const;
  for (const [path, call, back, there] of places) {
    await page.goto(path);
    await expect(drawer.getByRole("term").filter({ hasText: /^Call$/ })).toBeVisible();
    const link = drawer.getByRole("link", { name: call });
    const line = drawer.getByRole("definition").filter({ has: page.getByRole("link", { name: call }) });
    await expect(line).toContainText("Done (201)");
    await link.click();
    await expect(page).toHaveURL(/\/requests\?entry=/);
    await expect(drawer.getByRole("heading", { level: 2 }).first()).toContainText("Done (201)");
    await drawer.getByRole("region", { name: "What came of it" }).getByRole("link", { name: back }).first().click();
    await expect(page).toHaveURL(there);
    await expect(drawer.getByRole("link", { name: call })).toBeVisible();
  }
  const manager = await open("manager", { server: fresh });
  for (const [path, call] of places) {
    await manager.goto(path);
    const shown = manager.getByRole("complementary");
    await expect(shown.getByRole("term").first()).toBeVisible();
    await expect(shown.getByRole("link", { name: call })).toHaveCount(0);
    await expect(shown.getByRole("term").filter({ hasText: /^Call$/ })).toHaveCount(0);
  }
});

test("of a refused call it is said that nothing was recorded, and its row reaches the end of the list", async ({ fresh, open }) => {
  expect((await fresh.api("POST", "/api/v1/activities", { subject: {} })).status).toBe(422);
  const page = await open("super_admin", { server: fresh });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto("/requests?q=status:422");
  const row = page.locator("tr[data-row]");
  await expect(row).toHaveCount(1, { timeout: 15_000 });
  await press(row.getByRole("link"));
  const drawer = page.getByRole("complementary");
  await expect(drawer).toContainText("nothing of its content was recorded");
  await expect(drawer).not.toContainText("in the record that it made");
  const ends = await row.evaluate((row) =>
    [row.lastElementChild, row.closest("table")].map((part) => part?.getBoundingClientRect().right ?? 0),
  );
  expect(Math.abs((ends[0] ?? 0) - (ends[1] ?? 1_000))).toBeLessThan(2);
});

test("a page that is opened with a mistake follows nothing until the query is mended", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  const wire = await Wire.of(page);
  const rows = page.locator("tr[data-row]");
  for (const path of ["/security?q=key:away", "/activity?q=zebra:price", "/messages?q=type:invoice", "/requests?q=key:away"]) {
    const before = wire.refusals;
    await page.goto(path);
    await expect(page.getByRole("heading", { name: "The query was not understood" })).toBeVisible();
    await expect.poll(() => wire.refusals, path).toBeGreaterThan(before);
    await expect(rows).toHaveCount(0);
  }
  await page.getByRole("link", { name: "Clear the query" }).click();
  await expect(page).toHaveURL(/\/requests$/);
  // Rows wait while the pointer rests on the list.
  await page.getByRole("heading", { level: 1 }).hover();
  await fresh.post({ action: "product.updated", subject: { type: "product", id: "1" } });
  await expect(rows.filter({ hasText: "/api/v1/activities" })).toBeVisible({ timeout: 15_000 });
});

test("who missed more than a page of calls is shown no list with a hole in it", async ({ fresh, open }) => {
  const call = async (count: number): Promise<void> => {
    for (let at = 0; at < count; at += 1) {
      await fresh.post({ action: "product.updated", subject: { type: "product", id: `${at}` } });
    }
  };
  const page = await open("super_admin", { server: fresh });
  const wire = await Wire.of(page);
  await call(2);
  await page.goto("/requests?q=method:POST surface:api");
  const rows = page.locator("tr[data-row]");
  await expect(rows).toHaveCount(2, { timeout: 15_000 });
  await expect.poll(() => wire.greetings).toBeGreaterThan(0);
  // More than the newest page holds, and none of it is told.
  wire.isCut = true;
  await call(130);
  const isCall = (text: string): boolean => text.includes('"request_added"');
  await expect.poll(() => wire.kept.filter(isCall).length, { timeout: 30_000 }).toBe(130);
  wire.isCut = false;
  wire.say({ type: "reload" });
  await expect.poll(() => rows.count()).toBeGreaterThan(2);
  await expect(async () => {
    await page.locator("#entries").focus();
    await page.keyboard.press("End");
    await expect(rows).toHaveCount(132, { timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
});

test("the address of a list reproduces it", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto(`/security?q=kind:sign_in%20who:${encodeURIComponent(address("super_admin"))}`);
  await expect(page.getByRole("button", { name: /^Sign-in/ })).toHaveAttribute("aria-pressed", "true");
  const table = page.getByRole("table", { name: /Security log/ });
  await expect(table.getByRole("cell", { name: "Signed in", exact: true }).first()).toBeVisible();
});

test("events and calls are selected and exported as entries and messages are, and never erased", async ({ fresh, open }) => {
  for (const id of ["1", "2", "3"]) {
    await fresh.api("POST", "/api/v1/activities", { action: "product.updated", subject: { type: "product", id } });
  }
  const page = await open("super_admin", { server: fresh });
  const bar = page.getByRole("toolbar", { name: "Selection" });
  const dialog = new ExportDialog(page);
  for (const [path, source, one, words] of [
    ["/requests?q=method:POST surface:api", "Requests", "1 call", "calls"],
    ["/security?q=kind:sign_in", "Security log", "1 event", "event"],
  ] as const) {
    await page.goto(path);
    const rows = page.locator("tr[data-row]");
    await expect(rows.first()).toBeVisible({ timeout: 15_000 });
    await press(rows.first().getByRole("checkbox"));
    await expect(bar).toContainText("1 selected");
    expect(await findings(page), path).toEqual([]);
    await expect(bar.getByRole("button", { name: "Erase" })).toHaveCount(0);
    await bar.getByRole("button", { name: "Export" }).click();
    await expect(dialog.matched).toContainText(one);
    await dialog.name.fill(`One of ${source}`);
    await dialog.go.click();
    const notice = page.locator(".job-done");
    await expect(notice).toContainText(`One of ${source} is ready`, { timeout: 20_000 });
    const [download] = await Promise.all([page.waitForEvent("download"), notice.getByRole("link", { name: "Download" }).click()]);
    const text = await readFile(await download.path(), "utf8");
    expect(text.split("\r\n").filter((line) => line !== "")).toHaveLength(2);
    await expect(bar).toBeHidden();
    // All that is found, from the head of the page.
    await press(page.locator("header.bar").getByRole("button", { name: "Export" }));
    await expect(dialog.matched).toContainText(words);
    await page.keyboard.press("Escape");
    await page.reload();
  }
});
