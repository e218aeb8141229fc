import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/test.ts";
import { address, PASSWORD, type Server } from "../fixtures/server.ts";
import { press, ready, readyForKeys } from "../fixtures/ready.ts";
import { Wire } from "../fixtures/wire.ts";
import { ActivityPage } from "../pages/activity.ts";
import { ExportDialog } from "../pages/export-dialog.ts";
import { Frame, railOf } from "../pages/frame.ts";
import { SignInPage } from "../pages/sign-in.ts";

const product = (name: string): object => ({
  action: "product.created",
  subject: { type: "product", id: name, name },
});

/** What the console says while the server is away. */
const OUTAGE = [/WebSocket connection to/, /ERR_CONNECTION/, /ERR_EMPTY_RESPONSE/, /Failed to fetch/i];

/** Signs out whose page it is, in another tab. */
async function signOutElsewhere(page: Page, server: Server): Promise<void> {
  const other = await page.context().newPage();
  await other.goto("/settings/store");
  const frame = new Frame(other);
  await frame.openMenu(/Noor Haddad/);
  await frame.menu.getByRole("button", { name: "Sign out" }).click();
  await expect(other).toHaveURL(`${server.url}/sign-in`);
  await other.close();
}

/** Signs in whose page it is, in another tab. */
async function signInElsewhere(page: Page): Promise<void> {
  const other = await page.context().newPage();
  await other.goto("/sign-in");
  await new SignInPage(other).signIn(address("super_admin"), PASSWORD);
  await expect(other).not.toHaveURL(/\/sign-in/);
  await other.close();
}

/** Opens the log and waits until the server has greeted its socket. */
async function follow(page: Page, query = ""): Promise<ActivityPage> {
  const greeted = page
    .waitForEvent("websocket")
    .then((socket) => socket.waitForEvent("framereceived", (frame) => `${frame.payload}`.includes('"hello"')));
  const activity = new ActivityPage(page);
  await activity.open(query);
  await greeted;
  return activity;
}

/** Posts so many entries, so that the list is longer than the screen. */
async function fill(server: Server): Promise<void> {
  await server.post(Array.from({ length: 60 }, (_, at) => product(`Old coat ${at}`)));
}

/** Notes in the page itself when the row of a subject has come: whoever asks from outside asks at intervals. */
async function arrivalOf(page: Page, subject: string): Promise<() => Promise<number>> {
  const noted = await page.evaluateHandle((name) => {
    const isThere = () =>
      Array.from(document.querySelectorAll("tr[data-row] a")).some((link) => link.textContent?.trim() === name);
    const at = new Promise<number>((done) => {
      const observer = new MutationObserver(() => {
        if (isThere()) {
          observer.disconnect();
          done(Date.now());
        }
      });
      observer.observe(document.body, { childList: true, subtree: true });
    });
    return { at };
  }, subject);
  return () => noted.evaluate(({ at }) => at);
}

test("an entry appears within a second in every open page", async ({ server, open }) => {
  const pages = [await follow(await open("super_admin", { server })), await follow(await open("manager", { server }))];
  // On a machine that is busy one entry may take longer; where pages ask at intervals, every one would.
  let quickest = Infinity;
  for (let turn = 0; turn < 8 && quickest >= 1_000; turn += 1) {
    const name = `Linen scarf ${turn}`;
    const arrivals = await Promise.all(pages.map((activity) => arrivalOf(activity.page, name)));
    const start = Date.now();
    await server.post(product(name));
    await Promise.all(pages.map((activity) => expect(activity.row(name)).toBeVisible()));
    const times = await Promise.all(arrivals.map((arrival) => arrival()));
    quickest = Math.min(quickest, Math.max(...times) - start);
  }
  expect(quickest).toBeLessThan(1_000);
});

test("a store keeper's page shows the product and never the coupon", async ({ server, open }) => {
  const activity = await follow(await open("store_keeper", { server }));
  await server.post({ action: "coupon.created", subject: { type: "coupon", id: "SECRET", name: "SECRET" } });
  await server.post(product("Wool hat"));
  await expect(activity.row("Wool hat")).toBeVisible();
  await expect(activity.page.locator("html")).not.toContainText("SECRET");
});

