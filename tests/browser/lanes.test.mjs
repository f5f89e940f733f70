// What is in the way of an environment: who locked it and until when, when a freeze opens, what drifted, and the button
// that resolves it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, NARROW, panel } from './browser.mjs';
import { TRAIN } from './fixture-gates.mjs';

const site = panel();
const lane = (page, environment, service = 'warehouse') => page.getByRole('region', { name: `${service} in ${environment}` });
/** Text as a test can write it: numbers and units are apart by a narrow space that is no ordinary one. */
const text = async (locator) => (await locator.innerText()).replaceAll('\u202f', ' ');
const described = (button) => button.evaluate((button) => document.getElementById(button.getAttribute('aria-describedby')).textContent.trim());
const NOTHING_HERE = { health: { state: 'empty', reason: 'nothing runs here' }, running: undefined, previous: undefined };

test('a lock says who, why and for how long, and what waits for it does not say so again', () =>
  site.open('/services/warehouse', async (page) => {
    const staging = lane(page, 'staging');
    await staging.getByText('Locked by ada 10 m ago, for another 50 m: The database is being moved.').waitFor();
    await staging.getByText('9f3c61d2 waits for green checks (red: integration)').waitFor();
    assert.equal(await staging.getByText('locked by ada until').count(), 0);
    await lane(page, 'acceptance').getByText('Locked by linus 3 h ago, until somebody unlocks: Audit.').waitFor();
  }));

test('locking asks why and for how long', () =>
  site.open('/services/storefront', async (page) => {
    await page.getByRole('button', { name: 'Lock storefront in production' }).click();
    const dialog = page.getByRole('dialog', { name: 'Lock storefront in production' });
    await dialog.getByText('rolling back is still possible').waitFor();
    const lock = dialog.getByRole('button', { name: 'Lock', exact: true });
    assert.equal(await described(lock), 'Say why, for whoever is kept away.');
    await dialog.getByLabel('Why').press('Enter');
    assert.deepEqual(site.server.calls, []);
    await dialog.getByLabel('Why').fill('moving the database');
    await dialog.getByLabel('For how long').selectOption('4 hours');
    await lock.click();
    await page.getByRole('status').getByText('production is locked.').waitFor();
    const [{ key, body }] = site.server.calls;
    assert.equal(key, 'PUT /api/services/storefront/environments/production/lock');
    assert.equal(body.reason, 'moving the database');
    assert.equal(Date.parse(body.until), Date.parse('2026-11-23T16:00:00Z'));
  }));

