/** Mails that want more than to be read, in a real browser. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Page } from "@playwright/test";
import { tell } from "../fixtures/letters.ts";
import { press, readyForKeys } from "../fixtures/ready.ts";
import type { Server } from "../fixtures/server.ts";
import { expect, test } from "../fixtures/test.ts";

interface Hostile {
  name: string;
  html: string;
}

const MAILS = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../fixtures/hostile-mails.json"), "utf8"),
) as Hostile[];

/** Into so many tests the mails are divided, so that each is far from its limit on a slow machine. */
const PARTS = [1, 2, 3, 4];

function part(number: number): Hostile[] {
  return MAILS.filter((_, at) => at % PARTS.length === number - 1);
}

/** What the browser says when a wall holds. */
const HELD = [/Content Security Policy/i, /sandbox/i, /Blocked script execution/i, /status of 404/, /preload/i, /viewport/i, /favicon/];

/** Mails as messages, each with its id. */
async function deliver(server: Server, mails: Hostile[]): Promise<{ id: string; name: string }[]> {
  const told: { id: string; name: string }[] = [];
  for (const { name, html } of mails) {
    const answer = await server.api("POST", "/api/v1/messages", {
      channel: "email",
      direction: "inbound",
      type: "other",
      from: "eve@spy.example",
      to: "shop@linen.example",
      subject: name,
      html: html.replaceAll("\u0000", ""),
      record_only: true,
    });
    expect(answer.status, `${name}: ${await answer.clone().text()}`).toBe(201);
    const { id } = (await answer.json()) as { id: string };
    told.push({ id, name });
  }
  return told;
}

/** Notes what must not happen: a call elsewhere, a dialog, a page that left. */
function guard(page: Page, server: Server): { broken: () => string[] } {
  const broken: string[] = [];
  page.context().on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${server.url}/`) && !/^(data|blob|about):/.test(url)) {
      broken.push(`request: ${url}`);
    }
  });
  page.on("dialog", (dialog) => {
    broken.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("popup", (popup) => broken.push(`popup: ${popup.url()}`));
  page.on("download", (download) => broken.push(`download: ${download.url()}`));
  return { broken: () => broken.splice(0) };
}

for (const number of PARTS) {
  test(`in the page's frame no hostile mail runs, calls out or leads away, part ${number}`, async ({ fresh, open }) => {
    test.setTimeout(300_000);
    expect(MAILS.length).toBeGreaterThanOrEqual(200);
    const mails = await deliver(fresh, part(number));
    const page = await open("super_admin", { server: fresh, expected: HELD });
    const first = mails[0]!;
    await page.goto(`/messages?message=${first.id}`);
    await readyForKeys(page, 2);
    const frame = page.locator("iframe[sandbox]");
    await expect(frame).toHaveCount(1);
    expect(await frame.getAttribute("sandbox")).not.toMatch(/allow-(scripts|same-origin|top-navigation|forms)/);
    const here = page.url();
    const { broken } = guard(page, fresh);
    for (const { id, name } of mails) {
      // The same frame, the next mail: what the page itself does when another message is opened.
      await frame.evaluate(
        (element: HTMLIFrameElement, src) =>
          new Promise<void>((done) => {
            element.addEventListener("load", () => done(), { once: true });
            element.src = src;
          }),
        `/messages/${id}/html`,
      );
      // What was to run at once or by the event loop's next turns has run by now.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const hacked = await page.evaluate(() => "hacked" in window);
      expect({ name, hacked, broken: broken(), url: page.url() }).toEqual({ name, hacked: false, broken: [], url: here });
    }
  });

  test(`opened in a tab of its own it does not either, part ${number}`, async ({ fresh, open }) => {
    test.setTimeout(300_000);
    const mails = await deliver(fresh, part(number));
    const page = await open("super_admin", { server: fresh, expected: HELD });
    const { broken } = guard(page, fresh);
    for (const { id, name } of mails) {
      const url = `${fresh.url}/messages/${id}/html`;
      // Until it has loaded; no frame can be awaited where no script may run. What comes later is noted at the next one.
      await page.goto(url);
      const hacked = await page.evaluate(() => "hacked" in window);
      expect({ name, hacked, broken: broken(), url: page.url() }).toEqual({ name, hacked: false, broken: [], url });
    }
    await page.goto(`${fresh.url}/healthz`);
    expect(broken()).toEqual([]);
  });
}

test("a mail's pictures of other servers are fetched only once asked for", async ({ fresh, open }) => {
  await tell(fresh, {
    channel: "email",
    direction: "inbound",
    type: "other",
    from: "eve@spy.example",
    to: "shop@linen.example",
    subject: "Pictures",
    html: '<p>Hello</p><img src="https://spy.example/pixel.gif">',
    record_only: true,
  });
  const page = await open("super_admin", { server: fresh, expected: [...HELD, /net::ERR/, /Failed to load resource/] });
  const asked: string[] = [];
  await page.route("https://spy.example/**", (route) => {
    asked.push(route.request().url());
    return route.abort();
  });
  await page.goto("/messages");
  await page.getByRole("link", { name: /eve@spy/ }).first().click();
  await expect(page.locator("iframe[sandbox]")).toBeVisible();
  expect(asked).toEqual([]);
  await press(page.getByRole("button", { name: /image/i }));
  await expect.poll(() => asked.length).toBeGreaterThan(0);
});
