// A promotion: live while it goes on, a report afterwards.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, panel } from './browser.mjs';
import { PROMOTION } from './fixtures.mjs';

const site = panel();
const step = (page, name) => page.getByRole('list', { name: 'The way of the release' }).getByRole('listitem').filter({ hasText: name });

test('a rollout under way shows new beside old, the verdict, and counts the bake down', () =>
  site.open(`/promotions/${PROMOTION.baking}`, async (page) => {
    const baking = step(page, '25 % of traffic');
    await baking.getByText('bakes 3 m 20 s').waitFor();
    assert.equal(await baking.getAttribute('aria-current'), 'step');
    const cells = () => baking.getByRole('row', { name: /New/ }).getByRole('cell').allInnerTexts();
    await eventually(async () => (await cells()).map((cell) => cell.replaceAll('\u202f', ' ')), ['412', '0.2 %', '19 ms', '214 ms', '470 ms']);
    await baking.getByRole('row', { name: /Old 77ab12cd/ }).waitFor();
    await baking.getByText('Pass').waitFor();
    await step(page, '100 % of traffic').getByText('Planned').waitFor();
  }));

test('measurements move by themselves', () => {
  const answer = site.server.fixture('promotion-baking');
  return site.open(`/promotions/${PROMOTION.baking}`, { answers: { 'GET /api/promotions/*': () => answer } }, async (page) => {
    const requests = step(page, '25 % of traffic').getByRole('row', { name: /New/ }).getByRole('cell').first();
    await requests.getByText('412').waitFor();
    answer.steps[1].measured.new.requests = 977;
    await requests.getByText('977').waitFor();
    answer.phase = 'rolled_back';
    answer.reason = 'too slow';
    answer.finished_at = '2026-11-23T12:00:00Z';
    answer.cancel = { refused: 'the promotion is over' };
    await page.getByText('Rolled back. Too slow.').waitFor();
    const cancel = page.getByRole('button', { name: 'Cancel' });
    assert.equal(await cancel.getAttribute('aria-disabled'), 'true');
    await cancel.focus();
    await page.getByRole('tooltip').getByText('The promotion is over.').waitFor();
  });
});

test('every gate says whom or what it waits for', () =>
  site.open(`/promotions/${PROMOTION.waiting}`, async (page) => {
    await step(page, 'Soak').getByText('opens in 18 m').waitFor();
    await step(page, 'Approvals').getByText('Waits for approval from money: 0 of 1, not by ada.').waitFor();
    await step(page, 'Checks green').getByText('Open').waitFor();
    await page.getByRole('button', { name: 'Approve' }).waitFor();
  }));

test('a rollout that was taken back says why, and by which numbers', () =>
  site.open(`/promotions/${PROMOTION.failed}`, async (page) => {
    await page.getByText('Rolled back. 7.3 % of requests fail (30 of 411), 0.3 % on the old release; at most 2.0 % may.').waitFor();
    await step(page, '25 % of traffic').getByText('Fail', { exact: true }).waitFor();
    await step(page, '5 % of traffic').first().getByText('90 of 100 requests seen that it takes to judge.').waitFor();
    await step(page, '100 % of traffic').getByText('Not reached').waitFor();
    await step(page, '77ab12cd serves on').waitFor();
  }));

test('a release that does not start shows its exit code and its last words', () =>
  site.open(`/promotions/${PROMOTION.crashed}`, async (page) => {
    const failure = page.getByRole('region', { name: 'Why it does not run' });
    await failure.getByText('101', { exact: true }).waitFor();
    await failure.getByText('GET /readyz: connection refused').waitFor();
    await failure.getByRole('region', { name: 'The last lines it wrote' }).getByText("thread 'main' panicked").waitFor();
  }));

test('there is one red button, and it takes production back', () =>
  site.open(`/promotions/${PROMOTION.baking}`, async (page) => {
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByRole('dialog', { name: 'Roll back storefront in production' }).getByRole('button', { name: 'Roll back to 77ab12cd' }).waitFor();
  }));

test('what is not there says so', () =>
  site.open('/promotions/prm_019ab0c0999970008000000000000009', { expectErrors: true }, async (page) => {
    await page.getByRole('alert').getByText('There is no such thing here.').waitFor();
  }));
