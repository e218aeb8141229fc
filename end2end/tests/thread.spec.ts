import type { Page } from "@playwright/test";
import { findings, LOOKS } from "../fixtures/axe.ts";
import { correspond, CUSTOMER, hear, ORDER, tell } from "../fixtures/letters.ts";
import { press, ready, readyForKeys } from "../fixtures/ready.ts";
import { Server } from "../fixtures/server.ts";
import { expect, test } from "../fixtures/test.ts";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** Opens the thread and waits until the server has greeted its socket. */
async function follow(page: Page, order = ORDER): Promise<Page> {
  return followAt(page, `/orders/${order}`);
}

/** Opens a page of orders and waits until the server has greeted its socket. */
async function followAt(page: Page, address: string): Promise<Page> {
  const greeted = page
    .waitForEvent("websocket")
    .then((socket) => socket.waitForEvent("framereceived", (frame) => `${frame.payload}`.includes('"hello"')));
  await page.goto(address);
  await greeted;
  return page;
}

async function write(page: Page, text: string): Promise<void> {
  const field = page.locator("#write");
  await ready(field, "input");
  await field.fill(text);
}

test.beforeEach(async ({ fresh }) => correspond(fresh));

test("the order that waits for an answer stands first, with what is unread", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/orders");
  const first = page.locator(".order-line").first();
  await expect(first).toContainText(`Order ${ORDER}`);
  await expect(first).toContainText("Waits");
  await first.getByRole("link").click();
  await expect(page.getByRole("log")).toContainText("Will it arrive before Sunday?");
});

test("the list of orders follows what customers write, and moves nothing under the pointer", async ({ fresh, open }) => {
  const order = { customer_id: CUSTOMER, status: "processing", total: "10.00", currency: "SAR" };
  await fresh.api("PUT", "/api/v1/orders/1050", { ...order, placed_at: "2026-01-01T00:00:00Z" });
  const page = await open("super_admin", { server: fresh });
  await followAt(page, "/orders");
  const line = (number: string) => page.locator(".order-line").filter({ hasText: `Order ${number}` });
  await expect(page.locator(".order-line")).toHaveCount(2);
  await expect(page.locator(".order-line").first()).toContainText(`Order ${ORDER}`);
  await expect(page.getByText("1 waits for an answer")).toBeVisible();
  // An order that is on no line yet, and one that is: who waits longest stands first.
  await hear(fresh, "And this one?", "1060");
  await expect(line("1060")).toContainText("Waits");
  await expect(page.locator(".order-line").nth(1)).toContainText("Order 1060");
  await expect(page.getByText("2 wait for an answer")).toBeVisible();
  await page.locator(".order-line").first().hover();
  await hear(fresh, "Where is the belt?", "1050");
  await expect(line("1050")).toContainText("Where is the belt?");
  await expect(line("1050")).toContainText("1 unread");
  await expect(page.getByText("3 wait for an answer")).toBeVisible();
  await hear(fresh, "And the hat?", "1070");
  await expect(page.getByRole("button", { name: "1 new" })).toBeVisible();
  await expect(line("1070")).toHaveCount(0);
  await page.getByRole("heading", { level: 1 }).hover();
  await expect(page.locator(".order-line").nth(3)).toContainText("Order 1070");
  await expect(page.getByRole("button", { name: "1 new" })).toBeHidden();
  // The line of who was answered goes below those who wait.
  await tell(fresh, {
    order: ORDER,
    record_only: true,
    type: "reply",
    channel: "email",
    to: "layla@mail.example",
    subject: "Tomorrow",
    text: "It comes tomorrow",
    status: "sent",
  });
  await expect(page.locator(".order-line").last()).toContainText(`Order ${ORDER}`);
  await expect(line(ORDER)).not.toContainText("Waits");
});

