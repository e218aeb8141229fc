import { readFile } from "node:fs/promises";
import { findings, LOOKS } from "../fixtures/axe.ts";
import { correspond, ORDER, tell } from "../fixtures/letters.ts";
import { press, ready, readyForKeys } from "../fixtures/ready.ts";
import { Server } from "../fixtures/server.ts";
import { expect, test } from "../fixtures/test.ts";

test.beforeEach(async ({ fresh }) => correspond(fresh));

test("a message says in one sentence whether it arrived, and why not", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/messages?q=channel:sms");
  await readyForKeys(page, 2);
  await page.getByRole("link", { name: "Layla Mansour" }).click();
  const drawer = page.getByRole("complementary");
  await expect(drawer.getByRole("heading", { level: 2 }).first()).toHaveText(/^Not delivered: Phone off or out of reach/);
  await expect(drawer.getByRole("button", { name: "Stop" })).toHaveAttribute("title", "Nothing is left to stop");
  await expect(page).toHaveURL(/message=/);
  await page.keyboard.press("Escape");
  await expect(drawer).toHaveCount(0);
});

test("a message's proof is looked at in the browser and taken away with all that became known of it", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/messages?q=channel:sms");
  await readyForKeys(page, 2);
  await page.getByRole("link", { name: "Layla Mansour" }).click();
  await expect(page).toHaveURL(/message=/);
  const id = new URL(page.url()).searchParams.get("message");
  expect((await fresh.api("POST", `/api/v1/messages/${id}/events`, { status: "delivered" })).status).toBe(201);
  await page.reload();
  const drawer = page.getByRole("complementary");
  await expect(drawer).toContainText("verified in this browser");
  const link = drawer.getByRole("link", { name: "Download proof" });
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  const { entries } = JSON.parse(await readFile(await download.path(), "utf8")) as { entries: { entry: { kind: string } }[] };
  expect(entries[0]?.entry.kind).toBe("message");
  expect(entries.slice(1).map(({ entry }) => entry.kind)).toContain("message_fact");
});

test("more like this narrows the list of messages down further, by a click and by two keys", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/messages?q=order:1042");
  await readyForKeys(page, 2);
  const rows = page.locator("tr[data-row]");
  await expect(rows).toHaveCount(3);
  const sms = rows.filter({ hasText: "Your order is packed." });
  await sms.getByRole("link", { name: "Layla Mansour" }).click();
  const facts = page.getByRole("region", { name: "About this message" });
  await press(facts.getByRole("button", { name: /^More like this: SMS/ }));
  await expect(page.locator("#query")).toHaveValue("order:1042 channel:sms");
  await expect(rows).toHaveCount(1);
  await page.goto("/messages?q=order:1042");
  await readyForKeys(page, 2);
  await page.keyboard.press("j");
  await expect(rows.first()).toHaveClass(/cursor/);
  await page.keyboard.press("f");
  await page.keyboard.press("c");
  await expect(page.locator("#query")).toHaveValue("order:1042 channel:whatsapp");
  await expect(rows).toHaveCount(1);
});

test("each value of a row asks for its like, with alt leaves it out, and f u asks for the customer", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/messages");
  await readyForKeys(page, 2);
  const query = page.locator("#query");
  const row = page.locator("tr[data-row]").filter({ hasText: "Your order is packed." });
  const like = (value: string) =>
    row.getByRole("button", { name: `More like this: ${value}. Alt-click leaves it out`, exact: true });
  for (const [value, asked] of [
    ["SMS", "channel:sms"],
    ["Order notification", "type:order_notification"],
    ["Failed", "status:failed"],
    ["+966550123456", /^to:"?\+966550123456"?$/],
    ["c_17", "customer:c_17"],
    [ORDER, `order:${ORDER}`],
  ] as const) {
    await press(like(value));
    await expect(query).toHaveValue(asked);
    await expect(page).toHaveURL(/q=/);
    await expect(row).toBeVisible();
    // What is asked for already is asked for no more.
    await press(like(value));
    await expect(query).toHaveValue("");
    await expect(page).not.toHaveURL(/q=/);
  }
  expect(await findings(page)).toEqual([]);
  // Beside the buttons all of the row is its link.
  await row.locator(".state .sub").click({ force: true });
  await expect(page).toHaveURL(/message=/);
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/message=/);
  await (await ready(like("SMS"))).click({ modifiers: ["Alt"] });
  await expect(query).toHaveValue("-channel:sms");
  await expect(row).toHaveCount(0);

  await page.goto("/messages");
  await readyForKeys(page, 2);
  await page.keyboard.press("j");
  await expect(page.locator("tr[data-row]").first()).toHaveClass(/cursor/);
  await page.keyboard.press("f");
  await page.keyboard.press("u");
  await expect(query).toHaveValue("customer:c_17");
});

