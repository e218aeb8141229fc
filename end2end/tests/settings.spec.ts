import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../fixtures/test.ts";
import { press, ready } from "../fixtures/ready.ts";
import { address, PASSWORD, type Server } from "../fixtures/server.ts";
import { railOf } from "../pages/frame.ts";
import { SignInPage } from "../pages/sign-in.ts";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

type Call = (name: string, fields: Record<string, string>) => Promise<unknown>;

/** Asks the pages' functions as the owner. */
async function owner(server: Server): Promise<Call> {
  const token = await server.signIn(address("super_admin"));
  return async (name, fields) => {
    const answer = await fetch(`${server.url}/fn/${name}`, {
      method: "POST",
      headers: { cookie: `storetrail_session=${token}` },
      body: new URLSearchParams(fields),
    });
    const text = await answer.text();
    expect(answer.ok, text).toBe(true);
    return JSON.parse(text);
  };
}

/** Gives the manager a role that the store made. */
async function giveManager(server: Server, call: Call, role: string): Promise<void> {
  const email = await server.addUser("manager");
  const users = (await call("users", {})) as { id: string; email: string }[];
  const user = users.find((there) => there.email === email)?.id ?? "";
  await call("user-role", { user, role });
}

test("a user is invited, joins by the link, gets another role, is blocked and let in again", async ({ fresh, open }) => {
  test.slow();
  const page = await open("super_admin", { server: fresh });
  await page.goto("/settings/users");
  await press(page.getByRole("button", { name: "Invite a user" }));
  const adding = page.getByRole("dialog", { name: "Invite a user" });
  await adding.getByLabel("Name", { exact: true }).fill("Lina Qasim");
  await adding.getByLabel("Email", { exact: true }).fill("lina@linen.example");
  await adding.getByRole("radio", { name: /^Manager/ }).check();
  await adding.getByRole("button", { name: "Invite", exact: true }).click();
  // Nothing sends mail here, so the link is handed over.
  const region = adding.getByRole("region", { name: "Link" });
  await expect(region).toHaveText(/\/link\?token=\S+/);
  const link = ((await region.textContent()) ?? "").trim();
  await adding.getByRole("button", { name: "Done" }).click();
  await expect(adding).toBeHidden();
  const row = page.getByRole("row", { name: /lina@linen\.example/ });
  await expect(row.getByRole("cell").nth(1)).toHaveText("Manager");
  await expect(row.getByRole("cell").nth(2)).toHaveText("Invited");

  // Their page may ask once more after their session has ended.
  const theirs = await open(null, { server: fresh, expected: [/status of 401/] });
  await theirs.goto(new URL(link).pathname + new URL(link).search);
  await expect(theirs.getByRole("heading", { level: 1 })).toHaveText("Join Linen");
  await theirs.getByLabel("New password").fill("short");
  await theirs.getByRole("button", { name: "Join" }).click();
  await expect(theirs.getByLabel("New password")).toHaveAccessibleDescription(/Take at least 10 characters/);
  await theirs.getByLabel("New password").fill(PASSWORD);
  await theirs.getByRole("button", { name: "Join" }).click();
  await expect(theirs).not.toHaveURL(/\/link/);
  await theirs.goto("/sign-in");
  const form = new SignInPage(theirs);
  await form.signIn("lina@linen.example", PASSWORD);
  await expect(theirs).toHaveURL(`${fresh.url}/activity`);
  await theirs.goto(new URL(link).pathname + new URL(link).search);
  await expect(theirs.getByRole("heading", { level: 1 })).toHaveText("This link no longer works");

  await page.reload();
  await press(row.getByRole("button", { name: "Change Lina Qasim" }));
  const editing = page.getByRole("dialog", { name: "Lina Qasim" });
  await editing.getByRole("radio", { name: /^Auditor/ }).check();
  await editing.getByRole("button", { name: "Save the role" }).click();
  await expect(row.getByRole("cell").nth(1)).toHaveText("Auditor");

  await row.getByRole("button", { name: "Change Lina Qasim" }).click();
  await editing.getByRole("button", { name: "Block" }).click();
  await expect(row.getByRole("cell").nth(1)).toHaveText(/Auditor\s+Blocked/);
  await theirs.goto("/activity");
  await expect(theirs).toHaveURL(/\/sign-in/);
  await theirs.goto("/sign-in");
  await form.signIn("lina@linen.example", PASSWORD);
  await expect(theirs.getByRole("alert")).toHaveText("This account is blocked. An admin can unblock it.");

  await row.getByRole("button", { name: "Change Lina Qasim" }).click();
  await editing.getByRole("button", { name: "Unblock" }).click();
  await expect(row.getByRole("cell").nth(1)).toHaveText("Auditor");
  await theirs.goto("/sign-in");
  await form.signIn("lina@linen.example", PASSWORD);
  await expect(theirs).toHaveURL(`${fresh.url}/activity`);
});

