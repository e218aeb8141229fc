import type { Page } from "@playwright/test";

/** What stands around every page of a signed-in person. */
export class Frame {
  readonly rail;
  readonly menu;
  readonly help;

  constructor(readonly page: Page) {
    this.rail = page.getByRole("navigation", { name: "Main" });
    this.menu = page.getByRole("dialog", { name: "You and this browser" });
    this.help = page.getByRole("dialog", { name: "Help and shortcuts" });
  }

  /** Opens the menu about the person. */
  async openMenu(name: RegExp): Promise<void> {
    await this.rail.getByRole("button", { name }).click();
  }
}