test("on a phone what is like a message is asked for from the message", async ({ fresh, open }) => {
  const size = { width: 390, height: 844 };
  const page = await open("super_admin", { server: fresh, viewport: size, hasTouch: true, isMobile: true });
  await page.goto("/messages?q=channel:sms");
  await readyForKeys(page, 2);
  const row = page.locator("tr[data-row]");
  await expect(row).toHaveCount(1);
  await expect(row.getByRole("button", { name: /^More like this/ })).toHaveCount(0);
  await row.getByRole("link").tap();
  const facts = page.getByRole("region", { name: "About this message" });
  await expect(facts).toContainText("Customer");
  await (await ready(facts.getByRole("button", { name: /^More like this: c_17/ }))).tap();
  await expect(page.locator("#query")).toHaveValue("channel:sms customer:c_17");
  expect(await findings(page)).toEqual([]);
});

test("who reads messages masked is offered no like of what is hidden", async ({ fresh, open }) => {
  const page = await open("auditor", { server: fresh });
  await page.goto("/messages?q=channel:sms");
  await readyForKeys(page, 2);
  const row = page.locator("tr[data-row]");
  await expect(row.getByRole("button", { name: /^More like this: SMS/ })).toHaveCount(1);
  await expect(row.getByRole("button", { name: /c_17|966550123456/ })).toHaveCount(0);
});

test("a link opens a message with the page", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/messages?q=channel:sms");
  await readyForKeys(page, 2);
  await page.getByRole("link", { name: "Layla Mansour" }).click();
  await expect(page).toHaveURL(/message=/);
  const title = page.getByRole("complementary").getByRole("heading", { level: 2 }).first();
  // It stands empty until the message has been read.
  const words = /^Not delivered: Phone off or out of reach/;
  await expect(title).toHaveText(words);
  await page.reload();
  await readyForKeys(page, 2);
  await expect(title).toHaveText(words);
});

test("a tab writes its channel into the query", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/messages");
  await readyForKeys(page, 2);
  const rows = page.locator("tr[data-row]");
  await expect(rows).toHaveCount(3);
  await press(page.getByRole("group", { name: "Channels" }).getByRole("button", { name: /^Email/ }));
  await expect(page.getByRole("combobox")).toHaveValue(/channel:email/);
  await expect(rows).toHaveCount(1);
});

test("an email is shown in a frame that runs nothing", async ({ fresh, open }) => {
  // The test looks into the frame, which the frame refuses to its scripts.
  const page = await open("super_admin", { server: fresh, expected: [/Blocked script execution/] });
  await page.goto("/messages?q=channel:email");
  await readyForKeys(page, 2);
  await page.getByRole("link", { name: "Layla Mansour" }).click();
  const frame = page.locator("iframe");
  await expect(frame).toHaveAttribute("sandbox", "");
  await expect(frame.contentFrame().getByText("invoice")).toBeVisible();
});

test("a store keeper is told that messages are not theirs", async ({ fresh, open }) => {
  const page = await open("store_keeper", { server: fresh, expected: [/403/] });
  await page.goto("/messages");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Your role does not include");
  await expect(page.getByRole("navigation").first().getByRole("link", { name: "Messages" })).toHaveCount(0);
});

