import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import { correspond, CUSTOMER, ORDER } from "../fixtures/letters.ts";
import { greeting, press, ready, readyForKeys } from "../fixtures/ready.ts";
import { expect, test } from "../fixtures/test.ts";
import { ActivityPage } from "../pages/activity.ts";
import { ExportDialog } from "../pages/export-dialog.ts";

test("what is selected is erased after its number is typed, and the gap says why", async ({ fresh, open }) => {
  await fresh.post(
    ["One", "Two", "Three"].map((name) => ({
      action: "product.created",
      subject: { type: "product", id: name, name: `Secret ${name}` },
    })),
  );
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("action:product.created");
  await press(activity.row("Secret One").getByRole("checkbox"));
  await activity.row("Secret Two").getByRole("checkbox").click();
  await page.getByRole("toolbar", { name: "Selection" }).getByRole("button", { name: "Erase" }).click();
  const dialog = page.getByRole("dialog", { name: "Erase 2 entries?" });
  await dialog.getByLabel("Type 2 to confirm").fill("3");
  await dialog.getByLabel("Reason").fill("Test data");
  await dialog.getByRole("button", { name: "Erase 2 entries" }).click();
  await expect(dialog).toContainText("Type the number 2");
  await dialog.getByLabel("Type 2 to confirm").fill("2");
  await dialog.getByRole("button", { name: "Erase 2 entries" }).click();
  await expect(dialog).toContainText("Erased", { timeout: 20_000 });
  await expect(dialog).toContainText("Products 2");
  await dialog.getByRole("button", { name: "Done" }).click();
  await activity.findsExactly(1);
  await activity.open();
  await expect(page.locator("tr.gap")).toContainText("Test data");
  await expect(page.locator("html")).not.toContainText("Secret Two");
});

test("a step back lets go of what was selected elsewhere, and the dialog names the filter", async ({ fresh, open }) => {
  const made = ["One", "Two", "Three"].map((name) => ({
    action: "product.created",
    subject: { type: "product", id: name, name: `Shirt ${name}` },
  }));
  await fresh.post([...made, { action: "coupon.created", subject: { type: "coupon", id: "A", name: "AUTUMN" } }]);
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  const bar = page.getByRole("toolbar", { name: "Selection" });
  await activity.open("action:coupon.created");
  await activity.query.fill("action:product.created");
  await activity.query.press("Enter");
  await activity.findsExactly(3);
  await press(activity.row("Shirt One").getByRole("checkbox"));
  await bar.getByRole("button", { name: "Select all matching: 3 entries" }).click();
  await expect(bar).toContainText("3 selected");
  await bar.getByRole("button", { name: "Erase" }).click();
  const dialog = page.getByRole("dialog", { name: "Erase 3 entries?" });
  await expect(dialog.getByText("action:product.created", { exact: true })).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(bar).toContainText("3 selected");
  await page.goBack();
  await activity.hasQuery("action:coupon.created");
  await expect(activity.row("AUTUMN")).toBeVisible();
  await expect(bar).toBeHidden();
  await expect(activity.row("AUTUMN").getByRole("checkbox")).not.toBeChecked();
});

