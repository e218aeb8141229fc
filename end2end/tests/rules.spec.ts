import type { Locator, Page } from "@playwright/test";
import { findings, LOOKS } from "../fixtures/axe.ts";
import { correspond, hear, ORDER } from "../fixtures/letters.ts";
import { press, ready } from "../fixtures/ready.ts";
import type { Server } from "../fixtures/server.ts";
import { expect, test } from "../fixtures/test.ts";

const TEMPLATE = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e01";
const RULE = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e02";

async function put(server: Server, path: string, body: object): Promise<void> {
  const answer = await server.api("PUT", path, body);
  expect(answer.status, await answer.text()).toBe(200);
}

/** A template and a rule that answers with it. */
async function arrange(server: Server): Promise<void> {
  const body = "Dear {{customer}}, order {{order}} is {{status}}.";
  await put(server, `/api/v1/templates/${TEMPLATE}`, { name: "Where it is", body });
  await put(server, `/api/v1/rules/${RULE}`, {
    name: "Asked where",
    conditions: [{ condition: "words", any_of: ["where is"] }],
    actions: [{ action: "send_template", template: "Where it is" }, { action: "tag_order", tag: "asked" }],
  });
}

function row(page: Page, name: string) {
  return page.getByRole("row").filter({ hasText: name });
}

test("what was written in a rule is not thrown away without a question", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/settings/rules");
  await press(page.getByRole("button", { name: "Add a rule" }));
  const dialog = page.getByRole("dialog", { name: "Add a rule" });
  const question = page.getByRole("dialog", { name: "Discard what you wrote?" });
  const name = dialog.getByLabel("Name", { exact: true });
  // Nothing was written yet.
  await expect(name).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await page.getByRole("button", { name: "Add a rule" }).click();
  await name.fill("Asked where");
  await page.keyboard.press("Escape");
  await expect(question.getByRole("button", { name: "Keep writing" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(question).toBeHidden();
  await expect(name).toHaveValue("Asked where");
  await expect(name).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(question).toBeVisible();
  await question.getByRole("button", { name: "Keep writing" }).click();
  await expect(question).toBeHidden();
  await dialog.getByRole("button", { name: "Close" }).click();
  await question.getByRole("button", { name: "Discard" }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole("button", { name: "Add a rule" }).click();
  await expect(name).toHaveValue("");
});

test("a template and a rule are made, answer a customer, and say what they did", async ({ fresh, open }) => {
  test.slow();
  await correspond(fresh);
  const page = await open("super_admin", { server: fresh, expected: [/status of 422/] });
  await page.goto("/settings/templates");
  await expect(page.getByText("No template yet")).toBeVisible();
  await press(page.getByRole("button", { name: "Add a template" }));
  const writing = page.getByRole("dialog", { name: "Add a template" });
  await writing.getByLabel("Name").fill("Where it is");
  await writing.getByLabel("Text").fill("Dear {{customer}}, order {{order}} is {{status}}.");
  await expect(writing.getByRole("figure")).toContainText("Dear Layla, order 1042 is shipped.");
  await writing.getByRole("button", { name: "Save" }).click();
  await expect(writing).toBeHidden();
  await expect(row(page, "Where it is")).toContainText("Any channel");

  await page.getByRole("link", { name: "Rules" }).click();
  await press(page.getByRole("button", { name: "Add a rule" }));
  const dialog = page.getByRole("dialog", { name: "Add a rule" });
  await dialog.getByLabel("Name", { exact: true }).fill("Asked where");
  await dialog.getByLabel("Call a webhook").fill("http://hooks.example");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByLabel("Call a webhook")).toHaveAccessibleDescription(/begins with https/);
  await expect(dialog.getByLabel("Call a webhook")).toBeFocused();
  await dialog.getByLabel("Call a webhook").fill("");
  await dialog.getByRole("checkbox", { name: "WhatsApp" }).check();
  await dialog.getByLabel("And says one of").fill("where is, أين");
  await dialog.getByLabel("Answer with").selectOption("Where it is");
  await dialog.getByLabel("Tag the order").fill("asked");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, "Asked where")).toContainText("WhatsApp · \u2068“where is”\u2069 or \u2068“أين”\u2069");
  await expect(row(page, "Asked where")).toContainText("answer with Where it is · tag asked");

  await hear(fresh, "Where is my parcel?");
  await hear(fresh, "Thank you!");
  const lately = page.getByRole("region", { name: "What the rules did" });
  await expect(async () => {
    await page.reload();
    await expect(lately.getByRole("listitem")).toHaveCount(2, { timeout: 500 });
  }).toPass({ timeout: 30_000 });
  await expect(lately).toContainText("Fired");
  await expect(lately).toContainText("Did not fire");
  await expect(lately).toContainText("None of the words is in it");
  await page.goto(`/orders/${ORDER}`);
  await expect(page.getByRole("log")).toContainText("Dear Layla Mansour, order 1042 is shipped.");
  await expect(page.getByRole("log")).toContainText("Rule “Asked where”");
});