test("only what the query finds arrives", async ({ server, open }) => {
  const page = await open("super_admin", { server });
  const activity = await follow(page);
  await activity.query.fill("silk");
  await activity.query.press("Enter");
  await expect(page.getByRole("heading", { name: "No entry matches all of this" })).toBeVisible();
  await server.post([product("Cotton tie"), product("Silk tie")]);
  await expect(activity.row("Silk tie")).toBeVisible();
  await expect(activity.row("Cotton tie")).toHaveCount(0);
});

test("who has scrolled is told how many are new, and nothing moves until they ask", async ({ fresh, open }) => {
  await fill(fresh);
  const page = await open("super_admin", { server: fresh });
  const activity = await follow(page);
  await activity.entries.focus();
  await page.keyboard.press("PageDown");
  await expect.poll(() => activity.entries.evaluate((list) => list.scrollTop)).toBeGreaterThan(100);
  await fresh.post([product("New coat 1"), product("New coat 2")]);
  const pill = page.getByRole("button", { name: "2 new" });
  await expect(pill).toBeVisible();
  await expect(activity.row("New coat 1")).toHaveCount(0);
  await pill.click();
  await expect(activity.row("New coat 1")).toBeVisible();
  await expect(activity.row("New coat 2")).toBeVisible();
  await expect(pill).toBeHidden();
});

test("a status changes in its place", async ({ server, open }) => {
  const activity = await follow(await open("super_admin", { server }));
  const [id] = await server.post({
    action: "export.requested",
    outcome: "pending",
    subject: { type: "export", id: "e1", name: "Orders of May" },
  });
  await expect(activity.row("Orders of May")).toContainText("Pending");
  await server.post(product("Felt slippers"));
  await expect(activity.row("Felt slippers")).toBeVisible();
  const place = await activity.row("Orders of May").getAttribute("aria-rowindex");
  await server.settle(id ?? "", { outcome: "failed", error: "The disk is full" });
  await expect(activity.row("Orders of May")).toContainText("Failed");
  await expect(activity.row("Orders of May")).toHaveAttribute("aria-rowindex", place ?? "");

  await activity.row("Orders of May").getByRole("link").click();
  const steps = activity.drawer.getByRole("region", { name: "How it went on" });
  await expect(steps.getByRole("listitem")).toHaveText([/^Failed/, /^Pending/]);
  await expect(activity.drawer.getByText("The disk is full").first()).toBeVisible();
});

test("an entry that ends says so where it was found pending, and arrives where failures are watched", async ({ fresh, open }) => {
  const [id] = await fresh.post({
    action: "export.requested",
    outcome: "pending",
    subject: { type: "export", id: "e1", name: "Orders of May" },
  });
  const pending = await follow(await open("super_admin", { server: fresh }), "outcome:pending");
  const failed = await follow(await open("super_admin", { server: fresh }), "outcome:failed");
  await expect(pending.row("Orders of May")).toContainText("Pending");
  await expect(failed.page.getByRole("heading", { name: "No entry matches all of this" })).toBeVisible();
  await pending.row("Orders of May").getByRole("link").click();
  await expect(pending.drawer).toBeVisible();
  await fresh.settle(id ?? "", { outcome: "failed", error: "The disk is full" });
  await expect(pending.row("Orders of May")).toContainText("Failed");
  await expect(pending.drawer.getByText("The disk is full").first()).toBeVisible();
  await expect(failed.row("Orders of May")).toContainText("Failed");
});

test("an entry with a time ahead holds up nothing that comes after it", async ({ fresh, open }) => {
  const ahead = new Date(Date.now() + 3_600_000).toISOString();
  await fresh.post({ ...product("Coat from ahead"), occurred_at: ahead });
  const activity = await follow(await open("super_admin", { server: fresh }));
  await expect(activity.row("Coat from ahead")).toBeVisible();
  await fresh.post(product("Coat of now"));
  await expect(activity.row("Coat of now")).toBeVisible();
});