test("a new message appears in an open list", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  const greeted = page
    .waitForEvent("websocket")
    .then((socket) => socket.waitForEvent("framereceived", (frame) => `${frame.payload}`.includes('"hello"')));
  await page.goto("/messages");
  await greeted;
  await fresh.api("POST", "/api/v1/messages", {
    channel: "email",
    type: "campaign",
    to: "noura@mail.example",
    subject: "Winter begins",
    text: "All of it",
    record_only: true,
    status: "sent",
  });
  await expect(page.getByText("Winter begins")).toBeVisible();
});

for (const look of LOOKS) {
  test(`axe finds nothing in the log and a message, ${look.name}`, async ({ fresh, open }) => {
    const page = await open("super_admin", { server: fresh, ...look });
    // An email's frame lets no script in, axe's neither.
    await page.goto(`/messages?q=order:${ORDER}%20-channel:email`);
    await readyForKeys(page, 2);
    await page.locator("tr[data-row] a.name").last().click();
    await expect(page.getByRole("complementary").locator(".verdict")).toBeVisible();
    expect(await findings(page)).toEqual([]);
  });
}

test("several messages are stopped and restarted from the bar of the selection", async ({ fresh, open }) => {
  for (const name of ["Noura", "Basma", "Huda"]) {
    await fresh.api("POST", "/api/v1/messages", {
      channel: "email",
      type: "campaign",
      to: `${name.toLowerCase()}@mail.example`,
      subject: `Winter begins, ${name}`,
      text: "All of it",
      hold_seconds: 3_600,
    });
  }
  const page = await open("super_admin", { server: fresh });
  await page.goto("/messages?q=channel:email");
  await readyForKeys(page, 3);
  const rows = page.locator("tr[data-row]");
  const bar = page.getByRole("toolbar", { name: "Selection" });
  const box = (words: string) => rows.filter({ hasText: words }).getByRole("checkbox");
  await press(box("Winter begins, Noura"));
  await box("Winter begins, Basma").click();
  // One that went out long ago can't be stopped any more.
  await rows.filter({ hasNotText: "Winter" }).getByRole("checkbox").click();
  await expect(bar).toContainText("3 selected");
  expect(await findings(page), "the bar").toEqual([]);
  await bar.getByRole("button", { name: "Stop" }).click();
  await expect(page.locator(".toast")).toHaveText("2 messages stopped. 1 no longer waited.");
  await expect(bar).toBeHidden();
  await expect(rows.filter({ hasText: "Winter begins, Noura" }).locator(".state")).toContainText("Stopped");
  await expect(rows.filter({ hasText: "Winter begins, Huda" }).locator(".state")).not.toContainText("Stopped");

  await page.goto("/messages?q=subject:winter*");
  await readyForKeys(page, 3);
  await press(box("Winter begins, Huda"));
  await bar.getByRole("button", { name: "Select all matching: 3 messages" }).click();
  await expect(bar).toContainText("3 selected");
  await bar.getByRole("button", { name: "Restart" }).click();
  await expect(page.locator(".toast")).toHaveText("2 messages restarted, ten a second.");
  await expect(rows.filter({ hasText: "Winter begins, Noura" }).locator(".state")).not.toContainText("Stopped");
});

test("more than a hundred are stopped or restarted only once their number is typed", async ({ fresh, open }) => {
  const mail = { channel: "email", type: "campaign", text: "All of it", hold_seconds: 3_600 };
  for (let n = 0; n < 101; n += 1) {
    await tell(fresh, { ...mail, to: `c${n}@mail.example`, subject: "Winter begins" });
  }
  const page = await open("super_admin", { server: fresh });
  let tries = 0;
  await page.route("**/fn/messages/*-several", async (route) => {
    tries += 1;
    await route.continue();
  });
  await page.goto("/messages?q=subject:winter*");
  await readyForKeys(page, 3);
  const bar = page.getByRole("toolbar", { name: "Selection" });
  const dialog = page.getByRole("dialog");
  await press(page.locator("tr[data-row]").first().getByRole("checkbox"));
  await bar.getByRole("button", { name: "Select all matching: 101 messages" }).click();
  await expect(bar).toContainText("101 selected");
  await bar.getByRole("button", { name: "Restart" }).click();
  await expect(dialog.getByRole("heading", { name: "Restart 101 messages?" })).toBeVisible();
  await expect(dialog).toContainText("They leave at ten a second");
  expect(await findings(page), "the question").toEqual([]);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toHaveCount(0);
  expect(tries).toBe(0);

  await bar.getByRole("button", { name: "Stop" }).click();
  await dialog.getByRole("button", { name: "Stop 101" }).click();
  await expect(dialog).toContainText("Type the number 101.");
  expect(tries).toBe(0);
  await dialog.getByRole("textbox", { name: "Type 101 to confirm" }).fill("101");
  await dialog.getByRole("button", { name: "Stop 101" }).click();
  await expect(page.locator(".toast")).toHaveText("101 messages stopped.");
  expect(tries).toBe(1);
});

