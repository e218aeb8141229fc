import type { Locator, Page } from "@playwright/test";

/** The places beside the page. A phone has its own at the foot, of the same name: until the style sheet is there, both are seen. */
export function railOf(page: Page): Locator {
  return page.getByRole("navigation", { name: "Main" }).and(page.locator(".rail"));
}

/** What stands around every page of a signed-in person. */
export class Frame {
  readonly rail;
  readonly menu;
  readonly help;

  constructor(readonly page: Page) {
    this.rail = railOf(page);
    this.menu = page.getByRole("dialog", { name: "You and this browser" });
    this.help = page.getByRole("dialog", { name: "Help and shortcuts" });
  }

  /** Opens the menu about the person. */
  async openMenu(name: RegExp): Promise<void> {
    await this.rail.getByRole("button", { name }).click();
  }
}
