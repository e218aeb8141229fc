import { correspond } from "../fixtures/letters.ts";
import { press, ready, readyForKeys } from "../fixtures/ready.ts";
import { address, PASSWORD } from "../fixtures/server.ts";
import { expect, test } from "../fixtures/test.ts";
import { OF_KIND, TOTAL } from "../fixtures/story.ts";
import { ActivityPage } from "../pages/activity.ts";
import { railOf } from "../pages/frame.ts";
import { SignInPage } from "../pages/sign-in.ts";

test("values beside the list count, filter, and leave out", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  await press(page.getByRole("button", { name: "Values" }));
  const panel = page.getByRole("complementary", { name: "Values" });
  const value = panel.getByRole("button", { name: new RegExp(`^Coupon created\\s*${OF_KIND.coupon}$`) });
  await value.click();
  await activity.hasQuery("action:coupon.created");
  await activity.findsExactly(OF_KIND.coupon);
  await expect(value).toHaveAttribute("aria-pressed", "true");
  await value.click();
  await activity.hasQuery("");
  await value.click({ modifiers: ["Alt"] });
  await activity.hasQuery("-action:coupon.created");
  await activity.findsExactly(TOTAL - OF_KIND.coupon);
});

test("who is filtered by a word of their name is on among the values, and a click ends that", async ({ fresh, open }) => {
  const by = (name: string, email: string) => ({
    action: "coupon.created",
    actor: { type: "user", id: email, name, email },
    subject: { type: "coupon", id: name, name },
  });
  await fresh.post([by("Omar Haddad", "omar@linen.example"), by("Kwame Owusu", "kwame@linen.example")]);
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("user:omar");
  await press(page.getByRole("button", { name: "Values" }));
  const panel = page.getByRole("complementary", { name: "Values" });
  const omar = panel.getByRole("button", { name: /^Omar Haddad\s*1$/ });
  const kwame = panel.getByRole("button", { name: /^Kwame Owusu\s*1$/ });
  await expect(omar).toHaveAttribute("aria-pressed", "true");
  await expect(kwame).toHaveAttribute("aria-pressed", "false");
  await kwame.click();
  await activity.hasQuery("user:omar,kwame@linen.example");
  await omar.click();
  await activity.hasQuery("user:kwame@linen.example");
  await expect(omar).toHaveAttribute("aria-pressed", "false");
  await kwame.click({ modifiers: ["Alt"] });
  await activity.hasQuery("-user:kwame@linen.example");
  await page.getByRole("group", { name: "Filters" }).getByRole("button", { name: /^Remove the filter/ }).click();
  await activity.hasQuery("");
});

test("a filter's list and the panel say the same number of a value", async ({ fresh, open }) => {
  const edits = Array.from({ length: 1000 }, (_, at) => ({
    action: "product.updated",
    actor: { type: "user", id: "u_7", name: "Huda Harbi" },
    subject: { type: "product", id: `${at}`, name: `Linen shirt ${at}` },
  }));
  for (let batch = 0; batch < 3; batch += 1) {
    await fresh.post(edits);
  }
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("category:products");
  await press(page.getByRole("button", { name: "Values" }));
  const huda = { name: /^Huda Harbi\s*3,000$/ };
  await expect(page.getByRole("complementary", { name: "Values" }).getByRole("button", huda)).toBeVisible();
  await page.getByRole("group", { name: "Filters" }).getByRole("button", { name: /^User/ }).click();
  await expect(page.getByRole("dialog", { name: "User" }).getByRole("button", huda)).toBeVisible();
});

