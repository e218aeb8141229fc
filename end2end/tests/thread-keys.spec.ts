import { correspond, ORDER } from "../fixtures/letters.ts";
import { readyForKeys } from "../fixtures/ready.ts";
import { expect, test } from "../fixtures/test.ts";

test("r leads to where one writes", async ({ fresh, open }) => {
  await correspond(fresh);
  const page = await open("super_admin", { server: fresh });
  await page.goto(`/orders/${ORDER}`);
  await readyForKeys(page, 2);
  await page.keyboard.press("r");
  await expect(page.locator("#write")).toBeFocused();
  await page.keyboard.type("on its way");
  await expect(page.locator("#write")).toHaveValue("on its way");
});