test("an own role is made of permissions, given, and can't be deleted while it is in use", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh, expected: [/status of 409/] });
  await page.goto("/settings/roles");
  await press(page.getByRole("button", { name: "Make a role" }));
  const dialog = page.getByRole("dialog", { name: "Make a role" });
  // Nothing is opened that nobody chose.
  await expect(dialog.getByRole("radio", { name: "No activity", exact: true })).toBeChecked();
  await dialog.getByLabel("Name", { exact: true }).fill("Coupon watch");
  await dialog.getByRole("radio", { name: "Some categories only" }).check();
  await dialog.getByRole("checkbox", { name: "Coupons" }).check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  const line = page.getByRole("listitem").filter({ hasText: "Coupon watch" });
  await line.locator("summary").click();
  await expect(line.getByText("Only Coupons")).toBeVisible();

  await page.goto("/settings/users");
  await press(page.getByRole("button", { name: "Invite a user" }));
  const adding = page.getByRole("dialog", { name: "Invite a user" });
  await adding.getByLabel("Name", { exact: true }).fill("Lina Qasim");
  await adding.getByLabel("Email", { exact: true }).fill("lina@linen.example");
  await adding.getByRole("radio", { name: /^Coupon watch/ }).check();
  await adding.getByRole("button", { name: "Invite", exact: true }).click();
  await adding.getByRole("button", { name: "Done" }).click();
  const row = page.getByRole("row", { name: /lina@linen\.example/ });
  await expect(row.getByRole("cell").nth(1)).toHaveText("Coupon watch");

  await page.goto("/settings/roles");
  await line.locator("summary").click();
  await press(line.getByRole("button", { name: "Delete" }));
  const asking = page.getByRole("dialog", { name: "Delete the role Coupon watch?" });
  await asking.getByRole("button", { name: "Delete" }).click();
  await expect(asking.getByRole("alert")).toContainText("Give them another role first");
});

test("what a role can't do with what it reads is said where that is chosen", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh, expected: [/status of 422/] });
  await page.goto("/settings/roles");
  await press(page.getByRole("button", { name: "Make a role" }));
  const dialog = page.getByRole("dialog", { name: "Make a role" });
  const messages = dialog.getByRole("group", { name: "Messages" });
  // What follows from the choice above is not asked for twice.
  await expect(dialog.getByRole("checkbox", { name: "Read messages and threads" })).toHaveCount(0);
  // The list scrolls with the dialog, without a frame of its own.
  await expect(messages).toHaveCSS("border-top-width", "0px");
  await dialog.getByLabel("Name", { exact: true }).fill("Desk clerk");
  await dialog.getByRole("checkbox", { name: "Send, stop and restart messages" }).check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(messages).toHaveAccessibleDescription(/^“Send, stop and restart messages” needs something to read/);
  await expect(messages.getByRole("radio").first()).toBeFocused();
  await expect(messages).toBeInViewport();
  await dialog.getByRole("checkbox", { name: "Send, stop and restart messages" }).uncheck();
  await dialog.getByRole("checkbox", { name: "Read orders and customers" }).check();
  await expect(messages).toHaveAccessibleDescription(/^“Read orders and customers” needs something to read/);
  await messages.getByRole("radio", { name: "All messages and threads" }).check();
  await expect(messages).toHaveAccessibleDescription("");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  const line = page.getByRole("listitem").filter({ hasText: "Desk clerk" });
  await line.locator("summary").click();
  await expect(line.getByRole("listitem").filter({ hasText: "Read messages and threads" })).toContainText("Yes");
});

