// The audit log's chain: what to keep elsewhere, and a check of all of it.
import { test } from 'node:test';
import { panel } from './browser.mjs';

const site = panel();

test('the newest block is shown with why one keeps it elsewhere', () =>
  site.open('/audit', async (page) => {
    const chain = page.getByRole('region', { name: 'The chain' });
    await chain.getByText(/^1207:sha256:5be1/).waitFor();
    await chain.getByText(/Keep this line where nobody can change it together with the log/).waitFor();
    await chain.getByRole('button', { name: 'Copy number and hash' }).waitFor();
  }));

test('the chain is checked page by page, and what it is through is told', () => {
  let release;
  const held = new Promise((released) => (release = released));
  return site.open('/audit', async (page) => {
    await page.route(/\/api\/audit\/verify\?after=2/, async (route) => {
      await held;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText(/^1.000 of 1.208 blocks$/).waitFor();
    await page.getByRole('progressbar', { name: 'Blocks checked' }).waitFor();
    release();
    await page.getByText(/Complete and unchanged through block 1.207, checked 2026-11-23 12:00:00 UTC: 14.210 events, none edited, removed or inserted\./).waitFor();
    await page.getByText(/2 events are newer than the newest block/).waitFor();
    await page.getByRole('progressbar').waitFor({ state: 'detached' });
  });
});

test('what is not as it was written is named', () =>
  site.open('/audit', { answers: { 'GET /api/audit/verify': () => site.server.fixture('audit-findings') } }, async (page) => {
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText('2 things are not as it was written').waitFor();
    await page.getByRole('listitem').filter({ hasText: /^Evt_.* was edited after it was chained in block 88\.$/i }).waitFor();
    await page.getByText('Block 91 is missing.').waitFor();
    await page.getByText(/Nothing was changed by this check/).waitFor();
  }));

test('what was kept elsewhere is compared with', () =>
  site.open('/audit', async (page) => {
    const asked = page.waitForRequest((request) => decodeURIComponent(request.url()).includes('/api/audit/verify?anchor=12:sha256:ab'));
    await page.getByLabel('Compare with').fill('12:sha256:ab');
    await page.getByLabel('Compare with').press('Enter');
    await asked;
    await page.getByText(/Complete and unchanged/).waitFor();
  }));

test('a check that breaks off says so, and can be begun again', () =>
  site.open('/audit', { expectErrors: true, answers: { 'GET /api/audit/verify': (query) => (query.get('after') ? 'hang up' : site.server.fixture('audit-check')) } }, async (page) => {
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByRole('alert').getByText('Keelson does not answer').waitFor();
    await page.getByRole('progressbar').waitFor({ state: 'detached' });
    delete site.server.answers['GET /api/audit/verify'];
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText(/Complete and unchanged/).waitFor();
  }));