for (const [where, options] of [
  ["with the keyboard", {}],
  ["on a phone", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
] as const) {
  test(`the panel lists more values of a field and finds one among them, ${where}`, async ({ fresh, open }) => {
    await fresh.post(
      Array.from({ length: 90 }, (_, at) => ({
        action: "coupon.created",
        subject: { type: "coupon", id: `C${at}`, name: `C${at}` },
        ip: `10.0.0.${at + 1}`,
      })),
    );
    const page = await open("super_admin", { server: fresh, ...options });
    const activity = new ActivityPage(page);
    await activity.open("action:coupon.created");
    await press(page.locator(".facet-button"));
    const panel = page.getByRole("complementary", { name: "Values" });
    const group = panel.locator("details").filter({ hasText: "IP addresses" });
    const values = group.getByRole("listitem");
    const button = group.locator("button[aria-expanded]");
    const again = async (): Promise<void> => {
      if (where === "on a phone") {
        await button.tap();
      } else {
        await button.focus();
        await page.keyboard.press("Enter");
        await expect(button).toBeFocused();
      }
    };
    await expect(values).toHaveCount(12);
    await expect(button).toHaveText("78 more");
    await again();
    await expect(values).toHaveCount(62);
    await expect(button).toHaveText("28 more");
    const field = group.getByRole("searchbox", { name: "Find: IP addresses" });
    await field.fill("0.77");
    await expect(values).toHaveCount(1);
    await expect(values).toContainText("10.0.0.77");
    // What arrives takes nothing from who is looking.
    await fresh.post({ action: "coupon.created", subject: { type: "coupon", id: "D", name: "D" }, ip: "10.0.0.77" });
    await expect(values.getByRole("button", { name: /^10\.0\.0\.77\s*2$/ })).toBeVisible();
    await expect(field).toHaveValue("0.77");
    await field.fill("");
    await expect(button).toHaveText("28 more");
    await again();
    await expect(values).toHaveCount(90);
    await expect(button).toHaveText("Show fewer");
    await again();
    await expect(values).toHaveCount(12);
    await expect(field).toBeHidden();
  });
}

test("the panel's counts are those of the reader's scope", async ({ log, open }) => {
  const page = await open("store_keeper", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  await press(page.getByRole("button", { name: "Values" }));
  const panel = page.getByRole("complementary", { name: "Values" });
  await expect(panel).toContainText("Product updated");
  await expect(panel).not.toContainText("Coupon");
});

test("a device is counted beside the list, and more like it is a click away", async ({ fresh, open }) => {
  const phone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
  const computer =
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
  const coupon = (id: string, user_agent: string) => ({
    action: "coupon.created",
    subject: { type: "coupon", id, name: id },
    user_agent,
  });
  await fresh.post([coupon("SPRING", phone), coupon("SUMMER", phone), coupon("WINTER", computer)]);
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("action:coupon.created");
  await press(page.getByRole("button", { name: "Values" }));
  const panel = page.getByRole("complementary", { name: "Values" });
  await expect(panel.getByText("Devices")).toBeVisible();
  const value = panel.getByRole("button", { name: /^Safari on iPhone\s*2$/ });
  await value.click();
  await activity.hasQuery('action:coupon.created device:"Safari on iPhone"');
  await activity.findsExactly(2);
  await expect(value).toHaveAttribute("aria-pressed", "true");
  await value.click();
  await activity.hasQuery("action:coupon.created");
  await value.click({ modifiers: ["Alt"] });
  await activity.hasQuery('action:coupon.created -device:"Safari on iPhone"');
  await activity.findsExactly(1);
  await activity.open("action:coupon.created");
  await activity.row("WINTER").getByRole("link").first().click();
  const device = page.getByRole("button", { name: "Chrome 131 on Mac OSX", exact: true });
  await device.click();
  await activity.hasQuery('action:coupon.created device:"Chrome on Mac OSX"');
  await activity.findsExactly(1);
});

test("who changed a field is asked for by its name, and a click on the name asks", async ({ fresh, open }) => {
  const updated = (id: string, field: string) => ({
    action: "product.updated",
    subject: { type: "product", id, name: id },
    changes: [{ field, before: 120, after: 95 }],
  });
  await fresh.post([updated("Shirt", "price"), updated("Scarf", "price"), updated("Belt", "weight")]);
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("action:product.updated");
  await activity.row("Scarf").getByRole("link").first().click();
  await page.getByRole("rowheader").getByRole("button", { name: "Price", exact: true }).click();
  await activity.hasQuery("action:product.updated changed:price");
  await activity.findsExactly(2);
  await activity.open("-changed:price action:product.updated");
  await activity.findsExactly(1);
  await expect(activity.row("Belt")).toBeVisible();
});

test("on a phone the panel of values covers the list only where it was opened", async ({ log, open }) => {
  const viewport = { width: 390, height: 844 };
  const page = await open("super_admin", { server: log, viewport, hasTouch: true, isMobile: true });
  await page.goto("/activity");
  const panel = page.getByRole("complementary", { name: "Values" });
  await press(page.locator(".facet-button"));
  await expect(panel).toBeVisible();
  await page.goto("/messages");
  await readyForKeys(page);
  await expect(panel).toBeHidden();
  // Left open on a wide screen.
  await page.context().addCookies([{ name: "storetrail_facets", value: "open", url: page.url() }]);
  await page.reload();
  await readyForKeys(page);
  await expect(panel).toBeHidden();
  await press(page.locator(".facet-button"));
  await expect(panel).toBeVisible();
});

for (const path of ["/activity", "/messages", "/security"]) {
  test(`on a phone a long press selects a row of ${path}, and opens nothing`, async ({ fresh, open }) => {
    await correspond(fresh);
    const viewport = { width: 390, height: 844 };
    const page = await open("super_admin", { server: fresh, viewport, hasTouch: true, isMobile: true });
    await page.goto(path);
    const row = await ready(page.locator("tr[data-row]").first(), "pointerdown");
    const finger = { pointerId: 7, pointerType: "touch", isPrimary: true, clientX: 100, clientY: 300 };
    // All that iOS tells of a long press is the finger.
    await row.dispatchEvent("pointerdown", finger);
    await expect(row).toHaveAttribute("aria-selected", "true");
    // Android tells of it once more, and either may bring a click.
    await row.evaluate((element, finger) => {
      element.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true }));
      element.dispatchEvent(new PointerEvent("pointerup", { ...finger, bubbles: true }));
      element.querySelector("a")?.click();
    }, finger);
    await expect(row).toHaveAttribute("aria-selected", "true");
    await expect(page.getByRole("toolbar", { name: "Selection" })).toContainText("1 selected");
    await expect(page).toHaveURL(new RegExp(`${path}$`));
    // Another one lets it go.
    await row.dispatchEvent("pointerdown", finger);
    await expect(row).not.toHaveAttribute("aria-selected");
    await row.dispatchEvent("pointerup", finger);
    // A tap opens as ever.
    await row.getByRole("link").first().tap();
    await expect(page).toHaveURL(/(entry|message)=/);
  });
}

