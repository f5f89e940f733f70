// The frame: keyboard, theme, focus, signing in and out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, NARROW, panel } from './browser.mjs';

const site = panel();
const focused = (page) => page.evaluate(() => document.activeElement.textContent);
const signedOut = { problem: { status: 401, type: 'unauthenticated', title: 'You are not signed in', detail: 'Sign in first.' } };

test('the palette finds pages, services and actions, by keyboard alone', () =>
  site.open('/', async (page) => {
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    const input = page.getByRole('combobox', { name: 'Search or jump to' });
    await input.waitFor();
    await page.keyboard.type('roll prod store');
    await page.getByRole('option', { name: 'Roll back storefront in production' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Roll back storefront in production' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await input.waitFor();
    await page.keyboard.type('catalog');
    await page.getByRole('option', { name: /^catalog/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    assert.match(await page.locator(`#${await input.getAttribute('aria-activedescendant')}`).innerText(), /^catalog/);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/services/catalog');
  }));

test('the palette does not do what may not be done, and says why', () =>
  site.open('/', async (page) => {
    await page.getByRole('button', { name: 'Search or jump to' }).click();
    await page.keyboard.type('promote storefront production');
    await page.getByRole('option', { name: /It is rolling out already/ }).waitFor();
    await page.keyboard.press('Enter');
    assert.equal(await page.getByRole('dialog', { name: /^Promote/ }).count(), 0);
  }));

test('a slash that is typed into a field stays there', () =>
  site.open('/services', async (page) => {
    await page.getByLabel('Filter services').press('/');
    assert.equal(await page.getByLabel('Filter services').inputValue(), '/');
    assert.equal(await page.getByRole('combobox', { name: 'Search or jump to' }).count(), 0);
  }));

test('the theme that one chooses stays, and wins over the system', () =>
  site.open('/', { theme: 'light' }, async (page) => {
    await page.getByRole('button', { name: 'Use the dark theme' }).click();
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
    await page.reload();
    await page.getByRole('button', { name: 'Use the light theme' }).waitFor();
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
  }));

test('after navigation the focus is on the heading of the new page', () =>
  site.open('/', async (page) => {
    await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    await eventually(() => focused(page), 'Audit');
    assert.equal(await page.title(), 'Audit · Keelson');
  }));

test('the first key leads past the frame', () =>
  site.open('/audit', async (page) => {
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal((await focused(page)).trim(), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.equal(await focused(page), 'Audit');
  }));

test('there is no link to a room that is not there', () =>
  site.open('/', async (page) => {
    const rooms = page.getByRole('navigation', { name: 'Rooms' }).getByRole('listitem').getByRole('link');
    await rooms.first().waitFor();
    await eventually(async () => (await rooms.allInnerTexts()).map((text) => text.trim()), ['Overview', 'Services', 'Trains', 'Delivery', 'Audit', 'Settings']);
  }));

test('on a telephone the rooms are a bar at the bottom', () =>
  site.open('/', { viewport: NARROW }, async (page) => {
    const box = await page.getByRole('navigation', { name: 'Rooms' }).boundingBox();
    assert.ok(box.y > NARROW.height - 70, `the bar is at ${box.y}`);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  }));

test('without a session one is sent to sign in, and comes back after it', () =>
  site.open('/services/storefront?tab=runs', { expectErrors: true, answers: { 'GET /api/*': () => signedOut, 'GET /api/services/*': () => signedOut, 'GET /api/services/*/changes': () => signedOut } }, async (page) => {
    await page.waitForURL('**/sign-in?next=**');
    await page.getByText('There are no passwords.').waitFor();
    for (const route of Object.keys(site.server.answers)) delete site.server.answers[route];
    await page.evaluate(() => (location.hash = 'a-secret'));
    await page.waitForURL('**/services/storefront?tab=runs');
    await page.getByRole('button', { name: 'Account of Grace Hopper' }).waitFor();
  }));

test('the link\'s secret goes into the body, and out of the address and the history', () =>
  site.open('/sign-in#the-secret', async (page) => {
    await page.getByRole('heading', { level: 1, name: 'All healthy' }).waitFor();
    assert.deepEqual(site.server.calls, [{ key: 'POST /auth/session', body: { secret: 'the-secret' } }]);
    await page.goBack();
    assert.equal(page.url().includes('the-secret'), false);
  }));

test('a link that was used says so, and how to get another', () =>
  site.open('/sign-in#used', { expectErrors: true, answers: { 'POST /auth/session': () => ({ problem: { status: 401, type: 'unauthenticated', title: 'You are not signed in', detail: 'This sign-in link is not valid.' } }) } }, async (page) => {
    await page.getByText('This sign-in link is not valid.').waitFor();
    await page.getByText('keelson user link LOGIN').waitFor();
    assert.equal(page.url(), `${site.server.url}/sign-in`);
  }));

test('signing out ends at the sign-in page', () =>
  site.open('/audit', async (page) => {
    await page.getByRole('button', { name: 'Account of Grace Hopper' }).click();
    await page.getByText('Admin · every team · every environment').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    assert.deepEqual(site.server.calls, [{ key: 'DELETE /auth/session', body: null }]);
  }));

test('a link within the panel loads no document, and the browser leads back and forth', () =>
  site.open('/', {}, async (page) => {
    await page.evaluate(() => (window.marked = true));
    await page.getByRole('link', { name: 'Services', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
    // A link to where one is leaves nothing behind.
    await page.getByRole('link', { name: 'Services', exact: true }).click();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'All healthy' }).waitFor();
    await page.goForward();
    await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
    assert.equal(await page.evaluate(() => window.marked), true);
  }));

test('a filter changes the address and leaves nothing behind to go back to', () =>
  site.open('/', {}, async (page) => {
    await page.getByRole('link', { name: 'Services', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
    await page.getByLabel('Filter services').fill('store & front');
    await page.waitForURL('**/services?q=store%20%26%20front');
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'All healthy' }).waitFor();
    assert.equal(page.url(), `${site.server.url}/`);
  }));

test('a click with a key held down is the browser\'s', () =>
  site.open('/', {}, async (page) => {
    const opened = page.context().waitForEvent('page');
    await page.getByRole('link', { name: 'Services', exact: true }).click({ modifiers: ['ControlOrMeta'] });
    await (await opened).waitForURL('**/services');
    assert.equal(page.url(), `${site.server.url}/`);
  }));

test('another page begins at its top, another tab stays where it is', () =>
  site.open('/services/storefront', { viewport: { width: 800, height: 240 } }, async (page) => {
    const height = () => page.evaluate(() => Math.round(scrollY));
    const tab = page.getByRole('navigation', { name: 'Service', exact: true }).getByRole('link', { name: 'Runs' });
    await tab.waitFor();
    await page.evaluate(() => scrollTo(0, 40));
    const before = await height();
    assert.ok(before > 0, 'the page is longer than the screen');
    await tab.evaluate((link) => link.click());
    await page.waitForURL('**?tab=runs');
    assert.equal(await height(), before);
    await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Services' }).evaluate((link) => link.click());
    await page.waitForURL('**/services');
    assert.equal(await height(), 0);
  }));
