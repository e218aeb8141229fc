import { expect, test } from "../fixtures/test.ts";
import { address, PASSWORD } from "../fixtures/server.ts";
import { Frame } from "../pages/frame.ts";
import { SignInPage } from "../pages/sign-in.ts";

test("whoever is not signed in is led to the sign-in page and back", async ({ server, open }) => {
  const page = await open(null, { server });
  await page.goto("/settings/keys");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await new SignInPage(page).signIn(address("super_admin"), PASSWORD);
  await expect(page).toHaveURL(`${server.url}/settings/keys`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("API keys");
});

test("a wrong password is told beside its field, and the address is kept", async ({ server, open }) => {
  const page = await open(null, { server });
  await page.goto("/sign-in");
  const form = new SignInPage(page);
  await form.signIn(address("super_admin"), "cotton-and-silk");
  await expect(form.password).toHaveAccessibleDescription("Email or password is wrong.");
  await expect(form.password).toBeFocused();
  await expect(form.email).toHaveValue(address("super_admin"));
  await form.password.fill(PASSWORD);
  await form.button.click();
  await expect(page).toHaveURL(`${server.url}/activity`);
});

test("an address that nobody has is told in the same words", async ({ server, open }) => {
  const page = await open(null, { server });
  await page.goto("/sign-in");
  const form = new SignInPage(page);
  await form.signIn("nobody@linen.example", PASSWORD);
  await expect(form.password).toHaveAccessibleDescription("Email or password is wrong.");
});

test("signing out ends the session", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/settings/store");
  const frame = new Frame(page);
  await frame.openMenu(/Noor Haddad/);
  await frame.menu.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(`${fresh.url}/sign-in`);
  await page.goto("/settings/store");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
});

test("signing in and out works without JavaScript", async ({ server, open }) => {
  const page = await open(null, { server, javaScriptEnabled: false });
  await page.goto("/activity");
  await new SignInPage(page).signIn(address("super_admin"), PASSWORD);
  await expect(page).toHaveURL(`${server.url}/activity`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Activity");
  const frame = new Frame(page);
  await frame.openMenu(/Noor Haddad/);
  await frame.menu.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(`${server.url}/sign-in`);
});