test("a view is kept, stands in the rail, and counts what is new", async ({ fresh, open }) => {
  await fresh.post([{ action: "coupon.created", subject: { type: "coupon", id: "A", name: "AUTUMN" } }]);
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("action:coupon.created");
  await readyForKeys(page, 2);
  await page.getByRole("button", { name: "Save view" }).click();
  const panel = page.getByRole("dialog", { name: "View" });
  await panel.getByLabel("Name").fill("New coupons");
  await panel.getByRole("button", { name: "Save view" }).click();
  const rail = railOf(page);
  const view = rail.getByRole("link", { name: /^New coupons/ });
  await expect(view).toHaveAttribute("aria-current", "page");
  await page.goto("/orders");
  await readyForKeys(page);
  await fresh.post([{ action: "coupon.created", subject: { type: "coupon", id: "B", name: "BONUS" } }]);
  await page.goto("/orders");
  await expect(view).toContainText("1");
  await view.click();
  await activity.findsExactly(2);
});

test("a shared view is everybody's, and only its maker changes it", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  await activity.open("outcome:failed");
  await readyForKeys(page, 2);
  await page.getByRole("button", { name: "Save view" }).click();
  const panel = page.getByRole("dialog", { name: "View" });
  await panel.getByLabel("Name").fill("What failed");
  await panel.getByLabel("Everyone in the store sees it").check();
  await panel.getByRole("button", { name: "Save view" }).click();
  await expect(page.getByRole("link", { name: "What failed" })).toBeVisible();
  // The view that is deleted below is not there any more.
  const other = await open("manager", { server: fresh, expected: [/404/] });
  await other.goto("/activity?q=outcome:failed");
  await other.getByRole("button", { name: "What failed" }).click();
  const theirs = other.getByRole("dialog", { name: "View" });
  await expect(theirs).toContainText("only they can change it");
  // Which view a log opens with is everybody's own choice, also among those of others.
  await theirs.getByRole("button", { name: "Open the log with it" }).click();
  await expect(theirs.getByRole("button", { name: "Don’t open the log with it" })).toBeVisible();
  await expect(theirs.getByRole("alert")).toHaveCount(0);
  // What can't be done is said: somebody deletes it meanwhile.
  await page.getByRole("button", { name: "What failed" }).click();
  await panel.getByRole("button", { name: "Delete view" }).click();
  // A view that others see is not gone at one press.
  await expect(page.getByRole("link", { name: "What failed" })).toBeVisible();
  await panel.getByRole("button", { name: "Delete for everyone" }).click();
  await expect(page.getByRole("link", { name: "What failed" })).toHaveCount(0);
  await theirs.getByRole("button", { name: "Don’t open the log with it" }).click();
  await expect(theirs.getByRole("alert")).toBeVisible();
});