test("who makes roles is offered what their own opens, and told why more is refused", async ({ fresh, open }) => {
  const call = await owner(fresh);
  const role = (name: string, activity: unknown, messages: string): string => {
    const permissions = ["manage_users", "manage_roles"];
    return JSON.stringify({ name, description: "", access: { activity, messages, is_masked: false, permissions } });
  };
  const products = { categories: ["products"] };
  await call("role-save", { input: role("Night watch", "all", "nothing") });
  const input = role("Desk lead", products, "assigned_orders");
  const { id } = (await call("role-save", { input })) as { id: string };
  await giveManager(fresh, call, id);

  const page = await open("manager", { server: fresh, expected: [/status of 403/] });
  await page.goto("/settings/roles");
  const beyond = page.getByRole("listitem").filter({ hasText: "Night watch" });
  await beyond.locator("summary").click();
  await expect(beyond.getByRole("button", { name: "Delete" })).toBeVisible();
  await expect(beyond.getByRole("button", { name: "Change" })).toHaveCount(0);
  await press(page.getByRole("button", { name: "Make a role" }));
  const dialog = page.getByRole("dialog", { name: "Make a role" });
  const activity = dialog.getByRole("group", { name: "Activity" });
  await activity.getByRole("radio", { name: "Some categories only" }).check();
  await expect(activity.getByRole("checkbox")).toHaveCount(1);
  await activity.getByRole("checkbox", { name: "Products" }).check();
  await expect(activity.getByRole("radio")).toHaveCount(2);
  const messages = dialog.getByRole("group", { name: "Messages" });
  await expect(messages.getByRole("radio")).toHaveCount(2);
  await messages.getByRole("radio", { name: "Threads of orders assigned to the person" }).check();
  await dialog.getByLabel("Name", { exact: true }).fill("Night desk");
  // Meanwhile their own role comes to open less.
  await call("role-save", { id, input: role("Desk lead", products, "nothing") });
  await dialog.getByRole("button", { name: "Save" }).click();
  const why = "Nobody makes, changes or gives what opens more than their own role. Nothing was changed.";
  await expect(dialog.getByRole("alert")).toHaveText(why);
});

test("a user's field that can't be used is named, and the cursor goes there", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh, expected: [/status of (409|422)/] });
  await page.goto("/settings/users");
  await press(page.getByRole("button", { name: "Invite a user" }));
  const dialog = page.getByRole("dialog", { name: "Invite a user" });
  await dialog.getByLabel("Name", { exact: true }).fill("Lina Qasim");
  await dialog.getByLabel("Email", { exact: true }).fill("lina at home");
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
  await expect(dialog.getByLabel("Email", { exact: true })).toHaveAccessibleDescription(
    /^Give an address such as sara@store\.example/,
  );
  await expect(dialog.getByLabel("Email", { exact: true })).toBeFocused();
  await dialog.getByLabel("Email", { exact: true }).fill(address("super_admin"));
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
  await expect(dialog.getByLabel("Email", { exact: true })).toHaveAccessibleDescription(
    /^This person has a role in this store already/,
  );
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