test("what is exported first is downloaded in the dialog, and its file goes with what it holds", async ({ fresh, open }) => {
  await fresh.post(
    ["One", "Two"].map((name) => ({
      action: "product.created",
      subject: { type: "product", id: name, name: `Secret ${name}` },
    })),
  );
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("action:product.created");
  await press(activity.row("Secret One").getByRole("checkbox"));
  await activity.row("Secret Two").getByRole("checkbox").click();
  const bar = page.getByRole("toolbar", { name: "Selection" });
  await bar.getByRole("button", { name: "Erase" }).click();
  const dialog = page.getByRole("dialog", { name: "Erase 2 entries?" });
  await dialog.getByLabel("Type 2 to confirm").fill("2");
  await dialog.getByLabel("Reason").fill("Test data");
  await dialog.getByRole("button", { name: "Export first" }).click();
  const asked = new ExportDialog(page);
  await expect(asked.matched).toContainText("2 entries");
  await asked.name.fill("Secrets");
  await asked.go.click();
  await expect(asked.dialog).toBeHidden();
  // The dialog is still there, with what was typed, and says what becomes of the file.
  await expect(dialog).toContainText("is deleted with it: download it now", { timeout: 20_000 });
  await expect(dialog).toContainText("1 export file holds some of it and is deleted too");
  const link = dialog.getByRole("link", { name: "Download" });
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  expect(await readFile(await download.path(), "utf8")).toContain("Secret Two");
  await expect(dialog).toContainText("Your copy stays with you", { timeout: 20_000 });
  await expect(dialog.getByLabel("Type 2 to confirm")).toHaveValue("2");
  await expect(dialog.getByLabel("Reason")).toHaveValue("Test data");
  await dialog.getByRole("button", { name: "Erase 2 entries" }).click();
  await expect(dialog.locator("dl.facts")).toContainText("Export files", { timeout: 20_000 });
  await page.goto("/exports");
  await expect(page.locator(".job-line", { hasText: "Secrets" })).toContainText("was deleted with it");
});

test("a file that is made first is waited for, can be cancelled, and is offered when nothing is erased", async ({ fresh, open }) => {
  await fresh.post([{ action: "product.created", subject: { type: "product", id: "1", name: "Secret" } }]);
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("action:product.created");
  await press(activity.row("Secret").getByRole("checkbox"));
  const bar = page.getByRole("toolbar", { name: "Selection" });
  await bar.getByRole("button", { name: "Erase" }).click();
  const dialog = page.getByRole("dialog", { name: "Erase 1 entry?" });
  const erase = dialog.getByRole("button", { name: "Erase 1 entry" });
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/fn/exports/detail*", async (route) => {
    await held;
    await route.continue();
  });
  await dialog.getByRole("button", { name: "Export first" }).click();
  await new ExportDialog(page).go.click();
  await expect(dialog).toContainText("Wait for the file before you erase");
  await expect(erase).toHaveAttribute("aria-disabled", "true");
  await expect(dialog.getByRole("button", { name: "Cancel the export" })).toBeVisible();
  release();
  await expect(dialog).toContainText("download it now", { timeout: 20_000 });
  // Nobody can bring the file back: it is downloaded, or given up by a word.
  await expect(erase).toHaveAttribute("aria-disabled", "true");
  await dialog.getByRole("button", { name: "I don’t need the file" }).click();
  await expect(erase).not.toHaveAttribute("aria-disabled", "true");
  // Closed without erasing: the file is offered on the page.
  await dialog.getByRole("button", { name: "Cancel", exact: true }).click();
  await expect(page.locator(".job-done")).toContainText("is ready", { timeout: 20_000 });
  await expect(bar).toContainText("1 selected");
});

test("the notice of a file goes when the file goes with an erasure", async ({ fresh, open }) => {
  await fresh.post([{ action: "product.created", subject: { type: "product", id: "1", name: "Secret" } }]);
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("action:product.created");
  await press(page.locator("header.bar").getByRole("button", { name: "Export" }));
  const asked = new ExportDialog(page);
  await expect(asked.matched).toContainText("1 entry");
  await asked.name.fill("Secrets");
  await asked.go.click();
  const notice = page.locator(".job-done");
  await expect(notice).toContainText("Secrets is ready", { timeout: 20_000 });
  await activity.row("Secret").getByRole("checkbox").click();
  await page.getByRole("toolbar", { name: "Selection" }).getByRole("button", { name: "Erase" }).click();
  const dialog = page.getByRole("dialog", { name: "Erase 1 entry?" });
  await dialog.getByLabel("Type 1 to confirm").fill("1");
  await dialog.getByLabel("Reason").fill("Test data");
  await dialog.getByRole("button", { name: "Erase 1 entry" }).click();
  await expect(dialog.locator("dl.facts")).toContainText("Export files", { timeout: 20_000 });
  await expect(notice).toHaveCount(0);
});

