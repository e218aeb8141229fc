/** Figures of the pages in a browser: `npx playwright test --config figures.config.ts`. They print, and fail only when nothing comes. */

import base from "./playwright.config.ts";

export default { ...base, testDir: "figures", workers: 1, timeout: 600_000 };
