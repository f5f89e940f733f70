// Everything that changes something asks first, says what it will do, and sends exactly that.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, panel } from './browser.mjs';
import { PROMOTION } from './fixtures.mjs';

const site = panel();
const conflict = { problem: { status: 409, type: 'conflict', title: 'It cannot be done now', detail: 'Another rollout is under way. Nothing was changed.' } };
const CART = /^sha256:9f3c61d2/;

test('promoting says what ships, and ships what was looked at', () =>
  site.open('/', async (page) => {
    await page.getByRole('button', { name: 'Promote payments in production' }).click();
    const dialog = page.getByRole('dialog', { name: 'Promote payments to production' });
    await dialog.getByText('3 commits ship, by Ada Lovelace, Grace Hopper and Linus Pauling.').waitFor();
    await dialog.getByText('#412').waitFor();
    await dialog.getByRole('list', { name: 'Commits' }).getByText('Say what is out of stock before the checkout').waitFor();
    await dialog.getByRole('button', { name: 'Promote 9f3c61d2' }).click();
    await page.getByRole('status').getByText('9f3c61d2 is on its way to production').waitFor();
    assert.equal(await page.getByRole('dialog').count(), 0);
    const [{ key, body }] = site.server.calls;
    assert.equal(key, 'POST /api/promotions');
    assert.equal(body.service, 'payments');
    assert.equal(body.environment, 'production');
    assert.match(body.artifact, CART);
    await page.getByRole('link', { name: 'Watch it' }).click();
    await page.waitForURL(`**/promotions/${PROMOTION.baking}`);
  }));

