/** A page of another origin in the browser of somebody who is signed in. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/test.ts";

/** Opens a socket from the page; tells whether it was let in. */
function follow(page: Page, address: string): Promise<string> {
  return page.evaluate(
    (to) =>
      new Promise<string>((done) => {
        const socket = new WebSocket(to);
        socket.onopen = () => done("open");
        socket.onerror = () => done("refused");
      }),
    address,
  );
}

test("a socket is opened to the server's own pages and to no others", async ({ server, open }) => {
  const page = await open("super_admin", { server, expected: [/WebSocket connection to .* failed.* 403/] });
  const address = `${server.url.replace("http:", "ws:")}/ws`;
  await page.goto("/settings/store");
  expect(await follow(page, address)).toBe("open");

  // Another port is another origin but the same site: the browser adds the cookie.
  const foreign = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<p>elsewhere"));
  await new Promise<void>((done) => foreign.listen(0, "127.0.0.1", done));
  try {
    await page.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
    expect(await follow(page, address)).toBe("refused");
  } finally {
    foreign.closeAllConnections();
    foreign.close();
  }
});

test("a form on a page of another origin changes nothing", async ({ server, open }) => {
  const page = await open("super_admin", { server, expected: [/status of (403|404)/] });
  const form = `<form method="post" action="${server.url}/sign-out"><button>Win a prize</button></form>`;
  const foreign = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(form));
  await new Promise<void>((done) => foreign.listen(0, "127.0.0.1", done));
  try {
    await page.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
    const answered = page.waitForResponse(`${server.url}/sign-out`);
    await page.getByRole("button", { name: "Win a prize" }).click();
    expect((await answered).status()).toBe(403);
    await page.goto(`${server.url}/settings/store`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Store");
  } finally {
    foreign.closeAllConnections();
    foreign.close();
  }
});