test("who missed more than can be told is told that there is more, and nothing moves until they ask", async ({ fresh, open }) => {
  await fill(fresh);
  const page = await open("super_admin", { server: fresh });
  const wire = await Wire.of(page);
  const activity = new ActivityPage(page);
  await activity.open();
  await expect.poll(() => wire.greetings).toBeGreaterThan(0);
  await activity.entries.focus();
  await page.keyboard.press("PageDown");
  const scrolled = (): Promise<number> => activity.entries.evaluate((list) => list.scrollTop);
  await expect.poll(scrolled).toBeGreaterThan(100);
  wire.isCut = true;
  await fresh.post(product("Missed coat"));
  await expect.poll(() => wire.kept.some((text) => text.includes("Missed coat"))).toBe(true);
  wire.isCut = false;
  wire.say({ type: "resync", mark: "start" });
  const pill = page.getByRole("button", { name: "Show what is new" });
  await expect(pill).toBeVisible();
  expect(await scrolled()).toBeGreaterThan(100);
  await expect(activity.row("Missed coat")).toHaveCount(0);
  await pill.click();
  await expect(activity.row("Missed coat")).toBeVisible();
  await expect(pill).toBeHidden();
});

test("when the server is back, nothing is missing and nothing stands twice", async ({ fresh, open }) => {
  test.slow();
  const expected = [/WebSocket connection to/, /ERR_CONNECTION_REFUSED/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/];
  const page = await open("super_admin", { server: fresh, expected });
  await fresh.post(product("Before"));
  const activity = await follow(page);
  await fresh.kill();
  await expect(page.getByText("Reconnecting", { exact: true })).toBeVisible();
  await fresh.restart();
  await fresh.post([product("After 1"), product("After 2")]);
  await expect(activity.row("After 2")).toBeVisible({ timeout: 40_000 });
  await fresh.post(product("After 3"));
  await expect(activity.row("After 3")).toBeVisible();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  for (const name of ["Before", "After 1", "After 2", "After 3"]) {
    await expect(activity.row(name)).toHaveCount(1);
  }
  await expect(activity.rows.filter({ hasText: "Product created" })).toHaveCount(4);
});

test("what was asked for without a connection is there once it is back", async ({ fresh, open }) => {
  test.slow();
  const page = await open("super_admin", { server: fresh, expected: OUTAGE });
  await fresh.post(product("Linen shirt"));
  const activity = await follow(page);
  await fresh.kill();
  await expect(page.getByText("Reconnecting", { exact: true })).toBeVisible();
  await activity.row("Linen shirt").getByRole("link").first().click();
  await expect(page).toHaveURL(/entry=/);
  await fresh.restart();
  const heading = activity.drawer.getByRole("heading", { name: /Linen shirt/ }).first();
  await expect(heading).toBeVisible({ timeout: 40_000 });
});

test("a page that follows nothing opens the one that was asked for while the server was away", async ({ fresh, open }) => {
  test.slow();
  const page = await open("super_admin", { server: fresh, expected: OUTAGE });
  await page.goto("/settings/store");
  await readyForKeys(page);
  const loads: string[] = [];
  page.on("request", (request) => {
    if (request.isNavigationRequest()) {
      loads.push(request.url());
    }
  });
  await fresh.kill();
  const refused = page.waitForEvent("requestfailed", (request) => request.url().endsWith(".wasm"));
  await railOf(page).getByRole("link", { name: "Exports" }).click();
  await refused;
  await fresh.restart();
  await expect(page.getByRole("heading", { name: "Exports", level: 1 })).toBeVisible({ timeout: 40_000 });
  await expect(page).toHaveURL(`${fresh.url}/exports`);
  expect(loads).toEqual([]);
});

test("the open page of somebody who is blocked ends", async ({ fresh, open }) => {
  const page = await open("manager", { server: fresh, expected: [/WebSocket connection to/, /status of 401/] });
  await fresh.post(product("Linen shirt"));
  await follow(page);
  await fresh.command(["user", "block", "--email", "manager@linen.example"]);
  await expect(page.getByText("Your session has ended.").first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Sign in" }).first()).toBeVisible();
});

test("a page whose session was ended elsewhere says so, and leads back to where it was", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh, expected: [/WebSocket connection to/, /status of 401/] });
  await fresh.post(product("Linen shirt"));
  const activity = await follow(page);
  await signOutElsewhere(page, fresh);
  await expect(page.getByRole("status").filter({ hasText: "Signed out" })).toBeVisible();
  await expect(page.getByText("Live", { exact: true })).toHaveCount(0);
  await expect(page.getByText("Your session has ended.").first()).toBeVisible();
  await activity.row("Linen shirt").getByRole("link").first().click();
  await expect(page).toHaveURL(/entry=/);
  const there = page.url();
  await expect(activity.drawer).toContainText("Your session has ended.");
  await activity.drawer.getByRole("link", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await new SignInPage(page).signIn(address("super_admin"), PASSWORD);
  await expect(page).toHaveURL(there);
  await expect(activity.drawer.getByRole("heading", { name: /Linen shirt/ }).first()).toBeVisible();
});

