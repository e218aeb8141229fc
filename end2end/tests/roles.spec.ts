import { expect, test } from "../fixtures/test.ts";
import { OF_KIND, TOTAL } from "../fixtures/story.ts";
import { ActivityPage } from "../pages/activity.ts";

for (const role of ["super_admin", "admin", "manager"] as const) {
  test(`a ${role} sees every entry`, async ({ log, open }) => {
    const page = await open(role, { server: log });
    const activity = new ActivityPage(page);
    await activity.open();
    await activity.findsExactly(TOTAL);
  });
}

test("a store keeper sees products and inventory, and no coupon", async ({ log, open }) => {
  const page = await open("store_keeper", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  await activity.findsExactly(OF_KIND.product + OF_KIND.stock);
  await expect(activity.category("Products")).toBeVisible();
  await expect(activity.category("Coupons")).toHaveCount(0);
  await expect(activity.entries).not.toContainText("SUMMER");
  await activity.open("category:coupons");
  await expect(page.getByRole("heading", { name: "No entry matches all of this" })).toBeVisible();
  await activity.open("SUMMER1");
  await expect(page.getByRole("heading", { name: "No entry matches all of this" })).toBeVisible();
});

test("a store keeper can't open a coupon by its address", async ({ log, open }) => {
  const answer = await log.api("GET", "/api/v1/activities?q=category:coupons&limit=1");
  const { items } = (await answer.json()) as { items: { id: string }[] };
  const page = await open("store_keeper", { server: log });
  const activity = new ActivityPage(page);
  await activity.open("", { entry: items[0]?.id ?? "" });
  await expect(activity.drawer.getByRole("heading", { name: "There is no such entry" })).toBeVisible();
  await expect(page.locator("html")).not.toContainText("SUMMER");
});

test("a staff member sees the status changes of the orders assigned to them", async ({ log, open }) => {
  const page = await open("staff", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  await activity.findsExactly(OF_KIND.statusOfOrder1000);
  await expect(activity.rows.filter({ hasText: "#1000" })).toHaveCount(OF_KIND.statusOfOrder1000);
});

test("an auditor sees every entry with personal data hidden", async ({ log, open }) => {
  const page = await open("auditor", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  await activity.findsExactly(TOTAL);
  await activity.open("action:customer.updated");
  await activity.findsExactly(OF_KIND.customer);
  await activity.rows.first().getByRole("link").click();
  await expect(activity.drawer).toContainText("•••");
  await expect(page.locator("html")).not.toContainText("Noura");
  await expect(page.locator("html")).not.toContainText("+966");
  await activity.open("Noura");
  await expect(page.getByRole("heading", { name: "No entry matches all of this" })).toBeVisible();
});
