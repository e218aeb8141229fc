import { expect, test } from "../fixtures/test.ts";
import { summary } from "./summary.ts";

const BATCHES = 50;
const BATCH = 1_000;

test("the progress of an operation reaches the page that shows it", async ({ fresh, open }) => {
  const total = BATCHES * BATCH;
  const opened = await fresh.api("POST", "/api/v1/operations", { id: "run", name: "Winter sale", total });
  expect(opened.status, await opened.text()).toBe(201);
  const page = await open("super_admin", { server: fresh });
  const greeted = page
    .waitForEvent("websocket")
    .then((socket) => socket.waitForEvent("framereceived", (frame) => `${frame.payload}`.includes('"hello"')));
  await page.goto("/operations/run");
  await greeted;
  // When each number stood in the page first: by its digits, whatever stands between them.
  await page.evaluate(() => {
    const seen: Record<string, number> = {};
    Object.assign(window, { seen });
    const look = (): void => {
      const figure = document.querySelector(".op-sum .figures dd");
      seen[figure?.textContent?.replace(/\D/g, "") ?? ""] ??= Date.now();
    };
    const whole = { subtree: true, childList: true, characterData: true };
    new MutationObserver(look).observe(document.body, whole);
  });
  const times: number[] = [];
  for (let batch = 1; batch <= BATCHES; batch++) {
    const items = Array.from({ length: BATCH }, (_, at) => ({
      subject: { type: "product", id: `p_${batch}_${at}`, name: `Wool coat ${at}` },
      field: "price",
      before: 100,
      after: 80,
    }));
    const answer = await fresh.api("POST", "/api/v1/operations/run/items", items);
    const answered = Date.now();
    expect(answer.status, await answer.text()).toBe(201);
    const shown = await page.waitForFunction(
      (digits) => (window as unknown as { seen: Record<string, number> }).seen[digits],
      `${batch * BATCH}`,
    );
    // The page may be told before who sent them is.
    times.push(Math.max(0, Number(await shown.jsonValue()) - answered));
  }
  console.log(`from the answer to ${BATCH} items to their number in the page: ${summary(times)}`);
});
