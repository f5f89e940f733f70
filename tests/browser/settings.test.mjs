// Settings: connections with their set-up, tokens and links shown once, dead letters sent again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, panel } from './browser.mjs';

const site = panel();

test('connecting GitHub says each step, shows the secret once, and waits for the ping', () =>
  site.open('/settings', { answers: { 'GET /api/connections/fresh': () => site.server.fixture('connection-fresh') } }, async (page) => {
    await page.getByLabel('Name').fill('fresh');
    await page.getByRole('button', { name: 'Connect' }).click();
    const steps = page.getByRole('region', { name: 'Now tell GitHub' });
    await steps.getByText('https://keelson.acme.example/hooks/fresh').waitFor();
    await steps.getByText('application/json', { exact: true }).waitFor();
    await steps.getByText('whs_3fZ9kq1v0bXJ7tYp2mN8sR4w').waitFor();
    await steps.getByText(/Pushes, Pull requests, Merge groups/).waitFor();
    await steps.getByText('Waiting for the first delivery').waitFor();
    assert.deepEqual(site.server.calls, [{ key: 'PUT /api/connections/fresh', body: { kind: 'github', signing: 'body_hmac' } }]);
    site.server.answers['GET /api/connections/fresh'] = () => site.server.fixture('connection-pinged');
    await steps.getByText(/The connection works/).waitFor();
    await steps.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('region', { name: 'Connect a git host' }).waitFor();
    assert.equal(await page.getByText('whs_3fZ9kq1v0bXJ7tYp2mN8sR4w').count(), 0);
  }));

test('each git host is set up in its own words', () =>
  site.open('/settings', { answers: { 'GET /api/connections/gitlab': () => site.server.fixture('connection-fresh') } }, async (page) => {
    await page.getByLabel('Host', { exact: true }).selectOption({ label: 'GitLab' });
    assert.equal(await page.getByLabel('Name').inputValue(), 'gitlab');
    await page.getByRole('button', { name: 'Connect' }).click();
    const steps = page.getByRole('region', { name: 'Now tell GitLab' });
    await steps.getByText('Signing token').waitFor();
    await steps.getByText(/Push events, Tag push events/).waitFor();
    assert.deepEqual(site.server.calls, [
      { key: 'PUT /api/connections/gitlab', body: { kind: 'gitlab', signing: 'standard_webhooks' } },
    ]);
  }));

test('a delivery that is refused is told while one waits', () => {
  const refused = site.server.fixture('connection-fresh');
  refused.connection.rejected = 1;
  return site.open('/settings', { answers: { 'GET /api/connections/fresh': () => refused } }, async (page) => {
    await page.getByLabel('Name').fill('fresh');
    await page.getByLabel('Name').press('Enter');
    await page.getByText('A delivery was refused').waitFor();
  });
});

test('a name that cannot be is refused before it is sent', () =>
  site.open('/settings', async (page) => {
    await page.getByLabel('Name').fill('My GitHub');
    const button = page.getByRole('button', { name: 'Connect' });
    assert.equal(await button.getAttribute('aria-disabled'), 'true');
    await button.focus();
    await page.getByRole('tooltip').getByText(/not a connection name/).waitFor();
  }));

test('the last deliveries of a connection are a click away', () =>
  site.open('/settings', async (page) => {
    await page.getByText('Last deliveries').click();
    const table = page.getByRole('region', { name: 'Last deliveries' });
    await table.getByRole('row', { name: /pull_request.closed recorded/ }).waitFor();
    await table.getByText('the body is not JSON').waitFor();
  }));

test('rotating asks for how long the old secret stays valid, and shows the second one once', () =>
  site.open('/settings', async (page) => {
    await page.getByRole('button', { name: 'Rotate the secret of github' }).click();
    const dialog = page.getByRole('dialog', { name: 'Rotate the secret of github' });
    await dialog.getByLabel('The old secret stays valid for').selectOption({ label: 'One week' });
    await dialog.getByRole('button', { name: 'Rotate' }).click();
    await page.getByText('whs_3fZ9kq1v0bXJ7tYp2mN8sR4w').waitFor();
    assert.deepEqual(site.server.calls, [{ key: 'POST /api/connections/github/rotate', body: { overlap_hours: 168 } }]);
  }));

test('what was missed and repaired by itself is told, repository by repository', () =>
  site.open('/settings', async (page) => {
    const card = page.getByRole('region', { name: 'github', exact: true });
    await card.getByText(/7 missed, 6 repaired by themselves, 1 still open/).waitFor();
    const table = card.getByRole('region', { name: 'Repositories that are looked after' });
    await table.getByRole('row', { name: /acme\/storefront main a1b2c3d .* Agrees/ }).waitFor();
    await table.getByRole('row', { name: /acme\/payments main 77c0ffe .* Differs/ }).waitFor();
    await card.getByText(/acme\/payments could not be looked at: GitHub answered 403/).waitFor();
    await card.getByText('acme/storefront: 1 delivery is asked for again and awaited.').waitFor();
  }));

