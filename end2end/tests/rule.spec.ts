import type { Page } from "@playwright/test";
import { findings, LOOKS } from "../fixtures/axe.ts";
import { greeting, press, ready } from "../fixtures/ready.ts";
import type { Server } from "../fixtures/server.ts";
import { expect, test } from "../fixtures/test.ts";

const RULE = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e03";

async function put(server: Server, path: string, body: object): Promise<void> {
  const answer = await server.api("PUT", path, body);
  expect(answer.status, await answer.text()).toBe(200);
}

/** Something that happened to an order just now. */
async function refund(server: Server, order: string): Promise<void> {
  const body = { action: "order.refunded", subject: { type: "order", id: order } };
  const answer = await server.api("POST", "/api/v1/activities", body);
  expect(answer.status, await answer.text()).toBe(201);
}

/** A rule that raises an alarm which nobody gets. */
async function arrange(server: Server, isDry = false): Promise<void> {
  await put(server, `/api/v1/rules/${RULE}`, {
    name: "Refunds",
    is_dry: isDry,
    trigger: { when: "event", query: "action:order.refunded" },
    conditions: [{ condition: "query", query: "subject:order/1042" }],
    actions: [{ action: "alarm", text: "Look at it" }],
  });
}

function row(page: Page, name: string) {
  return page.getByRole("row").filter({ hasText: name });
}

test("a rule is made for events, tried on the past, and says why it did not fire", async ({ fresh, open }) => {
  test.slow();
  await refund(fresh, "1042");
  await refund(fresh, "1043");
  const page = await open("super_admin", { server: fresh, expected: [/status of 422/] });
  await page.goto("/settings/rules");
  await press(page.getByRole("button", { name: "Add a rule" }));
  const dialog = page.getByRole("dialog", { name: "Add a rule" });
  await dialog.getByLabel("Name", { exact: true }).fill("Refunds");
  await dialog.getByLabel("Set off by").selectOption("event");
  await dialog.getByLabel("Events found by").fill("colour:red");
  await dialog.getByLabel("Raise an alarm that says").fill("Look at it");
  await dialog.getByRole("button", { name: "Test on the last 7 days" }).click();
  await expect(dialog.getByLabel("Events found by")).toHaveAccessibleDescription(/at 1/);
  await dialog.getByLabel("Events found by").fill("action:order.refunded");
  await dialog.getByLabel("And found by").fill("subject:order/1042");
  await dialog.getByRole("button", { name: "Test on the last 7 days" }).click();
  await expect(dialog.getByRole("status")).toContainText("Would have fired 1× in the last 7 days, of 2 looked at");
  await expect(dialog.getByRole("status")).toContainText("subject:order/1042 was not met");
  const lines = dialog.getByRole("status").getByRole("listitem");
  await expect(lines.first().getByRole("link", { name: "1042" })).toHaveAttribute("href", "/orders/1042");
  await expect(lines.nth(1).getByRole("link", { name: "1043" })).toHaveAttribute("href", "/orders/1043");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, "Refunds")).toContainText("alarm “Look at it”");

  await refund(fresh, "1042");
  await refund(fresh, "1043");
  const todo = page.getByRole("region", { name: "Still to do" });
  await expect(async () => {
    await page.reload();
    await expect(todo).toContainText("Out of tries", { timeout: 500 });
    await expect(row(page, "Refunds")).toContainText("In 7 days: fired 1×, skipped 1×", { timeout: 500 });
  }).toPass({ timeout: 30_000 });
  await press(todo.getByRole("button", { name: "Discard: Refunds: raise the alarm" }));
  await expect(todo).toBeHidden();

  await page.goto("/settings/why?subject_type=order&subject_id=1043");
  const each = page.getByRole("region", { name: "What each one did" }).getByRole("listitem").first();
  await expect(each).toContainText("It did not fire");
  await expect(each.getByText("The rule was on (version 1)")).toBeHidden();
  await each.locator("summary").click();
  await expect(each.getByText("The rule was on (version 1)")).toBeVisible();
  await page.getByLabel("Rule").selectOption("Refunds");
  await page.getByRole("button", { name: "Answer" }).click();
  const answer = page.getByRole("region", { name: "It did not fire" });
  await expect(answer).toContainText("The rule was on (version 1)");
  await expect(answer).toContainText("subject:order/1042 was not met");

  await page.goto("/settings/why?subject_type=order&subject_id=%231043");
  await expect(each).toContainText("subject:order/1042 was not met");
  await page.goto("/settings/why?subject_type=order&subject_id=1099");
  await expect(each).toContainText("Nothing is known under this ID");
});

