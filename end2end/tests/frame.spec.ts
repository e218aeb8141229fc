import { expect, test } from "../fixtures/test.ts";
import { press, ready, readyForKeys } from "../fixtures/ready.ts";
import type { Role } from "../fixtures/server.ts";
import { Frame } from "../pages/frame.ts";

const LOGS = ["Activity", "Messages", "Orders", "Bulk operations"];
const WORK = [...LOGS, "Webhooks", "Exports"];
const PLACES: [Role, string[]][] = [
  ["super_admin", [...WORK, "Security", "Requests", "Ledger", "Settings"]],
  ["admin", [...WORK, "Security", "Requests", "Ledger", "Settings"]],
  ["manager", [...WORK, "Ledger", "Settings"]],
  ["store_keeper", ["Activity", "Exports"]],
  ["staff", ["Activity", "Messages", "Orders"]],
  ["auditor", [...LOGS, "Exports", "Ledger"]],
];

for (const [role, places] of PLACES) {
  test(`the rail of a ${role} has ${places.join(" and ")}`, async ({ server, open }) => {
    const page = await open(role, { server });
    await page.goto("/activity");
    await expect(new Frame(page).rail.getByRole("link")).toHaveText(places);
  });
}

for (const role of ["store_keeper", "staff", "auditor"] as const) {
  test(`a ${role} is told who can open the settings`, async ({ server, open }) => {
    const page = await open(role, { server, expected: [/status of 403/] });
    for (const [path, section] of [
      ["/settings/store", "Store"],
      ["/settings/users", "Users"],
      ["/settings/roles", "Roles"],
      ["/settings/keys", "API keys"],
      ["/settings/protection", "Protection"],
      ["/settings/targets", "Targets"],
      ["/connect", "Connect a store"],
    ]) {
      const answer = await page.goto(path as string);
      expect(answer?.status()).toBe(403);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Your role does not include “${section}”`);
      await expect(page.getByText("Roles that open it: Super admin, Admin.")).toBeVisible();
    }
    // Some of its pages are a manager's.
    const settings = await page.goto("/settings");
    expect(settings?.status()).toBe(403);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your role does not include “Settings”");
    await expect(page.getByText("Roles that open it: Super admin, Admin, Manager.")).toBeVisible();
  });
}

test("a page that doesn't exist says so with status 404", async ({ server, open }) => {
  const page = await open("super_admin", { server, expected: [/status of 404/] });
  const answer = await page.goto("/no-such-page");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("There is no such page");
  await page.getByRole("link", { name: "Go to the first page" }).click();
  await expect(page).toHaveURL(`${server.url}/activity`);
});

test("the first Tab leads past the rail", async ({ server, open }) => {
  const page = await open("super_admin", { server });
  await page.goto("/settings/store");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await ready(page.getByRole("link", { name: "Skip to content" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

test("? opens and closes the keyboard map, and single keys can be turned off", async ({ server, open }) => {
  const page = await open("super_admin", { server });
  const frame = new Frame(page);
  await page.goto("/settings/users");
  await readyForKeys(page);
  await page.keyboard.press("?");
  await expect(frame.help).toBeVisible();
  await page.keyboard.press("?");
  await expect(frame.help).toBeHidden();
  await page.keyboard.press("?");
  await page.keyboard.press("Escape");
  await expect(frame.help).toBeHidden();

  await page.keyboard.press("?");
  await frame.help.getByRole("checkbox", { name: "Shortcuts with a single key" }).uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await expect(frame.help).toBeHidden();
  await page.reload();
  await readyForKeys(page);
  await page.keyboard.press("?");
  await expect(frame.help).toBeHidden();
});

test("g b goes to the bulk operations, as the keyboard map says", async ({ server, open }) => {
  const page = await open("super_admin", { server });
  await page.goto("/settings/users");
  await readyForKeys(page);
  await page.keyboard.press("?");
  await expect(new Frame(page).help).toContainText("Go to bulk operations");
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  await expect(page).toHaveURL(`${server.url}/operations`);
});

test("g a goes to the activity", async ({ server, open }) => {
  const page = await open("super_admin", { server });
  await page.goto("/settings/users");
  await readyForKeys(page);
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await expect(page).toHaveURL(`${server.url}/activity`);
});

test("the theme is chosen in the menu and stays", async ({ server, open }) => {
  const page = await open("super_admin", { server });
  await page.goto("/settings/store");
  const frame = new Frame(page);
  await frame.openMenu(/Noor Haddad/);
  await press(frame.menu.getByRole("button", { name: "Dark" }));
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("Arabic is one click away, runs from right to left and stays", async ({ server, open }) => {
  const page = await open("super_admin", { server });
  await page.goto("/settings/users");
  const frame = new Frame(page);
  await frame.openMenu(/Noor Haddad/);
  await frame.menu.getByRole("link", { name: "العربية" }).click();
  const html = page.locator("html");
  await expect(html).toHaveAttribute("dir", "rtl");
  await expect(html).toHaveAttribute("lang", "ar");
  await expect(page).toHaveURL(`${server.url}/settings/users`);
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText(/[a-z]/i);
  await page.goto("/settings/keys");
  await expect(html).toHaveAttribute("dir", "rtl");
  await page.getByRole("button", { name: /Noor Haddad/ }).first().click();
  await page.getByRole("link", { name: "English" }).click();
  await expect(html).toHaveAttribute("dir", "ltr");
});

test("the sign-in page is there in Arabic without JavaScript", async ({ server, open }) => {
  const page = await open(null, { server, javaScriptEnabled: false });
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "العربية" }).click();
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText(/sign in/i);
});

test("somebody is there while they press something", async ({ server, open }) => {
  const page = await open("manager", { server });
  await page.goto("/activity");
  await readyForKeys(page);
  const told = async (): Promise<number | undefined> => {
    const cookies = await page.context().cookies();
    return cookies.find((cookie) => cookie.name === "storetrail_present")?.expires;
  };
  expect(await told()).toBeUndefined();
  await page.keyboard.press("Shift");
  await expect.poll(told).toBeGreaterThan(0);
  expect(await told()).toBeLessThanOrEqual(Date.now() / 1000 + 61);
});

for (const [system, userAgent, keys] of [
  ["a Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", "⌘"],
  ["Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", "Ctrl"],
  ["Linux", "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Ctrl"],
] as const) {
  test(`shortcuts are written as on ${system}`, async ({ server, open }) => {
    const page = await open("super_admin", { server, userAgent });
    const frame = new Frame(page);
    await page.goto("/activity");
    const key = frame.rail.locator(".find kbd");
    const words = keys === "⌘" ? "⌘K" : "Ctrl K";
    await expect(key).toHaveText(words);
    await readyForKeys(page, 2);
    await expect(key).toHaveText(words);
    await page.keyboard.press("?");
    await expect(frame.help.getByText(`${keys} K`, { exact: true })).toBeVisible();
    await expect(frame.help).not.toContainText(keys === "⌘" ? "Ctrl" : "⌘");
  });
}