test("a rule is switched off, changed and deleted", async ({ fresh, open }) => {
  await arrange(fresh);
  const page = await open("manager", { server: fresh });
  await page.goto("/settings/rules");
  const toggle = page.getByRole("switch", { name: "Asked where is on" });
  await expect(toggle).toBeChecked();
  await (await ready(toggle, "change")).click();
  await expect(toggle).not.toBeChecked();
  // The switch moves at once, its row when the server says so: a page that is left before takes its call along.
  await expect(row(page, "Asked where")).toHaveClass(/\boff\b/);
  await page.reload();
  await expect(toggle).not.toBeChecked();
  await press(page.getByRole("button", { name: "Change Asked where" }));
  const dialog = page.getByRole("dialog", { name: "Asked where" });
  await expect(dialog.getByLabel("And says one of")).toHaveValue("where is");
  await dialog.getByLabel("And it comes between").fill("22:00");
  await dialog.getByLabel("and", { exact: true }).fill("06:00");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(row(page, "Asked where")).toContainText("22:00 to 06:00");
  await press(page.getByRole("button", { name: "Delete Asked where" }));
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No rule yet")).toBeVisible();
});

test("of two who change one rule or template, the later is told by whom, and keeps what was typed", async ({
  fresh,
  open,
}) => {
  test.slow();
  await arrange(fresh);
  const first = await open("super_admin", { server: fresh });
  const second = await open("manager", { server: fresh, expected: [/status of 409/] });
  const edit = async (page: Page, name: string): Promise<Locator> => {
    await press(page.getByRole("button", { name: `Change ${name}` }));
    return page.getByRole("dialog", { name });
  };
  const save = async (dialog: Locator, field: string, text: string): Promise<void> => {
    await dialog.getByLabel(field).fill(text);
    await dialog.getByRole("button", { name: "Save" }).click();
  };
  for (const { path, name, field, said } of [
    { path: "rules", name: "Asked where", field: "Tag the order", said: "Then: answer with Where it is · tag one." },
    { path: "templates", name: "Where it is", field: "Text", said: "it says something else." },
  ]) {
    await first.goto(`/settings/${path}`);
    await second.goto(`/settings/${path}`);
    const one = await edit(first, name);
    const other = await edit(second, name);
    await save(one, field, "one");
    await expect(one).toBeHidden();
    await save(other, field, "other");
    await expect(other.getByRole("alert")).toContainText(`Noor Haddad changed this meanwhile. Now: ${said}`);
    await expect(other.getByLabel(field)).toHaveValue("other");

    await other.getByRole("button", { name: "Cancel" }).click();
    await expect(other).toBeHidden();
    // What it is now was read behind the dialog.
    await expect(row(second, name)).toContainText("one");
    const again = await edit(second, name);
    await expect(again.getByLabel(field)).toHaveValue("one");
    await save(again, field, "other");
    await expect(again).toBeHidden();
    await expect(row(second, name)).toContainText("other");
  }
});

test("on a schedule the form shows what fits, and what was tested goes when the form changes", async ({ fresh, open }) => {
  await arrange(fresh);
  const page = await open("manager", { server: fresh });
  await page.goto("/settings/rules");
  await press(page.getByRole("button", { name: "Change Asked where" }));
  const dialog = page.getByRole("dialog", { name: "Asked where" });
  await dialog.getByRole("button", { name: "Test on the last 7 days" }).click();
  const trial = dialog.getByRole("status", { name: /Would have fired/ });
  await expect(trial).toBeInViewport();
  await dialog.getByLabel("Tag the order").fill("other");
  await expect(trial).toBeHidden();
  await dialog.getByLabel("Set off by").selectOption("schedule");
  await expect(dialog.getByLabel("Answer with")).toBeHidden();
  await expect(dialog.getByLabel("Tag it in the shop")).toBeHidden();
  await expect(dialog.getByLabel("Call a webhook")).toBeVisible();
  await expect(dialog.getByLabel("On (each week)")).toBeHidden();
  await dialog.getByLabel("Every", { exact: true }).selectOption("week");
  await expect(dialog.getByLabel("On (each week)")).toBeVisible();
  await expect(dialog.getByLabel("On day (each month)")).toBeHidden();
});