test("a manager selects and exports, and erases nothing", async ({ fresh, open }) => {
  await fresh.post([{ action: "product.created", subject: { type: "product", id: "1", name: "Shirt" } }]);
  const page = await open("manager", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("action:product.created");
  await press(activity.row("Shirt").getByRole("checkbox"));
  const bar = page.getByRole("toolbar", { name: "Selection" });
  await expect(bar.getByRole("button", { name: "Export" })).toBeVisible();
  await expect(bar.getByRole("button", { name: "Erase" })).toHaveCount(0);
});

test("what is held is not erased, and the dialog says so", async ({ fresh, open }) => {
  await fresh.post(
    ["1", "2"].map((id) => ({ action: "product.created", subject: { type: "product", id, name: `Shirt ${id}` } })),
  );
  const page = await open("super_admin", { server: fresh, expected: [/422/] });
  await page.goto("/settings/retention");
  await readyForKeys(page);
  const holds = page.getByRole("region", { name: "Legal holds" });
  await holds.getByLabel("Log").selectOption("activity");
  await holds.getByLabel("Filter").fill("subject:product/1");
  await holds.getByRole("button", { name: "Hold" }).click();
  await expect(holds).toContainText("Give a reason");
  await holds.getByLabel("Reason").fill("Court case");
  await holds.getByRole("button", { name: "Hold" }).click();
  await expect(holds.locator(".job-line")).toContainText("Court case");
  const activity = new ActivityPage(page);
  await activity.open("action:product.created");
  await press(activity.row("Shirt 1").getByRole("checkbox"));
  await activity.row("Shirt 2").getByRole("checkbox").click();
  await page.getByRole("toolbar", { name: "Selection" }).getByRole("button", { name: "Erase" }).click();
  const dialog = page.getByRole("dialog", { name: /^Erase/ });
  await expect(dialog).toContainText("1 is under legal hold and stays");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await activity.row("Shirt 2").getByRole("checkbox").click();
  await page.getByRole("toolbar", { name: "Selection" }).getByRole("button", { name: "Erase" }).click();
  await expect(dialog).toContainText("Nothing can be erased: it is under legal hold");
  await expect(dialog.getByRole("textbox")).toHaveCount(0);
  await dialog.getByRole("link", { name: "Legal holds" }).click();
  await expect(holds.locator(".job-line")).toContainText("Court case");
});

/** Opens the dialog that erases the customer whose page is open, and fills it in. */
async function askToErase(page: Page, reason: string): Promise<Locator> {
  await press(page.getByRole("button", { name: "Erase this person" }));
  const dialog = page.getByRole("dialog", { name: /^Erase everything about/ });
  const wanted = await dialog.locator("label[for=e-number]").textContent();
  await dialog.locator("#e-number").fill((wanted ?? "").replace(/\D/g, ""));
  await dialog.getByLabel("Reason").fill(reason);
  return dialog;
}

test("the page of an erased person goes on to what is true, and so does an open thread", async ({ fresh, open }) => {
  await correspond(fresh);
  const thread = await open("super_admin", { server: fresh });
  const greeted = greeting(thread);
  await thread.goto(`/orders/${ORDER}`);
  await greeted;
  const log = thread.getByRole("log");
  await expect(log).toContainText("before Sunday");
  const page = await open("super_admin", { server: fresh });
  await page.goto(`/customers/${CUSTOMER}`);
  const dialog = await askToErase(page, "Asked by mail");
  await dialog.getByRole("button", { name: "Erase this person" }).click();
  await dialog.getByRole("button", { name: "Done" }).click({ timeout: 20_000 });
  await expect(page.getByRole("heading", { name: "There is no such customer" })).toBeVisible();
  await expect(page.locator(".stage")).not.toContainText("layla@mail.example");
  await expect(log).toContainText("Asked by mail");
  await expect(log).not.toContainText("before Sunday");
  await expect(thread.locator("aside.side")).not.toContainText("Layla Mansour");
  await expect(thread.locator("aside.side")).not.toContainText("Every message went out");
  // What the messages were about is not known any more: a list of them says that some were.
  await page.goto(`/messages?q=order%3A${ORDER}`);
  await expect(page.getByText("Something was erased in this time")).toBeVisible();
  await expect(page.getByRole("link", { name: "What was erased" })).toBeVisible();
});

test("a customer's page that somebody else has open goes on once they are erased", async ({ fresh, open }) => {
  await correspond(fresh);
  const other = await open("super_admin", { server: fresh });
  const greeted = greeting(other);
  await other.goto(`/customers/${CUSTOMER}`);
  await greeted;
  await expect(other.locator(".stage")).toContainText("layla@mail.example");
  const page = await open("super_admin", { server: fresh });
  await page.goto(`/customers/${CUSTOMER}`);
  const dialog = await askToErase(page, "Asked by mail");
  await dialog.getByRole("button", { name: "Erase this person" }).click();
  await expect(other.getByRole("heading", { name: "There is no such customer" })).toBeVisible({ timeout: 20_000 });
  await expect(other.locator(".stage")).not.toContainText("layla@mail.example");
});

test("a hold in both logs keeps an order's messages, and its customer on that order alone", async ({ fresh, open }) => {
  await correspond(fresh);
  await correspond(fresh, "1043");
  const page = await open("super_admin", { server: fresh, expected: [/400/] });
  await page.goto("/settings/retention");
  await readyForKeys(page);
  const holds = page.getByRole("region", { name: "Legal holds" });
  const hold = async (filter: string): Promise<void> => {
    await holds.getByLabel("Filter").fill(filter);
    await holds.getByLabel("Reason").fill("Dispute");
    await holds.getByRole("button", { name: "Hold" }).click();
  };
  await hold("channel:sms");
  await expect(holds).toContainText("this is no filter of activity");
  await expect(holds.locator(".job-line")).toHaveCount(0);
  await hold(`order:${ORDER}`);
  await expect(holds.locator(".job-line")).toHaveCount(2);
  await expect(holds.locator(".job-line").nth(1)).toContainText("Messages");
  await page.goto(`/customers/${CUSTOMER}`);
  await expect(page.locator(".order-line")).toHaveCount(2);
  const dialog = await askToErase(page, "Asked by mail");
  await expect(dialog).toContainText("3 messages");
  await expect(dialog).toContainText("Until the hold is released the customer record stays");
  await dialog.getByRole("button", { name: "Erase this person" }).click();
  await expect(dialog).toContainText("The customer record stays with it", { timeout: 20_000 });
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.locator(".order-line")).toHaveCount(1);
  await expect(page.locator(".order-line")).toContainText(`Order ${ORDER}`);
  await page.goto(`/orders/${ORDER}`);
  await expect(page.getByRole("log")).toContainText("before Sunday");
  await page.goto("/orders/1043");
  await expect(page.getByRole("log")).toContainText("Asked by mail");
  await expect(page.locator(".thread-stage")).not.toContainText("Layla Mansour");
});

