// The panel with the real Keelson behind it: no fixture, the core path as its users take it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, withPage } from './browser.mjs';

const PROGRAM = process.env.KEELSON_BIN;
/** The demo builds two releases, ships both, and gives one of them traffic before it goes on. */
const PATIENCE = 90_000;
const skip = PROGRAM && process.env.KEELSON_PANEL ? false : 'KEELSON_BIN and KEELSON_PANEL name no Keelson';
const real = { browser: null, folder: null, process: null, said: '', ended: null };

const freePort = () =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });

/** Waits until Keelson has said something, and answers what. */
async function said(pattern) {
  const deadline = Date.now() + PATIENCE;
  while (Date.now() < deadline) {
    const found = real.said.match(pattern);
    if (found) return found;
    assert.equal(real.ended, null, `keelson ended:\n${real.said}`);
    await new Promise((soon) => setTimeout(soon, 50));
  }
  assert.fail(`keelson never said ${pattern}:\n${real.said}`);
}

before(async () => {
  if (skip) return;
  real.folder = mkdtempSync(join(tmpdir(), 'keelson-panel-'));
  const panel = process.env.KEELSON_PANEL;
  const address = `127.0.0.1:${await freePort()}`;
  real.process = spawn(PROGRAM, ['up', '--demo', '--listen', address, '--panel', panel], { cwd: real.folder });
  for (const stream of [real.process.stdout, real.process.stderr]) stream.on('data', (text) => (real.said += text));
  real.process.on('exit', (code) => (real.ended = code));
  real.browser = await launch();
});

after(async () => {
  await real.browser?.close();
  if (!real.process) return;
  const gone = new Promise((gone) => (real.ended === null ? real.process.on('exit', gone) : gone()));
  real.process.kill('SIGTERM');
  await gone;
  rmSync(real.folder, { recursive: true, force: true });
});

test('a link signs in, and leads over the overview and a service to a promotion', { skip, timeout: 2 * PATIENCE }, async () => {
  const [link] = await said(/http:\/\/\S+\/sign-in#\S+/);
  await withPage(real.browser, { url: link }, async (page) => {
    page.setDefaultTimeout(PATIENCE);
    await page.goto(link);
    await page.getByRole('button', { name: /^Account of / }).waitFor();
    assert.equal(new URL(page.url()).hash, '', 'the secret is out of the address');
    await page.getByRole('heading', { level: 2, name: 'storefront' }).waitFor();
    // The demo ships by itself: the first artifact arrives in staging.
    const staging = page.getByRole('region', { name: 'storefront in staging' });
    await staging.getByText('Healthy').waitFor();
    await page.getByRole('link', { name: 'storefront' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'storefront' }).waitFor();
    await page.getByRole('navigation', { name: 'Service' }).getByRole('link', { name: 'History' }).click();
    await page.getByRole('region', { name: 'Promotions' }).getByRole('row', { name: /staging/ }).last().getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: /^Promotion of [0-9a-f]{8} in staging$/ }).waitFor();
    await page.getByRole('list', { name: 'The way of the release' }).getByText('It serves all traffic').waitFor();
  });
});