test("what happens to the order is told in its open thread, and its status changes", async ({ fresh, open }) => {
  const page = await follow(await open("manager", { server: fresh }));
  const status = page.locator(".thread-bar .chip");
  await expect(status).toHaveText("Shipped");
  await fresh.api("PUT", `/api/v1/orders/${ORDER}`, { customer_id: CUSTOMER, status: "delivered" });
  await fresh.post({
    action: "order.status_changed",
    subject: { type: "order", id: ORDER, name: `Order ${ORDER}` },
    changes: [{ field: "status", before: "shipped", after: "delivered" }],
  });
  await expect(page.getByRole("log").locator("li.event")).toHaveCount(1);
  await expect(status).toHaveText("Delivered");
});

test("a number without a country can't be written to, and the composer says so", async ({ fresh, open }) => {
  await fresh.api("PUT", `/api/v1/orders/1080`, { customer_id: "c_80", status: "processing" });
  await fresh.api("PUT", "/api/v1/customers/c_80", { name: "Basma", email: "basma@mail.example", phone: "0551234567" });
  const page = await open("super_admin", { server: fresh });
  await followAt(page, "/orders/1080");
  await write(page, "It is ready");
  const send = page.getByRole("button", { name: "Send", exact: true });
  await expect(send).not.toHaveAttribute("aria-disabled");
  await page.getByRole("radio", { name: "SMS" }).check({ force: true });
  await expect(page.locator(".composer")).toContainText("This number has no country code");
  await expect(send).toHaveAttribute("aria-disabled", "true");
});

test("a channel that nobody has set up says so before anything is sent by it", async ({ open }) => {
  const own = await Server.start({ STORETRAIL_TWILIO_WHATSAPP_FROM: "" });
  try {
    await own.found();
    await correspond(own);
    const page = await follow(await open("super_admin", { server: own }));
    const composer = page.locator(".composer");
    const send = composer.getByRole("button", { name: "Send", exact: true });
    // The customer wrote by WhatsApp; the answer begins with a way that leads somewhere.
    await expect(page.getByRole("radio", { name: "Email" })).toBeChecked();
    await expect(page.getByRole("radio", { name: /^WhatsApp.*not set up here$/ })).toHaveCount(1);
    await expect(page.getByRole("radio", { name: "SMS", exact: true })).toHaveCount(1);
    await write(page, "It left");
    await expect(send).not.toHaveAttribute("aria-disabled");
    await page.getByRole("radio", { name: "WhatsApp" }).check({ force: true });
    await expect(send).toHaveAttribute("aria-disabled", "true");
    await expect(send).toHaveAccessibleDescription(/^WhatsApp is not set up here/);
    await send.click({ force: true });
    await expect(page.locator("#write")).toHaveValue("It left");
    // What a program sends by it stands in the thread, with why it was not sent.
    await tell(own, { channel: "whatsapp", type: "other", to: "+966550123456", text: "By a program", order: ORDER });
    const said = page.getByRole("log").getByRole("listitem").filter({ hasText: "By a program" });
    await expect(said.locator(".status.failed")).toContainText("Not sent: this channel is not set up here");
    const glance = page.locator("#about-order");
    await expect(glance).toContainText("1 message did not arrive");
    await expect(glance).toContainText("1 message was not sent");
    const restart = said.getByRole("button", { name: "Restart" });
    await expect(restart).toHaveAttribute("aria-disabled", "true");
    await expect(restart).toHaveAccessibleDescription(/^This channel is still not set up here/);
    // Playwright does not click what is greyed unless it is told to; a finger does.
    await (await ready(restart)).click({ force: true });
    await expect(page.locator(".toast")).toContainText("This channel is still not set up here");
    // So it does in the list, alone and for all that are selected.
    await page.goto("/messages?q=status:not_sent");
    await readyForKeys(page, 3);
    const row = page.locator("tr[data-row]").filter({ hasText: "By a program" });
    await expect(row.getByRole("button", { name: "Restart" })).toHaveAttribute("aria-disabled", "true");
    await press(row.getByRole("checkbox"));
    await page.getByRole("toolbar", { name: "Selection" }).getByRole("button", { name: "Restart" }).click();
    await expect(page.locator(".toast")).toHaveText("1 was not restarted: its channel is not set up here.");
    // What it still reads is not to break off with the server.
    await page.close();
  } finally {
    await own.remove();
  }
});

