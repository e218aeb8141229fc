/** Without a network: the page that the service worker keeps, and the draft that the browser keeps. */

import { correspond, ORDER } from "../fixtures/letters.ts";
import { ready } from "../fixtures/ready.ts";
import { expect, test } from "../fixtures/test.ts";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const GONE = [/net::ERR/, /WebSocket/, /Failed to fetch/i, /status of 503/];

test("a page opened without a network says so, in both languages, and goes on once it is back", async ({
  fresh,
  open,
}) => {
  await correspond(fresh);
  const page = await open("super_admin", { server: fresh, ...PHONE, expected: GONE });
  await page.goto(`/orders/${ORDER}`);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller === null) {
      await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
    }
  });
  const field = page.locator("#write");
  await (await ready(field, "input")).fill("I have asked the courier");
  await page.context().setOffline(true);
  await page.goto(`${fresh.url}/orders/${ORDER}`);
  await expect(page.getByRole("heading", { name: "You are offline" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "أنت غير متصل" })).toBeVisible();
  await page.context().setOffline(false);
  await page.getByRole("link", { name: "Try again" }).click();
  await expect(page.getByRole("log")).toBeVisible();
  await expect(field).toHaveValue("I have asked the courier");
});

test("it can be put on the home screen", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/orders");
  const href = await page.locator('link[rel="manifest"]').getAttribute("href");
  const answer = await page.request.get(href ?? "");
  expect(answer.status()).toBe(200);
  const manifest = (await answer.json()) as { icons: { src: string; sizes: string }[]; display: string };
  expect(manifest.display).toBe("standalone");
  for (const size of ["192x192", "512x512"]) {
    const icon = manifest.icons.find((one) => one.sizes === size);
    expect(icon, size).toBeDefined();
    expect((await page.request.get(icon?.src ?? "")).status()).toBe(200);
  }
});