test("a key is shown once, works, and is refused once it is revoked", async ({ fresh: server, open }) => {
  const page = await open("super_admin", { server });
  await page.goto("/settings/keys");
  await press(page.getByRole("button", { name: "Create a key" }));
  const dialog = page.getByRole("dialog", { name: "Create a key" });
  await expect(dialog.getByRole("radio", { name: /^Store keeper/ })).toBeChecked();
  await dialog.getByLabel("Name", { exact: true }).fill("Warehouse sync");
  await dialog.getByRole("button", { name: "Create a key" }).click();
  const region = dialog.getByRole("region", { name: "Key", exact: true });
  await expect(region).toHaveText(/^st_\S{20,}$/);
  const secret = (await region.textContent()) ?? "";
  expect((await server.api("GET", "/api/v1/activities?limit=1", undefined, secret)).status).toBe(200);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(dialog).toBeHidden();

  await page.reload();
  const row = page.getByRole("row", { name: /Warehouse sync/ });
  await expect(row).toBeVisible();
  await expect(page.locator("html")).not.toContainText(secret);

  await press(row.getByRole("button", { name: "Revoke Warehouse sync" }));
  const asking = page.getByRole("dialog", { name: "Revoke the key Warehouse sync?" });
  await asking.getByRole("button", { name: "Revoke" }).click();
  await expect(asking).toBeHidden();
  await expect(row).toContainText("Revoked");
  expect((await server.api("GET", "/api/v1/activities?limit=1", undefined, secret)).status).toBe(401);
});

test("who manages keys and no users gives keys what their own role has", async ({ fresh, open }) => {
  const call = await owner(fresh);
  const permissions = ["manage_keys"];
  const access = { activity: "all", messages: "nothing", is_masked: false, permissions };
  const input = JSON.stringify({ name: "Key desk", description: "", access });
  const { id } = (await call("role-save", { input })) as { id: string };
  await giveManager(fresh, call, id);
  const page = await open("manager", { server: fresh });
  await page.goto("/settings/keys");
  await press(page.getByRole("button", { name: "Create a key" }));
  const dialog = page.getByRole("dialog", { name: "Create a key" });
  const may = dialog.getByRole("group", { name: "What it may do" });
  await expect(may.getByRole("radio")).toHaveCount(1);
  await expect(may.getByRole("radio", { name: /^Key desk/ })).toBeChecked();
  await dialog.getByLabel("Name", { exact: true }).fill("Warehouse sync");
  await dialog.getByRole("button", { name: "Create a key" }).click();
  await expect(dialog.getByRole("region", { name: "Key", exact: true })).toHaveText(/^st_\S{20,}$/);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("row", { name: /Warehouse sync/ })).toContainText("Key desk");
});

test("a key says to what it is narrowed and when it ends, also on a phone", async ({ fresh: server, open }) => {
  const page = await open("super_admin", { server });
  await page.goto("/settings/keys");
  await press(page.getByRole("button", { name: "Create a key" }));
  const dialog = page.getByRole("dialog", { name: "Create a key" });
  await dialog.getByLabel("Name", { exact: true }).fill("Coupons");
  await dialog.getByText("Narrow it").click();
  await dialog.getByRole("checkbox", { name: "Coupons" }).check();
  await dialog.getByLabel("Networks").fill("10.0.0.0/8, 127.0.0.1");
  await dialog.getByLabel("Ends after").selectOption("30");
  await dialog.getByRole("button", { name: "Create a key" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(dialog).toBeHidden();
  const limits = [/^Only Coupons$/, /^Only from .?10\.0\.0\.0\/8.?, .?127\.0\.0\.1.?$/, /^ends \d/];
  await expect(page.getByRole("row", { name: /Coupons/ }).locator("small")).toHaveText(limits);

  const phone = await open("super_admin", { server, ...PHONE });
  await phone.goto("/settings/keys");
  const row = phone.getByRole("row", { name: /Coupons/ });
  await expect(row.locator("small")).toHaveText(limits);
  // What wraps begins no line with a dot, and nothing is wider than the screen.
  const begins = await row
    .getByRole("cell")
    .evaluateAll((cells) => cells.map((cell) => getComputedStyle(cell, "::before").content));
  expect(begins).toHaveLength(5);
  expect(begins).not.toContain('"·"');
  const { scroll, client } = await phone.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    client: document.documentElement.clientWidth,
  }));
  expect(scroll).toBeLessThanOrEqual(client);

  await page.goto("/security?q=event:key.created");
  await page.locator("tr[data-row]").filter({ hasText: "Coupons" }).first().getByRole("link").first().click();
  const changed = page.getByRole("complementary").locator("table.diff tr");
  await expect(changed.filter({ hasText: "Networks" })).toContainText("10.0.0.0/8, 127.0.0.1");
  await expect(changed.filter({ hasText: "Categories" })).toContainText("Coupons");
});

