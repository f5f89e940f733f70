// Trains: where each of their services is, and the way back in reverse.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, NARROW, panel } from './browser.mjs';
import { TRAIN } from './fixture-gates.mjs';
import { PROMOTION } from './fixtures.mjs';

const site = panel();
const car = (page, service) => page.getByRole('list', { name: 'The services of the train' }).getByRole('listitem').filter({ hasText: service });
const described = (button) => button.evaluate((button) => document.getElementById(button.getAttribute('aria-describedby')).textContent.trim());

test('the list says where each train is, and why', () =>
  site.open('/trains', async (page) => {
    const row = (name) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
    await row('Gift cards').getByText('Going').waitFor();
    await row('Gift cards').getByText('catalog → payments → storefront').waitFor();
    await row('Train to production').getByText('Payments: soaks in staging until').waitFor();
    await row('Prices with taxes, at first').getByText('Not all is back').waitFor();
    await row('Gift cards').getByRole('link').click();
    await page.waitForURL(`**/trains/${TRAIN.going}`);
    await page.getByRole('heading', { level: 1, name: 'Gift cards' }).waitFor();
  }));

test('a train shows its services in order, each with its state and its promotion', () =>
  site.open(`/trains/${TRAIN.going}`, async (page) => {
    await car(page, 'catalog').getByText('Promoted').waitFor();
    await car(page, 'payments').getByText('Rolling out').waitFor();
    assert.equal(await car(page, 'payments').getAttribute('aria-current'), 'step');
    await car(page, 'storefront').getByText('Waiting').waitFor();
    assert.equal(await car(page, 'payments').getByRole('link', { name: 'Its promotion' }).getAttribute('href'), `/promotions/${PROMOTION.baking}`);
  }));

