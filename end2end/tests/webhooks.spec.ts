import { createHmac, randomUUID } from "node:crypto";
import { findings, LOOKS } from "../fixtures/axe.ts";
import { press } from "../fixtures/ready.ts";
import { expect, test } from "../fixtures/test.ts";
import { PASSWORD, type Server } from "../fixtures/server.ts";

const SECRET = "shpss_0123456789abcdef";

async function connect(server: Server) {
  const answer = await server.api("PUT", "/api/v1/connections/shopify/linen", { secret: SECRET });
  expect(answer.status).toBe(200);
}

/** A delivery as Shopify signs it; gives back its id. */
async function deliver(server: Server, topic: string, body: string): Promise<string> {
  const answer = await fetch(`${server.url}/hooks/shopify/linen`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-shopify-topic": topic,
      "x-shopify-event-id": randomUUID(),
      "x-shopify-hmac-sha256": createHmac("sha256", SECRET).update(body).digest("base64"),
    },
    body,
  });
  expect(answer.status).toBe(200);
  const told = (await answer.json()) as { webhook: string };
  return told.webhook;
}

const product = (price: string) =>
  JSON.stringify({
    id: 7,
    title: "Linen shirt",
    updated_at: new Date().toISOString(),
    variants: [{ id: 1, price, sku: "LS" }],
  });

test("a shop is connected and its first delivery arrives while one looks", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh });
  await page.goto("/connect");
  await press(page.getByRole("button", { name: /^Shopify/ }));
  await expect(page.getByLabel("Secret from Shopify")).toBeVisible();
  await page.getByLabel("Name", { exact: true }).fill("linen");
  await page.getByLabel("Secret from Shopify").fill(SECRET);
  await page.getByRole("button", { name: "Create the connection" }).click();
  const proof = page.getByRole("dialog");
  const made = page.getByText(`${fresh.url}/hooks/shopify/linen`);
  await expect(proof.or(made).first()).toBeVisible();
  if (await proof.isVisible()) {
    await proof.getByLabel("Password").fill(PASSWORD);
    await proof.getByRole("button").last().click();
  }
  await expect(made).toBeVisible();
  await expect(page.getByText("Waiting for the first delivery.")).toBeVisible();
  await deliver(fresh, "products/create", product("129.00"));
  await expect(page.getByText("The first delivery has arrived.")).toBeVisible();
  await page.getByRole("link", { name: "See the webhooks" }).click();
  await expect(page.getByRole("link", { name: "products/create" })).toBeVisible();
});

test("deliveries arrive, are filtered and lead to what they caused", async ({ fresh, open }) => {
  await connect(fresh);
  const page = await open("manager", { server: fresh });
  const greeted = page
    .waitForEvent("websocket")
    .then((socket) => socket.waitForEvent("framereceived", (frame) => `${frame.payload}`.includes('"hello"')));
  await page.goto("/webhooks");
  await greeted;
  await expect(page.getByRole("heading", { name: "No webhook is here" })).toBeVisible();
  await deliver(fresh, "products/create", product("129.00"));
  await deliver(fresh, "orders/create", "{broken");
  await expect(page.getByRole("link", { name: "products/create" })).toBeVisible();
  await expect(page.getByText("Out of tries").last()).toBeVisible();
  await page.getByRole("link", { name: "Done", exact: true }).click();
  await expect(page.getByRole("link", { name: "orders/create" })).toBeHidden();
  await page.getByRole("link", { name: "products/create" }).click();
  await expect(page.getByText("Recorded", { exact: true }).first()).toBeVisible();
  await page.getByRole("link", { name: "What it caused" }).click();
  await expect(page).toHaveURL(/trace/);
  await expect(page.getByText("Linen shirt").first()).toBeVisible();
});

