import type { Locator, Page } from "@playwright/test";

export class ExportDialog {
  readonly dialog;
  readonly matched;
  readonly name;
  readonly go;

  constructor(readonly page: Page) {
    this.dialog = page.getByRole("dialog", { name: "Export", exact: true });
    this.matched = this.dialog.locator(".matched");
    this.name = this.dialog.getByLabel("Name (optional)");
    this.go = this.dialog.getByRole("button", { name: "Export", exact: true });
  }

  format(name: string): Locator {
    return this.dialog.getByRole("radio", { name: new RegExp(`^${name}`) });
  }
}