test("two who watch see what is written and stopped, and what comes", async ({ fresh, open }) => {
  const one = await follow(await open("super_admin", { server: fresh }));
  const other = await follow(await open("manager", { server: fresh }));
  await write(one, "Yes, on Saturday.");
  await one.getByRole("button", { name: "Send", exact: true }).click();
  for (const page of [one, other]) {
    const said = page.getByRole("log").getByRole("listitem").filter({ hasText: "Yes, on Saturday." });
    await expect(said.getByRole("timer")).toHaveText(/Sends in 0:\d\d/);
  }
  await press(other.getByRole("log").getByRole("button", { name: "Stop" }));
  for (const page of [one, other]) {
    const said = page.getByRole("log").getByRole("listitem").filter({ hasText: "Yes, on Saturday." });
    await expect(said).toContainText("Stopped");
  }
  await hear(fresh, "Hello?");
  for (const page of [one, other]) {
    await expect(page.getByRole("log").getByText("Hello?")).toBeVisible();
  }
});

test("two who watch see a mail go out and arrive, an SMS fail, and the answer come", async ({ fresh, open }) => {
  const pages = [
    await follow(await open("super_admin", { server: fresh })),
    await follow(await open("manager", { server: fresh })),
  ];
  const log = (page: Page) => page.getByRole("log");
  const item = (page: Page, text: string) => log(page).getByRole("listitem").filter({ hasText: text });
  const about = { order: ORDER, record_only: true, type: "order_notification" };
  const mail = { ...about, channel: "email", to: "layla@mail.example", subject: "It left", text: "x", status: "sent" };
  const sent = (await (await fresh.api("POST", "/api/v1/messages", mail)).json()) as { id: string };
  for (const page of pages) {
    await expect(item(page, "It left")).toBeVisible();
  }
  await fresh.api("POST", `/api/v1/messages/${sent.id}/events`, { status: "delivered" });
  for (const page of pages) {
    await expect(item(page, "It left")).toContainText("Delivered");
  }
  await tell(fresh, { ...about, channel: "sms", to: "+966550123456", text: "It is at the door", status: "failed" });
  for (const page of pages) {
    const failed = item(page, "It is at the door");
    await expect(failed).toContainText("Failed");
    // It was not sent from here: it goes by another channel, or not at all.
    await expect(failed.getByRole("button", { name: /^(Stop|Restart)$/ })).toHaveCount(0);
    await expect(failed.getByRole("button", { name: /^(Email|WhatsApp)$/ })).toHaveCount(1);
  }
  await tell(fresh, {
    ...about,
    type: "reply",
    channel: "email",
    direction: "inbound",
    from: "Layla Mansour <layla@mail.example>",
    to: "shop@linen.example",
    subject: "Re: It left",
    text: "Wonderful",
  });
  for (const page of pages) {
    await expect(item(page, "Re: It left")).toContainText("Wonderful");
  }
});

test("colleagues see each other at a thread, and who writes", async ({ fresh, open }) => {
  const one = await follow(await open("super_admin", { server: fresh }));
  await expect(one.getByText("is here too")).toHaveCount(0);
  const other = await follow(await open("manager", { server: fresh }));
  await expect(one.getByText("Sara Nasser is here too")).toBeVisible();
  await expect(other.getByText("Noor Haddad is here too")).toBeVisible();
  await write(other, "I am on it");
  await expect(one.getByText("Sara Nasser writes")).toBeVisible();
  // Who has stopped for a while writes no more.
  await expect(one.getByText("Sara Nasser writes")).toBeHidden({ timeout: 15_000 });
  await other.close();
  await expect(one.getByText("Sara Nasser is here too")).toBeHidden();
});