test("what is out of tries is edited and tried again, and several are given up at once", async ({ fresh, open }) => {
  test.slow();
  const sorry = "/api/v1/templates/0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e04";
  await put(fresh, sorry, { name: "Sorry", body: "We are sorry" });
  await put(fresh, "/api/v1/templates/0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e05", { name: "Regret", body: "We regret it" });
  await put(fresh, `/api/v1/rules/${RULE}`, {
    name: "Refunds",
    trigger: { when: "event", query: "action:order.refunded" },
    actions: [{ action: "send_template", template: "Sorry" }],
  });
  expect((await fresh.api("DELETE", sorry)).status).toBe(200);
  await refund(fresh, "1042");
  await refund(fresh, "1043");
  const page = await open("manager", { server: fresh, expected: [/status of 422/] });
  const todo = page.getByRole("region", { name: "Still to do" });
  await expect(async () => {
    await page.goto("/settings/rules");
    await expect(todo.locator(".status.failed")).toHaveCount(2, { timeout: 500 });
  }).toPass({ timeout: 30_000 });
  await press(todo.getByRole("button", { name: "Edit: Refunds: send the template" }).first());
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Answer with")).toHaveValue("Sorry");
  await dialog.getByLabel("Answer with").fill("Nothing");
  await dialog.getByRole("button", { name: "Retry now" }).click();
  await expect(dialog.getByLabel("Answer with")).toHaveAccessibleDescription(/no template of this name/);
  await dialog.getByLabel("Answer with").fill("Regret");
  await dialog.getByRole("button", { name: "Retry now" }).click();
  await expect(dialog).toBeHidden();
  await expect(async () => {
    await page.reload();
    await expect(todo.locator(".status.failed")).toHaveCount(2, { timeout: 500 });
    await expect(todo).toContainText("it concerns no customer that is known", { timeout: 500 });
  }).toPass({ timeout: 30_000 });
  await (await ready(todo.getByLabel("All that are out of tries (2)"), "change")).click();
  await todo.getByRole("button", { name: "Discard (2)" }).click();
  await expect(todo).toBeHidden();
});

test("a rule asks for large orders of a group of customers", async ({ fresh, open }) => {
  await put(fresh, "/api/v1/customers/c_1", { name: "Noura", groups: ["Newsletter"] });
  await put(fresh, "/api/v1/orders/1042", { customer_id: "c_1", total: "480.00", currency: "SAR" });
  await refund(fresh, "1042");
  const page = await open("manager", { server: fresh, expected: [/status of 422/] });
  await page.goto("/settings/rules");
  await press(page.getByRole("button", { name: "Add a rule" }));
  const dialog = page.getByRole("dialog", { name: "Add a rule" });
  await dialog.getByLabel("Name", { exact: true }).fill("Large");
  await dialog.getByLabel("Set off by").selectOption("event");
  await dialog.getByLabel("Events found by").fill("action:order.refunded");
  await dialog.getByLabel("And the customer is in one of").fill("VIP");
  await dialog.getByLabel("And the order comes to at least").fill("a lot");
  await dialog.getByLabel("in the currency").fill("sar");
  await dialog.getByLabel("Tag the order").fill("large");
  await dialog.getByRole("button", { name: "Test on the last 7 days" }).click();
  await expect(dialog.getByLabel("And the order comes to at least")).toHaveAccessibleDescription(/such as 129.00/);
  await dialog.getByLabel("And the order comes to at least").fill("500.00");
  await dialog.getByRole("button", { name: "Test on the last 7 days" }).click();
  const trial = dialog.getByRole("status");
  await expect(trial).toContainText("The customer was in Newsletter · The order came to 480.00 SAR");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(row(page, "Large")).toContainText("the customer is in VIP · the order comes to 500.00 SAR or more");
});

