// Measures the first page a person sees after signing in: a cold cache, Lighthouse's desktop setting, the median of five.
// Started by `cargo xtask bench`, from a folder that has lighthouse; STORETRAIL_BIN, CHROME_PATH and STORETRAIL_DATA_DIR are set.
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import lighthouse from 'lighthouse';
import desktop from 'lighthouse/core/config/desktop-config.js';
import puppeteer from 'puppeteer-core';

const RUNS = 5;
const FIGURES = [
  { audit: 'largest-contentful-paint', name: 'largest contentful paint, ms', most: 1500 },
  { audit: 'total-blocking-time', name: 'total blocking time, ms', most: 200 },
  { audit: 'total-byte-weight', name: 'bytes on the wire', most: 300_000 },
  { audit: 'cumulative-layout-shift', name: 'cumulative layout shift', most: 0 },
];

const env = {
  ...process.env,
  STORETRAIL_LISTEN: '127.0.0.1:0',
  STORETRAIL_DATABASE_URL: `sqlite://${process.env.STORETRAIL_DATA_DIR}/storetrail.db`,
};

function owner() {
  const printed = execFileSync(env.STORETRAIL_BIN, ['sample', 'load', '--if-missing', '--print-sign-ins'], { env, encoding: 'utf8' });
  const password = /with the password (\S+)/.exec(printed)?.[1];
  const email = /^\s*super_admin\s+(\S+@\S+)/m.exec(printed)?.[1];
  if (!password || !email) throw new Error(`sample load printed no sign-in of an owner:\n${printed}`);
  return { email, password };
}

async function serve() {
  const server = spawn(env.STORETRAIL_BIN, ['serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((_, reject) => server.once('exit', (code) => reject(new Error(`the server ended with ${code}`))));
  ended.catch(() => {});
  // Read on to the end: a server whose output nobody takes comes to a stop.
  const listening = new Promise((resolve) => {
    createInterface({ input: server.stdout }).on('line', (line) => {
      const address = /listening on (http:\S+)/.exec(line);
      if (address) resolve(address[1]);
    });
  });
  return { base: (await Promise.race([listening, ended])).replace(/\/$/, ''), stop: () => server.kill('SIGTERM') };
}

async function signIn(browser, base, { email, password }) {
  const page = await browser.newPage();
  await page.goto(`${base}/sign-in`, { waitUntil: 'networkidle0' });
  await page.type('input[type=email], input[name=email]', email);
  await page.type('input[type=password]', password);
  await Promise.all([page.waitForFunction(() => !location.pathname.startsWith('/sign-in')), page.keyboard.press('Enter')]);
  const url = page.url();
  await page.close();
  return url;
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

const person = owner();
const { base, stop } = await serve();
try {
  const browser = await puppeteer.launch({ executablePath: env.CHROME_PATH, args: ['--no-sandbox'] });
  try {
    const url = await signIn(browser, base, person);
    console.log(`page: ${new URL(url).pathname}, median of ${RUNS}`);
    const measured = FIGURES.map(() => []);
    for (let run = 0; run < RUNS; run += 1) {
      const page = await browser.newPage();
      // The sign-in has to survive; the cache is emptied all the same.
      const flags = { disableStorageReset: true, onlyAudits: FIGURES.map(({ audit }) => audit), logLevel: 'error' };
      const client = await page.createCDPSession();
      await client.send('Network.clearBrowserCache');
      const { lhr } = await lighthouse(url, flags, desktop, page);
      if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
      if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(url).pathname) throw new Error(`landed on ${lhr.finalDisplayedUrl}`);
      FIGURES.forEach(({ audit }, index) => measured[index].push(lhr.audits[audit].numericValue));
      await page.close();
    }
    FIGURES.forEach(({ name, most }, index) => {
      const value = median(measured[index]);
      const figure = Number.isInteger(value) ? value : value.toFixed(value < 10 ? 3 : 0);
      console.log(`${name}: ${figure} (at most ${most}: ${value <= most ? 'holds' : 'EXCEEDED'})`);
    });
  } finally {
    await browser.close();
  }
} finally {
  stop();
}
