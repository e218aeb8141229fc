import { readFile, rm } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { press, readyForKeys } from "../fixtures/ready.ts";
import { expect, test } from "../fixtures/test.ts";
import type { Server } from "../fixtures/server.ts";
import { ActivityPage } from "../pages/activity.ts";
import { ExportDialog } from "../pages/export-dialog.ts";

/** So many entries of which the first column of a spreadsheet would take one for a formula. */
async function tell(server: Server, count: number): Promise<void> {
  await server.post(
    Array.from({ length: count }, (_, at) => ({
      action: "product.updated",
      subject: { type: "product", id: `p_${at}`, name: at === 0 ? "=2+3" : `Linen shirt ${at}` },
      actor: { type: "user", id: "u_1", name: "Sara Nasser" },
      changes: [{ field: "price", before: 120, after: 95 }],
      occurred_at: new Date(Date.now() - (at + 1) * 60_000).toISOString(),
    })),
  );
}

async function fileOf(page: Page, press: () => Promise<void>): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  return readFile(await download.path());
}

test("what is found is what the file holds, and the log says who took it", async ({ fresh, open }) => {
  await tell(fresh, 30);
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("action:product.updated");
  await press(page.locator("header.bar").getByRole("button", { name: "Export" }));
  const dialog = new ExportDialog(page);
  await expect(dialog.matched).toContainText("30 entries");
  await dialog.name.fill("Prices");
  await dialog.go.click();
  const notice = page.locator(".job-done");
  await expect(notice).toContainText("Prices is ready", { timeout: 20_000 });
  const file = await fileOf(page, () => notice.getByRole("link", { name: "Download" }).click());
  const lines = file.toString("utf8").split("\r\n").filter((line) => line !== "");
  expect(lines).toHaveLength(31);
  expect(lines.join("\n")).toContain("'=2+3");

  await notice.getByRole("link", { name: "Details" }).click();
  const drawer = page.getByRole("complementary");
  await expect(drawer.getByRole("heading", { name: "Prices" })).toBeVisible();
  await expect(drawer).toContainText("30 rows");
  const digest = createHash("sha256").update(file).digest("hex");
  await expect(drawer.locator(`code[title="${digest}"]`)).toBeVisible();
  await expect(drawer.locator("#x-downloads ~ .pairs li")).toHaveCount(1);
  await expect(drawer).toContainText("action:product.updated");
});

test("a selection by hand, by range and by all that match says its number", async ({ fresh, open }) => {
  await tell(fresh, 130);
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("action:product.updated");
  const box = (at: number) => activity.rows.nth(at).getByRole("checkbox");
  await press(box(2));
  await box(6).click({ modifiers: ["Shift"] });
  const bar = page.getByRole("toolbar", { name: "Selection" });
  await expect(bar).toContainText("5 selected");
  await page.keyboard.press("Escape");
  await expect(bar).toBeHidden();

  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+J");
  await expect(bar).toContainText("2 selected");
  await bar.getByRole("button", { name: "Select all matching: 130 entries" }).click();
  await expect(bar).toContainText("130 selected");
  await box(1).click();
  await expect(bar).toContainText("129 selected");
  // What arrives from now on is not part of it.
  await fresh.post([{ action: "product.updated", subject: { type: "product", id: "new", name: "New shirt" } }]);
  await page.locator(".new-pill").click();
  await expect(activity.row("New shirt")).toBeVisible();
  await expect(activity.row("New shirt").getByRole("checkbox")).not.toBeChecked();
  await expect(bar).toContainText("129 selected");
  await page.keyboard.press("e");
  const dialog = new ExportDialog(page);
  await expect(dialog.matched).toContainText("129 entries");
});

test("what was left out of an export is said, and stays left out when it is changed and asked for again", async ({ fresh, open }) => {
  await tell(fresh, 5);
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("action:product.updated");
  const box = (at: number) => activity.rows.nth(at).getByRole("checkbox");
  await press(box(0));
  const bar = page.getByRole("toolbar", { name: "Selection" });
  await box(1).click({ modifiers: ["Shift"] });
  await bar.getByRole("button", { name: "Select all matching: 5 entries" }).click();
  await expect(bar).toContainText("5 selected");
  await box(1).click();
  await expect(bar).toContainText("4 selected");
  await page.keyboard.press("e");
  const dialog = new ExportDialog(page);
  await expect(dialog.matched).toContainText("4 entries");
  await dialog.name.fill("All but one");
  await dialog.go.click();
  await expect(page.locator(".job-done")).toContainText("All but one is ready", { timeout: 20_000 });
  await page.goto("/exports");
  await expect(page.locator(".job-line", { hasText: "All but one" })).toContainText("except 1");
  await press(page.getByRole("link", { name: "All but one", exact: true }));
  const drawer = page.getByRole("complementary");
  await expect(drawer).toContainText("except 1");
  await drawer.getByRole("button", { name: "Change and export" }).click();
  await expect(dialog.matched).toContainText("except 1");
  await expect(dialog.matched).toContainText("4 entries");
});