test("the roles page names the log of the page Requests, and a manager's share of exports", async ({ server, open }) => {
  const page = await open("super_admin", { server });
  await page.goto("/settings/roles");
  const manager = page
    .getByRole("listitem")
    .filter({ has: page.locator("summary").getByText("Manager", { exact: true }) });
  await manager.locator("summary").click();
  const may = (what: string): Locator => manager.getByRole("listitem").filter({ hasText: what });
  await expect(may("See and download exports of others, but not those of admins")).toContainText("Yes");
  await expect(may("Read the requests log")).toContainText("No");
});

test("the store's name is saved and stands in the rail; a zone that is none is named", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh, expected: [/status of 422/] });
  await page.goto("/settings/store");
  await page.getByLabel("Store name").fill("Maison Noor");
  await press(page.getByRole("button", { name: "Save" }));
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await expect(railOf(page)).toContainText("Maison Noor");
  await page.getByLabel("Time zone").fill("Asia/Atlantis");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Time zone")).toHaveAccessibleDescription(/Choose a zone of the list/);
  await page.reload();
  await expect(page.getByLabel("Store name")).toHaveValue("Maison Noor");
});

test("of two who change one user or the store, the later is told by whom, and keeps what was typed", async ({
  fresh,
  open,
}) => {
  test.slow();
  await fresh.addUser("staff");
  const first = await open("super_admin", { server: fresh });
  const second = await open("admin", { server: fresh, expected: [/status of 409/] });
  const edit = async (page: Page): Promise<Locator> => {
    await page.goto("/settings/users");
    await press(page.getByRole("button", { name: "Change Huda Faris" }));
    return page.getByRole("dialog", { name: "Huda Faris" });
  };
  const [one, other] = [await edit(first), await edit(second)];
  await one.getByRole("radio", { name: /^Auditor/ }).check();
  await one.getByRole("button", { name: "Save the role" }).click();
  await expect(one).toBeHidden();
  await other.getByRole("radio", { name: /^Manager/ }).check();
  await other.getByRole("button", { name: "Save the role" }).click();
  await expect(other.getByRole("alert")).toContainText("Noor Haddad changed this meanwhile. Now: Role: Auditor.");
  await expect(other.getByRole("radio", { name: /^Manager/ })).toBeChecked();
  await second.reload();
  const row = second.getByRole("row", { name: /staff@linen\.example/ });
  await expect(row.getByRole("cell").nth(1)).toHaveText("Auditor");

  for (const page of [first, second]) {
    await page.goto("/settings/store");
    await ready(page.getByRole("button", { name: "Save" }));
  }
  await first.getByLabel("Store name").fill("Maison Noor");
  await first.getByRole("button", { name: "Save" }).click();
  await expect(first.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await second.getByLabel("Store name").fill("Wool");
  await second.getByRole("button", { name: "Save" }).click();
  await expect(second.getByRole("alert")).toContainText("Now: Store name: Maison Noor.");
  await expect(second.getByLabel("Store name")).toHaveValue("Wool");
  await second.reload();
  await expect(second.getByLabel("Store name")).toHaveValue("Maison Noor");
});

test("a super admin adds a store and looks at it", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh, expected: [/status of 422/] });
  await page.goto("/settings/store");
  await press(page.getByRole("button", { name: "Add a store" }));
  const dialog = page.getByRole("dialog", { name: "Add a store" });
  const zone = dialog.getByLabel("Time zone");
  await expect(zone).toHaveValue("UTC");
  await dialog.getByLabel("Store name").fill("Wool");
  await zone.fill("Mars/Base");
  await dialog.getByRole("button", { name: "Add a store" }).click();
  await expect(zone).toHaveAccessibleDescription(/Choose a zone of the list/);
  await zone.fill("Europe/Berlin");
  await dialog.getByRole("button", { name: "Add a store" }).click();
  await expect(page).toHaveURL(`${fresh.url}/connect`);
  await expect(railOf(page)).toContainText("Wool");

  const admin = await open("admin", { server: fresh });
  await admin.goto("/settings/store");
  await expect(admin.getByLabel("Store name")).toHaveValue("Linen");
  await expect(admin.getByRole("button", { name: "Add a store" })).toHaveCount(0);
});

