// A Storetrail of one's own: its program, its folder, its API.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const START_MS = 60_000;

export class Storetrail {
  folder = mkdtempSync(join(tmpdir(), "storetrail-hooks-"));
  log = "";
  url = "";
  #listen = "127.0.0.1:0";
  #child;
  #key = "";

  get #env() {
    const { PATH, HOME } = process.env;
    return { PATH, HOME, STORETRAIL_DATA_DIR: join(this.folder, "data"), STORETRAIL_LISTEN: this.#listen };
  }

  async start() {
    const child = spawn(process.env.STORETRAIL_BIN, ["serve"], { env: this.#env, cwd: this.folder });
    this.#child = child;
    const from = this.log.length;
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (this.log += text));
    const url = await wait("the server listens", () => /listening on (http:\/\/\S+)/.exec(this.log.slice(from))?.[1], START_MS);
    this.url = url;
    this.#listen = new URL(url).host;
  }

  /** Kills it as a power cut would. */
  async kill() {
    const gone = new Promise((done) => this.#child.once("exit", done));
    this.#child.kill("SIGKILL");
    await gone;
  }

  async remove() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
    if (process.env.KEEP) console.log(`kept: ${this.folder}`);
    else rmSync(this.folder, { recursive: true, force: true });
  }

  async found() {
    const token = await wait("the owner's link", () => /setup\?token=(\w+)/.exec(this.log)?.[1]);
    const password = crypto.randomUUID();
    const form = new URLSearchParams({ token, store_name: "Linen", time_zone: "UTC", name: "Owner", email: "owner@shop.example", password });
    await fetch(`${this.url}/setup`, { method: "POST", body: form, redirect: "manual" });
    const arguments_ = ["key", "add", "--name", "trial", "--role", "super_admin"];
    const printed = execFileSync(process.env.STORETRAIL_BIN, arguments_, { env: this.#env, cwd: this.folder, encoding: "utf8" });
    this.#key = printed.split(/\s+/).find((word) => word.startsWith("st_"));
  }

  /** A call of the API; gives its JSON. */
  async api(method, path, body) {
    const headers = { authorization: `Bearer ${this.#key}`, "content-type": "application/json" };
    const answer = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  /** A delivery, once nothing more happens with it by itself. */
  settled(id, most) {
    return wait(`${id} is processed`, async () => {
      const found = await this.api("GET", `/api/v1/webhooks/${id}`);
      return ["done", "dead", "failed", "discarded"].includes(found.state) ? found : undefined;
    }, most);
  }
}

/** Asks until there is an answer. */
export async function wait(what, ask, most = 30_000) {
  const end = Date.now() + most;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`never: ${what}`);
}