test("what was ordered stands beside the thread, and j and k lead to the orders beside it", async ({ fresh, open }) => {
  const items = [
    { name: "Linen shirt", variant: "M", quantity: 2, total: "570.00" },
    { name: "Belt", total: "72.00" },
  ];
  const order = { customer_id: "c_17", status: "shipped", total: "642.00", currency: "SAR" };
  await fresh.api("PUT", `/api/v1/orders/${ORDER}`, { ...order, items });
  await fresh.api("PUT", "/api/v1/orders/1043", { ...order, placed_at: "2026-01-01T00:00:00Z" });
  const page = await follow(await open("super_admin", { server: fresh }));
  const facts = page.getByRole("region", { name: "Items" });
  await expect(facts).toContainText("2 × Linen shirt M");
  await expect(facts).toContainText("Total, SAR");
  await readyForKeys(page, 2);
  await page.keyboard.press("j");
  await expect(page).toHaveURL(/orders\/1043$/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Order 1043");
  await page.getByRole("link", { name: "Previous order (k)" }).click();
  await expect(page).toHaveURL(new RegExp(`orders/${ORDER}$`));
});

test("in Arabic the recipient stands as it reads, and thousands of an amount are set apart", async ({ fresh, open }) => {
  const order = { customer_id: "c_17", status: "shipped", total: "1417.00", currency: "SAR" };
  await fresh.api("PUT", `/api/v1/orders/${ORDER}`, order);
  const page = await open("super_admin", { server: fresh, language: "ar" });
  await page.goto(`/orders/${ORDER}`);
  await expect(page.locator(".composer .to")).toBeVisible();
  await expect(page.locator(".composer .to")).toHaveCSS("scale", "none");
  await expect(page.locator("#about-order")).toContainText("1,417.00 SAR");
});

test("a draft outlives another channel and the page", async ({ fresh, open }) => {
  const page = await follow(await open("super_admin", { server: fresh }));
  await write(page, "I have asked the courier");
  await page.getByRole("radio", { name: "SMS" }).check({ force: true });
  await expect(page.locator("#write")).toHaveValue("I have asked the courier");
  await expect(page.locator(".composer")).toContainText("24 characters, 1 SMS");
  await follow(page);
  await expect(page.locator("#write")).toHaveValue("I have asked the courier");
});

test("on a phone too an answer goes to whoever wrote last, or to whom one chooses", async ({ fresh, open }) => {
  const page = await follow(await open("super_admin", { server: fresh, ...PHONE }));
  const composer = page.locator(".composer");
  await write(page, "It left on Thursday");
  await page.getByRole("radio", { name: "Email" }).check({ force: true });
  await expect(composer.getByText("layla@mail.example")).toBeVisible();
  await tell(fresh, {
    order: ORDER,
    record_only: true,
    channel: "email",
    direction: "inbound",
    type: "reply",
    from: "Layla <layla@work.example>",
    to: "shop@linen.example",
    subject: "Where is it?",
    text: "Hello?",
  });
  const to = composer.getByRole("combobox", { name: "Recipient" });
  await expect(to).toHaveValue("layla@work.example");
  await expect(composer.getByRole("textbox", { name: "Subject" })).toHaveValue("Re: Where is it?");
  await to.selectOption("layla@mail.example");
  await composer.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.getByRole("log").getByText("It left on Thursday")).toBeVisible();
  const sent = await fresh.api("GET", "/api/v1/messages?q=type:reply%20direction:outbound%20to:layla@mail.example");
  expect(((await sent.json()) as { items: unknown[] }).items).toHaveLength(1);
});

test("who first writes while the thread is open can be answered the same way", async ({ fresh, open }) => {
  const answer = await fresh.api("PUT", "/api/v1/orders/2001", { status: "shipped" });
  expect(answer.ok, await answer.text()).toBe(true);
  const page = await follow(await open("super_admin", { server: fresh }), "2001");
  await expect(page.locator(".composer")).toContainText("no address or number is known");
  await hear(fresh, "Hello?", "2001");
  await expect(page.getByRole("radio", { name: "WhatsApp" })).toBeChecked();
  await expect(page.locator(".composer")).toContainText("+966 55 012 3456");
});

