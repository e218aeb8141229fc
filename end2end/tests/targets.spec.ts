import { findings, LOOKS } from "../fixtures/axe.ts";
import { press } from "../fixtures/ready.ts";
import { expect, test } from "../fixtures/test.ts";

const SECRET = "shpat_0123456789abcdef";

test("a target is set up, keeps its secret for its address, and goes", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh, expected: [/status of 422/] });
  await page.goto("/settings/targets");
  await expect(page.getByText("Nowhere to write to yet")).toBeVisible();
  await press(page.getByRole("button", { name: "Add a target" }));
  const adding = page.getByRole("dialog", { name: "Add a target" });
  await adding.getByRole("textbox", { name: "Name" }).fill("My Shop");
  await adding.getByLabel("Address").fill("linen.myshopify.com");
  await adding.getByLabel("Secret").fill(SECRET);
  await adding.getByRole("button", { name: "Save" }).click();
  await expect(adding.getByRole("textbox", { name: "Name" })).toHaveAccessibleDescription(/Lower-case letters/);
  await adding.getByRole("textbox", { name: "Name" }).fill("my-shop");
  await adding.getByLabel("Kind").selectOption("WooCommerce");
  await expect(adding.getByLabel("Consumer key")).toBeVisible();
  await adding.getByLabel("Kind").selectOption("Shopify");
  await adding.getByRole("button", { name: "Save" }).click();
  await expect(adding).toBeHidden();
  const row = page.getByRole("row").filter({ hasText: "my-shop" });
  await expect(row).toContainText("https://linen.myshopify.com");
  await expect(row).toContainText("Default");

  await press(row.getByRole("button", { name: "Change my-shop" }));
  const changing = page.getByRole("dialog", { name: "my-shop" });
  await expect(changing.getByLabel("New secret")).toHaveValue("");
  await changing.getByLabel("Address").fill("https://thief.example");
  await changing.getByRole("button", { name: "Save" }).click();
  await expect(changing.getByLabel("New secret")).toHaveAccessibleDescription(/Enter the secret again/);
  await changing.getByRole("button", { name: "Cancel" }).click();

  await press(row.getByRole("button", { name: "Delete my-shop" }));
  const going = page.getByRole("dialog", { name: "Delete the target my-shop?" });
  await going.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("Nowhere to write to yet")).toBeVisible();
});

test("who may not manage settings is told who can change that", async ({ fresh, open }) => {
  const page = await open("auditor", { server: fresh, expected: [/status of 403/] });
  await page.goto("/settings/targets");
  await expect(page.getByRole("table")).toHaveCount(0);
  await expect(page.getByText(/admin/i).first()).toBeVisible();
});

for (const look of LOOKS) {
  test(`axe finds nothing in targets, ${look.name}`, async ({ fresh, open }) => {
    const target = { kind: "shopify", address: "linen.myshopify.com", secret: SECRET };
    const answer = await fresh.api("PUT", "/api/v1/targets/my-shop", target);
    expect(answer.status, await answer.text()).toBe(200);
    const page = await open("super_admin", { server: fresh, ...look });
    await page.goto("/settings/targets");
    expect(await findings(page)).toEqual([]);
    await press(page.locator(".templates .acts .btn").first());
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await findings(page)).toEqual([]);
  });
}
