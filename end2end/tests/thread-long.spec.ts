import type { Page } from "@playwright/test";
import { correspond, hear, ORDER, tell } from "../fixtures/letters.ts";
import { expect, test } from "../fixtures/test.ts";

const MESSAGES = 180;
const IDS = /^m-/;

test.beforeEach(async ({ fresh }) => {
  await correspond(fresh);
  for (let n = 1; n <= MESSAGES; n++) {
    const text = `Number ${n}: your parcel is on its way, and arrives tomorrow.`;
    await tell(fresh, { channel: "whatsapp", to: "+966550123456", text, order: ORDER, record_only: true });
  }
});

const messages = (page: Page) => page.locator("#thread .thread > li[id]");
const number = (page: Page, n: number) => messages(page).filter({ hasText: `Number ${n}:` });

/** Scrolls the thread as far back as it goes at this moment. */
async function scrollBack(page: Page): Promise<void> {
  await page.locator("#thread").evaluate((thread) => thread.scrollTo(0, -thread.scrollHeight));
}

test("a long thread opens at its end, and what lies before comes while one scrolls back", async ({ fresh, open }) => {
  test.slow();
  const page = await open("super_admin", { server: fresh });
  await page.goto("/orders");
  await page.locator(".order-line a").first().click();
  await expect(number(page, MESSAGES)).toBeInViewport();
  await expect(messages(page)).toHaveCount(40);
  // What is looked at stays where it is while more is put before it.
  const looked = messages(page).nth(2);
  const id = await looked.getAttribute("id");
  expect(id).toMatch(IDS);
  await looked.evaluate((element) => element.scrollIntoView());
  const same = page.locator(`[id="${id}"]`);
  const before = (await same.boundingBox())?.y ?? NaN;
  await expect(messages(page)).toHaveCount(140);
  const y = async (): Promise<number> => Math.round((await same.boundingBox())?.y ?? NaN);
  await expect.poll(async () => Math.abs((await y()) - before)).toBeLessThan(2);
  // And while the customer writes.
  await hear(fresh, "One more thing");
  await expect(messages(page)).toHaveCount(141);
  await expect.poll(async () => Math.abs((await y()) - before)).toBeLessThan(2);
  await expect(async () => {
    await scrollBack(page);
    await expect(page.getByText(`Invoice for order ${ORDER}`)).toBeInViewport({ timeout: 500 });
  }).toPass();
  await expect(messages(page)).toHaveCount(MESSAGES + 4);
  await expect(page.getByRole("button", { name: "Earlier messages" })).toHaveCount(0);
});

test("a link to a message that lies far back leads there", async ({ fresh, open }) => {
  test.slow();
  const key = await fresh.key();
  const found = await fresh.api("GET", "/api/v1/messages?q=channel%3Aemail", undefined, key);
  const { items } = (await found.json()) as { items: { id: string }[] };
  const page = await open("super_admin", { server: fresh });
  await page.goto(`/orders/${ORDER}#m-${items[0]?.id}`);
  await expect(page.getByText(`Invoice for order ${ORDER}`)).toBeInViewport();
});

test("earlier messages that could not be read are asked for again by who wants them", async ({ fresh, open }) => {
  test.slow();
  const page = await open("super_admin", { server: fresh, expected: [/net::ERR/, /Failed to fetch/i] });
  await page.goto("/orders");
  await page.locator(".order-line a").first().click();
  await expect(number(page, MESSAGES)).toBeInViewport();
  let calls = 0;
  await page.route("**/fn/orders/thread", (route) => {
    calls += 1;
    return route.abort();
  });
  await scrollBack(page);
  await expect(page.getByText("The earlier messages could not be read. Try it again.")).toBeVisible();
  await number(page, MESSAGES).scrollIntoViewIfNeeded();
  await scrollBack(page);
  await expect(messages(page).first()).toBeInViewport();
  expect(calls).toBe(1);
  await page.unroute("**/fn/orders/thread");
  await page.getByRole("button", { name: "Earlier messages" }).click();
  await expect(messages(page)).toHaveCount(140);
});