test("what is scheduled is sent at once from its page", async ({ fresh, open }) => {
  const mail = { channel: "email", type: "campaign", to: "noura@mail.example", subject: "Winter begins", text: "All of it" };
  await fresh.api("POST", "/api/v1/messages", { ...mail, hold_seconds: 3_600 });
  const page = await open("super_admin", { server: fresh });
  await page.goto("/messages?q=subject:winter*");
  await readyForKeys(page, 3);
  await page.locator("tr[data-row] a.name").click();
  const drawer = page.getByRole("complementary");
  await press(drawer.getByRole("button", { name: "Send now" }));
  await expect(page.locator(".toast")).toHaveText("It goes out now");
  await expect(drawer.getByRole("region", { name: "What became known" })).toContainText("Sent before its time by");
  await expect(drawer.getByRole("button", { name: "Send now" })).toHaveCount(0);
});

test("on a phone who taps what can't be done is told why", async ({ fresh, open }) => {
  const size = { width: 390, height: 844 };
  const page = await open("super_admin", { server: fresh, viewport: size, hasTouch: true, isMobile: true });
  await page.goto("/messages?q=channel:sms");
  await readyForKeys(page, 2);
  await page.getByRole("link", { name: "Layla Mansour" }).tap();
  const stop = page.getByRole("complementary").getByRole("button", { name: "Stop" });
  await expect(stop).toHaveAttribute("aria-disabled", "true");
  await expect(stop).toHaveAccessibleDescription("Nothing is left to stop");
  // Playwright does not tap what is greyed unless it is told to; a finger does.
  await (await ready(stop)).tap({ force: true });
  await expect(page.locator(".toast")).toHaveText("Nothing is left to stop");
  await page.locator(".toast").waitFor({ state: "hidden" });
  await stop.focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".toast")).toHaveText("Nothing is left to stop");
});

test("who stops what another stopped a moment before is told so", async ({ fresh, open }) => {
  const mail = { channel: "email", type: "campaign", to: "noura@mail.example", subject: "Winter begins", text: "All of it" };
  const sent = await fresh.api("POST", "/api/v1/messages", { ...mail, hold_seconds: 3_600 });
  const { id } = (await sent.json()) as { id: string };
  const page = await open("super_admin", { server: fresh, expected: [/status of 409/] });
  await page.goto("/messages?q=subject:winter*");
  await readyForKeys(page, 3);
  await page.locator("tr[data-row] a.name").click();
  await page.route("**/fn/messages/stop", async (route) => {
    expect((await fresh.api("POST", `/api/v1/messages/${id}/stop`)).ok).toBe(true);
    await route.continue();
  });
  await press(page.getByRole("complementary").getByRole("button", { name: "Stop" }));
  await expect(page.locator(".toast")).toContainText("It was stopped already.");
});