test("after a mail failed the page says why, and another address can be written to", async ({ fresh, open }) => {
  const answer = await fresh.api("PUT", "/api/v1/orders/2003", { status: "shipped" });
  expect(answer.ok, await answer.text()).toBe(true);
  await tell(fresh, {
    order: "2003",
    record_only: true,
    channel: "email",
    type: "order_notification",
    to: "gone@mail.example",
    subject: "It left",
    text: "x",
    attempts: [{ at: new Date(Date.now() - 60_000).toISOString(), provider: "smtp", status: "failed", code: "550" }],
  });
  const page = await follow(await open("super_admin", { server: fresh }), "2003");
  const composer = page.locator(".composer");
  const why = "The last message to gone@mail.example failed: There is no such mailbox";
  await expect(composer).toContainText(why);
  await expect(page.locator("#about-order")).toContainText(why);
  await write(page, "It left today");
  await composer.getByRole("textbox", { name: "Subject" }).fill("It left");
  await composer.getByRole("button", { name: "Other recipient" }).click();
  await expect(composer).not.toContainText(why);
  const to = composer.getByRole("textbox", { name: "Recipient" });
  await to.fill("there");
  const send = composer.getByRole("button", { name: "Send", exact: true });
  await send.click();
  await expect(composer.getByRole("alert")).toContainText("an address such as name@mail.example");
  await to.fill("there@mail.example");
  await expect(composer.getByRole("alert")).toBeHidden();
  await send.click();
  await expect(page.getByRole("log").getByText("It left today")).toBeVisible();
  await expect(composer.getByRole("combobox", { name: "Recipient" })).toHaveValue("there@mail.example");
  const sent = await fresh.api("GET", "/api/v1/messages?q=to:there@mail.example");
  expect(((await sent.json()) as { items: unknown[] }).items).toHaveLength(1);
  // What is being written to somebody else outlives the page.
  await write(page, "Call me");
  await page.getByRole("radio", { name: "SMS" }).check({ force: true });
  await to.fill("055 123 4567");
  await send.click();
  await expect(composer.getByRole("alert")).toContainText("a number with its country code");
  await follow(page, "2003");
  await expect(page.locator("#write")).toHaveValue("Call me");
  await expect(to).toHaveValue("055 123 4567");
});

test("after a word to somebody else the next answer goes to the customer again", async ({ fresh, open }) => {
  const page = await follow(await open("super_admin", { server: fresh }));
  const composer = page.locator(".composer");
  await page.getByRole("radio", { name: "Email" }).check({ force: true });
  await write(page, "Where is the parcel?");
  await composer.getByRole("textbox", { name: "Subject" }).fill("A parcel");
  await composer.getByRole("button", { name: "Other recipient" }).click();
  await composer.getByRole("textbox", { name: "Recipient" }).fill("courier@mail.example");
  await composer.getByRole("button", { name: "Send", exact: true }).click();
  const sent = page.getByRole("log").getByRole("listitem").filter({ hasText: "Where is the parcel?" });
  // Whom it went to stands above it.
  await expect(sent).toContainText("to courier@mail.example");
  await expect(composer.getByRole("textbox", { name: "Recipient" })).toHaveCount(0);
  await expect(composer).toContainText("layla@mail.example");
  await write(page, "It comes tomorrow");
  await composer.getByRole("textbox", { name: "Subject" }).fill("Your order");
  await composer.getByRole("button", { name: "Send", exact: true }).click();
  const answer = page.getByRole("log").getByRole("listitem").filter({ hasText: "It comes tomorrow" });
  await expect(answer).toContainText("to layla@mail.example");
});

