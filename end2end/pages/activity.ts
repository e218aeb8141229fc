import { expect, type Locator, type Page } from "@playwright/test";
import { readyForKeys } from "../fixtures/ready.ts";

export class ActivityPage {
  readonly query;
  readonly correction;
  readonly categories;
  readonly outcomes;
  readonly plot;
  readonly entries;
  readonly rows;
  readonly drawer;
  /** How many entries the query finds, in words. */
  readonly matching;

  constructor(readonly page: Page) {
    this.query = page.getByRole("combobox", { name: "Query" });
    this.correction = page.locator("#correction");
    this.categories = page.getByRole("group", { name: "Categories" });
    this.outcomes = page.getByRole("group", { name: "Outcome" });
    this.plot = page.locator("figure").getByRole("img");
    this.entries = page.getByRole("region", { name: "Entries" });
    this.rows = this.entries.locator("tr[data-row]");
    this.drawer = page.getByRole("complementary");
    this.matching = page.locator("figcaption b").first();
  }

  /** Opens the log and waits until the page answers. */
  async open(query = "", more: Record<string, string> = {}): Promise<void> {
    const params = new URLSearchParams({ ...(query === "" ? {} : { q: query }), ...more });
    await this.page.goto(params.size === 0 ? "/activity" : `/activity?${params}`);
    await this.ready();
  }

  /** The frame listens for keys, and so does the page. */
  async ready(): Promise<void> {
    await readyForKeys(this.page, 2);
  }

  /** The row of a subject. */
  row(subject: string): Locator {
    return this.rows.filter({ has: this.page.getByRole("link", { name: subject, exact: true }) });
  }

  category(name: string): Locator {
    return this.categories.getByRole("button", { name: new RegExp(`^${name}`) });
  }

  async findsExactly(count: number): Promise<void> {
    await expect(this.matching).toHaveText(`${count} ${count === 1 ? "entry" : "entries"}`);
    if (count <= 100) {
      await expect(async () => {
        await this.unfold();
        await expect(this.rows).toHaveCount(count, { timeout: 1_000 });
      }).toPass({ timeout: 15_000 });
    }
  }

  /** Gives each of the entries that are folded into one line a line of its own. */
  async unfold(): Promise<void> {
    const folded = this.entries.getByRole("button", { name: /^Show all \d+ alike$/ });
    for (let left = await folded.count(); left > 0; left -= 1) {
      // The list may be replaced by another one meanwhile: then it is looked at anew.
      await folded.first().click({ timeout: 1_000 });
      await expect(folded).toHaveCount(left - 1, { timeout: 1_000 });
    }
  }

  /** What the query of the address is. */
  async hasQuery(query: string): Promise<void> {
    await expect(this.page).toHaveURL((url) => (url.searchParams.get("q") ?? "").trim() === query);
    await expect(this.query).toHaveValue(new RegExp(`^${escape(query)}\\s*$`));
  }
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