test('a train that waits says for what, and cannot be rolled back yet', () =>
  site.open(`/trains/${TRAIN.waiting}`, async (page) => {
    await page.getByText('It leaves when the gates of one more service are open.').waitFor();
    await car(page, 'payments').getByText('Waits for approval from money: 0 of 1').waitFor();
    assert.equal(await described(page.getByRole('button', { name: 'Roll back' })), 'Nothing is promoted yet: cancel it instead.');
    await page.getByRole('button', { name: 'Cancel' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel Train to production' });
    await dialog.getByText('Nothing that runs changes.').waitFor();
    await eventually(() => dialog.getByRole('list', { name: 'What never starts' }).getByRole('listitem').allInnerTexts(), ['payments never starts', 'storefront never starts']);
    await dialog.getByRole('button', { name: 'Cancel the train' }).click();
    await page.getByRole('status').getByText('Cancelled Gift cards.').waitFor();
    assert.deepEqual(site.server.calls, [{ key: `POST /api/trains/${TRAIN.waiting}/cancel`, body: null }]);
  }));

test('rolling a train back lists what goes back, the last one first', () =>
  site.open(`/trains/${TRAIN.done}`, async (page) => {
    await page.getByRole('button', { name: 'Roll back' }).click();
    const dialog = page.getByRole('dialog', { name: 'Roll back Prices with taxes' });
    await eventually(() => dialog.getByRole('list', { name: 'What goes back' }).getByRole('listitem').allInnerTexts(), [
      'storefront: 5e02b7aa is taken out, nothing ran before',
      'payments goes back from 5e02b7aa to 77ab12cd',
      'catalog goes back from 5e02b7aa to 77ab12cd',
    ]);
    await dialog.getByText('Afterwards each of them is held in production').waitFor();
    await dialog.getByLabel('Why').fill('prices are wrong');
    await dialog.getByRole('button', { name: 'Roll 3 services back' }).click();
    await page.getByRole('status').getByText('Gift cards goes back.').waitFor();
    assert.deepEqual(site.server.calls, [{ key: `POST /api/trains/${TRAIN.done}/rollback`, body: { reason: 'prices are wrong' } }]);
  }));

test('a train under way goes back from where it is', () =>
  site.open(`/trains/${TRAIN.going}`, async (page) => {
    await page.getByRole('button', { name: 'Roll back' }).click();
    const dialog = page.getByRole('dialog');
    await eventually(() => dialog.getByRole('list', { name: 'What goes back' }).getByRole('listitem').allInnerTexts(), [
      'payments: the rollout of 5e02b7aa is stopped and goes back',
      'catalog goes back from 5e02b7aa to 77ab12cd',
    ]);
    await eventually(() => dialog.getByRole('list', { name: 'What never starts' }).getByRole('listitem').allInnerTexts(), ['storefront never starts']);
  }));

test('what could not go back says why, and by which command it can', () =>
  site.open(`/trains/${TRAIN.back}`, async (page) => {
    await page.getByText('Not all is back. Payments ended: 7.3 % of requests fail').waitFor();
    await car(page, 'mail').getByText('Could not go back').waitFor();
    await car(page, 'mail').getByText('keelson rollback mail production').waitFor();
    assert.equal(await described(page.getByRole('button', { name: 'Cancel' })), 'The train is over.');
  }));

test('a service that somebody must decide about is told at the top', () => {
  const answer = site.server.fixture('train-going');
  answer.cars[1].waits_for = ['waits for a decision: only 3 of 20 requests needed to judge it. Approve to go on, cancel or roll back to go back'];
  return site.open(`/trains/${TRAIN.going}`, { answers: { 'GET /api/trains/*': () => answer } }, async (page) => {
    await page.getByText('payments waits for a decision: only 3 of 20 requests needed to judge it.').waitFor();
    await car(page, 'payments').getByText('Waits for a decision').waitFor();
  });
});

test('a train moves by itself', () => {
  const answer = site.server.fixture('train-going');
  return site.open(`/trains/${TRAIN.going}`, { answers: { 'GET /api/trains/*': () => answer } }, async (page) => {
    await car(page, 'payments').getByText('Rolling out').waitFor();
    answer.cars[1].phase = 'promoted';
    answer.cars[2].phase = 'rolling';
    await car(page, 'payments').getByText('Promoted').waitFor();
    await car(page, 'storefront').getByText('Rolling out').waitFor();
  });
});

/** Services that have something newer for production. */
const ready = () => ({
  items: ['catalog', 'payments', 'storefront'].map((name, index) => {
    const row = site.server.fixture('services').items[index === 2 ? 0 : 1];
    const lane = row.environments[1];
    return { ...row, name, environments: [row.environments[0], { ...lane, promote: {}, rollout: undefined }] };
  }),
});

test('a train is put together in the order one wants, with what was looked at', () =>
  site.open('/trains', { answers: { 'GET /api/services': ready } }, async (page) => {
    await page.getByRole('button', { name: 'New train' }).click();
    const dialog = page.getByRole('dialog', { name: 'Put a train together' });
    const add = dialog.getByLabel('Add a service');
    await dialog.getByLabel('Environment').waitFor();
    assert.equal(await dialog.getByLabel('Environment').inputValue(), 'production');
    const create = dialog.getByRole('button', { name: 'Create the train' });
    await add.selectOption('payments');
    assert.equal(await described(create), 'A train takes at least two services.');
    await add.selectOption('storefront');
    await add.selectOption('catalog');
    const cars = dialog.getByRole('list', { name: 'Services of the train, in order' });
    await cars.getByRole('button', { name: 'Move catalog up' }).click();
    await cars.getByRole('button', { name: 'Leave payments out' }).click();
    await eventually(async () => (await cars.getByRole('listitem').allInnerTexts()).map((line) => line.split('\n')[0]), ['catalog', 'storefront']);
    await dialog.getByLabel('Name').fill('Gift cards');
    await create.click();
    await eventually(() => site.server.calls.length, 1);
    const [{ key, body }] = site.server.calls;
    assert.equal(key, 'POST /api/trains');
    assert.equal(body.name, 'Gift cards');
    assert.equal(body.environment, 'production');
    assert.deepEqual(body.cars.map((one) => one.service), ['catalog', 'storefront']);
    assert.match(body.cars[0].artifact, /^sha256:[0-9a-f]{64}$/);
    await page.getByRole('status').getByRole('link', { name: 'Watch it' }).click();
    await page.waitForURL(`**/trains/${TRAIN.waiting}`);
  }));

test('a train that cannot be put together says which service is in the way', () => {
  const problem = { status: 400, type: 'invalid-request', title: 'The request is not valid', detail: 'The train cannot be put together. Nothing was changed.' };
  return site.open('/trains', { expectErrors: true, answers: { 'GET /api/services': ready, 'POST /api/trains': () => ({ problem }) } }, async (page) => {
    await page.getByRole('button', { name: 'New train' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Add a service').selectOption('payments');
    await dialog.getByLabel('Add a service').selectOption('catalog');
    await dialog.getByRole('button', { name: 'Create the train' }).click();
    await dialog.getByRole('alert').getByText('The train cannot be put together. Nothing was changed.').waitFor();
  });
});

test('without any train the page teaches what one is, with a command', () =>
  site.open('/trains', { answers: { 'GET /api/trains': () => ({ items: [] }) } }, async (page) => {
    await page.getByText('No train yet').waitFor();
    await page.getByText('keelson train create production payments storefront').waitFor();
  }));

test('trains that load, and that cannot be had', () => {
  let release;
  const held = new Promise((done) => (release = done));
  return site.open('/audit', { expectErrors: true, answers: { 'GET /api/trains': () => 'hang up' } }, async (page) => {
    await page.route('**/api/trains?*', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`${site.server.url}/trains`);
    await page.getByRole('status', { name: 'Loading' }).waitFor();
    release();
    await page.getByRole('alert').getByText('Keelson does not answer').waitFor();
    delete site.server.answers['GET /api/trains'];
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('link', { name: 'Gift cards' }).waitFor();
  });
});

test('many trains with long names and twenty services fit a telephone, and older ones are read on', () => {
  const [sample] = site.server.fixture('trains').items;
  const long = 'a-service-with-a-name-as-long-as-it-gets';
  const cars = Array.from({ length: 20 }, (_, index) => ({ ...sample.cars[0], service: `${long.slice(0, 36)}-${index}` }));
  const one = (index) => ({ ...sample, id: `trn_${String(index).padStart(32, '0').replace(/^(.{12})./, '$17').replace(/^(.{16})./, '$18')}`, name: `${index} ${'A name of eighty characters that goes on and on'.repeat(2).slice(0, 76)}`, cars });
  const pages = { '': { items: Array.from({ length: 50 }, (_, index) => one(index)), next: 'more' }, more: { items: [one(50)] } };
  const list = (query) => pages[query.get('after') ?? ''];
  return site.open('/trains', { viewport: NARROW, answers: { 'GET /api/trains': list } }, async (page) => {
    const lines = page.getByRole('row');
    await eventually(() => lines.count(), 51);
    await page.getByRole('button', { name: 'Show older' }).click();
    await eventually(() => lines.count(), 52);
    const surplus = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(surplus, 0);
  });
});

test('a train that is not there says so', () =>
  site.open('/trains/trn_019ab0c0999970008000000000000009', { expectErrors: true }, async (page) => {
    await page.getByRole('alert').getByText('There is no such thing here.').waitFor();
  }));