test("r restarts the message, or goes to write to its order", async ({ fresh, open }) => {
  await fresh.api("POST", "/api/v1/messages", {
    channel: "email",
    type: "campaign",
    to: "noura@mail.example",
    subject: "Winter begins",
    text: "All of it",
    hold_seconds: 3_600,
  });
  const page = await open("super_admin", { server: fresh });
  await page.goto("/messages?q=subject:winter*");
  await readyForKeys(page, 3);
  await page.locator("tr[data-row] a.name").click();
  const drawer = page.getByRole("complementary");
  await press(drawer.getByRole("button", { name: "Stop" }));
  await expect(drawer.getByRole("button", { name: "Restart" })).not.toHaveAttribute("aria-disabled");
  await page.keyboard.press("r");
  await expect(page.locator(".toast")).toHaveText("Restarted");

  // What another program sent is not restarted here.
  await page.goto("/messages?q=channel:sms");
  await readyForKeys(page, 3);
  await page.getByRole("link", { name: "Layla Mansour" }).click();
  await expect(drawer.getByRole("button", { name: "Restart" })).toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("r");
  await expect(page).toHaveURL(new RegExp(`/orders/${ORDER}#write$`));
  await expect(page.locator("#write")).toBeFocused();
});

test("who may not send is offered neither stop nor restart, but what the role may do", async ({ fresh, open }) => {
  const page = await open("auditor", { server: fresh });
  await page.goto("/messages");
  await readyForKeys(page, 2);
  await press(page.locator("tr[data-row]").first().getByRole("checkbox"));
  const bar = page.getByRole("toolbar", { name: "Selection" });
  await expect(bar).toContainText("1 selected");
  await expect(bar.getByRole("button", { name: "Export" })).toBeVisible();
  await expect(bar.getByRole("button", { name: /Stop|Restart|Erase/ })).toHaveCount(0);
});

test("a report that fits no message is listed for who manages rules", async ({ open }) => {
  const server = await Server.start({ STORETRAIL_MAIL_HOOK_SECRET: "the-hook-secret" });
  try {
    await server.found();
    const told = await fetch(`${server.url}/hooks/postmark/main`, {
      method: "POST",
      headers: { authorization: "Bearer the-hook-secret", "content-type": "application/json" },
      body: JSON.stringify({ RecordType: "Open", MessageID: "pm-77", Recipient: "layla@mail.example" }),
    });
    expect(await told.json()).toMatchObject({ outcome: "unmatched" });
    for (const [language, title, time] of [
      ["en", "Unmatched", "Time"],
      ["ar", "بلا رسالة", "الوقت"],
    ] as const) {
      const page = await open("super_admin", { server, language });
      await page.goto("/messages");
      await readyForKeys(page, 2);
      await press(page.getByRole("button", { name: title }));
      const list = page.locator("#unmatched");
      await expect(list.getByRole("columnheader", { name: time })).toBeVisible();
      await expect(list.getByRole("row").filter({ hasText: "pm-77" })).toContainText("opened");
      expect(await findings(page)).toEqual([]);
      // What it still reads is not to break off with the server.
      await page.close();
    }
    const auditor = await open("auditor", { server });
    await auditor.goto("/messages");
    await readyForKeys(auditor, 2);
    await expect(auditor.getByRole("button", { name: "Unmatched" })).toHaveCount(0);
    await auditor.close();
  } finally {
    await server.remove();
  }
});