test("what waits says what follows and what failed, and is edited", async ({ fresh, open }) => {
  const colleague = await fresh.addUser("manager");
  await put(fresh, `/api/v1/rules/${RULE}`, {
    name: "Refunds",
    trigger: { when: "event", query: "action:order.refunded" },
    actions: [{ action: "assign", to: colleague }],
  });
  // Of this order nothing but its refund is known: it may yet be told.
  await refund(fresh, "1042");
  const page = await open("super_admin", { server: fresh });
  await page.goto("/settings/rules");
  const todo = page.getByRole("region", { name: "Still to do" });
  // The list is read again by itself.
  await expect(todo).toContainText("order 1042 is not known", { timeout: 30_000 });
  await expect(todo).toContainText("Waits");
  await expect(todo).toContainText(/then after .*30 min, 2 h.*, then given up/);
  const arabic = await open("super_admin", { server: fresh, language: "ar" });
  await arabic.goto("/settings/rules");
  const waiting = arabic.getByRole("listitem").filter({ hasText: "Refunds" }).filter({ hasText: "غير معروف" });
  await expect(waiting.first()).toContainText(/الطلب .*1042.* غير معروف/);
  await expect(waiting.first()).toContainText("30 د، 2 س");
  const first = todo.getByText("Try 1", { exact: true });
  await expect(first).toBeHidden();
  await todo.getByText(/^Failed tries \(\d+\)$/).click();
  await expect(first).toBeVisible();

  const edit = todo.getByRole("button", { name: "Edit: Refunds: assign the order" });
  const value = page.getByRole("dialog").getByLabel("Assign the order to");
  await press(edit);
  await expect(value).toHaveValue(colleague);
  await value.fill("super_admin@linen.example");
  await page.getByRole("dialog").getByRole("button", { name: "Retry now" }).click();
  await expect(value).toBeHidden();
  // What it is made with is said, once the list was read again.
  await expect(todo).toContainText("super_admin@linen.example");
  await expect(todo).not.toContainText(colleague);
  await press(edit);
  await expect(value).toHaveValue("super_admin@linen.example");
});

test("a rule that is made and fires elsewhere is shown without loading the page", async ({ fresh, open }) => {
  const page = await open("manager", { server: fresh });
  const greeted = greeting(page);
  await page.goto("/settings/rules");
  await expect(page.getByText("No rule yet")).toBeVisible();
  await greeted;
  await arrange(fresh);
  await expect(row(page, "Refunds")).toContainText("fired 0×, skipped 0×");
  await refund(fresh, "1043");
  await expect(row(page, "Refunds")).toContainText("fired 0×, skipped 1×");
  await expect(page.getByRole("region", { name: "What the rules did" })).toContainText("Did not fire");
});