test("the view that somebody chose opens the log by key, from the phone's tab, the first page and the sign-in", async ({ fresh, open }) => {
  await fresh.post([{ action: "coupon.created", subject: { type: "coupon", id: "A", name: "AUTUMN" } }]);
  const page = await open("super_admin", { server: fresh });
  await page.goto("/activity?q=outcome:failed");
  await readyForKeys(page, 2);
  await page.getByRole("button", { name: "Save view" }).click();
  const panel = page.getByRole("dialog", { name: "View" });
  await panel.getByLabel("Name").fill("What failed");
  await panel.getByRole("button", { name: "Save view" }).click();
  await page.getByRole("button", { name: "What failed" }).click();
  await panel.getByRole("checkbox", { name: "Open the log with it" }).check();
  await panel.getByRole("button", { name: "Save", exact: true }).click();
  await expect(panel).toBeHidden();
  const chosen = /\/activity\?q=outcome(:|%3A)failed$/;

  await page.goto("/settings/store");
  await readyForKeys(page);
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await expect(page).toHaveURL(chosen);
  await page.goto("/");
  await expect(page).toHaveURL(chosen);

  const viewport = { width: 390, height: 844 };
  const phone = await open("super_admin", { server: fresh, viewport, hasTouch: true, isMobile: true });
  await phone.goto("/orders");
  const tab = phone.locator(".tabbar").getByRole("link", { name: "Activity" });
  await expect(tab).toHaveAttribute("href", chosen);
  await tab.click();
  await expect(phone).toHaveURL(chosen);
  await expect(tab).toHaveAttribute("aria-current", "page");

  const other = await open(null, { server: fresh });
  await other.goto("/sign-in");
  await new SignInPage(other).signIn(address("super_admin"), PASSWORD);
  await expect(other).toHaveURL(chosen);
});

test("the built-in views stand below the log for everybody, and nobody changes them", async ({ fresh, open }) => {
  await fresh.post([
    { action: "coupon.deleted", subject: { type: "coupon", id: "A", name: "AUTUMN" } },
    { action: "coupon.created", subject: { type: "coupon", id: "B", name: "BONUS" } },
  ]);
  for (const role of ["super_admin", "manager"] as const) {
    const page = await open(role, { server: fresh });
    const activity = new ActivityPage(page);
    await activity.open();
    const rail = railOf(page);
    await expect(rail.getByRole("link", { name: "Deletions" })).toHaveCount(0);
    await rail.getByText("Built-in views").click();
    const view = rail.getByRole("link", { name: "Deletions" });
    await view.click();
    await expect(view).toHaveAttribute("aria-current", "page");
    await activity.findsExactly(1);
    await page.getByRole("button", { name: "Deletions" }).click();
    const panel = page.getByRole("dialog", { name: "View" });
    await expect(panel).toContainText("nobody can change it");
    await expect(panel.getByRole("button")).toHaveCount(0);
  }
});

test("cmd-K finds pages, orders and entries, and goes there", async ({ log, open }) => {
  const page = await open("super_admin", { server: log });
  const activity = new ActivityPage(page);
  await activity.open();
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: "Search or jump" });
  await field.fill("API k");
  await field.press("Enter");
  await expect(page).toHaveURL(/\/settings\/keys$/);
  await readyForKeys(page);
  await page.keyboard.press("Control+k");
  await field.fill("1000");
  const list = page.getByRole("listbox", { name: "Found" });
  await expect(list.getByRole("option", { name: /Order 1000/ })).toHaveAttribute("aria-selected", "true");
  await field.press("Enter");
  await expect(page).toHaveURL(/\/orders\/1000$/);
  await page.keyboard.press("Control+k");
  await field.fill("Wool coat");
  // What the server finds arrives below what is there, whoever reaches for that.
  const search = list.getByRole("option").first();
  await expect(search).toContainText("Search the activity");
  await expect(list.getByRole("option").nth(3)).toBeVisible();
  await expect(search).toContainText("Search the activity");
  await search.click();
  await activity.findsExactly(OF_KIND.stock);
});