test("a rule is tried on the past, and what it would have told of leads to its events", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await fresh.key("admin");
  await page.goto("/settings/protection");
  const rule = page.getByRole("listitem").filter({ hasText: "Someone gets a powerful role" });
  await press(rule.getByRole("button", { name: "Try on 90 days" }));
  await expect(rule.getByText(/Made by .+ as Admin\./).first()).toBeVisible();
  await rule.getByRole("link", { name: /^The key Test admin was made with much power/ }).first().click();
  await expect(page).toHaveURL(/\/security\?.*q=/);
});

test("what rules and mails of alarms lack on the server is said beside them", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/settings/protection");
  const lacks = "needs the GeoIP file (geoip_file), which is not set";
  for (const name of [/further apart than anybody travels/, /from a new country/]) {
    const rule = page.getByRole("listitem").filter({ hasText: name });
    await expect(rule.getByRole("status")).toHaveText(lacks);
    const answer = page.waitForResponse(/\/fn\/alarm-try/);
    await press(rule.getByRole("button", { name: "Try on 90 days" }));
    await answer;
    await expect(rule.getByRole("status")).toHaveText(lacks);
  }
  const other = page.getByRole("listitem").filter({ hasText: "Many failed sign-ins of one account" });
  await press(other.getByRole("button", { name: "Try on 90 days" }));
  await expect(other.getByRole("status")).toHaveText("would have raised no alarm in 90 days");
  await expect(page.getByLabel("Mail alarms to")).toHaveAccessibleDescription(/No mail server is set/);

  const arabic = await open("super_admin", { server: fresh, language: "ar" });
  await arabic.goto("/settings/protection");
  await expect(arabic.getByText("تحتاج إلى ملف المواقع (geoip_file) وهو غير مضبوط")).toHaveCount(2);
});

test("to whom alarms could not be told is said beside its field", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh, expected: [/status of 422/] });
  await page.goto("/settings/protection");
  const emails = page.getByLabel("Mail alarms to");
  const form = await ready(page.locator("form").filter({ has: emails }), "submit");
  const save = form.getByRole("button", { name: "Save", exact: true });
  await emails.fill("owner@linen.example, nobody");
  await save.click();
  await expect(emails).toHaveAccessibleDescription(/“nobody” is no email address/);
  await emails.fill("");
  const url = page.getByLabel("Post alarms to");
  await url.fill("https://127.0.0.1/a");
  await save.click();
  await expect(url).toHaveAccessibleDescription(/internal and would never be called/);
  await url.fill("https://sara:hunter2@hook.example/x");
  await save.click();
  await expect(url).toHaveAccessibleDescription(/without a user and a password/);
  await url.fill("https://alarms.example/a");
  await save.click();
  await expect(url).toHaveAccessibleDescription(/STORETRAIL_WEBHOOK_SECRET/);
});