test("a rule is tried over a period that is chosen, and says since when", async ({ fresh, open }) => {
  await refund(fresh, "1042");
  await arrange(fresh);
  const page = await open("manager", { server: fresh });
  await page.goto("/settings/rules");
  await press(page.getByRole("button", { name: "Change Refunds" }));
  const dialog = page.getByRole("dialog", { name: "Refunds" });
  const trial = dialog.getByRole("status");
  await dialog.getByLabel("Period of the test").selectOption("30 days");
  await dialog.getByRole("button", { name: "Test on the last 30 days" }).click();
  await expect(trial).toContainText("Would have fired 1× in the last 30 days, of 1 looked at");
  await expect(trial).toContainText(/Everything since .+ was looked at/);
  await dialog.getByLabel("Period of the test").selectOption("1 day");
  await expect(trial).toBeHidden();
  await dialog.getByRole("button", { name: "Test on the last day" }).click();
  await expect(trial).toContainText("Would have fired 1× in the last day, of 1 looked at");
  // What is tried is no part of the rule: nothing would be lost.
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

test("a rule on what nobody ever recorded is tried, and its spelling doubted", async ({ fresh, open }) => {
  await refund(fresh, "1042");
  await arrange(fresh);
  const page = await open("manager", { server: fresh });
  await page.goto("/settings/rules");
  await press(page.getByRole("button", { name: "Change Refunds" }));
  const dialog = page.getByRole("dialog", { name: "Refunds" });
  const trial = dialog.getByRole("status");
  await dialog.getByLabel("Events found by").fill("action:order.refundd");
  await dialog.getByRole("button", { name: "Test on the last 7 days" }).click();
  await expect(trial).toContainText("of 0 looked at");
  await expect(trial).toContainText("No entry of this kind is known: check the spelling.");
  await dialog.getByLabel("Events found by").fill("action:order.refunded");
  await dialog.getByRole("button", { name: "Test on the last 7 days" }).click();
  await expect(trial).toContainText("of 1 looked at");
  await expect(trial).not.toContainText("check the spelling");
});

test("windows to midnight and of the whole day, made over the API, are said and kept by the form", async ({
  fresh,
  open,
}) => {
  test.slow();
  const page = await open("manager", { server: fresh });
  for (const { from, shown, said } of [
    { from: 1320, shown: "22:00", said: "22:00 to 00:00" },
    { from: 0, shown: "00:00", said: "all day" },
  ]) {
    const window = { condition: "time_of_day", from, to: 1440 };
    const actions = [{ action: "tag_order", tag: "late" }];
    await put(fresh, `/api/v1/rules/${RULE}`, { name: "Late", conditions: [window], actions });
    await page.goto("/settings/rules");
    await expect(row(page, "Late")).toContainText(said);
    await expect(row(page, "Late")).not.toContainText("change it over the API");
    await press(page.getByRole("button", { name: "Change Late" }));
    const dialog = page.getByRole("dialog", { name: "Late" });
    await expect(dialog.getByLabel("And it comes between")).toHaveValue(shown);
    await expect(dialog.getByLabel("and", { exact: true })).toHaveValue("00:00");
    await dialog.getByLabel("Tag the order").fill("later");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog).toBeHidden();
    await expect(row(page, "Late")).toContainText("tag later");
    await expect(row(page, "Late")).toContainText(said);
    const answer = await fresh.api("GET", `/api/v1/rules/${RULE}/versions`);
    const { items } = (await answer.json()) as { items: { rule: object }[] };
    expect(items[0]?.rule).toMatchObject({ conditions: [window] });
  }
});

test("a rule on a schedule is asked why without a subject", async ({ fresh, open }) => {
  await arrange(fresh);
  const nightly = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e06";
  await put(fresh, `/api/v1/rules/${nightly}`, {
    name: "Nightly",
    // Far from now, so that it does not come meanwhile.
    trigger: { when: "schedule", schedule: { every: "day", at: ((new Date().getUTCHours() + 12) % 24) * 60 } },
    actions: [{ action: "alarm", text: "Look at it" }],
  });
  const page = await open("manager", { server: fresh });
  await page.goto("/settings/why");
  const rule = await ready(page.getByLabel("Rule", { exact: true }), "change");
  const kind = page.getByLabel("Kind", { exact: true });
  const answer = page.getByRole("region", { name: "It did not fire" });
  await rule.selectOption("Nightly");
  await expect(kind).toBeHidden();
  await expect(page.getByLabel("Its ID")).toBeHidden();
  await rule.selectOption("Refunds");
  await expect(kind).toBeVisible();
  await expect(kind).toHaveAttribute("required");
  await rule.selectOption("Nightly");
  await page.getByRole("button", { name: "Answer" }).click();
  await expect(answer).toContainText("Its time has not come yet");
  await expect(page.getByLabel("Rule", { exact: true })).toHaveValue(nightly);
  await expect(kind).toBeHidden();

  // A link to it needs no more, nor does the rule's own page.
  await page.goto(`/settings/why?rule=${nightly}`);
  await expect(answer).toContainText("Its time has not come yet");
  await page.goto(`/settings/rules/${nightly}`);
  await expect(page.getByRole("button", { name: "Answer" })).toBeVisible();
  await expect(kind).toBeHidden();
  await page.getByRole("button", { name: "Answer" }).click();
  await expect(answer).toContainText("Its time has not come yet");
});

test("a rule that was off says so, and since when", async ({ fresh, open }) => {
  await arrange(fresh);
  await put(fresh, `/api/v1/rules/${RULE}`, {
    name: "Refunds",
    is_enabled: false,
    trigger: { when: "event", query: "action:order.refunded" },
    actions: [{ action: "alarm", text: "Look at it" }],
  });
  await refund(fresh, "1042");
  const page = await open("manager", { server: fresh });
  await page.goto(`/settings/why?rule=${RULE}&subject_type=order&subject_id=1042`);
  const answer = page.getByRole("region", { name: "It did not fire" });
  await expect(answer).toContainText(/The rule was off then, since .+ \(version 2\)/);
});

test("versions are seen and restored", async ({ fresh, open }) => {
  await arrange(fresh);
  const page = await open("manager", { server: fresh });
  await page.goto("/settings/rules");
  await (await ready(page.getByRole("switch", { name: "Refunds is on" }), "change")).click();
  await expect(page.getByRole("switch", { name: "Refunds is on" })).not.toBeChecked();
  // The switch moves at once, its row when the server says so.
  await expect(row(page, "Refunds")).toHaveClass(/\boff\b/);
  await page.getByRole("link", { name: "Refunds" }).click();
  const versions = page.getByRole("region", { name: "Versions" });
  await expect(versions.getByRole("listitem")).toHaveCount(2);
  await press(versions.getByRole("button", { name: "Restore version 1" }));
  await expect(versions.getByRole("listitem")).toHaveCount(3);
  await expect(versions.getByRole("listitem").first()).toContainText("In force");
});

test("a rule on trial says how often it would have fired", async ({ fresh, open }) => {
  await arrange(fresh, true);
  const page = await open("manager", { server: fresh });
  const greeted = greeting(page);
  await page.goto("/settings/rules");
  await greeted;
  await refund(fresh, "1042");
  await refund(fresh, "1043");
  await expect(row(page, "Refunds")).toContainText("fired 0×, skipped 1× · would have fired 1×");
});

test("who may not manage rules is told who can change that", async ({ fresh, open }) => {
  const page = await open("auditor", { server: fresh, expected: [/status of 403/] });
  for (const path of [`/settings/rules/${RULE}`, "/settings/why"]) {
    await page.goto(path);
    await expect(page.getByText(/admin/i).first()).toBeVisible();
  }
});

for (const look of LOOKS) {
  test(`axe finds nothing in a rule and its answer, ${look.name}`, async ({ fresh, open }) => {
    await arrange(fresh);
    await refund(fresh, "1042");
    const page = await open("super_admin", { server: fresh, ...look });
    await expect(async () => {
      await page.goto(`/settings/rules/${RULE}`);
      await expect(page.locator(".evaluations .status.failed")).toHaveCount(1, { timeout: 500 });
    }).toPass({ timeout: 30_000 });
    expect(await findings(page)).toEqual([]);
    await page.goto(`/settings/why?rule=${RULE}&subject_type=order&subject_id=1042`);
    await expect(page.locator(".chain li").first()).toBeVisible();
    expect(await findings(page)).toEqual([]);
  });
}
