/** One's own account: second factor, password, sessions; links instead of first passwords. */

import { codeOf } from "../fixtures/codes.ts";
import { greeting, press } from "../fixtures/ready.ts";
import { address, PASSWORD, type Server } from "../fixtures/server.ts";
import { expect, test } from "../fixtures/test.ts";
import { SignInPage } from "../pages/sign-in.ts";
import type { Page } from "@playwright/test";

test.describe.configure({ timeout: 120_000 });

/** Signs in by the form, without a second factor. */
async function enter(page: Page, server: Server, email: string, password = PASSWORD): Promise<void> {
  await page.goto("/sign-in");
  await new SignInPage(page).signIn(email, password);
  await expect(page).toHaveURL(`${server.url}/activity`);
}

test("an authenticator app is set up, asked for, and a code of it works once", async ({ fresh, open }) => {
  const page = await open(null, { server: fresh, expected: [/status of 422/] });
  await enter(page, fresh, address("super_admin"));
  await page.goto("/account");
  const part = page.getByRole("region", { name: "Second factor" });
  await press(part.getByRole("button", { name: "Set up an authenticator app" }));
  await expect(part.getByRole("img", { name: "QR code for the authenticator app" })).toBeVisible();
  const secret = (await part.locator(".own-secret").textContent()) ?? "";
  const code = part.getByLabel("Code", { exact: true });
  await code.fill("000000");
  await part.getByRole("button", { name: "Switch it on" }).click();
  await expect(code).toHaveAccessibleDescription(/not the code of the moment/);
  const first = codeOf(secret);
  await code.fill(first);
  await part.getByRole("button", { name: "Switch it on" }).click();
  const codes = part.getByRole("region", { name: "Recovery codes" });
  await expect(codes).toBeVisible();
  const recovery = ((await codes.textContent()) ?? "").trim().split(/\s+/);
  expect(recovery).toHaveLength(10);
  await part.getByRole("button", { name: "I have kept them" }).click();
  await expect(part.getByText("10 recovery codes are left.")).toBeVisible();

  const other = await open(null, { server: fresh });
  const form = new SignInPage(other);
  await other.goto("/sign-in");
  await form.signIn(address("super_admin"), PASSWORD);
  await expect(other).toHaveURL(/\/sign-in\/code/);
  const digits = other.getByRole("textbox", { name: "Enter the 6 digits" });
  await digits.fill(first);
  await other.getByRole("button", { name: "Continue" }).click();
  await expect(digits).toHaveAccessibleDescription(/used already/);
  await digits.fill(codeOf(secret, 1));
  await other.getByRole("button", { name: "Continue" }).click();
  await expect(other).toHaveURL(`${fresh.url}/activity`);

  const third = await open(null, { server: fresh });
  await third.goto("/sign-in");
  await new SignInPage(third).signIn(address("super_admin"), PASSWORD);
  await third.getByRole("link", { name: "Use a recovery code" }).click();
  await third.getByRole("textbox", { name: "Enter a recovery code" }).fill(recovery[0] ?? "");
  await third.getByRole("button", { name: "Continue" }).click();
  await expect(third).toHaveURL(`${fresh.url}/activity`);
  await third.goto("/account");
  await expect(third.getByText("9 recovery codes are left.")).toBeVisible();
});