test("the retention rules are previewed and saved", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/settings/retention");
  await readyForKeys(page);
  await page.getByLabel("Messages: Content").fill("90");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.locator("table.retention tbody tr").nth(1)).toContainText("Nothing");
  await expect(page.getByText("then says that later edits are not known")).toBeVisible();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.locator(".done")).toContainText("Saved");
  await page.reload();
  await expect(page.getByLabel("Messages: Content")).toHaveValue("90");
});

test("a rule that can't be is told at its field, and a preview under way is seen", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh, expected: [/422/] });
  await page.goto("/settings/retention");
  await readyForKeys(page);
  const rows = page.locator("table.retention tbody tr");
  const content = page.getByLabel("Activity: Content");
  const preview = page.getByRole("button", { name: "Preview" });
  await content.fill("100");
  await page.getByLabel("Activity: The rest").fill("30");
  for (const button of [preview, page.getByRole("button", { name: "Save", exact: true })]) {
    await button.click();
    await expect(rows.nth(0).locator(".error-text")).toHaveText("Activity: the rest can’t go before its content.");
    await expect(page.locator(".error-text")).toHaveCount(1);
    await expect(page.locator(".note.failed")).toHaveCount(0);
    await expect(content).toHaveAttribute("aria-invalid", "true");
    await expect(content).toBeFocused();
  }
  await content.fill("-5");
  await expect(page.locator(".error-text")).toHaveCount(0);
  await preview.click();
  await expect(rows.nth(0).locator(".error-text")).toContainText("not a whole number from 1 to 36,500");
  await content.fill("20");
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/fn/retention/preview", async (route) => {
    await held;
    await route.continue();
  });
  await preview.click();
  await expect(preview).toHaveAttribute("aria-disabled", "true");
  await expect(rows.nth(0)).toContainText("…");
  release();
  await expect(preview).not.toHaveAttribute("aria-disabled", "true");
  await expect(rows.nth(0)).toContainText("Nothing");
});

