/** Sign-in by OpenID Connect, with a real provider: linked by address, made by a role, refused in clear words. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IdentityProvider, SECRET, type Person } from "../fixtures/provider.ts";
import { greeting } from "../fixtures/ready.ts";
import { address, freePort, Server } from "../fixtures/server.ts";
import { expect, test as base } from "../fixtures/test.ts";
import type { Page } from "@playwright/test";

interface Pair {
  server: Server;
  provider: IdentityProvider;
}

const PEOPLE: Record<string, Person> = {
  owner: { email: address("super_admin"), verified: true, name: "Noor Haddad", groups: ["owners"] },
  sara: { email: "sara@linen.example", verified: true, name: "Sara Nasser", groups: ["shop"] },
  guest: { email: "guest@linen.example", verified: true, name: "A guest", groups: ["visitors"] },
  doubtful: { email: address("super_admin"), verified: false, name: "Somebody", groups: ["shop"] },
};

const test = base.extend<{ pair: Pair }>({
  pair: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "storetrail-openid-"));
    const port = await freePort();
    let provider: IdentityProvider | undefined;
    const server = await Server.startNamed(async (url) => {
      const redirect = `${url}/sign-in/openid/staff/back`;
      provider = await IdentityProvider.start(port, redirect, structuredClone(PEOPLE));
      const file = join(folder, "openid.toml");
      await writeFile(
        file,
        `[[provider]]
id = "staff"
name = "Linen staff"
issuer = "${provider.issuer}"
client_id = "storetrail"
client_secret = "${SECRET}"
scopes = ["email", "profile", "groups"]
role_claim = "groups"
[[provider.role]]
value = "owners"
role = "super_admin"
[[provider.role]]
value = "shop"
role = "manager"
[[provider.role]]
value = "books"
role = "auditor"
`,
      );
      return { STORETRAIL_OPENID_FILE: file };
    });
    try {
      await server.found();
      await use({ server, provider: provider as unknown as IdentityProvider });
    } finally {
      await server.remove();
      await provider?.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
});

/** What the provider's own pages lack: an icon. */
const PROVIDER = [/status of 404 .*(favicon\.ico|openid\/nobody)/];

test.describe.configure({ timeout: 120_000 });

/** Goes to the provider, says who one is there, and lets it tell. */
async function comeBy(page: Page, login: string): Promise<void> {
  // Its pages want a font from elsewhere, and are painted when that has come or failed.
  await page.route(/^https:\/\/fonts\./, (route) => route.fulfill({ contentType: "text/css", body: "" }));
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "Sign in with Linen staff" }).click();
  await page.locator('input[name="login"]').fill(login);
  await page.locator('input[name="password"]').fill("anything");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}

test("who has an account is linked by the verified address and known by `sub` from then on", async ({ pair, open }) => {
  const { server, provider } = pair;
  const page = await open(null, { server, expected: PROVIDER });
  await comeBy(page, "owner");
  await expect(page).toHaveURL(`${server.url}/activity`);
  const again = await open(null, { server, expected: PROVIDER });
  // Another address at the provider is the same person, and other keys are the same provider.
  provider.people["owner"] = { ...(PEOPLE["owner"] as Person), email: "noor@elsewhere.example" };
  provider.rotateKeys();
  await comeBy(again, "owner");
  await expect(again).toHaveURL(`${server.url}/activity`);
  await again.goto("/account");
  await expect(again.getByRole("main").getByText(address("super_admin")).first()).toBeVisible();
});

test("a role of the provider's makes an account, and another one changes it", async ({ pair, open }) => {
  const { server, provider } = pair;
  // What the page still asks for once its session is over is refused.
  const page = await open(null, { server, expected: [...PROVIDER, /status of 401/] });
  // A socket that is opened after its session has ended is refused, which the browser complains about.
  const greeted = greeting(page);
  await comeBy(page, "sara");
  await expect(page).toHaveURL(`${server.url}/activity`);
  await greeted;
  provider.people["sara"] = { ...(PEOPLE["sara"] as Person), groups: ["books"] };
  const again = await open(null, { server, expected: PROVIDER });
  await comeBy(again, "sara");
  await expect(again).toHaveURL(`${server.url}/activity`);
  // The session of the earlier role is over.
  await page.goto("/account");
  await expect(page).toHaveURL(/\/sign-in/);
  const owner = await open(null, { server, expected: PROVIDER });
  await comeBy(owner, "owner");
  await owner.goto("/settings/users");
  await expect(owner.getByRole("row").filter({ hasText: "Sara Nasser" })).toContainText("Auditor");
});

test("who gets no role, or has no verified address, is told so and stays outside", async ({ pair, open }) => {
  const { server } = pair;
  for (const [login, words] of [
    ["guest", "nothing there gives you a role here"],
    ["doubtful", "doesn’t vouch for your email address"],
  ] as const) {
    const page = await open(null, { server, expected: PROVIDER });
    await comeBy(page, login);
    await expect(page.getByRole("alert")).toContainText(words);
    await page.goto("/activity");
    await expect(page).toHaveURL(/\/sign-in/);
  }
});

test("an answer that nobody asked for, or that is signed by another key, opens nothing", async ({ pair, open }) => {
  const { server, provider } = pair;
  const page = await open(null, { server, expected: PROVIDER });
  await page.goto("/sign-in/openid/staff/back?code=x&state=y");
  await expect(page).toHaveURL(/problem=expired/);
  provider.liesAboutKeys = true;
  await comeBy(page, "owner");
  await expect(page).toHaveURL(/problem=openid_failed/);
  await expect(page.getByRole("alert")).toContainText("its answer doesn’t hold");
  await page.goto("/sign-in/openid/nobody");
  await expect(page).not.toHaveURL(/localhost:\d+\/auth/);
});
