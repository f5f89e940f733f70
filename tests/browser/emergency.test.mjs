// Why not yet: every gate with whom it waits for, approvals that count no more, and the override by two people.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, panel } from './browser.mjs';
import { GATED, TRAIN } from './fixture-gates.mjs';
import { PROMOTION } from './fixtures.mjs';

const site = panel();
const step = (page, title) => page.getByRole('list', { name: 'The way of the release' }).getByRole('listitem').filter({ hasText: title });
const described = (button) => button.evaluate((button) => document.getElementById(button.getAttribute('aria-describedby')).textContent.trim());
const blocked = (over) => ({ ...site.server.fixture('promotion-blocked'), ...over });
const asked = (over) => ({
  asked_by: 'ada',
  asked_at: '2026-11-23T11:58:00Z',
  reason: 'customers cannot pay',
  overrode: [],
  confirm: {},
  ...over,
});
const open = (answer, look) => site.open(`/promotions/${GATED.blocked}`, { answers: { 'GET /api/promotions/*': () => answer } }, look);

test('every closed gate says when, who or where', () =>
  site.open(`/promotions/${GATED.blocked}`, async (page) => {
    await step(page, 'Soak').getByText('opens in 18 m').waitFor();
    await step(page, 'No freeze').getByText('opens in 19 h').waitFor();
    const approvals = step(page, 'Approvals');
    await eventually(() => approvals.getByRole('list', { name: 'Who could approve' }).getByRole('listitem').allInnerTexts(), ['grace', 'linus']);
    await approvals.getByText(`keelson approve ${GATED.blocked}`).waitFor();
    assert.equal(await step(page, 'Not locked').getByRole('link').getAttribute('href'), '/services/payments');
    await step(page, 'Runs what was promoted').getByRole('link', { name: 'Repair production in payments' }).waitFor();
    await page.getByRole('link', { name: 'Goes with a train' }).click();
    await page.waitForURL(`**/trains/${TRAIN.waiting}`);
  }));

test('an approval that counts no more is struck, with what changed', () =>
  site.open(`/promotions/${GATED.blocked}`, async (page) => {
    const approvals = step(page, 'Approvals');
    assert.match(await approvals.locator('s').innerText(), /^Approved by grace 40.m ago$/);
    await approvals.getByText('Void: the artifact changed.').waitFor();
  }));

test('an approval that counts is not struck', () =>
  site.open(`/promotions/${PROMOTION.baking}`, async (page) => {
    await step(page, 'Approvals').getByText('Approved by grace 12 m ago').waitFor();
    assert.equal(await page.locator('s').count(), 0);
  }));

test('an override says what it passes and what not, and wants a reason', () =>
  site.open(`/promotions/${GATED.blocked}`, async (page) => {
    await page.getByRole('button', { name: 'Override the gates' }).click();
    const dialog = page.getByRole('dialog', { name: 'Override the gates of 5e02b7aa' });
    await dialog.getByText('two people let 5e02b7aa into production').waitFor();
    await eventually(() => dialog.getByRole('list', { name: 'It passes:' }).getByRole('listitem').count(), 4);
    await dialog.getByRole('list', { name: 'It still waits for:' }).getByText('Blocked, because what runs is not 77ab12cd').waitFor();
    const ask = dialog.getByRole('button', { name: 'Ask for the override' });
    assert.equal(await described(ask), 'Say why, for whoever confirms it.');
    await dialog.getByLabel('Why').fill('customers cannot pay');
    await ask.click();
    await page.getByRole('status').getByText('Asked. A second person must confirm it').waitFor();
    assert.deepEqual(site.server.calls, [{ key: `POST /api/promotions/${GATED.blocked}/override`, body: { reason: 'customers cannot pay' } }]);
  }));

test('who asked cannot confirm, and reads why', () => {
  const confirm = { refused: 'you asked for it yourself: a second person must confirm' };
  return open(blocked({ overriding: asked({ confirm }) }), async (page) => {
    const card = page.getByRole('region', { name: 'Emergency override' });
    await card.getByText('ada asked 2 m ago: Customers cannot pay.').waitFor();
    const button = card.getByRole('button', { name: 'Confirm the override' });
    assert.equal(await button.getAttribute('aria-disabled'), 'true');
    await card.locator('.hint').getByText('You asked for it yourself: a second person must confirm.').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Override the gates' }).count(), 0);
  });
});

