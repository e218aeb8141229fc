import type { Page } from "@playwright/test";
import { correspond, hear, ORDER, tell } from "../fixtures/letters.ts";
import { ready } from "../fixtures/ready.ts";
import { expect, test } from "../fixtures/test.ts";

/** Opens the thread and waits until the server has greeted its socket. */
async function follow(page: Page): Promise<Page> {
  const greeted = page
    .waitForEvent("websocket")
    .then((socket) => socket.waitForEvent("framereceived", (frame) => `${frame.payload}`.includes('"hello"')));
  await page.goto(`/orders/${ORDER}`);
  await greeted;
  return page;
}

test.beforeEach(async ({ fresh }) => correspond(fresh));

test("what waits stands at the end of the thread, and what is stopped where it was written", async ({ fresh, open }) => {
  const text = "Your parcel comes today";
  await tell(fresh, {
    order: ORDER,
    type: "order_notification",
    channel: "email",
    to: "layla@mail.example",
    subject: "Today",
    text,
    send_at: new Date(Date.now() + 86_400_000).toISOString(),
  });
  const page = await follow(await open("super_admin", { server: fresh }));
  const items = page.locator("#thread .thread > li[id]");
  await expect(items.last()).toContainText(text);
  await expect(items.last().locator("time")).toHaveText(/^Queued .+ \d\d:\d\d$/);
  await hear(fresh, "And the belt?");
  await expect(page.getByRole("log")).toContainText("And the belt?");
  await expect(items.last()).toContainText(text);
  const stop = await ready(items.last().getByRole("button", { name: "Stop" }));
  await stop.focus();
  await page.keyboard.press("Enter");
  await expect(items.last()).toContainText("And the belt?");
  const stopped = items.filter({ hasText: text });
  await expect(stopped).toContainText("Stopped");
  // Whoever pressed the button is still at the message.
  await expect(stopped.locator(":focus")).toHaveCount(1);
});

test("whoever stops the last message of a long thread stays at its end", async ({ fresh, open }) => {
  const text = "Your parcel comes today";
  await tell(fresh, {
    order: ORDER,
    type: "order_notification",
    channel: "email",
    to: "layla@mail.example",
    subject: "Today",
    text,
    send_at: new Date(Date.now() + 86_400_000).toISOString(),
  });
  for (let n = 1; n <= 15; n++) {
    await hear(fresh, `Question ${n}`);
  }
  const page = await follow(await open("super_admin", { server: fresh }));
  const items = page.locator("#thread .thread > li[id]");
  await expect(items.last()).toContainText(text);
  const stop = await ready(items.last().getByRole("button", { name: "Stop" }));
  await stop.focus();
  await page.keyboard.press("Enter");
  const stopped = items.filter({ hasText: text });
  await expect(stopped).toContainText("Stopped");
  await expect(stopped.locator(":focus")).toHaveCount(1);
  await expect(stopped).not.toBeInViewport();
  await expect(items.last()).toBeInViewport();
  expect(await page.locator("#thread").evaluate((thread) => thread.scrollTop)).toBe(0);
});

test("what left late says when it was queued and when it left, and stands where it left", async ({ fresh, open }) => {
  const page = await follow(await open("super_admin", { server: fresh }));
  await tell(fresh, {
    order: ORDER,
    record_only: true,
    type: "order_notification",
    channel: "email",
    to: "layla@mail.example",
    subject: "It left late",
    text: "x",
    occurred_at: new Date(Date.now() - 7_200_000).toISOString(),
    attempts: [{ at: new Date().toISOString(), provider: "smtp", status: "sent" }],
  });
  const last = page.locator("#thread .thread > li[id]").last();
  await expect(last).toContainText("It left late");
  await expect(last.locator("time")).toHaveText(/^Queued .*\d\d:\d\d, left \d\d:\d\d$/);
  await page.goto("/messages?q=subject:late");
  await expect(page.locator("tr[data-row] .state .sub")).toHaveText(/^Left .*\d\d:\d\d · /);
});