test("what was stopped is held again when it is restarted, or edited with its files", async ({ fresh, open }) => {
  const page = await follow(await open("super_admin", { server: fresh }));
  const composer = page.locator(".composer");
  const subject = composer.getByRole("textbox", { name: "Subject" });
  await write(page, "Your label is attached");
  await page.getByRole("radio", { name: "Email" }).check({ force: true });
  await subject.fill("Your return label");
  const file = { name: "label.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7") };
  await composer.locator('input[type="file"]').setInputFiles(file);
  await expect(composer.getByText("label.pdf")).toBeVisible();
  await composer.getByRole("button", { name: "Send", exact: true }).click();
  const said = page.getByRole("log").getByRole("listitem").filter({ hasText: "Your label is attached" });
  await expect(said.getByRole("timer")).toHaveText(/Sends in 0:\d\d/);
  // The next mail may be about something else.
  await expect(page.locator("#write")).toHaveValue("");
  await expect(subject).toHaveValue("");
  await press(said.getByRole("button", { name: "Stop" }));
  await press(said.getByRole("button", { name: "Restart" }));
  await expect(said.getByRole("timer")).toHaveText(/Sends in 0:\d\d/);
  await press(said.getByRole("button", { name: "Stop" }));
  const edit = said.getByRole("button", { name: "Edit" });
  await write(page, "Something else");
  await press(edit);
  await expect(page.locator(".toast")).toContainText("Something else is being written");
  await expect(page.locator("#write")).toHaveValue("Something else");
  await write(page, "");
  await edit.click();
  await expect(page.locator("#write")).toHaveValue("Your label is attached");
  await expect(subject).toHaveValue("Your return label");
  await expect(composer.getByText("layla@mail.example")).toBeVisible();
  await expect(composer.getByText("label.pdf")).toBeVisible();
  await write(page, "Your label is here");
  await composer.getByRole("button", { name: "Send", exact: true }).click();
  const again = page.getByRole("log").getByRole("listitem").filter({ hasText: "Your label is here" });
  await expect(again).toContainText("label.pdf");
  await expect(said).toContainText("Stopped");
});

test("what the provider has is on its way and does not wait", async ({ fresh, open }) => {
  const about = { order: ORDER, record_only: true, type: "order_notification", channel: "sms", to: "+966550123456" };
  await tell(fresh, { ...about, text: "It is near", status: "pending" });
  const page = await open("super_admin", { server: fresh });
  await page.goto(`/orders/${ORDER}`);
  const facts = page.locator("#about-order");
  await expect(facts).toContainText("1 message is on its way");
  await expect(facts).not.toContainText("to be sent");
});

test("the list of orders is read again by itself once the server is back", async ({ fresh, open }) => {
  test.slow();
  const expected = [/WebSocket connection to/, /ERR_CONNECTION/, /ERR_EMPTY_RESPONSE/, /status of 50\d/, /Failed to fetch/i];
  const page = await followAt(await open("super_admin", { server: fresh, expected }), "/orders");
  const find = await ready(page.locator(".plain-find"), "input");
  await fresh.kill();
  await expect(page.getByText("Reconnecting", { exact: true })).toBeVisible();
  await find.fill(ORDER);
  await expect(page.getByRole("heading", { name: "The orders could not be read" })).toBeVisible();
  await fresh.restart();
  await expect(page.locator(".order-line").first()).toContainText(`Order ${ORDER}`, { timeout: 40_000 });
});

test("a thread that could not be read is read again once there is a network", async ({ fresh, open }) => {
  const expected = [/net::ERR/, /Failed to fetch/i];
  const page = await followAt(await open("super_admin", { server: fresh, expected }), "/orders");
  // From another page it is asked for by the browser.
  await page.route("**/fn/orders/thread", (route) => route.abort());
  await page.locator(".order-line a").first().click();
  await expect(page.getByRole("heading", { name: "The thread could not be read" })).toBeVisible();
  await page.unroute("**/fn/orders/thread");
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect(page.getByRole("log")).toContainText("Will it arrive before Sunday?");
});

