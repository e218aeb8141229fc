import { expect, test } from "../fixtures/test.ts";
import { press } from "../fixtures/ready.ts";
import { PASSWORD } from "../fixtures/server.ts";
import { railOf } from "../pages/frame.ts";

test("the one-time link leads to the owner's account, a key and the first entry", async ({ empty, open }) => {
  test.slow();
  const page = await open(null, { server: empty, timezoneId: "Asia/Riyadh" });
  await page.goto(empty.setupLink ?? "");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Create the owner’s account");
  await expect(page.getByLabel("Time zone")).toHaveValue("Asia/Riyadh");
  await page.getByLabel("Store name").fill("Maison Noor");
  await page.getByLabel("Your name").fill("Noor Haddad");
  await page.getByLabel("Email").fill("noor@maison.example");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create the account" }).click();
  await expect(railOf(page)).toContainText("Maison Noor");
  await page.goto("/settings/store");
  await expect(page.getByLabel("Time zone")).toHaveValue("Asia/Riyadh");

  await page.goto("/");
  await expect(page).toHaveURL(`${empty.url}/connect`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Connect a store");
  await expect(page.getByText("Waiting for the first entry.")).toBeVisible();
  await press(page.getByRole("button", { name: "Create a key" }));
  const key = page.getByRole("region", { name: "Key", exact: true });
  await expect(key).toHaveText(/^st_\S{20,}$/);
  const call = page.getByRole("region", { name: "Call", exact: true });
  await expect(call).toContainText((await key.textContent()) ?? "");

  const answer = await send((await call.textContent()) ?? "");
  expect(answer.status).toBe(201);
  await expect(page.getByText("The first entry has arrived.")).toBeVisible();
  await expect(page.getByText("Nothing is recorded yet.")).toBeHidden();
  await expect(page.getByText("Entries arrive already.")).toBeVisible();
  await page.getByRole("link", { name: "See the activity" }).click();
  await expect(page).toHaveURL(`${empty.url}/activity`);
  await expect(page.getByRole("heading", { level: 1, name: "Activity" })).toBeVisible();
});

test("a password that is too short is refused beside its field, and what else was typed is kept", async ({
  empty,
  open,
}) => {
  const page = await open(null, { server: empty });
  await page.goto(empty.setupLink ?? "");
  await page.getByLabel("Store name").fill("Maison Noor");
  await page.getByLabel("Your name").fill("Noor Haddad");
  await page.getByLabel("Email").fill("noor@maison.example");
  await expect(page.getByLabel("Time zone")).toHaveValue("UTC");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Create the account" }).click();
  await expect(page.getByLabel("Password")).toHaveAccessibleDescription(/Take at least 10 characters/);
  await expect(page.getByLabel("Store name")).toHaveValue("Maison Noor");
  await expect(page.getByLabel("Email")).toHaveValue("noor@maison.example");
});

test("who comes without the one-time link is told of it, until there is an owner", async ({ empty, open }) => {
  const page = await open(null, { server: empty });
  await page.goto("/");
  await expect(page).toHaveURL(/sign-in/);
  await expect(page.getByText("This server has no owner yet")).toBeVisible();
  await empty.found();
  await page.reload();
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
  await expect(page.getByText("This server has no owner yet")).toHaveCount(0);
});

test("without JavaScript the time zone is typed, and a wrong one is told at its field", async ({ empty, open }) => {
  const page = await open(null, { server: empty, javaScriptEnabled: false });
  await page.goto(empty.setupLink ?? "");
  const zone = page.getByLabel("Time zone");
  await expect(zone).toHaveValue("");
  await expect(page.locator("#time-zones option[value='Asia/Riyadh']")).toHaveCount(1);
  await page.getByLabel("Store name").fill("Maison Noor");
  await page.getByLabel("Your name").fill("Noor Haddad");
  await page.getByLabel("Email").fill("noor@maison.example");
  await zone.fill("Mars/Base");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create the account" }).click();
  await expect(zone).toHaveAccessibleDescription(/Choose a zone of the list/);
  await expect(zone).toHaveValue("Mars/Base");
  await zone.fill("Europe/Lisbon");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create the account" }).click();
  await expect(railOf(page)).toContainText("Maison Noor");
  await page.goto("/settings/store");
  await expect(page.getByLabel("Time zone")).toHaveValue("Europe/Lisbon");
});

test("the one-time link works once", async ({ fresh, open }) => {
  const page = await open(null, { server: fresh });
  await page.goto(fresh.setupLink ?? "");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("This link no longer works");
});

/** Sends what the shown curl command would. */
async function send(command: string): Promise<Response> {
  const [, url, type, authorization, body] =
    /^curl (\S+) \\\s+-H 'Content-Type: ([^']+)' \\\s+-H 'Authorization: ([^']+)' \\\s+-d '([^']+)'$/.exec(command) ?? [];
  if (!url || !authorization || !type || !body) {
    throw new Error(`this is not the command that was expected: ${command}`);
  }
  return fetch(url, { method: "POST", headers: { authorization, "content-type": type }, body });
}
