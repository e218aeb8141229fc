/** Passkeys, with Chromium's virtual authenticator: as the second factor, alone, copied, taken away. */

import { findings } from "../fixtures/axe.ts";
import { press } from "../fixtures/ready.ts";
import { address, PASSWORD, Server } from "../fixtures/server.ts";
import { expect, test as base } from "../fixtures/test.ts";
import { SignInPage } from "../pages/sign-in.ts";
import type { CDPSession, Page } from "@playwright/test";

const test = base.extend<{ named: Server }>({
  named: async ({}, use) => {
    const server = await Server.startNamed();
    try {
      await server.found();
      await use(server);
    } finally {
      await server.remove();
    }
  },
});

test.describe.configure({ timeout: 120_000 });

interface Authenticator {
  cdp: CDPSession;
  id: string;
}

/** Gives the page's browser a device that holds passkeys and verifies whoever touches it. */
async function authenticator(page: Page): Promise<Authenticator> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, id: authenticatorId };
}

/** Signs in by the form as the owner. */
async function enter(page: Page): Promise<void> {
  await page.goto("/sign-in");
  await new SignInPage(page).signIn(address("super_admin"), PASSWORD);
  // Who goes on before the answer has come is not signed in.
  await expect(page).not.toHaveURL(/\/sign-in$/);
}

/** Adds a passkey on the account page; the recovery codes that come with the first are put away. */
async function addFirst(page: Page): Promise<void> {
  await page.goto("/account");
  const part = page.getByRole("region", { name: "Passkeys" });
  await press(part.getByRole("button", { name: "Add a passkey" }));
  await expect(part.getByRole("group", { name: "Recovery codes" })).toBeVisible();
  await part.getByRole("button", { name: "I have kept them" }).click();
  await expect(part.getByRole("listitem")).toHaveCount(1);
}

test("a passkey is the second factor, and gets a name", async ({ named, open }) => {
  const page = await open(null, { server: named });
  await authenticator(page);
  await enter(page);
  await expect(page).toHaveURL(`${named.url}/activity`);
  await addFirst(page);
  const part = page.getByRole("region", { name: "Passkeys" });
  expect(await findings(page)).toEqual([]);
  await part.getByRole("button", { name: /^Rename the passkey/ }).click();
  const dialog = page.getByRole("dialog", { name: "Rename the passkey" });
  await dialog.getByLabel("Name").fill("Work laptop");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await expect(part.getByText("Work laptop")).toBeVisible();

  await page.context().clearCookies();
  await enter(page);
  await expect(page).toHaveURL(/\/sign-in\/code/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Use your passkey");
  expect(await findings(page)).toEqual([]);
  await press(page.getByRole("button", { name: "Use a passkey" }));
  await expect(page).toHaveURL(`${named.url}/activity`);
  await page.goto("/security?q=event:factor.passed");
  await expect(page.getByText("Second factor right").first()).toBeVisible();
});

test("while the passkeys are read again nothing among them can be pressed", async ({ named, open }) => {
  const page = await open(null, { server: named });
  await authenticator(page);
  await enter(page);
  await addFirst(page);
  const part = page.getByRole("region", { name: "Passkeys" });
  const shown = page.locator("section.own-part").filter({ has: page.locator("#own-passkeys") });
  let release = (): void => {};
  const held = new Promise<void>((done) => (release = done));
  await page.route("**/fn/account/passkeys", async (route) => {
    await held;
    await route.continue();
  });
  await part.getByRole("button", { name: /^Rename the passkey/ }).click();
  const dialog = page.getByRole("dialog", { name: "Rename the passkey" });
  await dialog.getByLabel("Name").fill("Work laptop");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await expect(shown).toHaveAttribute("inert");
  release();
  await expect(part.getByText("Work laptop")).toBeVisible();
  await expect(shown).not.toHaveAttribute("inert");
  await part.getByRole("button", { name: "Rename the passkey Work laptop" }).click();
  await expect(dialog).toBeVisible();
});

test("who has a passkey and no app is told that it is on, and gets new recovery codes", async ({ named, open }) => {
  const page = await open(null, { server: named });
  await authenticator(page);
  await enter(page);
  await addFirst(page);
  const part = page.getByRole("region", { name: "Second factor" });
  await expect(part.getByText("By passkey, without an authenticator app")).toBeVisible();
  await expect(part.getByText("10 recovery codes are left.")).toBeVisible();
  await expect(part.getByRole("button", { name: "Set up an authenticator app" })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await part.getByRole("button", { name: "Make new recovery codes" }).click();
  await expect(part.getByRole("group", { name: "Recovery codes" })).toBeVisible();
  await part.getByRole("button", { name: "I have kept them" }).click();
  await expect(part.getByText("10 recovery codes are left.")).toBeVisible();
});

test("a passkey alone opens, and one whose counter went back does not", async ({ named, open }) => {
  const page = await open(null, { server: named });
  const device = await authenticator(page);
  await enter(page);
  await addFirst(page);
  await page.context().clearCookies();
  await page.goto("/sign-in?next=/account");
  expect(await findings(page)).toEqual([]);
  await press(page.getByRole("button", { name: "Use a passkey" }));
  await expect(page).toHaveURL(`${named.url}/account`);

  // A copy of the passkey: it signs rightly, but its counter is one that was seen already.
  const { credentials } = await device.cdp.send("WebAuthn.getCredentials", { authenticatorId: device.id });
  const copied = credentials[0];
  if (copied === undefined) {
    throw new Error("the device holds no passkey");
  }
  await device.cdp.send("WebAuthn.removeCredential", { authenticatorId: device.id, credentialId: copied.credentialId });
  await device.cdp.send("WebAuthn.addCredential", { authenticatorId: device.id, credential: { ...copied, signCount: 0 } });
  await page.context().clearCookies();
  await page.goto("/sign-in");
  await press(page.getByRole("button", { name: "Use a passkey" }));
  await expect(page).toHaveURL(/problem=no_passkey/);
  await expect(page.getByText("This passkey doesn’t open an account here.")).toBeVisible();
});

test("without a person verified, or without a passkey, nothing opens", async ({ named, open }) => {
  const page = await open(null, { server: named });
  const device = await authenticator(page);
  await enter(page);
  await addFirst(page);
  await page.context().clearCookies();
  await device.cdp.send("WebAuthn.setUserVerified", { authenticatorId: device.id, isUserVerified: false });
  await page.goto("/sign-in");
  await press(page.getByRole("button", { name: "Use a passkey" }));
  await expect(page.getByText("The browser gave no passkey")).toBeVisible();
  await expect(page).toHaveURL(`${named.url}/sign-in`);
});

test("a passkey is taken away, and the password alone opens again", async ({ named, open }) => {
  const page = await open(null, { server: named });
  await authenticator(page);
  await enter(page);
  await addFirst(page);
  const part = page.getByRole("region", { name: "Passkeys" });
  await part.getByRole("button", { name: /^Remove the passkey/ }).click();
  await expect(part.getByRole("listitem")).toHaveCount(0);
  await page.context().clearCookies();
  await enter(page);
  await expect(page).toHaveURL(`${named.url}/activity`);
});

test("where the server is reached by numbers, the page says why there are no passkeys", async ({ fresh, open }) => {
  const page = await open(null, { server: fresh });
  await enter(page);
  await page.goto("/account");
  const part = page.getByRole("region", { name: "Passkeys" });
  await expect(part.getByText("Passkeys need a host name", { exact: false })).toBeVisible();
  await page.context().clearCookies();
  await page.goto("/sign-in");
  await expect(page.getByRole("button", { name: "Use a passkey" })).toHaveCount(0);
});