test("leaving retention rules that are not saved is asked about", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/settings/retention");
  await readyForKeys(page);
  const rule = page.getByLabel("Messages: Content");
  const link = page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Store", exact: true });
  const asking = page.getByRole("dialog", { name: "Discard what you wrote?" });
  await rule.fill("90");
  await link.click();
  await asking.getByRole("button", { name: "Keep writing" }).click();
  await expect(asking).toBeHidden();
  await expect(page).toHaveURL(/\/settings\/retention$/);
  await expect(rule).toHaveValue("90");
  await link.click();
  await asking.getByRole("button", { name: "Discard", exact: true }).click();
  await expect(page).toHaveURL(/\/settings\/store$/);
  await page.goBack();
  await expect(rule).toHaveValue("");
  await rule.fill("90");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.locator(".done")).toContainText("Saved");
  await link.click();
  await expect(page).toHaveURL(/\/settings\/store$/);
});

test("a step back from retention rules that are not saved is asked about", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/settings/store");
  await readyForKeys(page);
  const settings = page.getByRole("navigation", { name: "Settings" });
  await settings.getByRole("link", { name: "Retention", exact: true }).click();
  await expect(page).toHaveURL(/\/settings\/retention$/);
  const rule = page.getByLabel("Messages: Content");
  const asking = page.getByRole("dialog", { name: "Discard what you wrote?" });
  await rule.fill("90");
  for (const answer of ["Keep writing", "Discard"]) {
    await page.evaluate(() => history.back());
    await expect(asking).toBeVisible();
    await expect(page).toHaveURL(/\/settings\/retention$/);
    await expect(rule).toHaveValue("90");
    await asking.getByRole("button", { name: answer, exact: true }).click();
    await expect(asking).toBeHidden();
  }
  await expect(page).toHaveURL(/\/settings\/store$/);
  await expect(rule).toBeHidden();
  await page.evaluate(() => history.forward());
  await expect(rule).toHaveValue("");
  await page.evaluate(() => history.back());
  await expect(page).toHaveURL(/\/settings\/store$/);
  await expect(rule).toBeHidden();
  await expect(asking).toBeHidden();
});