test("each format comes out, can be made again, and a filter that finds nothing can't be exported", async ({ fresh, open }) => {
  await tell(fresh, 5);
  const page = await open("super_admin", { server: fresh });
  const dialog = new ExportDialog(page);
  for (const [format, start] of [["XLSX", "PK"], ["PDF", "%PDF-"], ["JSON Lines", "{"]] as const) {
    await page.goto("/exports");
    await press(page.getByRole("button", { name: "New export" }));
    await dialog.dialog.getByLabel("Filter").fill("action:product.updated");
    await expect(dialog.matched).toContainText("5 entries");
    await dialog.format(format).check();
    await dialog.name.fill(`As ${format}`);
    await dialog.go.click();
    const row = page.locator(".job-line", { hasText: `As ${format}` });
    const link = row.getByRole("link", { name: /^Download/ });
    await expect(link).toBeVisible({ timeout: 30_000 });
    const file = await fileOf(page, () => link.click());
    expect(file.subarray(0, start.length).toString("latin1")).toBe(start);
  }
  await page.getByRole("link", { name: "As PDF", exact: true }).click();
  await page.getByRole("complementary").getByRole("button", { name: "Export again" }).click();
  await expect(page.locator(".job-line", { hasText: "As PDF" })).toHaveCount(2);
  await page.keyboard.press("Escape");
  await page.goto("/exports?new=1");
  await dialog.dialog.getByLabel("Filter").fill("action:nothing.such");
  await expect(dialog.matched).toContainText("Nothing matches");
  await expect(dialog.go).toHaveAttribute("aria-disabled", "true");
});

test("a log that is opened with a mistake says so, and not that nothing matches", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/exports?q=zebra:price");
  await expect(page.getByRole("heading", { name: "The query was not understood" })).toBeVisible();
  await expect(page.getByText("No export matches")).toHaveCount(0);
});

test("a schedule is saved, says when it is next due, and can be turned off", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh, expected: [/422/] });
  await page.goto("/exports?show=schedules");
  await press(page.getByRole("button", { name: "New schedule" }));
  const dialog = page.getByRole("dialog", { name: "Export", exact: true });
  await dialog.getByLabel("Name (optional)").fill("Every Monday");
  await dialog.getByLabel("Send a link to (optional)").fill("nobody");
  await dialog.getByRole("button", { name: "Save schedule" }).click();
  // Told once, at its field, by what it is.
  const to = dialog.getByLabel("Send a link to (optional)");
  await expect(dialog.locator(".error-text:visible")).toContainText("“nobody” is no email address");
  await expect(dialog.locator(".note.failed")).toHaveCount(0);
  await expect(to).toBeFocused();
  await to.fill("sara@linen.example, no-one");
  await dialog.getByRole("button", { name: "Save schedule" }).click();
  await expect(dialog.locator(".error-text:visible")).toContainText("“no-one” is no email address");
  await dialog.getByLabel("Send a link to (optional)").fill("sara@linen.example");
  await dialog.getByRole("button", { name: "Save schedule" }).click();
  await expect(dialog).toContainText("The schedule is saved");
  await dialog.getByRole("button", { name: "Done" }).click();
  const line = page.locator(".job-line", { hasText: "Every Monday" });
  await expect(line).toContainText("Every Monday at 07:00");
  await expect(line).toContainText("next");
  await line.getByRole("button", { name: "Turn off" }).click();
  await expect(line.getByText("Off", { exact: true })).toBeVisible();
});

test("a file is not for who may not read it", async ({ fresh, open }) => {
  await tell(fresh, 3);
  const owner = await open("super_admin", { server: fresh });
  await owner.goto("/exports?new=1");
  const dialog = new ExportDialog(owner);
  await expect(dialog.matched).toContainText("entries");
  await dialog.go.click();
  const link = owner.locator(".job-line").getByRole("link", { name: /^Download/ });
  await expect(link).toBeVisible({ timeout: 20_000 });
  const href = (await link.getAttribute("href")) ?? "";
  const keeper = await open("store_keeper", { server: fresh, expected: [/404/] });
  const answer = await keeper.request.get(href);
  expect(answer.status()).toBe(404);
  await keeper.goto("/exports");
  await readyForKeys(keeper);
  await expect(keeper.getByRole("heading", { name: "No exports yet" })).toBeVisible();
  const staff = await open("staff", { server: fresh, expected: [/403/] });
  await staff.goto("/exports");
  await expect(staff.getByRole("heading", { level: 1 })).toContainText("Your role does not include");
});

