// Starts Chromium once for a file of tests, and gives each test a page of its own that must stay without errors.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { NOW } from './fixtures.mjs';

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--disable-component-update'];
export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 390, height: 844 };

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS });

/** Opens a page, runs `look` with it, and fails if the console told of an error that was not expected. */
export async function withPage(browser, { url, theme = 'light', viewport = WIDE, atNow = true, expectErrors = false, reducedMotion = 'reduce' }, look) {
  const context = await browser.newContext({ viewport, colorScheme: theme, reducedMotion });
  const page = await context.newPage();
  const errors = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  try {
    if (atNow) await page.clock.setFixedTime(NOW);
    await page.goto(url);
    await look(page);
    if (!expectErrors) assert.deepEqual(errors, [], 'the console is without errors');
  } finally {
    await context.close();
  }
}
