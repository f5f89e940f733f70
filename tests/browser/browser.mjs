// Starts Chromium and a fixture server once for a file of tests, and gives each test a page that must stay without
// errors.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { startFixtureServer } from './fixture-server.mjs';
import { NOW } from './fixtures.mjs';

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--disable-component-update'];
export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 390, height: 844 };

/** How Chromium is started. */
export const LAUNCH = { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS };

/** The Chromium that `run.mjs` shares among the files, or one of this file's own. */
export const launch = () =>
  process.env.KEELSON_BROWSER ? chromium.connect(process.env.KEELSON_BROWSER) : chromium.launch(LAUNCH);

/**
 * Opens a page in a browser of its own settings, runs `look` with it, and fails if the console told of an error:
 * of any, unless `expectErrors` is true or a pattern of those that are expected.
 */
export async function withPage(browser, { url, theme = 'light', viewport = WIDE, expectErrors = false, state }, look) {
  const context = await browser.newContext({ viewport, colorScheme: theme, reducedMotion: 'reduce', storageState: state });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const errors = [];
  const expected = (text) => expectErrors instanceof RegExp && expectErrors.test(text);
  page.on('console', (message) => message.type() === 'error' && !expected(message.text()) && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('requestfailed', (request) => {
    // What is asked for when a page is left is cancelled, and that is right.
    const reason = request.failure()?.errorText;
    if (reason !== 'net::ERR_ABORTED') errors.push(`${request.method()} ${request.url()}: ${reason}`);
  });
  try {
    await look(page, context);
    if (expectErrors !== true) assert.deepEqual(errors, [], 'the console is without errors');
  } finally {
    await context.close();
  }
}

/**
 * A browser and a fixture server for all tests of a file. The clock of every page stands at the fixtures' moment.
 * `open(path, look)` opens a page; `server.answers` and `server.calls` are empty at the start of each.
 */
export function panel() {
  const panel = { browser: null, server: null };
  before(async () => {
    panel.server = await startFixtureServer();
    panel.browser = await launch();
  });
  after(async () => {
    await panel.browser?.close();
    await panel.server?.stop();
  });
  panel.open = (path, options, look) => {
    const [settings, steps] = look ? [options, look] : [{}, options];
    for (const route of Object.keys(panel.server.answers)) delete panel.server.answers[route];
    panel.server.calls.length = 0;
    Object.assign(panel.server.answers, settings.answers);
    return withPage(panel.browser, settings, async (page, context) => {
      await page.clock.setFixedTime(NOW);
      await page.goto(panel.server.url + path);
      await steps(page, context);
    });
  };
  return panel;
}

/** Waits until `look` returns what is wanted, for at most ten seconds. */
export async function eventually(look, wanted, what) {
  const deadline = Date.now() + 10_000;
  let seen;
  do {
    seen = await look();
    try {
      assert.deepEqual(seen, wanted);
      return;
    } catch {
      await new Promise((soon) => setTimeout(soon, 50));
    }
  } while (Date.now() < deadline);
  assert.deepEqual(seen, wanted, what);
}