test("the second step works without JavaScript, and nothing opens before it", async ({ fresh, open }) => {
  const page = await open(null, { server: fresh });
  await enter(page, fresh, address("super_admin"));
  await page.goto("/account");
  const part = page.getByRole("region", { name: "Second factor" });
  await press(part.getByRole("button", { name: "Set up an authenticator app" }));
  const secret = (await part.locator(".own-secret").textContent()) ?? "";
  await part.getByLabel("Code", { exact: true }).fill(codeOf(secret));
  await part.getByRole("button", { name: "Switch it on" }).click();
  await expect(part.getByRole("region", { name: "Recovery codes" })).toBeVisible();

  const plain = await open(null, { server: fresh, javaScriptEnabled: false });
  await plain.goto("/settings/store");
  await new SignInPage(plain).signIn(address("super_admin"), PASSWORD);
  await expect(plain).toHaveURL(/\/sign-in\/code/);
  await plain.goto("/settings/store");
  await expect(plain).toHaveURL(/\/sign-in\?next=/);
  await new SignInPage(plain).signIn(address("super_admin"), PASSWORD);
  await plain.getByRole("textbox", { name: "Enter the 6 digits" }).fill(codeOf(secret, 1));
  await plain.getByRole("button", { name: "Continue" }).click();
  await expect(plain).toHaveURL(`${fresh.url}/settings/store`);
});

test("sessions are listed and one is ended from another browser, its open page within a second", async ({ fresh, open }) => {
  const here = await open(null, { server: fresh });
  await enter(here, fresh, address("super_admin"));
  const there = await open(null, { server: fresh, expected: [/status of 401/] });
  // A socket that is opened after its session has ended is refused, which the browser complains about.
  const greeted = greeting(there);
  await enter(there, fresh, address("super_admin"));
  await greeted;
  await expect(there.getByRole("status").filter({ hasText: "Live" })).toBeVisible();
  await here.goto("/account");
  const part = here.getByRole("region", { name: "Where you are signed in" });
  await expect(part.getByText("This browser")).toHaveCount(1);
  // The founder's own session and these two.
  await press(part.getByRole("button", { name: "End all others" }));
  await expect(part.getByRole("listitem")).toHaveCount(1);
  await expect(there.getByText(/session has ended/i).first()).toBeVisible({ timeout: 10_000 });
  await there.goto("/account");
  await expect(there).toHaveURL(/\/sign-in/);
});

test("another password ends the other sessions; a wrong present one is told beside its field", async ({ fresh, open }) => {
  const page = await open(null, { server: fresh, expected: [/status of 422/] });
  await enter(page, fresh, address("super_admin"));
  // Its page may ask once more after its session has ended.
  const other = await open(null, { server: fresh, expected: [/status of 401/] });
  // A socket that is opened after its session has ended is refused, which the browser complains about.
  const greeted = greeting(other);
  await enter(other, fresh, address("super_admin"));
  await greeted;
  await page.goto("/account");
  const part = page.getByRole("region", { name: "Password" });
  await part.getByLabel("Present password").fill("cotton-and-silk");
  await part.getByLabel("New password").fill("silk-and-cotton");
  await press(part.getByRole("button", { name: "Change the password" }));
  await expect(part.getByLabel("Present password")).toHaveAccessibleDescription("This password is wrong");
  await part.getByLabel("Present password").fill(PASSWORD);
  await part.getByLabel("New password").fill("silk-and-cotton");
  await part.getByRole("button", { name: "Change the password" }).click();
  await expect(part.getByRole("status")).toHaveText("Changed. You are signed out everywhere else.");
  await other.goto("/account");
  await expect(other).toHaveURL(/\/sign-in/);
  await enter(other, fresh, address("super_admin"), "silk-and-cotton");
});

test("whether an address has an account is not told by asking for a link", async ({ server, open }) => {
  const page = await open(null, { server });
  for (const email of [address("super_admin"), "nobody@linen.example"]) {
    await page.goto("/sign-in");
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await page.getByLabel("Email").fill(email);
    await page.getByRole("button", { name: "Send the link" }).click();
    await expect(page).toHaveURL(/\/forgot\?sent=1/);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Look into your mail");
  }
});

test("a link that never was one says so, and leads on", async ({ server, open }) => {
  const page = await open(null, { server });
  await page.goto("/link?token=00");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("This link no longer works");
  await page.getByRole("link", { name: "Get another link" }).click();
  await expect(page).toHaveURL(`${server.url}/forgot`);
});