test("of a file that is gone from the folder its drawer says so, and not until when it is kept", async ({ fresh, open }) => {
  await tell(fresh, 3);
  const page = await open("super_admin", { server: fresh });
  await page.goto("/exports?new=1");
  const dialog = new ExportDialog(page);
  await expect(dialog.matched).toContainText("entries");
  await dialog.name.fill("Prices");
  await dialog.go.click();
  const link = page.locator(".job-line").getByRole("link", { name: /^Download/ });
  await expect(link).toBeVisible({ timeout: 20_000 });
  const href = (await link.getAttribute("href")) ?? "";
  // The notice that it is ready has a link, too.
  await page.locator(".job-line").getByRole("link", { name: "Prices", exact: true }).click();
  const drawer = page.getByRole("complementary");
  await expect(drawer).toContainText("Kept until");
  await rm(join(fresh.folder, "exports", href.split("/")[2] ?? ""));
  // Who opens it hears of it, and the log offers the file no more.
  await page.reload();
  await expect(drawer).toContainText("Its file is gone from the server’s folder");
  await expect(drawer).not.toContainText("Kept until");
  await expect(link).toHaveCount(0);
  const answer = await page.request.get(href);
  expect(answer.status()).toBe(409);
});

test("an export asked for on its page is followed through a lost answer to its notice", async ({ fresh, open }) => {
  await tell(fresh, 5);
  const page = await open("super_admin", { server: fresh, expected: [/net::ERR/, /Failed to fetch/i] });
  let asked = 0;
  await page.route("**/fn/exports/detail*", (route) => {
    asked += 1;
    return asked === 1 ? route.abort() : route.continue();
  });
  await page.goto("/exports");
  await press(page.getByRole("button", { name: "New export" }));
  const dialog = new ExportDialog(page);
  await dialog.dialog.getByLabel("Filter").fill("action:product.updated");
  await expect(dialog.matched).toContainText("5 entries");
  await dialog.name.fill("Prices");
  await dialog.go.click();
  const notice = page.locator(".job-done");
  await expect(notice).toContainText("Prices is ready", { timeout: 30_000 });
  expect(asked).toBeGreaterThan(1);

  await notice.getByRole("button", { name: "Close" }).click();
  await page.getByRole("link", { name: "Prices", exact: true }).click();
  await page.getByRole("complementary").getByRole("button", { name: "Export again" }).click();
  await expect(notice).toContainText("Prices is ready", { timeout: 30_000 });
});

test("an export that is under way is followed by a page that is loaded later", async ({ fresh, open }) => {
  test.slow();
  for (let part = 0; part < 4; part += 1) {
    await tell(fresh, 900);
  }
  const page = await open("super_admin", { server: fresh });
  await page.goto("/exports");
  await press(page.getByRole("button", { name: "New export" }));
  const dialog = new ExportDialog(page);
  await dialog.dialog.getByLabel("Filter").fill("action:product.updated");
  await expect(dialog.matched).toContainText(/3.600 entries/);
  await dialog.format("PDF").check();
  await dialog.name.fill("All prices");
  await dialog.go.click();
  await expect(page.locator(".job-line", { hasText: "All prices" })).toBeVisible();
  await page.goto("/activity");
  await expect(page.locator(".rail .job")).toContainText("All prices");
  await expect(page.locator(".job-done")).toContainText("All prices is ready", { timeout: 120_000 });
  await expect(page.locator(".rail .job")).toHaveCount(0);
});

test("where all that match can't be counted nothing stays selected, and it says why", async ({ fresh, open }) => {
  await tell(fresh, 5);
  const page = await open("super_admin", { server: fresh, expected: [/net::ERR/, /Failed to fetch/i] });
  const activity = new ActivityPage(page);
  await activity.open("action:product.updated");
  const box = activity.rows.first().getByRole("checkbox");
  const bar = page.getByRole("toolbar", { name: "Selection" });
  const all = bar.getByRole("button", { name: "Select all matching: 5 entries" });
  await press(box);
  await page.route("**/fn/select/count", (route) => route.abort());
  await all.click();
  await expect(page.locator(".hint-place")).toContainText("The server can’t be reached");
  await expect(bar).toBeHidden();
  await page.unroute("**/fn/select/count");
  await box.click();
  await all.click();
  await expect(bar).toContainText("5 selected");
});