test('a lock may last until somebody unlocks', () =>
  site.open('/services/storefront', async (page) => {
    await page.getByRole('button', { name: 'Lock storefront in staging' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('For how long').selectOption('Until somebody unlocks');
    await dialog.getByLabel('Why').fill('audit');
    await dialog.getByLabel('Why').press('Enter');
    await eventually(() => site.server.calls, [{ key: 'PUT /api/services/storefront/environments/staging/lock', body: { reason: 'audit' } }]);
  }));

test('unlocking tells who locked it and why', () =>
  site.open('/services/warehouse', async (page) => {
    await lane(page, 'staging').getByRole('button', { name: 'Unlock warehouse in staging' }).click();
    const dialog = page.getByRole('dialog', { name: 'Unlock warehouse in staging' });
    await dialog.getByText('Locked by ada 10 m ago: The database is being moved.').waitFor();
    await dialog.getByText('It would end by itself in 50 m.').waitFor();
    await dialog.getByRole('button', { name: 'Unlock' }).click();
    await page.getByRole('status').getByText('staging is unlocked.').waitFor();
    assert.deepEqual(site.server.calls, [{ key: 'DELETE /api/services/warehouse/environments/staging/lock', body: null }]);
  }));

test("somebody else's lock stays, and its button says who may lift it", () =>
  site.open('/services/warehouse', async (page) => {
    const unlock = lane(page, 'acceptance').getByRole('button', { name: 'Unlock warehouse in acceptance' });
    await unlock.waitFor();
    assert.equal(await unlock.getAttribute('aria-disabled'), 'true');
    await unlock.focus();
    await page.getByRole('tooltip').getByText('Only linus, or an operator, may lift this lock.').waitFor();
    await unlock.press('Enter');
    assert.equal(await page.getByRole('dialog').count(), 0);
  }));

test('a lock that the server refuses says so in the dialog', () => {
  const refusal = { problem: { status: 409, type: 'conflict', title: 'It cannot be done now', detail: 'linus has locked it already. Nothing was changed.' } };
  return site.open('/services/storefront', { expectErrors: true, answers: { 'PUT /api/services/*/environments/*/lock': () => refusal } }, async (page) => {
    await page.getByRole('button', { name: 'Lock storefront in production' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Why').fill('audit');
    await dialog.getByLabel('Why').press('Enter');
    await dialog.getByRole('alert').getByText('Linus has locked it already. Nothing was changed.').waitFor();
  });
});

test('a frozen environment names when it opens', () =>
  site.open('/services/warehouse', async (page) => {
    const acceptance = lane(page, 'acceptance');
    await acceptance.getByText('Frozen until Tue 2026-11-24 08:00 Europe/Berlin').waitFor();
    assert.match(await text(acceptance), /nights are quiet\. It opens in 19 h\./);
    await eventually(() => acceptance.locator('time[datetime="2026-11-24T07:00:00Z"]').count(), 1);
  }));

test('drift is told with what differs and what to do, and can be repaired at once', () =>
  site.open('/services/warehouse', async (page) => {
    const production = lane(page, 'production');
    await production.getByText('Drifted, found 4 m ago: what runs is not 77ab12cd as it was promoted').waitFor();
    await production.getByText('Roll back, or promote 77ab12cd again to unpack it afresh').waitFor();
    await production.getByText('Not what was promoted · read back no known artifact').waitFor();
    await production.getByRole('button', { name: 'Promote again 77ab12cd to warehouse in production' }).click();
    const dialog = page.getByRole('dialog', { name: 'Promote warehouse to production' });
    await dialog.getByText('77ab12cd runs in production already, but not as it was promoted. It is unpacked afresh').waitFor();
    await dialog.getByRole('button', { name: /^Promote [0-9a-f]{8}$/ }).click();
    await eventually(() => site.server.calls.length, 1);
    assert.equal(site.server.calls[0].key, 'POST /api/promotions');
  }));

test('what was read back stands beside what was promoted, and what cannot be read is not told as the same', () =>
  site.open('/services/warehouse', async (page) => {
    await lane(page, 'staging').getByText('Runs what was promoted · read back 77ab12cd').waitFor();
    await lane(page, 'acceptance').getByText('Not read back · the target has not looked yet, or cannot').waitFor();
    assert.equal(await lane(page, 'acceptance').getByText('Runs what was promoted').count(), 0);
  }));

test('what blocks is shown with its button on the first screen too', () => {
  const answer = site.server.fixture('overview');
  answer.services = [site.server.fixture('service-blocked')];
  return site.open('/', { answers: { 'GET /api/overview': () => answer } }, async (page) => {
    await lane(page, 'staging').getByRole('button', { name: 'Unlock warehouse in staging' }).click();
    await page.getByRole('dialog', { name: 'Unlock warehouse in staging' }).waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await lane(page, 'production').getByRole('button', { name: /^Lock/ }).count(), 0);
  });
});

test('what goes with a train leads there, instead of to its number', () => {
  const answer = site.server.fixture('service-blocked');
  const [waiting] = answer.environments[0].waiting;
  waiting.train = TRAIN.waiting;
  waiting.waits_for.push(`waits for train ${TRAIN.waiting}: it leaves when the gates of all its services are open`);
  return site.open('/services/warehouse', { answers: { 'GET /api/services/*': () => answer } }, async (page) => {
    const staging = lane(page, 'staging');
    await staging.getByText('waits for green checks (red: integration); goes with a train').waitFor();
    assert.equal(await staging.getByText('waits for train').count(), 0);
    await staging.getByRole('link', { name: 'goes with a train' }).click();
    await page.waitForURL(`**/trains/${TRAIN.waiting}`);
  });
});

test('the palette locks and unlocks', () =>
  site.open('/services/warehouse', { answers: { 'GET /api/services': () => ({ items: [site.server.fixture('service-blocked')] }) } }, async (page) => {
    await lane(page, 'staging').waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('unlock warehouse staging');
    await page.getByRole('option', { name: /^Unlock warehouse in staging/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Unlock warehouse in staging' }).waitFor();
  }));

test('lanes that load, that are empty, that cannot be known', () => {
  const empty = site.server.fixture('service');
  Object.assign(empty.environments[0], NOTHING_HERE);
  const production = empty.environments[1];
  production.health = { state: 'unknown', reason: 'the deploy target does not answer' };
  delete production.running.digest_matches;
  delete production.running.read_back;
  let release;
  const held = new Promise((done) => (release = done));
  return site.open('/audit', { answers: { 'GET /api/services/*': () => empty } }, async (page) => {
    await page.route('**/api/services/storefront', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`${site.server.url}/services/storefront`);
    await page.getByRole('status', { name: 'Loading' }).waitFor();
    release();
    await lane(page, 'staging', 'storefront').getByText('Nothing runs here yet').waitFor();
    const unknown = lane(page, 'production', 'storefront');
    await unknown.getByText('The deploy target does not answer.').waitFor();
    await unknown.getByText('Cannot be read back · the target does not tell').waitFor();
  });
});

test('long reasons and many environments stay within a telephone', () => {
  const answer = site.server.fixture('service-blocked');
  const [sample] = answer.environments;
  const reason = `the database of ${'averylongnamethatdoesnotbreak'.repeat(6)} is being moved`;
  answer.environments = Array.from({ length: 12 }, (_, index) => ({
    ...sample,
    environment: `environment-number-${index}`,
    lock: { ...sample.lock, owner: 'a-login-as-long-as-it-may-be-at-39-char', reason },
  }));
  return site.open('/services/warehouse', { viewport: NARROW, answers: { 'GET /api/services/*': () => answer } }, async (page) => {
    await eventually(() => page.getByRole('button', { name: /^Unlock warehouse/ }).count(), 12);
    const surplus = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(surplus, 0);
  });
});
