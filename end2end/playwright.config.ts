import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: false,
  // A flaky test is a bug: it is not tried again.
  retries: 0,
  workers: 2,
  forbidOnly: Boolean(process.env["CI"]),
  // Development builds on a busy machine are slow.
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: "list",
  use: {
    locale: "en-GB",
    timezoneId: "UTC",
    viewport: { width: 1366, height: 800 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env["STORETRAIL_CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
