// A service: its tabs live in the address, its lists are read to the end, its charts are tables too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, panel } from './browser.mjs';

const site = panel();

test('tabs are links, live in the address, and can be gone back from', () =>
  site.open('/services/storefront', async (page) => {
    const tabs = page.getByRole('navigation', { name: 'Service' });
    await tabs.getByRole('link', { name: 'Runs' }).click();
    await page.waitForURL('**/services/storefront?tab=runs');
    await page.getByRole('heading', { name: 'Changes and their checks' }).waitFor();
    assert.equal(await tabs.getByRole('link', { name: 'Runs' }).getAttribute('aria-current'), 'page');
    await page.goBack();
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
  }));

test('a change opens into its checks over time', () =>
  site.open('/services/storefront?tab=runs', async (page) => {
    const changes = page.getByRole('region', { name: 'Changes and their checks' });
    await changes.getByText('Keep the cart when the session expires').first().click();
    const bars = page.getByRole('list', { name: /Checks over time/ });
    await bars.getByText('integration').waitFor();
    assert.match((await bars.innerText()).replaceAll('\u202f', ' '), /4 m 20 s \+ 1 m 10 s queued/);
  }));

test('older promotions are read on demand', () =>
  site.open('/services/storefront?tab=history', async (page) => {
    const older = site.server.fixture('promotions').items.slice(-1).map((one) => ({ ...one, reason: 'long ago' }));
    site.server.answers['GET /api/services/*/promotions'] = (query) => (query.get('after') ? { items: older } : site.server.fixture('promotions'));
    const card = page.getByRole('region', { name: 'Promotions' });
    await eventually(() => card.locator('tbody tr').count(), 6);
    await card.getByRole('button', { name: 'Show older' }).click();
    await card.getByText('Long ago.').waitFor();
    assert.equal(await card.getByRole('button', { name: 'Show older' }).count(), 0);
  }));

test('a chart tells its numbers in words and as a table', () =>
  site.open('/services/storefront', async (page) => {
    const signals = page.getByRole('region', { name: 'Signals' });
    await signals.getByRole('img', { name: /^Latency: 204 ms now, .* at most$/ }).waitFor();
    await signals.getByText('Numbers').nth(1).click();
    await signals.getByRole('region', { name: 'Latency, as a table' }).getByRole('columnheader', { name: 'p95' }).waitFor();
    await signals.getByText('9f3c61d2 rolled back').waitFor();
  }));

test('logs are filtered on the server, by what the address says', () =>
  site.open('/services/storefront?tab=logs', async (page) => {
    await page.getByText('upstream timed out').waitFor();
    const asked = page.waitForRequest((request) => request.url().includes('contains=cart'));
    await page.getByLabel('Only lines that contain').fill('cart');
    await page.getByLabel('Only lines that contain').press('Enter');
    await asked;
    await page.waitForURL('**contains=cart**');
  }));

test('services are found by what is typed', () =>
  site.open('/services', async (page) => {
    await page.getByLabel('Filter services').fill('shop cat');
    await page.getByRole('link', { name: 'catalog' }).waitFor();
    await eventually(() => page.locator('tbody tr').count(), 1);
    await page.getByRole('link', { name: 'catalog' }).click();
    await page.waitForURL('**/services/catalog');
  }));

test('of many services the next are shown when asked for, and how many there are is told', () => {
  const { fixture } = site.server;
  const services = fixture('services').items;
  const named = (name) => ({ ...services[0], name });
  const answers = {
    'GET /api/overview': () => ({ ...fixture('overview'), total: 1000, unhealthy: 2 }),
    'GET /api/services': (query) => (query.get('after') ? { items: [named('second')] } : { items: [named('first')], next: 'x' }),
  };
  return site.open('/services', { answers }, async (page) => {
    await page.getByText('1,000 services, 2 unhealthy').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByRole('link', { name: 'second' }).waitFor();
    await page.getByRole('link', { name: 'first' }).waitFor();
  });
});
