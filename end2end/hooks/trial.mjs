// Connects three shops, delivers what they would, and looks at what became of it. Shopify's and Standard Webhooks' own
// packages sign and judge their deliveries; WooCommerce publishes none, so its signatures are made by hand below.

import "@shopify/shopify-api/adapters/node";
import { ApiVersion, LogSeverity, shopifyApi } from "@shopify/shopify-api";
import { createSHA256HMAC } from "@shopify/shopify-api/runtime";
import { createHmac, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { Webhook } from "standardwebhooks";
import { Storetrail, wait } from "./server.mjs";

const SECRET = "shpss_5e1f0a9bd2c34477";
const shopify = shopifyApi({
  apiKey: "trial",
  apiSecretKey: SECRET,
  hostName: "trail.example",
  apiVersion: Object.values(ApiVersion)[0],
  isEmbeddedApp: false,
  logger: { level: LogSeverity.Error },
});

const server = new Storetrail();
let passed = 0;
let failed = 0;

function check(what, is, more = "") {
  if (is) passed += 1;
  else failed += 1;
  console.log(`${is ? "ok" : "FAILED"} ${what}${is ? "" : ` ${more}`}`);
}

function equal(what, found, expected) {
  check(what, isDeepStrictEqual(found, expected), `${JSON.stringify(found)} is not ${JSON.stringify(expected)}`);
}

async function post(path, headers, body) {
  const answer = await fetch(server.url + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
  const text = await answer.text();
  return { status: answer.status, body: text.startsWith("{") ? JSON.parse(text) : text };
}

/** A delivery that Shopify's package signs, and would itself take. */
async function fromShopify(topic, payload, { event = randomUUID(), secret = SECRET, raw } = {}) {
  const body = raw ?? JSON.stringify(payload);
  const headers = {
    "x-shopify-topic": topic,
    "x-shopify-shop-domain": "linen.myshopify.com",
    "x-shopify-api-version": "2026-07",
    "x-shopify-webhook-id": randomUUID(),
    "x-shopify-event-id": event,
    "x-shopify-triggered-at": new Date().toISOString(),
    "x-shopify-hmac-sha256": await createSHA256HMAC(secret, body, "base64"),
  };
  const rawRequest = { headers, method: "POST", url: "/" };
  const judged = await shopify.webhooks.validate({ rawBody: body, rawRequest, rawResponse: {} });
  return { judged: judged.valid, ...(await post("/hooks/shopify/linen", headers, body)) };
}

/**
 * Signed by hand, for want of a package, as the plugin's WC_Webhook::generate_signature does: base64 of HMAC-SHA256 of the
 * payload. That our reading of it is WooCommerce's own, this trial can't prove.
 */
function fromWooCommerce(topic, payload, secret) {
  const body = JSON.stringify(payload);
  const headers = {
    "user-agent": "WooCommerce/9.4.1 Hookshot (WordPress/6.7)",
    "x-wc-webhook-source": "https://linen.example/",
    "x-wc-webhook-topic": topic,
    "x-wc-webhook-resource": topic.split(".")[0],
    "x-wc-webhook-event": topic.split(".")[1],
    "x-wc-webhook-id": "11",
    "x-wc-webhook-delivery-id": "0c5b9c6b5a5b7f0e9a0f1d2c3b4a5968",
    "x-wc-webhook-signature": createHmac("sha256", secret).update(body).digest("base64"),
  };
  return post("/hooks/woocommerce/linen", headers, body);
}

async function fromOwn(secret, payload, { id = `msg_${randomUUID()}`, at = new Date() } = {}) {
  const body = JSON.stringify(payload);
  const signer = new Webhook(secret);
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": signer.sign(id, at, body),
  };
  let judged = true;
  try {
    signer.verify(body, headers);
  } catch {
    judged = false;
  }
  return { judged, ...(await post("/hooks/standard/own", headers, body)) };
}

const minutesAgo = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
const order = (over) => ({
  id: 820982911946154500, name: "#1042", currency: "SAR", total_price: "129.00", current_total_price: "129.00",
  financial_status: "pending", fulfillment_status: null, source_name: "web", tags: "", created_at: minutesAgo(30),
  updated_at: minutesAgo(30), customer: { id: 115310627, first_name: "نورة", last_name: "العتيبي", email: "noura@mail.example" },
  line_items: [{ id: 1, title: "Linen shirt", variant_title: "M", quantity: 1, price: "129.00" }], ...over,
});
const product = (price, minutes) => ({
  id: 788032119, title: "Linen shirt", status: "active", tags: "summer", created_at: minutesAgo(60), updated_at: minutesAgo(minutes),
  variants: [{ id: 11, price, sku: "LS-M" }],
});
const done = async (answer) => server.settled(answer.body.webhook);
const caused = async (trace) => (await server.api("GET", `/api/v1/activities?q=trace:${trace}`)).items.map((item) => item.action).sort();

async function shopifyPart() {
  await server.api("PUT", "/api/v1/connections/shopify/linen", { secret: SECRET });
  const made = await fromShopify("orders/create", order());
  equal("Shopify's own package takes the signature, so do we", [made.judged, made.status, made.body.outcome], [true, 200, "kept"]);
  const kept = await done(made);
  equal("an order that was made", [kept.result, kept.subject.id], ["recorded", "1042"]);
  equal("one trace joins it", await caused(kept.trace_id), ["order.created", "webhook.received"]);
  const forged = await fromShopify("orders/create", order(), { secret: "another" });
  equal("a forged one is refused by both", [forged.judged, forged.status], [false, 401]);
  const event = randomUUID();
  const paid = await fromShopify("orders/paid", order({ financial_status: "paid", updated_at: minutesAgo(20) }), { event });
  await done(paid);
  const twice = await fromShopify("orders/paid", order({ financial_status: "paid", updated_at: minutesAgo(20) }), { event });
  equal("the same event by a second subscription", [twice.status, twice.body.outcome], [200, "repeated"]);
  const updated = await done(await fromShopify("orders/updated", order({ financial_status: "paid", updated_at: minutesAgo(20) })));
  equal("its update tells nothing new", updated.result, "unchanged");
  const refund = { id: 890, order_id: order().id, created_at: minutesAgo(5), note: "torn", transactions: [{ kind: "refund", amount: "29.00" }] };
  const refunded = await done(await fromShopify("refunds/create", refund));
  equal("a refund finds its order", [refunded.result, refunded.subject.id], ["recorded", "1042"]);
  const about = (await server.api("GET", "/api/v1/activities?q=about:order/1042")).items.map((item) => item.action).sort();
  equal("what the order's history is", about, ["order.created", "order.refunded", "order.status_changed"]);
  await done(await fromShopify("products/create", product("129.00", 30)));
  await done(await fromShopify("products/update", product("99.00", 10)));
  const late = await done(await fromShopify("products/update", product("119.00", 20)));
  equal("one that comes late says so", late.result, "late");
  const [change] = (await server.api("GET", "/api/v1/activities?q=action:product.updated")).items;
  const whole = await server.api("GET", `/api/v1/activities/${change.id}`);
  equal("what the price was", whole.changes, [{ field: "price", before: "129.00", after: "99.00" }]);
  const stock = { inventory_item_id: 271, location_id: 24, available: 6, updated_at: minutesAgo(3) };
  equal("stock", (await done(await fromShopify("inventory_levels/update", stock))).subject.type, "inventory_item");
  const unknown = await done(await fromShopify("themes/publish", { id: 1 }));
  equal("an unknown topic is kept and tried once", [unknown.result, unknown.tries], ["not_understood", 1]);
  const broken = await done(await fromShopify("orders/create", null, { raw: '{"id": ' }));
  equal("broken JSON waits for a person", [broken.state, broken.cause], ["dead", "invalid_data"]);
  await server.api("PUT", `/api/v1/webhooks/${broken.id}/body`, { body: JSON.stringify(order({ id: 2, name: "#1043" })) });
  await server.api("POST", `/api/v1/webhooks/${broken.id}/retry`);
  const mended = await wait("it is mended", async () => {
    const found = await server.api("GET", `/api/v1/webhooks/${broken.id}`);
    return found.state === "done" ? found : undefined;
  });
  equal("edited and tried again, the original kept", [mended.subject.id, mended.body], ["1043", '{"id": ']);
}

async function wooPart() {
  const { secret } = await server.api("PUT", "/api/v1/connections/woocommerce/linen", {});
  const ping = await fetch(`${server.url}/hooks/woocommerce/linen`, { method: "POST", body: new URLSearchParams({ webhook_id: "11" }) });
  equal("the unsigned ping is answered", ping.status, 200);
  const woo = (status, minutes) => ({
    id: 727, number: "2001", status, currency: "SAR", total: "258.00", customer_id: 26, created_via: "checkout",
    date_created_gmt: minutesAgo(30).slice(0, 19), date_modified_gmt: minutesAgo(minutes).slice(0, 19),
    billing: { first_name: "Sara", last_name: "Nasser", email: "sara@mail.example", phone: "+966551234567" },
    line_items: [{ id: 315, name: "Linen shirt", quantity: 2, total: "258.00" }], refunds: [],
  });
  equal("created", (await done(await fromWooCommerce("order.created", woo("pending", 30), secret))).result, "recorded");
  // Deliveries of one second have the same id; the body tells them apart.
  equal("completed", (await done(await fromWooCommerce("order.updated", woo("completed", 10), secret))).result, "recorded");
  equal("forged", (await fromWooCommerce("order.updated", woo("failed", 1), "another")).status, 401);
  const gone = await done(await fromWooCommerce("order.deleted", { id: 727 }, secret));
  equal("deleted by its id, known by its number", gone.subject.id, "2001");
  const about = (await server.api("GET", "/api/v1/activities?q=about:order/2001")).items.map((item) => item.action).sort();
  equal("its history", about, ["order.completed", "order.created", "order.deleted"]);
}

async function ownPart() {
  const { secret } = await server.api("PUT", "/api/v1/connections/standard/own", {});
  const event = (over) => ({
    type: "product.updated", timestamp: minutesAgo(1),
    data: { subject: { type: "product", id: "p_1", name: "Scarf" }, changes: [{ field: "price", before: 20, after: 15 }], trace_id: "own-trace-1", ...over },
  });
  const id = `msg_${randomUUID()}`;
  const kept = await fromOwn(secret, event(), { id });
  equal("Standard Webhooks' own package takes it, so do we", [kept.judged, kept.status], [true, 200]);
  await done(kept);
  equal("the sender's trace joins it", await caused("own-trace-1"), ["product.updated", "webhook.received"]);
  equal("replayed", (await fromOwn(secret, event(), { id })).body.outcome, "repeated");
  const old = await fromOwn(secret, event(), { at: new Date(Date.now() - 6 * 60_000) });
  equal("too old for both", [old.judged, old.status], [false, 401]);
  const wrong = await done(await fromOwn(secret, event({ colour: "red" })));
  check("wrong fields are named", wrong.state === "dead" && wrong.error.includes("/data/colour"), wrong.error);

  // Kept, then killed: what was answered with 200 is processed by the next process.
  const ids = [];
  for (let n = 0; n < 50; n += 1) {
    const answer = await fromOwn(secret, event({ subject: { type: "product", id: `k_${n}` }, trace_id: `crash-${n}` }));
    ids.push(answer.body.webhook);
  }
  await server.kill();
  await server.start();
  // What the killed one had begun is taken up when its lease has run out.
  for (const one of ids) equal(`${one} survives`, (await server.settled(one, 90_000)).state, "done");
  const found = (await server.api("GET", `/api/v1/activities/count?q=${encodeURIComponent("action:product.updated subject:product/k_*")}`)).count;
  equal("each of 50 exactly once after a crash", found, 50);
}

try {
  await server.start();
  await server.found();
  for (const [title, part] of [["Shopify", shopifyPart], ["WooCommerce", wooPart], ["Standard Webhooks", ownPart]]) {
    console.log(`\n${title}`);
    await part();
  }
  const log = await wait("the security log tells", async () => {
    const { items } = await server.api("GET", "/api/v1/security?q=event:webhook.forged");
    return items.length > 0 ? items : undefined;
  });
  check("forged signatures stand in the security log", log.length > 0);
} catch (error) {
  failed += 1;
  console.log(`FAILED ${error.stack}\n\nlast words of Storetrail:\n${server.log.slice(-4000)}`);
} finally {
  await server.remove();
}
console.log(`\n${passed} checks passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