test('an API token is set in a dialog, and never shown again', () =>
  site.open('/settings', { answers: { 'GET /api/connections': () => [site.server.fixture('connection-unwatched')] } }, async (page) => {
    await page.getByText(/Without an API token nothing is repaired/).waitFor();
    await page.getByRole('button', { name: 'Set an API token for github' }).click();
    const dialog = page.getByRole('dialog', { name: 'API access of github' });
    const set = dialog.getByRole('button', { name: 'Set the token' });
    assert.equal(await set.getAttribute('aria-disabled'), 'true');
    assert.equal(await dialog.getByLabel('Token').getAttribute('type'), 'password');
    await dialog.getByLabel('Token').fill('ghp_9d8c7b');
    delete site.server.answers['GET /api/connections'];
    await set.click();
    await page.getByRole('status').getByText('github is asked and told through its API from now on.').waitFor();
    assert.deepEqual(site.server.calls, [{ key: 'PUT /api/connections/github/api-access', body: { token: 'ghp_9d8c7b' } }]);
    await page.getByRole('button', { name: 'Replace the API token of github' }).waitFor();
    assert.equal(await page.getByText('ghp_9d8c7b').count(), 0);
  }));

test('removing an API token says what stops', () =>
  site.open('/settings', async (page) => {
    await page.getByRole('button', { name: 'Remove the API token of github' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove the API token of github' });
    await dialog.getByText(/Webhooks that get lost are not made up for any more/).waitFor();
    await dialog.getByRole('button', { name: 'Remove the token' }).click();
    await page.getByRole('status').getByText('github is asked and told nothing any more.').waitFor();
    assert.deepEqual(site.server.calls, [{ key: 'DELETE /api/connections/github/api-access', body: null }]);
  }));

test('a token is made with what was chosen, and shown once', () =>
  site.open('/settings?tab=tokens', async (page) => {
    await page.getByLabel('Name').fill('release job');
    await page.getByLabel('For', { exact: true }).selectOption('storefront');
    await page.getByLabel('Promote').check();
    await page.getByLabel('Valid for').selectOption('30');
    await page.getByRole('button', { name: 'Make the token' }).click();
    await page.getByText('kls_7Yq2hT0cVd5pQm1xZr8sKw3uNb6jEg9f').waitFor();
    assert.deepEqual(site.server.calls[0], {
      key: 'POST /api/tokens',
      body: { name: 'release job', grants: [], permissions: ['push_artifact', 'promote'], service: 'storefront', days: 30 },
    });
    await page.getByRole('button', { name: 'Done' }).click();
    assert.equal(await page.getByText('kls_7Yq2hT0cVd5pQm1xZr8sKw3uNb6jEg9f').count(), 0);
  }));

test('revoking a token asks first', () =>
  site.open('/settings?tab=tokens', async (page) => {
    await page.getByRole('button', { name: 'Revoke CI of storefront' }).click();
    const dialog = page.getByRole('dialog', { name: 'Revoke CI of storefront' });
    await dialog.getByText('is refused from now on').waitFor();
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('status').getByText('Revoked CI of storefront.').waitFor();
    assert.match(site.server.calls[0].key, /^DELETE \/api\/tokens\/tok_/);
  }));

test('a person is added, and gets a link that is shown once', () =>
  site.open('/settings?tab=people', async (page) => {
    await page.getByLabel('Login', { exact: true }).fill('kay');
    await page.getByLabel('Teams').fill('shop, money');
    await page.getByLabel('Role').selectOption('Operator');
    await page.getByLabel('Only for the team').fill('shop');
    await page.getByRole('button', { name: 'Save' }).click();
    await eventually(() => site.server.calls.length, 1);
    assert.deepEqual(site.server.calls[0], {
      key: 'PUT /api/users/kay',
      body: { name: 'kay', git_login: null, emails: [], teams: ['shop', 'money'], grants: [{ role: 'operator', team: 'shop' }] },
    });
    await page.getByRole('button', { name: 'Make a sign-in link for ada' }).click();
    await page.getByText('https://keelson.acme.example/sign-in#sil_3n5v7x9z').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    assert.equal(await page.getByText('https://keelson.acme.example/sign-in#sil_3n5v7x9z').count(), 0);
  }));

test('an event that could not be handled is sent again', () =>
  site.open('/settings?tab=dead-letters', async (page) => {
    await page.getByText('promotions tried 8 times: The deploy target does not answer.').waitFor();
    await page.getByRole('button', { name: 'Send again: production of storefront shall run 9f3c61d2' }).click();
    await page.getByRole('status').getByText('Sent again.').waitFor();
    assert.match(site.server.calls[0].key, /^POST \/api\/dead-letters\/promotions\/evt_.*\/redrive$/);
  }));

test('who may not see something is told so', () =>
  site.open('/settings?tab=people', { expectErrors: true, answers: { 'GET /api/users': () => ({ problem: { status: 403, type: 'forbidden', title: 'You may not do that', detail: 'It takes the role admin.' } }) } }, (page) =>
    page.getByRole('alert').getByText('It takes the role admin.').waitFor()));