test("a mail that went out is downloaded as it went, and a repeat leads back to the first", async ({ fresh, open }) => {
  const sent = await fresh.api("POST", "/api/v1/messages", {
    channel: "email",
    type: "other",
    to: "noura@mail.example",
    subject: "Winter begins",
    text: "All of it",
  });
  const { id } = await sent.json();
  // Nobody listens there: what the try would have handed over is kept all the same.
  await expect
    .poll(async () => (await (await fresh.api("GET", `/api/v1/messages/${id}`)).json()).has_raw, { timeout: 20_000 })
    .toBe(true);
  const repeated = await fresh.api("POST", `/api/v1/messages/${id}/send-again`, {});
  const repeat = (await repeated.json()).id;
  const page = await open("super_admin", { server: fresh });
  await page.goto(`/messages?message=${repeat}`);
  await readyForKeys(page, 2);
  const drawer = page.getByRole("complementary");
  const facts = drawer.getByRole("region", { name: "About this message" });
  await expect(facts).toContainText("Sends again");
  await facts.getByRole("link", { name: "another message" }).click();
  await expect(page).toHaveURL(new RegExp(id));
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    drawer.getByRole("link", { name: "Download .eml" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe(`${id}.eml`);
  // Nobody said whom it comes from: the page shows what stands in the mail.
  const eml = await readFile(await download.path(), "utf8");
  const header = (name: string) => {
    const value = new RegExp(`^${name}:\\s*(\\S+)\\r$`, "m").exec(eml)?.[1];
    expect(value, `${name} in ${eml}`).toBeDefined();
    return value ?? "";
  };
  const seen = drawer.getByRole("region", { name: /^(As the recipient saw it|What it says)$/ });
  await expect(seen.locator('dt:text-is("From") + dd')).toHaveText(header("From"));
  await expect(seen.locator('dt:text-is("Reply to") + dd')).toHaveText(header("Reply-To"));
  await press(seen.getByRole("button", { name: "Headers" }));
  await expect(seen).toContainText(header("Message-ID"));
  await page.goto(`/messages?q=from:${header("From")}`);
  await expect(page.locator("tr[data-row]")).toHaveCount(2);
});

test("on a phone too the bars tell each status apart, in the legend and in words", async ({ fresh, open }) => {
  const about = { order: ORDER, record_only: true, channel: "sms", type: "other", to: "+966550123456" };
  await tell(fresh, { ...about, text: "Nobody sends this", status: "not_sent" });
  const size = { width: 390, height: 844 };
  const page = await open("super_admin", { server: fresh, viewport: size, hasTouch: true, isMobile: true });
  await page.goto("/messages");
  await readyForKeys(page, 2);
  const legend = page.getByRole("group", { name: "Status", exact: true });
  for (const name of ["Sent 1", "Received 1", "Not sent 1", "Failed 1"]) {
    await expect(legend.getByRole("button", { name, exact: true })).toBeVisible();
  }
  // What there is none of takes no room.
  await expect(legend.getByRole("button")).toHaveCount(4);
  await expect(page.locator(".hist").getByRole("img")).toHaveAccessibleName(
    /^4 messages, .*: Sent 1, Received 1, Not sent 1, Failed 1\./,
  );
  for (const part of ["of-success", "of-received", "of-not-sent", "of-failed"]) {
    await expect(page.locator(`.hist svg .${part}`)).toHaveAttribute("d", /^M/);
  }
  await (await ready(legend.getByRole("button", { name: "Not sent 1" }))).tap();
  await expect(page.locator("#query")).toHaveValue("status:not_sent");
  await expect(page.locator("tr[data-row]")).toHaveCount(1);
  await expect(page.locator("tr[data-row] .status.failed")).toHaveText("Not sent");
  expect(await findings(page)).toEqual([]);
});

test("on a phone the volumes tell what was sent and received in a month", async ({ fresh, open }) => {
  const size = { width: 390, height: 844 };
  const told = { channel: "sms", type: "other", record_only: true, to: "+966550123456", text: "Hello" };
  for (const day of ["2024-03-03", "2024-03-04"]) {
    await fresh.api("POST", "/api/v1/messages", { ...told, status: "sent", occurred_at: `${day}T09:00:00Z` });
  }
  await fresh.api("POST", "/api/v1/messages", { ...told, status: "failed", occurred_at: "2024-03-04T09:00:00Z" });
  const page = await open("super_admin", { server: fresh, viewport: size, hasTouch: true, isMobile: true });
  await page.goto("/messages");
  await readyForKeys(page, 2);
  await page.getByRole("button", { name: "Volumes" }).tap();
  const volumes = page.getByRole("dialog", { name: "Messages sent and received by month or day" });
  const march = volumes.getByRole("row", { name: /^March 2024/ });
  await expect(march.getByRole("cell")).toHaveText(["2", "1", "0"]);
  const box = await volumes.boundingBox();
  expect(box && box.x >= 0 && box.x + box.width <= size.width, "it stands on the screen").toBe(true);
  await volumes.getByRole("button", { name: "Day" }).tap();
  await expect(volumes.getByRole("row", { name: /^3 Mar/ }).getByRole("cell")).toHaveText(["1", "0", "0"]);
  expect(await findings(page)).toEqual([]);
});