test('a promotion that is refused says so in the dialog, which stays', () =>
  site.open('/', { expectErrors: true, answers: { 'POST /api/promotions': () => conflict } }, async (page) => {
    await page.getByRole('button', { name: 'Promote payments in production' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Promote 9f3c61d2' }).click();
    await dialog.getByRole('alert').getByText('Another rollout is under way. Nothing was changed.').waitFor();
  }));

test('rolling back says what un-ships, warns if that may not be all, and names where it goes', () =>
  site.open('/', async (page) => {
    await page.getByRole('button', { name: 'Roll back storefront in production' }).click();
    const dialog = page.getByRole('dialog', { name: 'Roll back storefront in production' });
    await dialog.getByText('2 commits un-ship, by Grace Hopper and Linus Pauling.').waitFor();
    await dialog.getByText('This may not be all').waitFor();
    await dialog.getByLabel('Why').fill('checkouts are slow');
    await dialog.getByRole('button', { name: 'Roll back to 1d40c0de' }).click();
    await eventually(() => site.server.calls.length, 1);
    const [{ key, body }] = site.server.calls;
    assert.equal(key, 'POST /api/services/storefront/environments/production/rollback');
    assert.match(body.to, /^sha256:1d40c0de/);
    assert.equal(body.reason, 'checkouts are slow');
  }));

test('one can go back to any artifact that is kept, without a reason', () =>
  site.open('/', async (page) => {
    await page.getByRole('button', { name: 'Roll back storefront in production' }).click();
    const dialog = page.getByRole('dialog');
    const choice = dialog.getByLabel('Go back to');
    await eventually(() => choice.locator('option').count(), 3);
    await choice.selectOption({ label: '77ab12cd · commit b3c4d5e · pushed 1 d ago' });
    await dialog.getByRole('button', { name: 'Roll back to 77ab12cd' }).click();
    await eventually(() => site.server.calls.length, 1);
    assert.match(site.server.calls[0].body.to, /^sha256:77ab12cd/);
    assert.equal(site.server.calls[0].body.reason, null);
  }));

test('approving is bound to the artifact that was looked at', () =>
  site.open('/', async (page) => {
    await page.getByRole('button', { name: 'Approve 5e02b7aa for payments in production' }).click();
    const dialog = page.getByRole('dialog', { name: 'Approve 5e02b7aa for production' });
    await dialog.getByText('You agree that exactly').waitFor();
    await dialog.getByRole('button', { name: 'Approve 5e02b7aa' }).click();
    await eventually(() => site.server.calls.length, 1);
    assert.equal(site.server.calls[0].key, `POST /api/promotions/${PROMOTION.waiting}/approve`);
    assert.match(site.server.calls[0].body.diff, /\.\.5e02b7aa[0-9a-f]+@1$/);
  }));

test('cancelling says what becomes of the traffic', () =>
  site.open(`/promotions/${PROMOTION.baking}`, async (page) => {
    await page.getByRole('button', { name: 'Cancel' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel the promotion of 9f3c61d2' });
    await dialog.getByText('Traffic in production goes back from 9f3c61d2 to 77ab12cd').waitFor();
    await dialog.getByRole('button', { name: 'Cancel the promotion' }).click();
    await page.getByRole('status').getByText('Cancelled 9f3c61d2.').waitFor();
    assert.equal(site.server.calls[0].key, `POST /api/promotions/${PROMOTION.baking}/cancel`);
  }));

test('holding asks why, and Enter is enough', () =>
  site.open('/services/storefront', async (page) => {
    await page.getByRole('button', { name: 'Hold storefront in production' }).click();
    const dialog = page.getByRole('dialog', { name: 'Hold storefront in production' });
    assert.equal(await dialog.getByRole('button', { name: 'Hold', exact: true }).getAttribute('aria-disabled'), 'true');
    await dialog.getByLabel('Why').press('Enter');
    assert.deepEqual(site.server.calls, []);
    await dialog.getByLabel('Why').fill('looking into it');
    await dialog.getByLabel('Why').press('Enter');
    await page.getByRole('status').getByText('production is held.').waitFor();
    assert.deepEqual(site.server.calls, [
      { key: 'PUT /api/services/storefront/environments/production/hold', body: { reason: 'looking into it' } },
    ]);
  }));

test('resuming tells who held it and why', () => {
  const answer = site.server.fixture('service');
  answer.environments[1].hold = { by: { kind: 'person', login: 'linus' }, since: '2026-11-23T11:20:00Z', reason: 'prices' };
  return site.open('/services/storefront', { answers: { 'GET /api/services/*': () => answer } }, async (page) => {
    await page.getByRole('button', { name: 'Resume storefront in production' }).click();
    const dialog = page.getByRole('dialog', { name: 'Resume storefront in production' });
    await dialog.getByText('Held by linus 40 m ago: prices').waitFor();
    await dialog.getByRole('button', { name: 'Resume' }).click();
    await eventually(() => site.server.calls, [{ key: 'DELETE /api/services/storefront/environments/production/hold', body: null }]);
  });
});

test('a dialog closes by Escape, changes nothing, and gives the focus back', () =>
  site.open('/', async (page) => {
    const button = page.getByRole('button', { name: 'Roll back catalog in production' });
    await button.click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.deepEqual(site.server.calls, []);
    assert.equal(await button.evaluate((button) => button === document.activeElement), true);
  }));

test('a dialog survives fresh data under it, and so does the focus on a button', () =>
  site.open('/', async (page) => {
    const button = page.getByRole('button', { name: 'Roll back storefront in staging' });
    await button.focus();
    const answer = site.server.fixture('overview');
    answer.services[2].environments[0].running.since = '2026-11-23T11:59:00Z';
    answer.deploys_today = 9;
    site.server.answers['GET /api/overview'] = () => answer;
    await page.getByText('9 deploys today').waitFor();
    assert.equal(await button.evaluate((button) => button === document.activeElement), true);
    await button.click();
    await page.getByRole('dialog').getByLabel('Why').fill('half a sen');
    answer.deploys_today = 10;
    await page.getByText('10 deploys today').waitFor();
    assert.equal(await page.getByRole('dialog').getByLabel('Why').inputValue(), 'half a sen');
  }));
