// Signing in at the identity provider: what is offered, and what is said when it came to nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NARROW, panel } from './browser.mjs';

const site = panel();
const away = { problem: { status: 503, type: 'unavailable', title: 'Not available', detail: 'Something does not answer.' } };

test('the identity provider is offered first, and leads on to where one wanted to go', () =>
  site.open('/sign-in?next=%2Faudit%3Fkind%3Dsigned_in', async (page) => {
    const offer = page.getByRole('link', { name: 'Sign in with Acme' });
    assert.equal(await offer.getAttribute('href'), '/auth/oidc?next=%2Faudit%3Fkind%3Dsigned_in');
    await page.getByText('Or by a link that works once. There are no passwords.').waitFor();
    await page.keyboard.press('Tab');
    // A real navigation: the panel's own router has no such page.
    const asked = page.waitForRequest((request) => request.isNavigationRequest() && request.url().includes('/auth/oidc?'));
    await offer.click();
    await asked;
  }));

test('without an identity provider there are links alone', () =>
  site.open('/sign-in', { answers: { 'GET /auth/methods': () => ({}) } }, async (page) => {
    await page.getByText('You sign in by a link that works once.').waitFor();
    assert.equal(await page.getByRole('link', { name: /^Sign in with/ }).count(), 0);
  }));

test('whoever has no role is told their groups and what an admin can do', () =>
  site.open('/sign-in?problem=no_role', { viewport: NARROW }, async (page) => {
    await page.getByText(/none of your groups has a role here/).waitFor();
    await page.getByText('Your groups there: sales, munich').waitFor();
    await page.getByText(/KEELSON_SIGN_IN_OIDC_ROLES/).waitFor();
    await page.getByRole('link', { name: 'Sign in with Acme' }).waitFor();
    const { scroll, width } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: innerWidth }));
    assert.ok(scroll <= width, 'nothing hangs over the edge of a telephone');
  }));

test('another problem is told without groups, and what nobody knows is not told', () =>
  site.open('/sign-in?problem=expired', async (page) => {
    await page.getByText(/took longer than ten minutes/).waitFor();
    assert.equal(await page.getByText('Your groups there').count(), 0);
    await page.goto(`${site.server.url}/sign-in?problem=%3Cb%3Emade%20up`);
    await page.getByRole('link', { name: 'Sign in with Acme' }).waitFor();
    assert.equal(await page.getByText('made up').count(), 0);
  }));

test('a server that does not say how one signs in still takes links', () =>
  site.open('/sign-in', { expectErrors: true, answers: { 'GET /auth/methods': () => away } }, async (page) => {
    await page.getByText(/Whether there is an identity provider is not known/).waitFor();
    await page.getByText('keelson user link LOGIN').waitFor();
  }));
