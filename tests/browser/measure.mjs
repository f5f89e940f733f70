// Measures cold loads of the overview, as `cargo xtask bench panel` asks: `node measure.mjs LINK RUNS`.
// LINK signs in, once. Each run is a browser context of its own, so that nothing is cached. Prints one line of JSON.
import { launch, WIDE } from './browser.mjs';

const [link, runs] = process.argv.slice(2);
const origin = new URL(link).origin;

/** Runs before the page: notes when the verdict is in the document, in milliseconds since the navigation began. */
const watch = () => {
  new MutationObserver((_, observer) => {
    const verdict = document.querySelector('h1.verdict')?.textContent ?? '';
    // Until the answer is here, the heading only says which page it is.
    if (verdict !== '' && verdict !== 'Overview') {
      globalThis.verdictAt = performance.now();
      observer.disconnect();
    }
  }).observe(document, { childList: true, subtree: true, characterData: true });
};

async function load(browser, state) {
  const context = await browser.newContext({ viewport: WIDE, storageState: state });
  try {
    await context.addInitScript(watch);
    const page = await context.newPage();
    const network = await context.newCDPSession(page);
    await network.send('Network.enable');
    const asset = new Set();
    let bytes = 0;
    // What the panel is made of: the API's answers depend on the installation.
    network.on('Network.responseReceived', ({ requestId, response }) => {
      if (!new URL(response.url).pathname.startsWith('/api/')) asset.add(requestId);
    });
    network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (asset.has(requestId)) bytes += encodedDataLength;
    });
    await page.goto(`${origin}/`);
    await page.waitForFunction(() => globalThis.verdictAt !== undefined);
    await page.waitForLoadState('networkidle');
    return { bytes, verdict_ms: await page.evaluate(() => globalThis.verdictAt) };
  } finally {
    await context.close();
  }
}

const browser = await launch();
try {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole('button', { name: /^Account of / }).waitFor();
  const state = await context.storageState();
  await context.close();
  await load(browser, state);
  const loads = [];
  for (let run = 0; run < Number(runs); run += 1) loads.push(await load(browser, state));
  process.stdout.write(`${JSON.stringify(loads)}\n`);
} finally {
  await browser.close();
}
