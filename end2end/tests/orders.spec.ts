/** Selecting orders and taking them out as a file. */

import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { findings, LOOKS } from "../fixtures/axe.ts";
import { correspond, CUSTOMER, hear, ORDER } from "../fixtures/letters.ts";
import { greeting, press, ready, readyForKeys } from "../fixtures/ready.ts";
import { address, type Server } from "../fixtures/server.ts";
import { expect, test } from "../fixtures/test.ts";
import { ExportDialog } from "../pages/export-dialog.ts";

/** Below the order that waits for an answer: the newest first. */
const OTHERS = ["1053", "1052", "1051"];

test.beforeEach(async ({ fresh }) => {
  await correspond(fresh);
  for (const number of OTHERS) {
    await place(fresh, number, { customer_id: CUSTOMER });
  }
});

async function place(server: Server, number: string, about: object): Promise<void> {
  const placed_at = `2026-01-0${number.at(-1)}T00:00:00Z`;
  const order = { status: "processing", total: "10.00", currency: "SAR", placed_at };
  const answer = await server.api("PUT", `/api/v1/orders/${number}`, { ...order, ...about });
  expect(answer.ok, await answer.text()).toBe(true);
}

const lineOf = (page: Page, number: string) => page.locator(".order-line").filter({ hasText: `Order ${number}` });
const boxOf = (page: Page, number: string) => lineOf(page, number).getByRole("checkbox");
const barOf = (page: Page) => page.getByRole("toolbar", { name: "Selection" });

for (const look of LOOKS) {
  test(`axe finds nothing in a selection of orders, ${look.name}`, async ({ fresh, open }) => {
    const page = await open("super_admin", { server: fresh, ...look });
    await page.goto("/orders");
    await press(page.locator(".order-line").first().getByRole("checkbox"));
    await expect(page.getByRole("toolbar")).toBeVisible();
    expect(await findings(page)).toEqual([]);
  });
}

test("orders are selected by hand, by range and all that match, and the file holds those", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/orders");
  await press(boxOf(page, ORDER));
  const bar = barOf(page);
  await expect(bar).toContainText("1 selected");
  await boxOf(page, "1052").click({ modifiers: ["Shift"] });
  await expect(bar).toContainText("3 selected");
  await expect(boxOf(page, "1053")).toBeChecked();
  await expect(boxOf(page, "1051")).not.toBeChecked();
  await bar.getByRole("checkbox", { name: "Select all loaded rows" }).click();
  await expect(bar).toContainText("4 selected");
  await bar.getByRole("button", { name: "Clear selection" }).click();
  await expect(bar).toBeHidden();

  await boxOf(page, "1051").click();
  await bar.getByRole("button", { name: "Select all matching: 4 orders" }).click();
  await expect(bar).toContainText("4 selected");
  await boxOf(page, "1052").click();
  await expect(bar).toContainText("3 selected");
  await bar.getByRole("button", { name: "Export" }).click();
  const dialog = new ExportDialog(page);
  await expect(dialog.matched).toContainText("3 orders");
  await expect(dialog.matched).toContainText("except 1");
  await dialog.name.fill("Some orders");
  await dialog.go.click();
  const notice = page.locator(".job-done");
  await expect(notice).toContainText("Some orders is ready", { timeout: 20_000 });
  await expect(bar).toBeHidden();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    notice.getByRole("link", { name: "Download" }).click(),
  ]);
  const lines = (await readFile(await download.path(), "utf8")).split("\r\n").filter((line) => line !== "");
  expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual([ORDER, "1053", "1051"]);

  // A few picked one by one go by their numbers.
  await boxOf(page, "1052").click();
  await boxOf(page, ORDER).click();
  await bar.getByRole("button", { name: "Export" }).click();
  await expect(dialog.matched).toContainText("2 orders");
});

test("orders are selected with keys, and one is opened", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/orders");
  await readyForKeys(page, 2);
  const bar = barOf(page);
  await page.keyboard.press("j");
  await expect(lineOf(page, ORDER).getByRole("link")).toBeFocused();
  await page.keyboard.press("x");
  await expect(bar).toContainText("1 selected");
  await page.keyboard.press("Shift+J");
  await expect(bar).toContainText("2 selected");
  await expect(lineOf(page, "1053").getByRole("link")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(bar).toBeHidden();
  await page.keyboard.press("ControlOrMeta+a");
  await expect(bar).toContainText("4 selected");
  await page.keyboard.press("e");
  const dialog = new ExportDialog(page);
  await expect(dialog.matched).toContainText("4 orders");
  await page.keyboard.press("Escape");
  await expect(dialog.dialog).toBeHidden();
  await expect(bar).toContainText("4 selected");
  await page.keyboard.press("k");
  await expect(lineOf(page, ORDER).getByRole("link")).toBeFocused();
  await page.keyboard.press("o");
  await expect(page).toHaveURL(new RegExp(`/orders/${ORDER}$`));
});