test("on a phone without a connection the order is told whole, and so is why nothing is sent", async ({ fresh, open }) => {
  const expected = [/WebSocket connection to/, /ERR_CONNECTION/, /ERR_EMPTY_RESPONSE/];
  const page = await follow(await open("super_admin", { server: fresh, ...PHONE, expected }));
  await write(page, "It left");
  const send = page.getByRole("button", { name: "Send", exact: true });
  await expect(send).not.toHaveAttribute("aria-disabled");
  const colour = () => send.evaluate((element) => getComputedStyle(element).backgroundColor);
  const before = await colour();
  await fresh.kill();
  await expect(send).toHaveAttribute("aria-disabled", "true");
  await expect.poll(colour).not.toBe(before);
  const isWhole = (selector: string) =>
    page.locator(selector).evaluate((element) => element.scrollWidth <= element.clientWidth);
  await expect(page.locator(".composer .whole")).toHaveText("You are offline. The draft is kept here.");
  expect(await isWhole(".composer .whole")).toBe(true);
  expect(await isWhole(".thread-bar h1")).toBe(true);
});

test("on a phone what is told for a moment covers no part of the composer", async ({ fresh, open }) => {
  const page = await follow(await open("super_admin", { server: fresh, ...PHONE }));
  await write(page, "On Saturday.");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await press(page.getByRole("log").getByRole("button", { name: "Stop" }));
  const toast = await page.locator(".toast").boundingBox();
  const composer = await page.locator(".composer").boundingBox();
  expect((toast?.y ?? Infinity) + (toast?.height ?? 0)).toBeLessThanOrEqual(composer?.y ?? 0);
});

test("what is held is sent at once by who does not want to wait", async ({ fresh, open }) => {
  const one = await follow(await open("super_admin", { server: fresh }));
  const other = await follow(await open("manager", { server: fresh }));
  await write(one, "It left this morning.");
  await one.getByRole("button", { name: "Send", exact: true }).click();
  const said = (page: Page) => page.getByRole("log").getByRole("listitem").filter({ hasText: "It left this morning." });
  await expect(said(other).getByRole("timer")).toHaveText(/Sends in 0:\d\d/);
  await press(said(other).getByRole("button", { name: "Send now" }));
  await expect(other.locator(".toast")).toHaveText("It goes out now");
  for (const page of [one, other]) {
    await expect(said(page).getByRole("timer")).toHaveCount(0);
    await expect(said(page).getByRole("button", { name: "Send now" })).toHaveCount(0);
  }
});

test("on a phone back leads from a message to the thread in which it was opened", async ({ fresh, open }) => {
  const page = await follow(await open("super_admin", { server: fresh, expected: [/Blocked script execution/], ...PHONE }));
  const subject = page.getByRole("log").getByRole("link", { name: `Invoice for order ${ORDER}` });
  await subject.tap();
  const back = page.getByRole("complementary").getByRole("link", { name: "Back to the conversation" });
  await (await ready(back)).tap();
  await expect(page).toHaveURL(new RegExp(`/orders/${ORDER}#m-`));
  await expect(page.getByRole("log").getByRole("link", { name: `Invoice for order ${ORDER}` })).toBeVisible();
});

test("a file is not left out of an SMS without a word", async ({ fresh, open }) => {
  const page = await follow(await open("super_admin", { server: fresh }));
  const composer = page.locator(".composer");
  await write(page, "The invoice");
  const file = { name: "invoice.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7") };
  await composer.locator('input[type="file"]').setInputFiles(file);
  await expect(composer.getByText("invoice.pdf")).toBeVisible();
  await page.getByRole("radio", { name: "SMS" }).check({ force: true });
  await composer.getByRole("button", { name: "Send", exact: true }).click();
  await expect(composer.getByRole("alert")).toContainText("An SMS carries no files");
  await expect(composer.getByText("invoice.pdf")).toBeVisible();
  await expect(page.locator("#write")).toHaveValue("The invoice");
});