/** What asks the server for another list, by the page where it begins, and where it leads. */
const LISTS: { from: string; there: string; ask: (page: Page) => Promise<void> }[] = [
  {
    from: "/orders",
    there: "/orders?q=1042",
    ask: async (page) => (await ready(page.locator(".plain-find"), "input")).fill("1042"),
  },
  { from: "/exports", there: "/exports?q=prices", ask: async (page) => find(page, "prices") },
  { from: "/messages", there: "/messages?q=invoice", ask: async (page) => find(page, "invoice") },
  { from: "/security", there: "/security?q=password", ask: async (page) => find(page, "password") },
  {
    from: "/orders",
    there: "/ledger",
    ask: async (page) => {
      await ready(page.locator(".plain-find"), "input");
      await railOf(page).getByRole("link", { name: "Ledger" }).click();
    },
  },
];

async function find(page: Page, text: string): Promise<void> {
  const query = await ready(page.locator("#query"), "input");
  await query.fill(text);
  await query.press("Enter");
}

test("a list of somebody who was signed out elsewhere offers to sign in, and nothing else", async ({ fresh, open }) => {
  test.slow();
  const page = await open("super_admin", { server: fresh, expected: [/WebSocket connection to/, /status of 401/] });
  await fresh.post(product("Linen shirt"));
  for (const { from, there, ask } of LISTS) {
    await test.step(there, async () => {
      await page.goto(from);
      // The rail stands beside wide pages only.
      await page.setViewportSize({ width: 1366, height: 800 });
      await signOutElsewhere(page, fresh);
      await ask(page);
      const failed = page.getByRole("alert").filter({ hasText: "Your session has ended." });
      const signIn = failed.getByRole("link", { name: "Sign in" });
      await expect(signIn).toBeVisible();
      await expect(page).toHaveURL(`${fresh.url}${there}`);
      await expect(page.getByText("Try again")).toHaveCount(0);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      await signIn.click();
      await expect(page).toHaveURL(/\/sign-in\?next=/);
      await new SignInPage(page).signIn(address("super_admin"), PASSWORD);
      await expect(page).toHaveURL(`${fresh.url}${there}`);
      await expect(failed).toHaveCount(0);
    });
  }
});

test("above a list that could not be read stand no counts of the last one, and Export writes what the address asks for", async ({ fresh, open }) => {
  test.slow();
  const page = await open("super_admin", { server: fresh, expected: [/WebSocket connection to/, /status of 401/] });
  const coupon = (id: string): object => ({ action: "coupon.created", subject: { type: "coupon", id, name: id } });
  await fresh.post([product("Linen shirt"), coupon("SPRING"), coupon("SUMMER")]);
  const activity = await follow(page, "category:coupons");
  await expect(activity.matching).toHaveText("2 entries");
  await signOutElsewhere(page, fresh);
  await find(page, "category:products");
  await expect(page.getByRole("alert").filter({ hasText: "Your session has ended." })).toBeVisible();
  await expect(activity.matching).toHaveText("");
  await signInElsewhere(page);
  await press(page.locator("header.bar").getByRole("button", { name: "Export" }));
  const dialog = new ExportDialog(page);
  await expect(dialog.matched.locator("code")).toHaveText("category:products");
  await expect(dialog.matched).toContainText("1 entry");
});