test("what is searched for is what is exported, and another search lets the selection go", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/orders?q=1051");
  await expect(page.locator(".order-line")).toHaveCount(1);
  const button = page.locator("header.bar").getByRole("button", { name: "Export" });
  await press(button);
  const dialog = new ExportDialog(page);
  await expect(dialog.matched).toContainText("1 order");
  await expect(dialog.matched.locator("code")).toHaveText("1051");
  await page.keyboard.press("Escape");
  await expect(dialog.dialog).toBeHidden();
  await boxOf(page, "1051").click();
  await expect(barOf(page)).toContainText("1 selected");
  await page.locator(".plain-find").fill("processing");
  await expect(page.locator(".order-line")).toHaveCount(3);
  await expect(barOf(page)).toBeHidden();
  await boxOf(page, "1052").click();
  await expect(barOf(page).getByRole("button", { name: "Select all matching: 3 orders" })).toBeVisible();
});

test("an order that arrives moves nothing while some are selected, and is counted with all that match", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  const greeted = greeting(page);
  await page.goto("/orders");
  await greeted;
  await press(boxOf(page, "1051"));
  const bar = barOf(page);
  await bar.getByRole("button", { name: "Select all matching: 4 orders" }).click();
  await expect(bar).toContainText("4 selected");
  await page.getByRole("heading", { level: 1 }).hover();
  await hear(fresh, "And this one?", "1060");
  const pill = page.locator(".new-pill");
  await expect(pill).toBeVisible();
  await expect(lineOf(page, "1060")).toHaveCount(0);
  await expect(bar).toContainText("5 selected");
  await pill.click();
  await expect(boxOf(page, "1060")).toBeChecked();
  await bar.getByRole("button", { name: "Export" }).click();
  await expect(new ExportDialog(page).matched).toContainText("5 orders");
});

test("boxes and the export are for roles that may export", async ({ fresh, open }) => {
  await place(fresh, "1054", { assigned_to: address("staff") });
  const staff = await open("staff", { server: fresh });
  await staff.goto("/orders");
  await expect(staff.locator(".order-line")).toHaveCount(1);
  await expect(staff.getByRole("checkbox", { name: /^Select/ })).toHaveCount(0);
  await expect(staff.getByRole("button", { name: "Export" })).toHaveCount(0);
  const auditor = await open("auditor", { server: fresh });
  await auditor.goto("/orders");
  await press(boxOf(auditor, "1053"));
  await barOf(auditor).getByRole("button", { name: "Export" }).click();
  await expect(new ExportDialog(auditor).matched).toContainText("1 order");
});

test("who may not export goes from order to order with keys, and opens one", async ({ fresh, open }) => {
  for (const number of ["1054", "1055"]) {
    await place(fresh, number, { assigned_to: address("staff") });
  }
  const page = await open("staff", { server: fresh });
  await page.goto("/orders");
  await expect(page.locator(".order-line")).toHaveCount(2);
  // Those of the frame, of search or jump, and the page's own.
  await readyForKeys(page, 3);
  await page.keyboard.press("j");
  await expect(lineOf(page, "1055")).toHaveClass(/cursor/);
  await expect(lineOf(page, "1055").getByRole("link")).toBeFocused();
  await page.keyboard.press("j");
  await expect(lineOf(page, "1054").getByRole("link")).toBeFocused();
  for (const key of ["x", "ControlOrMeta+a", "e"]) {
    await page.keyboard.press(key);
  }
  await page.keyboard.press("Shift+K");
  await page.keyboard.press("k");
  await expect(lineOf(page, "1055").getByRole("link")).toBeFocused();
  await expect(page.locator(".order-line.picked")).toHaveCount(0);
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("o");
  await expect(page).toHaveURL(/\/orders\/1055$/);
});

test("on a phone a long press selects an order and opens nothing, and the bar exports it", async ({ fresh, open }) => {
  const viewport = { width: 390, height: 844 };
  const page = await open("super_admin", { server: fresh, viewport, hasTouch: true, isMobile: true });
  await page.goto("/orders");
  const line = await ready(page.locator(".order-line").first(), "pointerdown");
  await expect(line.getByRole("checkbox")).toHaveCount(0);
  const finger = { pointerId: 7, pointerType: "touch", isPrimary: true, clientX: 100, clientY: 300 };
  await line.dispatchEvent("pointerdown", finger);
  await expect(line).toHaveClass(/picked/);
  await line.evaluate((element, finger) => {
    element.dispatchEvent(new PointerEvent("pointerup", { ...finger, bubbles: true }));
    element.querySelector("a")?.click();
  }, finger);
  await expect(page).toHaveURL(/\/orders$/);
  const bar = barOf(page);
  await expect(bar).toContainText("1 selected");
  expect(await findings(page)).toEqual([]);
  await bar.getByRole("button", { name: "Export" }).tap();
  await expect(new ExportDialog(page).matched).toContainText("1 order");
  expect(await findings(page)).toEqual([]);
});
