// The figures of delivery: side by side, one service's over time, and the rows that each is made of. And CI's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, panel } from './browser.mjs';

const site = panel();
const plain = (text) => text.replaceAll('\u202f', ' ');
const names = (page) => page.locator('tbody th').allInnerTexts();

test('all services are side by side, and no data is not zero', () =>
  site.open('/delivery', async (page) => {
    const table = page.getByRole('region', { name: 'Delivery, as a table' });
    await table.getByRole('row', { name: /^storefront 3\.3 a week/ }).waitFor();
    const payments = await table.getByRole('row', { name: /^payments/ }).innerText();
    assert.equal(payments.match(/no data/g).length, 5);
    assert.equal(/\d/.test(payments), false);
  }));

test('a column sorts the table, both ways, and the order lives in the address', () =>
  site.open('/delivery', async (page) => {
    const column = page.getByRole('columnheader', { name: 'Change lead time' });
    await column.getByRole('button').click();
    await page.waitForURL('**sort=lead_time');
    await eventually(() => names(page), ['storefront', 'catalog', 'payments']);
    assert.equal(await column.getAttribute('aria-sort'), 'ascending');
    await column.getByRole('button').click();
    await page.waitForURL('**sort=-lead_time');
    await eventually(() => names(page), ['catalog', 'storefront', 'payments'], 'what is not known stays last');
    await page.reload();
    await eventually(() => names(page), ['catalog', 'storefront', 'payments']);
  }));

test('a list of several pages is read to its end before it is sorted', () => {
  const doras = () => site.server.fixture('doras').items;
  const answers = { 'GET /api/dora': (query) => (query.get('after') ? { items: doras().slice(1) } : { items: doras().slice(0, 1), next: 'more' }) };
  return site.open('/delivery?sort=-service', { answers }, async (page) => {
    await eventually(() => names(page), ['storefront', 'payments', 'catalog']);
    await page.getByText('3 services', { exact: true }).waitFor();
  });
});

test('a figure opens what it is made of, row by row', () =>
  site.open('/delivery', async (page) => {
    await page.getByRole('row', { name: /^storefront/ }).getByRole('link', { name: /5.h 12.m/ }).click();
    await page.waitForURL('**/services/storefront?tab=delivery&window=30&figure=lead_time');
    const rows = page.getByRole('region', { name: 'What change lead time is made of' });
    await rows.getByText('For each commit, the moment its first production promotion').waitFor();
    const first = rows.getByRole('row', { name: /Keep the cart/ });
    assert.match(await first.getByRole('link', { name: '9f3c61d2' }).getAttribute('href'), /^\/promotions\/prm_/);
    assert.match(await first.getByRole('link', { name: 'a1b2c3d' }).getAttribute('href'), /^https:\/\/github\.com\/acme\/storefront\/commit\/a1b2c3d/);
    await rows.getByRole('row', { name: /no Committed after it reached production: a clock is wrong/ }).waitFor();
    await rows.getByRole('button', { name: 'Show older' }).click();
    await rows.getByText('Long ago.').waitFor();
  }));

test('each figure has its level in words, what was before, and its plot', () =>
  site.open('/services/storefront?tab=delivery', async (page) => {
    const frequency = page.getByRole('region', { name: 'Deployment frequency' });
    await frequency.getByText('Between once per day and once per week').waitFor();
    await frequency.getByText('2.1 a week in the 30 days before').waitFor();
    await frequency.getByRole('img', { name: /^Deployments a day: 1 last, 2 at most$/ }).waitFor();
    const failed = page.getByRole('region', { name: 'Change fail rate' });
    assert.match(plain(await failed.innerText()), /13 %\s+2 of 16 changes/);
    const recovery = page.getByRole('region', { name: 'Failed deployment recovery time' });
    await recovery.getByText('no data in the 30 days before').waitFor();
    await recovery.getByRole('link', { name: /rests on 2 failures, 1 of them not measured/ }).waitFor();
  }));

test('the window of time lives in the address', () =>
  site.open('/services/storefront?tab=delivery', async (page) => {
    const asked = page.waitForRequest((request) => request.url().includes('/dora?window=90'));
    await page.getByLabel('Window of time').selectOption('90');
    await asked;
    await page.waitForURL('**window=90**');
    await page.getByText('Deployments a week').waitFor();
  }));

test('the step that makes CI slower is named, with what it took before', () =>
  site.open('/services/storefront?tab=runs', async (page) => {
    const ci = page.getByRole('region', { name: 'From push to artifact' });
    const told = plain(await ci.getByText(/^The step/).innerText());
    assert.match(told, /The step “cargo nextest run” of integration takes longer: 3 m 34 s instead of 2 m 18 s before, 1 m 16 s more/);
    await ci.getByRole('img', { name: /^Median and p90 of ten runs in a row: .* now/ }).waitFor();
    await ci.getByRole('img', { name: /^Each run: 24 runs, the newest .* above the line at 5.m$/ }).waitFor();
    await ci.getByText(/1 of 25 runs had a job that was run again/).waitFor();
    await ci.getByText('1 run is left out, because the push is not known.').waitFor();
  }));

test('the newest run is a waterfall in which the path is marked', () =>
  site.open('/services/storefront?tab=runs', async (page) => {
    const jobs = page.getByRole('list', { name: /^Jobs over time, from the push; the line is at 5.m$/ });
    const marked = async () => (await jobs.getByRole('listitem').allInnerTexts()).map((text) => /on the path/.test(text));
    await eventually(marked, [false, false, true, true]);
    await page.getByText(/47.s queue \+ 4.m 44.s run \+ 9.s other = 5.m 40.s from push to artifact/).waitFor();
    await page.getByText('Every run as a row').click();
    await page.getByRole('region', { name: 'Runs, as a table' }).getByText('run again: counted apart').waitFor();
  }));