test("a rule takes any number of days within bounds, and a category's goes again", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh, expected: [/422/] });
  await page.goto("/settings/retention");
  await readyForKeys(page);
  const save = page.getByRole("button", { name: "Save", exact: true });
  const rows = page.locator("table.retention tbody tr");
  const content = page.getByLabel("Messages: Content");
  for (const wrong of ["0", "36501", "1.5"]) {
    await content.fill(wrong);
    await expect(content).toHaveAttribute("aria-invalid", "true");
    await save.click();
    await expect(page.getByText("not a whole number from 1 to 36,500")).toBeVisible();
  }
  await content.fill("45");
  await expect(content).not.toHaveAttribute("aria-invalid", "true");
  const category = page.getByLabel("Another rule for");
  await category.selectOption("products");
  await page.getByLabel("Products: Content").fill("31");
  await category.selectOption("coupons");
  await page.getByLabel("Coupons: Content").fill("32");
  await save.click();
  await expect(page.locator(".done")).toContainText("Saved");
  await expect(page.getByLabel("Products: Content")).toHaveValue("31");
  await expect(page.getByLabel("Coupons: Content")).toHaveValue("32");
  await page.getByRole("button", { name: /^Remove the rule for .*Coupons$/ }).click();
  await expect(rows).toHaveCount(3);
  await expect(page.getByLabel("Products: Content")).toHaveValue("31");
  await save.click();
  await expect(page.locator(".done")).toContainText("Saved");
  await page.reload();
  await expect(rows).toHaveCount(3);
  await expect(content).toHaveValue("45");
  await expect(page.getByLabel("Products: Content")).toHaveValue("31");
  await expect(page.getByRole("button", { name: /^Remove the rule for/ })).toHaveCount(1);
});

test("rules by which something goes at once are saved after its number is typed", async ({ fresh, open }) => {
  const old = new Date(Date.now() - 400 * 24 * 60 * 60_000).toISOString();
  await fresh.post(
    ["One", "Two"].map((name) => ({
      action: "product.created",
      occurred_at: old,
      subject: { type: "product", id: name, name: `Secret ${name}` },
    })),
  );
  const page = await open("super_admin", { server: fresh });
  const rule = page.getByLabel("Activity: Content");
  const save = page.getByRole("button", { name: "Save", exact: true });
  const dialog = page.getByRole("dialog", { name: "Erase from 2 entries and messages now?" });
  const go = dialog.getByRole("button", { name: "Save and erase from 2" });
  await page.goto("/settings/retention");
  await readyForKeys(page);
  await rule.fill("365");
  await press(save);
  await dialog.getByLabel("Type 2 to confirm").fill("3");
  await go.click();
  await expect(dialog).toContainText("Type the number 2");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.reload();
  await readyForKeys(page);
  await expect(rule).toHaveValue("");
  await rule.fill("365");
  await press(save);
  await dialog.getByLabel("Type 2 to confirm").fill("2");
  await go.click();
  await expect(page.locator(".done")).toContainText("Saved");
  const erased = page.getByRole("region", { name: "What was erased" });
  await expect(async () => {
    await page.reload();
    await expect(erased).toContainText("Activity, by rule", { timeout: 2_000 });
  }).toPass({ timeout: 30_000 });
  const shown = erased.getByRole("combobox");
  await ready(shown, "change");
  await shown.selectOption({ label: "People" });
  await expect(erased).toContainText("Nothing was erased yet");
  await shown.selectOption({ label: "What went by rule" });
  await expect(erased).toContainText("Activity, by rule");
});

test("the ledger shows its head and signs a checkpoint that covers it", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/ledger");
  // The page's own calls become entries a moment after their answers: one can come between the signing and the reading.
  await expect(async () => {
    const signed = page.waitForResponse((response) => response.url().endsWith("/fn/ledger/sign"));
    await press(page.getByRole("button", { name: "Sign a checkpoint" }));
    await (await signed).finished();
    await expect(page.getByText("The newest checkpoint covers every entry.")).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 30_000 });
  const note = page.locator(".checkpoints li").first();
  await note.locator("summary").click();
  await expect(note.locator("pre")).toContainText("— ");
  const answer = await page.request.get("/ledger/checkpoint");
  expect(await answer.text()).toBe(await note.locator("pre").textContent());
  await page.getByLabel("Proof of the entry with the number").fill("1");
  const proof = page.getByRole("link", { name: "Download proof" });
  await expect(proof).toHaveAttribute("href", "/ledger/1/proof");
  const bundle = await (await page.request.get("/ledger/1/proof")).json();
  expect(bundle.entries[0].entry.seq).toBe(1);
});