test("a picture goes by WhatsApp without words", async ({ fresh, open }) => {
  const page = await follow(await open("super_admin", { server: fresh }));
  const composer = page.locator(".composer");
  await ready(page.locator("#write"), "input");
  await page.getByRole("radio", { name: "WhatsApp" }).check({ force: true });
  const send = composer.getByRole("button", { name: "Send", exact: true });
  await expect(send).toHaveAttribute("aria-disabled", "true");
  const file = { name: "parcel.png", mimeType: "image/png", buffer: Buffer.from("picture") };
  await composer.locator('input[type="file"]').setInputFiles(file);
  await expect(composer.getByText("parcel.png")).toBeVisible();
  await expect(send).not.toHaveAttribute("aria-disabled");
  await send.click();
  const said = page.getByRole("log").getByRole("listitem").filter({ hasText: "parcel.png" });
  await expect(said.getByRole("timer")).toHaveText(/Sends in 0:\d\d/);
});

test("the composer says why the server refused", async ({ fresh, open }) => {
  await fresh.api("PUT", "/api/v1/customers/c_18", { name: "Hind", phone: "+999 123 456 78" });
  await fresh.api("PUT", "/api/v1/orders/2002", { customer_id: "c_18", status: "shipped" });
  const page = await follow(await open("super_admin", { server: fresh, expected: [/status of 422/] }), "2002");
  await write(page, "It left");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  const why = "Not sent: +99912345678 is a number that can't exist";
  await expect(page.locator(".composer").getByRole("alert")).toContainText(why);
  await expect(page.locator("#write")).toHaveValue("It left");
});

test("a try whose answer is lost sends nothing twice, and what is typed meanwhile stays", async ({ fresh, open }) => {
  const expected = [/net::ERR/, /Failed to fetch/i];
  const page = await follow(await open("super_admin", { server: fresh, expected }));
  const field = page.locator("#write");
  let tries = 0;
  let answer = (): void => undefined;
  const typed = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route("**/fn/messages/send", async (route) => {
    const response = await route.fetch();
    tries += 1;
    if (tries === 1) {
      await route.abort();
    } else {
      await typed;
      await route.fulfill({ response });
    }
  });
  await write(page, "On Saturday.");
  const send = page.getByRole("button", { name: "Send", exact: true });
  await send.click();
  await expect(page.locator(".composer").getByRole("alert")).toContainText("The draft is kept here");
  await expect(field).toHaveValue("On Saturday.");
  await send.click();
  await expect.poll(() => tries).toBe(2);
  await field.fill("On Saturday. With a gift.");
  answer();
  await expect(field).toHaveValue("With a gift.");
  await expect(page.getByRole("log").getByText("On Saturday.")).toHaveCount(1);
});

test("on a phone the composer takes the place of the tab bar", async ({ fresh, open }) => {
  const page = await follow(await open("super_admin", { server: fresh, ...PHONE }));
  const field = page.locator("#write");
  await expect(field).toBeInViewport();
  await expect(page.locator(".tabbar")).toBeHidden();
  expect(await field.evaluate((element) => getComputedStyle(element).fontSize)).toBe("16px");
  // A popover: it opens without a script.
  await page.getByRole("button", { name: "About this order" }).click();
  await expect(page.getByText("Customer waits for an answer")).toBeVisible();
});

test("an auditor reads and can't write", async ({ fresh, open }) => {
  const page = await open("auditor", { server: fresh });
  await page.goto(`/orders/${ORDER}`);
  await expect(page.getByRole("log")).toBeVisible();
  await expect(page.locator("#write")).toHaveCount(0);
  await expect(page.getByText("layla@mail.example")).toHaveCount(0);
});

for (const look of LOOKS) {
  test(`axe finds nothing in a thread, ${look.name}`, async ({ fresh, open }) => {
    const page = await follow(await open("super_admin", { server: fresh, ...look }));
    expect(await findings(page)).toEqual([]);
    await page.goto("/orders");
    await expect(page.locator(".order-line").first()).toBeVisible();
    expect(await findings(page)).toEqual([]);
  });
}