test("who signed in again in another tab and comes back finds the list read and followed again", async ({ fresh, open }) => {
  test.slow();
  const page = await open("super_admin", { server: fresh, expected: [/WebSocket connection to/, /status of 401/] });
  await fresh.post(product("Linen shirt"));
  const activity = await follow(page);
  const loads: string[] = [];
  page.on("request", (request) => {
    if (request.isNavigationRequest()) {
      loads.push(request.url());
    }
  });
  await signOutElsewhere(page, fresh);
  await find(page, "category:products");
  const failed = page.getByRole("alert").filter({ hasText: "Your session has ended." });
  const comeBack = (): Promise<void> =>
    page.evaluate(() => {
      window.dispatchEvent(new Event("focus"));
    });
  await expect(failed).toBeVisible();
  // As long as nobody is signed in, coming back changes nothing.
  const asked = page.waitForResponse((response) => response.url().endsWith("/fn/viewer") && response.status() === 401);
  await comeBack();
  await asked;
  await expect(failed.getByRole("link", { name: "Sign in" })).toBeVisible();
  await signInElsewhere(page);
  await comeBack();
  await expect(failed).toHaveCount(0);
  await expect(activity.row("Linen shirt")).toBeVisible();
  await expect(activity.matching).toHaveText("1 entry");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "Signed out" })).toHaveCount(0);
  await fresh.post(product("Wool hat"));
  await expect(activity.row("Wool hat")).toBeVisible();
  expect(loads).toEqual([]);
});

test("the first refusal says that the session has ended, though the socket is still open", async ({ fresh, open }) => {
  const page = await open("super_admin", { server: fresh, expected: [/WebSocket connection to/, /status of 401/] });
  await fresh.post(product("Linen shirt"));
  const activity = await follow(page);
  await page.context().clearCookies();
  await activity.row("Linen shirt").getByRole("link").first().click();
  await expect(activity.drawer.getByRole("link", { name: "Sign in" })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "Signed out" })).toBeVisible();
  await expect(page.getByText("Live", { exact: true })).toHaveCount(0);
  await expect(page.locator(".offline").getByRole("link", { name: "Sign in" })).toHaveAttribute("href", /next=.*entry/);
});

test("a drag over the bars outlasts what arrives meanwhile", async ({ fresh, open }) => {
  const day = 24 * 60 * 60 * 1000;
  await fresh.post({ ...product("Old coat"), occurred_at: new Date(Date.now() - 60 * day).toISOString() });
  const page = await open("super_admin", { server: fresh });
  const activity = await follow(page);
  await expect(activity.plot).toHaveAccessibleName(/^\d+ entries/);
  const before = (await activity.plot.getAttribute("aria-label")) ?? "";
  const bars = await activity.plot.boundingBox();
  if (bars === null) {
    throw new Error("there is no plot");
  }
  const at = (part: number) => [bars.x + bars.width * part, bars.y + bars.height / 2] as const;
  await page.mouse.move(...at(0.25));
  await page.mouse.down();
  await page.mouse.move(...at(0.75), { steps: 4 });
  await fresh.post(product("New coat"));
  await expect(activity.plot).not.toHaveAttribute("aria-label", before);
  await page.mouse.up();
  // Half of sixty days, and not the bar under the pointer.
  const days = (): number => {
    const ends = (new URL(page.url()).searchParams.get("q") ?? "").match(/\d{4}-\d{2}-\d{2}/g) ?? [];
    return (Date.parse(ends.at(-1) ?? "") - Date.parse(ends[0] ?? "")) / day;
  };
  await expect.poll(days).toBeGreaterThan(20);
  expect(days()).toBeLessThan(40);
});

test("days before a clock change keep their hours", async ({ fresh, open }) => {
  await fresh.setTimeZone("Europe/Berlin");
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  // Whenever the tests run, one of the two has another offset than now.
  const year = new Date().getUTCFullYear() - 1;
  for (const [month, name] of [["01", "Jan"], ["07", "Jul"]] as const) {
    await activity.open(`created:${year}-${month}-10..${year}-${month}-12`);
    await expect(page.getByRole("button", { name: /^Date:/ })).toHaveAccessibleName(`Date: 10–12 ${name} ${year}`);
  }
});

test("the store's clock shows in the log", async ({ fresh, open }) => {
  await fresh.post({ ...product("Linen shirt"), occurred_at: "2026-01-15T09:14:03Z" });
  const page = await open("super_admin", { server: fresh });
  const activity = new ActivityPage(page);
  for (const [zone, time] of [["Asia/Riyadh", "12:14:03"], ["America/New_York", "04:14:03"]] as const) {
    await page.goto("/settings/store");
    await page.getByLabel("Time zone").fill(zone);
    await press(page.getByRole("button", { name: "Save" }));
    await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
    await activity.open();
    await expect(activity.row("Linen shirt").getByRole("cell").filter({ hasText: time })).toBeVisible();
  }
});
