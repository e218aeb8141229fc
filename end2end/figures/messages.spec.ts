import { correspond, ORDER, tell } from "../fixtures/letters.ts";
import { expect, test } from "../fixtures/test.ts";
import { summary } from "./summary.ts";

test("a message reaches 100 who watch its thread", async ({ fresh, open }) => {
  await correspond(fresh);
  const pages = [await open("super_admin", { server: fresh }), await open("manager", { server: fresh })];
  for (const page of pages) {
    await page.goto("/orders");
    await page.evaluate(async (order) => {
      const heard: [string, number][] = [];
      Object.assign(window, { heard });
      const opening = Array.from({ length: 50 }, () => {
        const socket = new WebSocket(`ws://${location.host}/ws`);
        socket.onopen = () => {
          socket.send(JSON.stringify({ type: "follow", topic: `order:${order}`, q: "", mark: null }));
        };
        return new Promise<void>((done) => {
          socket.onmessage = ({ data }) => {
            const event = JSON.parse(data) as { type: string; item?: { text?: string } };
            if (event.type === "hello") done();
            if (event.type === "message_added") heard.push([event.item?.text ?? "", Date.now()]);
          };
        });
      });
      await Promise.all(opening);
    }, ORDER);
  }
  const sent = new Map<string, number>();
  for (let n = 0; n < 60; n++) {
    const text = `number ${n}`;
    sent.set(text, Date.now());
    await tell(fresh, { channel: "sms", to: "+966550123456", text, order: ORDER, record_only: true });
    await new Promise((done) => setTimeout(done, 50));
  }
  const times: number[] = [];
  for (const page of pages) {
    await page.waitForFunction(() => (window as unknown as { heard: unknown[] }).heard.length >= 60 * 50);
    for (const [text, at] of await page.evaluate(() => (window as unknown as { heard: [string, number][] }).heard)) {
      times.push(at - (sent.get(text) ?? at));
    }
  }
  expect(times.length).toBe(60 * 100);
  console.log(`from the call to 100 clients: ${summary(times)}`);
});

test("a thread of 2,000 messages opens", async ({ fresh, open }) => {
  await correspond(fresh);
  for (let n = 0; n < 2_000; n += 20) {
    const some = Array.from({ length: 20 }, (_, at) => n + at);
    await Promise.all(
      some.map((at) =>
        tell(fresh, {
          channel: at % 3 === 0 ? "email" : "whatsapp",
          to: at % 3 === 0 ? "layla@mail.example" : "+966550123456",
          ...(at % 3 === 0 ? { subject: `Number ${at}` } : {}),
          text: `Number ${at}: your parcel is on its way, and arrives tomorrow.`,
          order: ORDER,
          record_only: true,
        }),
      ),
    );
  }
  const page = await open("super_admin", { server: fresh });
  const times: number[] = [];
  for (let n = 0; n < 10; n++) {
    await page.goto("/orders");
    const link = page.locator(".order-line a").first();
    await expect(link).toBeVisible();
    // The page's script has come: the way to the thread is then a call and a rendering.
    await page.waitForLoadState("networkidle");
    // On the page's own clock: a driver's click and its looking take as long again.
    const opened = page.evaluate(
      () =>
        new Promise<number>((done) => {
          let clicked = Number.NaN;
          document.addEventListener("click", () => (clicked = performance.now()), { capture: true, once: true });
          const painted = (): void => done(performance.now() - clicked);
          const watch = new MutationObserver(() => {
            const thread = document.querySelector("#thread .thread");
            // Its newest message, and what fills the screens above.
            if (thread !== null && thread.children.length > 30 && thread.textContent.includes("Number 1999:")) {
              watch.disconnect();
              requestAnimationFrame(() => setTimeout(painted));
            }
          });
          watch.observe(document.body, { childList: true, subtree: true });
        }),
    );
    await link.click();
    times.push(Math.round(await opened));
    await expect(page.getByText("Number 1999:")).toBeInViewport();
  }
  console.log(`from the click to the painted end of the thread: ${summary(times)}`);
});
