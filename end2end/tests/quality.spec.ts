/** What holds on every page: axe finds nothing, nothing jumps, nothing is wider than a phone. */

import { findings, LOOKS } from "../fixtures/axe.ts";
import { expect, test } from "../fixtures/test.ts";
import { press, ready, readyForKeys } from "../fixtures/ready.ts";
import { Frame } from "../pages/frame.ts";

const PAGES = [
  "/activity",
  "/exports",
  "/ledger",
  "/connect",
  "/account",
  "/security",
  "/requests",
  "/settings/store",
  "/settings/users",
  "/settings/roles",
  "/settings/keys",
  "/settings/protection",
  "/settings/retention",
  "/settings/targets",
];
const PHONE = { width: 390, height: 844 };

// axe takes its time on a busy machine.
test.describe.configure({ timeout: 180_000 });

for (const { name, ...look } of LOOKS) {
  test(`axe finds nothing on the pages of who is signed in, ${name}`, async ({ server, open }) => {
    const page = await open("super_admin", { server, ...look });
    for (const path of PAGES) {
      await page.goto(path);
      await readyForKeys(page);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      expect(await findings(page), path).toEqual([]);
    }
  });

  test(`axe finds nothing on the pages of who is not, ${name}`, async ({ empty, open }) => {
    const page = await open(null, { server: empty, ...look });
    const paths = [
      "/sign-in",
      "/sign-in?problem=wrong&email=a%40b.example",
      "/sign-in/code",
      "/sign-in/code?way=recovery&problem=wrong",
      "/forgot",
      "/forgot?sent=1",
      "/link?token=00",
      empty.setupLink ?? "",
      "/setup",
    ];
    for (const path of paths) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      expect(await findings(page), path).toEqual([]);
    }
  });

  test(`axe finds nothing with menus and dialogs open, ${name}`, async ({ server, open }) => {
    const page = await open("super_admin", { server, ...look });
    await page.goto("/settings/users");
    await readyForKeys(page);
    await page.keyboard.press("?");
    await expect(page.locator("#help")).toBeVisible();
    expect(await findings(page), "help").toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /Noor Haddad/ }).first().click();
    await expect(page.locator("#person-menu")).toBeVisible();
    expect(await findings(page), "menu").toEqual([]);
    await page.keyboard.press("Escape");
    await page.goto("/activity");
    await readyForKeys(page, 2);
    await page.keyboard.press("Control+k");
    await expect(page.locator("dialog.command")).toBeVisible();
    expect(await findings(page), "search or jump").toEqual([]);
    await page.keyboard.press("Escape");
    await press(page.locator(".facet-button"));
    await expect(page.locator(".facet-panel details").first()).toBeVisible();
    await page.locator("tr[data-row] input").first().click();
    expect(await findings(page), "values and selection").toEqual([]);
    for (const act of [".selbar button:has(svg):not(.icon-btn, .danger)", ".selbar button.danger"]) {
      await page.locator(act).click();
      await expect(page.locator("dialog.modal[open] .modal-foot")).toBeVisible();
      expect(await findings(page), act).toEqual([]);
      await page.keyboard.press("Escape");
    }
    for (const path of ["/settings/users", "/settings/keys"]) {
      await page.goto(path);
      await press(page.locator("header.bar").getByRole("button"));
      await expect(page.getByRole("dialog")).toBeVisible();
      expect(await findings(page), path).toEqual([]);
    }
  });
}

test("nothing jumps when the script takes the page over", async ({ server, open }) => {
  const page = await open("super_admin", { server });
  await page.addInitScript(() => {
    const seen = window as Window & { shifted?: number };
    seen.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        seen.shifted = (seen.shifted ?? 0) + (entry as PerformanceEntry & { value: number }).value;
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  // The calls of this page itself arrive as rows of `/requests`, and move those below.
  for (const path of PAGES.filter((path) => path !== "/requests")) {
    await page.goto(path);
    await readyForKeys(page);
    // What is shifted is told after a frame has been painted.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const shifted = await page.evaluate(() => (window as Window & { shifted?: number }).shifted ?? 0);
    expect(shifted, path).toBeLessThan(0.01);
  }
});

for (const language of ["en", "ar"] as const) {
  test(`on a phone there is a tab bar, and nothing is wider than the screen, ${language}`, async ({ server, open }) => {
    const page = await open("super_admin", { server, language, viewport: PHONE, hasTouch: true, isMobile: true });
    for (const path of PAGES) {
      await page.goto(path);
      await expect(page.locator("nav.tabbar")).toBeInViewport();
      await expect(page.locator("nav.rail")).toBeHidden();
      const { scroll, client } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        client: document.documentElement.clientWidth,
      }));
      expect(scroll, path).toBeLessThanOrEqual(client);
    }
  });
}

test("on a phone the settings' current tab is in view, and a place of no tab stands under More", async ({ server, open }) => {
  const page = await open("super_admin", { server, viewport: PHONE, hasTouch: true, isMobile: true });
  for (const path of ["/settings/store", "/settings/protection"]) {
    await page.goto(path);
    await expect(page.locator("nav.tabs [aria-current]"), path).toBeInViewport({ ratio: 1 });
  }
  const colour = (selector: string) =>
    page.locator(selector).evaluate((element) => getComputedStyle(element).color);
  const more = await colour("nav.tabbar button");
  await page.goto("/activity");
  expect(await colour("nav.tabbar a[aria-current]")).toBe(more);
  expect(await colour("nav.tabbar button")).not.toBe(more);
});

test("on a phone the menu has each place once, and closes over the one that is gone to", async ({ server, open }) => {
  const page = await open("super_admin", { server, viewport: PHONE, hasTouch: true, isMobile: true });
  await page.goto("/activity");
  const { menu } = new Frame(page);
  const link = menu.getByRole("link", { name: "Exports", exact: true });
  await page.locator("nav.tabbar button").tap();
  await expect(menu).toBeVisible();
  for (const path of ["/security", "/requests", "/ledger"]) {
    await expect(menu.locator(`a[href="${path}"]`), path).toHaveCount(1);
    await expect(menu.locator(`a[href="${path}"]`), path).toBeVisible();
  }
  await (await ready(link)).tap();
  await expect(page).toHaveURL(`${server.url}/exports`);
  await expect(menu).toBeHidden();
});

test("on a phone the forms before signing in fit too", async ({ empty, open }) => {
  const page = await open(null, { server: empty, viewport: PHONE, hasTouch: true, isMobile: true });
  for (const path of ["/sign-in", "/sign-in/code", empty.setupLink ?? ""]) {
    await page.goto(path);
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await overflow(), path).toBeLessThanOrEqual(0);
  }
});