test('a second person confirms exactly what was looked at', () =>
  open(blocked({ overriding: asked() }), async (page) => {
    const card = page.getByRole('region', { name: 'Emergency override' });
    await card.getByText('Waits for a second person').waitFor();
    await card.getByRole('button', { name: 'Confirm the override' }).click();
    const dialog = page.getByRole('dialog', { name: 'Confirm the override of 5e02b7aa' });
    await dialog.getByText('ada asked 2 m ago: Customers cannot pay.').waitFor();
    await dialog.getByRole('list', { name: 'It passes:' }).getByText('Soaks in staging until 2026-11-23 12:18:00Z.').waitFor();
    await dialog.getByRole('button', { name: 'Confirm the override' }).click();
    await eventually(() => site.server.calls.length, 1);
    assert.equal(site.server.calls[0].key, `POST /api/promotions/${GATED.blocked}/override/confirm`);
    assert.match(site.server.calls[0].body.diff, /\.\.5e02b7aa[0-9a-f]+@1$/);
  }));

test('an override of something that changed since is void, and can be asked for again', () =>
  open(blocked({ overriding: asked({ void: 'the artifact changed', confirm: { refused: 'the artifact changed: ask again' } }) }), async (page) => {
    const card = page.getByRole('region', { name: 'Emergency override' });
    await card.getByText('Void', { exact: true }).waitFor();
    await card.getByText('The artifact changed.').waitFor();
    assert.equal(await card.getByRole('button').count(), 0);
    await page.getByRole('button', { name: 'Override the gates' }).waitFor();
  }));

test('an override in force is loud: who, who else, why, and every gate it passed', () =>
  site.open(`/promotions/${GATED.overridden}`, async (page) => {
    const card = page.getByRole('region', { name: 'Emergency override' });
    await card.getByText('In force').waitFor();
    await card.getByText('ada asked 2 m ago: Customers cannot pay.').waitFor();
    await card.getByText('grace confirmed 1 m ago.').waitFor();
    await eventually(() => card.getByRole('list', { name: 'What was passed' }).getByRole('listitem').count(), 3);
    await step(page, 'Soak').getByText('Overridden').waitFor();
    await step(page, 'Checks green').getByText('Open').waitFor();
  }));

test('where nothing that is closed can be overridden, the button says so', () => {
  const answer = blocked({});
  answer.gates = answer.gates.filter((gate) => gate.open || gate.gate === 'drift');
  return open(answer, async (page) => {
    const button = page.getByRole('button', { name: 'Override the gates' });
    await button.waitFor();
    assert.equal(await described(button), 'No gate that two people could pass is closed.');
  });
});

test('cancelling is refused with its reason once it goes back', () =>
  open(blocked({ phase: 'reverting', ask_override: undefined, cancel: { refused: 'it is going back already' } }), async (page) => {
    const cancel = page.getByRole('button', { name: 'Cancel' });
    await cancel.waitFor();
    assert.equal(await described(cancel), 'It is going back already.');
  }));

test('a verdict says how much it rests on, and what could not be measured is not told as well', () => {
  const answer = site.server.fixture('promotion-baking');
  answer.steps[1].verdict = { verdict: 'could_not_measure', reason: 'the proxy does not answer' };
  return site.open(`/promotions/${PROMOTION.baking}`, { answers: { 'GET /api/promotions/*': () => answer } }, async (page) => {
    await step(page, '5 % of traffic').first().getByText('over 96 requests beside 1 820 of the old one').waitFor();
    const unsure = step(page, '25 % of traffic');
    await unsure.getByText('Could not measure').waitFor();
    await unsure.getByText('The proxy does not answer.').waitFor();
    assert.equal(await unsure.getByText('Pass', { exact: true }).count(), 0);
  });
});