test("why a delivery failed is told in the page's language", async ({ fresh, open }) => {
  await connect(fresh);
  const id = await deliver(fresh, "products/create", "{broken");
  const page = await open("manager", { server: fresh, language: "ar" });
  await page.goto(`/webhooks/${id}`);
  await expect(page.getByText("بيانات خاطئة").first()).toBeVisible();
  await expect(page.getByText("المحتوى ليس JSON").first()).toBeVisible();
  await expect(page.getByText("the body is not JSON")).toHaveCount(0);
});

test("what is out of tries is edited and tried again", async ({ fresh, open }) => {
  await connect(fresh);
  const id = await deliver(fresh, "products/create", "{broken");
  const page = await open("manager", { server: fresh, expected: [/status of 422/] });
  await page.goto(`/webhooks/${id}`);
  await expect(page.getByText("Wrong data").first()).toBeVisible();
  await press(page.getByRole("button", { name: "Edit…" }));
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Save and retry" }).click();
  await expect(dialog.getByText("This is no JSON")).toBeVisible();
  await dialog.getByRole("textbox").fill(product("99.00"));
  await dialog.getByRole("button", { name: "Save and retry" }).click();
  await expect(page.getByText("Try 2")).toBeVisible();
  await expect(page.getByRole("region", { name: "Body as it came" })).toHaveText("{broken");
  await expect(page.getByRole("region", { name: "Body as edited" })).toContainText("99.00");
});

test("why a rule did not fire begins with the webhook that waits", async ({ fresh, open }) => {
  await connect(fresh);
  const off = await fresh.api("PUT", "/api/v1/connections/shopify/linen", { is_enabled: false });
  expect(off.status).toBe(200);
  const rule = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e07";
  const saved = await fresh.api("PUT", `/api/v1/rules/${rule}`, {
    name: "Prices",
    is_enabled: false,
    trigger: { when: "event", query: "action:product.updated" },
    actions: [{ action: "alarm", text: "Look at it" }],
  });
  expect(saved.status).toBe(200);
  const id = await deliver(fresh, "products/update", product("129.00"));
  const page = await open("manager", { server: fresh });
  const answer = page.getByRole("region", { name: "It did not fire" });
  const first = answer.getByRole("listitem").first();
  await expect(async () => {
    await page.goto(`/settings/why?rule=${rule}&subject_type=product&subject_id=7`);
    await expect(first).toContainText(/the connection is switched off.*next try/, { timeout: 500 });
  }).toPass({ timeout: 30_000 });
  await expect(first.getByRole("link")).toHaveAttribute("href", `/webhooks/${id}`);
  await expect(answer).toContainText("No entry about it was ever recorded");
  await expect(answer).toContainText(/The rule is off, since .+ \(version 1\)/);
});

test("an auditor is told that webhooks are not theirs", async ({ fresh, open }) => {
  const page = await open("auditor", { server: fresh, expected: [/403/] });
  await page.goto("/webhooks");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Your role does not include");
});

for (const look of LOOKS) {
  test(`axe finds nothing in webhooks and connecting, ${look.name}`, async ({ fresh, open }) => {
    await connect(fresh);
    await deliver(fresh, "products/create", product("129.00"));
    const id = await deliver(fresh, "orders/create", "{broken");
    const page = await open("super_admin", { server: fresh, ...look });
    await page.goto("/webhooks");
    await expect(page.locator(".op-line").first()).toBeVisible();
    expect(await findings(page)).toEqual([]);
    await page.goto(`/webhooks/${id}`);
    await expect(page.locator(".hook-facts").first()).toBeVisible();
    expect(await findings(page)).toEqual([]);
    await page.goto("/connect");
    await expect(page.locator(".hook-connections")).toBeVisible();
    expect(await findings(page)).toEqual([]);
  });
}

test("on a phone nothing is wider than the screen", async ({ fresh, open }) => {
  await connect(fresh);
  const id = await deliver(fresh, "orders/create", `{"x": "${"y".repeat(300)}"`);
  const page = await open("super_admin", { server: fresh, viewport: { width: 390, height: 800 } });
  for (const path of ["/webhooks", `/webhooks/${id}`, "/connect"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide, path).toBeLessThanOrEqual(0);
  }
});