test("a rule that the form can't hold is left to the API", async ({ fresh, open }) => {
  await arrange(fresh);
  const words = (word: string) => ({ condition: "words", any_of: [word] });
  const actions = [{ action: "tag_order", tag: "x" }];
  await put(fresh, `/api/v1/rules/${RULE}`, { name: "Two", conditions: [words("a"), words("b")], actions });
  const page = await open("super_admin", { server: fresh });
  await page.goto("/settings/rules");
  await expect(row(page, "Two")).toContainText("change it over the API");
  await expect(page.getByRole("button", { name: "Change Two" })).toHaveCount(0);
});

test("a template of the store is chosen in the composer, filled with the order", async ({ fresh, open }) => {
  await correspond(fresh);
  await arrange(fresh);
  const page = await open("manager", { server: fresh });
  await page.goto(`/orders/${ORDER}`);
  await press(page.getByRole("button", { name: "Templates" }));
  await page.getByRole("button", { name: "Where it is" }).click();
  await expect(page.locator("#write")).toHaveValue("Dear Layla Mansour, order 1042 is shipped.");
});

test("a text that comes with Storetrail is listed, and replaced once the store has taken it over", async ({ fresh, open }) => {
  await correspond(fresh);
  const page = await open("super_admin", { server: fresh });
  await page.goto("/settings/templates");
  const builtIn = page.getByRole("region", { name: "Built in" });
  await expect(builtIn.getByRole("row").filter({ hasText: "Shipped" })).toContainText("Your order {{order}} is on its way.");
  await press(builtIn.getByRole("button", { name: "Take over Shipped" }));
  const writing = page.getByRole("dialog", { name: "Add a template" });
  await expect(writing.getByLabel("Name")).toHaveValue("Shipped");
  await expect(writing.getByLabel("Text")).toHaveValue("Your order {{order}} is on its way.");
  await writing.getByLabel("Text").fill("Order {{order}} left the house.");
  await writing.getByRole("button", { name: "Save" }).click();
  await expect(writing).toBeHidden();
  await expect(builtIn.getByRole("row").filter({ hasText: "Shipped" })).toContainText("The store has its own");
  await page.goto(`/orders/${ORDER}`);
  await press(page.getByRole("button", { name: "Templates" }));
  const offered = page.getByRole("group", { name: "Templates" });
  await expect(offered.getByRole("button", { name: "Delayed" })).toBeVisible();
  await expect(offered.getByRole("button", { name: "Shipped" })).toHaveCount(1);
  await offered.getByRole("button", { name: "Shipped" }).click();
  await expect(page.locator("#write")).toHaveValue(`Order ${ORDER} left the house.`);
});

test("who may not manage rules is told who can change that", async ({ fresh, open }) => {
  const page = await open("auditor", { server: fresh, expected: [/status of 403/] });
  for (const path of ["/settings/rules", "/settings/templates"]) {
    await page.goto(path);
    await expect(page.getByRole("table")).toHaveCount(0);
    await expect(page.getByText(/admin/i).first()).toBeVisible();
  }
});

for (const look of LOOKS) {
  test(`axe finds nothing in rules and templates, ${look.name}`, async ({ fresh, open }) => {
    await arrange(fresh);
    await hear(fresh, "Where is it?");
    const page = await open("super_admin", { server: fresh, ...look });
    await page.goto("/settings/rules");
    await expect(async () => {
      await page.reload();
      await expect(page.locator(".evaluations li")).toHaveCount(1, { timeout: 500 });
    }).toPass({ timeout: 30_000 });
    expect(await findings(page)).toEqual([]);
    await press(page.locator(".rules .acts .btn").first());
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await findings(page)).toEqual([]);
    await page.goto("/settings/templates");
    await press(page.locator(".templates .acts .btn").first());
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await findings(page)).toEqual([]);
  });
}
