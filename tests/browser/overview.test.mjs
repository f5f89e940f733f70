// The first screen: the verdict, the pipelines, and what it does when there is nothing, much, or trouble.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, NARROW, panel } from './browser.mjs';

const site = panel();
const overview = () => site.server.fixture('overview');
const row = (page, name) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 2, name, exact: true }) });
/** Text as a test can write it: numbers and units are apart by a narrow space that is no ordinary one. */
const text = async (locator) => (await locator.innerText()).replaceAll('\u202f', ' ');
const lane = (page, service, environment) => row(page, service).getByRole('region', { name: `${service} in ${environment}` });

test('one reads first whether all is healthy, then what runs where', () =>
  site.open('/', async (page) => {
    await page.getByRole('heading', { level: 1, name: 'All healthy' }).waitFor();
    await page.getByText('4 deploys today · 1 rollback today · 1 waiting for approval · 3 services').waitFor();
    const staging = lane(page, 'storefront', 'staging');
    await staging.getByText('Healthy').waitFor();
    await staging.getByText('9f3c61d2', { exact: true }).waitFor();
    assert.match(await text(staging), /12 m ago\s*·\s*Keelson/);
  }));

test('what moves shows its share of traffic and when its bake ends', () =>
  site.open('/', async (page) => {
    const production = lane(page, 'storefront', 'production');
    await production.getByRole('link', { name: 'Baking 9f3c61d2' }).waitFor();
    assert.match(await text(production), /25 % of traffic · step 2 of 3 · 3 m 20 s/);
    await production.getByRole('img', { name: 'Share of traffic: 25 %' }).waitFor();
  }));

test('what waits says why, and a hold says who and why, once', () =>
  site.open('/', async (page) => {
    await lane(page, 'payments', 'production').getByText('waits for approval from money: 0 of 1, not by ada').waitFor();
    const held = lane(page, 'catalog', 'production');
    await held.getByText('Held by linus 40 m ago: rolled back: prices were sorted as text').waitFor();
  }));

test('a button that is refused is shown, and says why', () =>
  site.open('/', async (page) => {
    const promote = page.getByRole('button', { name: 'Promote storefront in production' });
    await promote.waitFor();
    assert.equal(await promote.getAttribute('aria-disabled'), 'true');
    const described = await promote.evaluate((button) => document.getElementById(button.getAttribute('aria-describedby')).textContent);
    assert.equal(described.trim(), 'It is rolling out already.');
    await promote.focus();
    await page.getByRole('tooltip').getByText('It is rolling out already.').waitFor();
    await promote.press('Enter');
    assert.equal(await page.getByRole('dialog').count(), 0);
  }));

test('the environment filter lives in the address', () =>
  site.open('/', async (page) => {
    await page.getByLabel('Environment').selectOption('production');
    await page.waitForURL('**/?env=production');
    await eventually(() => page.getByRole('region', { name: / in staging$/ }).count(), 0);
    await page.reload();
    await lane(page, 'storefront', 'production').waitFor();
    assert.equal(await page.getByRole('region', { name: / in staging$/ }).count(), 0);
  }));

test('an unhealthy service is the verdict, with its reason', () => {
  const answer = overview();
  answer.verdict = { state: 'unhealthy', reason: 'storefront in production: 7.3 % of requests fail' };
  answer.unhealthy = 1;
  answer.dead_letters = 2;
  answer.services[2].environments[1].health = { state: 'unhealthy', reason: '7.3 % of requests fail' };
  return site.open('/', { answers: { 'GET /api/overview': () => answer } }, async (page) => {
    await page.getByRole('heading', { level: 1, name: '1 of 3 unhealthy' }).waitFor();
    assert.equal(await page.title(), '1 of 3 unhealthy · Keelson');
    await page.getByText('Storefront in production: 7.3 % of requests fail.').waitFor();
    await lane(page, 'storefront', 'production').getByText('Unhealthy').waitFor();
    await page.getByRole('link', { name: '2 events not handled' }).click();
    await page.waitForURL('**/settings?tab=dead-letters');
  });
});

test('unknown is never told as healthy', () => {
  const answer = overview();
  answer.verdict = { state: 'unknown', reason: 'storefront in production: the deploy target does not answer' };
  return site.open('/', { answers: { 'GET /api/overview': () => answer } }, (page) =>
    page.getByRole('heading', { level: 1, name: 'Not known' }).waitFor());
});

test('an installation without services teaches the next step', () => {
  const answer = { ...overview(), total: 0, services: [] };
  return site.open('/', { answers: { 'GET /api/overview': () => answer } }, async (page) => {
    await page.getByText('No service yet').waitFor();
    await page.getByText('keelson service apply').waitFor();
  });
});

test('services with long names are shown and scrolled, and those that are not shown are a link', () => {
  const answer = { ...overview(), total: 1000 };
  const [sample] = answer.services;
  const long = 'a-service-with-a-name-as-long-as-it-gets';
  answer.services = Array.from({ length: 20 }, (_, index) => ({ ...sample, name: `${long.slice(0, 35)}-${String(index).padStart(4, '0')}` }));
  return site.open('/', { viewport: NARROW, answers: { 'GET /api/overview': () => answer } }, async (page) => {
    await eventually(() => page.getByRole('heading', { level: 2 }).count(), 20);
    const surplus = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(surplus, 0);
    await page.getByRole('link', { name: '980 more services' }).click();
    await page.waitForURL('**/services');
  });
});

test('a part that fails leaves the rest', () =>
  site.open('/', { expectErrors: true, answers: { 'GET /api/services/*/traffic': () => ({ problem: { status: 503, type: 'unavailable', title: 'Keelson cannot answer now', detail: 'the proxy is away' } }) } }, async (page) => {
    await page.getByText('The proxy is away.').first().waitFor();
    await lane(page, 'storefront', 'production').getByText('Healthy').waitFor();
  }));

test('without any answer there is an error with a way to try again', () =>
  site.open('/', { expectErrors: true, answers: { 'GET /api/overview': () => 'hang up' } }, async (page) => {
    await page.getByRole('alert').getByText('Keelson does not answer').waitFor();
    delete site.server.answers['GET /api/overview'];
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { level: 1, name: 'All healthy' }).waitFor();
  }));

test('when asking again fails, what is known stays and is called stale', () =>
  site.open('/', { expectErrors: true }, async (page) => {
    await page.getByRole('heading', { level: 1, name: 'All healthy' }).waitFor();
    site.server.answers['GET /api/overview'] = () => 'hang up';
    await page.getByText(/^Stale since/).waitFor();
    await lane(page, 'storefront', 'production').getByText('Healthy').waitFor();
    delete site.server.answers['GET /api/overview'];
    await page.getByText(/^Stale since/).waitFor({ state: 'detached' });
  }));

test('what is known is not sent again, and what is new appears by itself', () =>
  site.open('/', async (page) => {
    await page.getByRole('heading', { level: 1, name: 'All healthy' }).waitFor();
    const again = await page.waitForResponse((response) => response.url().endsWith('/api/overview'));
    assert.equal(again.status(), 304);
    const answer = overview();
    answer.deploys_today = 5;
    site.server.answers['GET /api/overview'] = () => answer;
    await page.getByText('5 deploys today').waitFor();
  }));

test('a page that nobody sees asks for nothing', () =>
  site.open('/', async (page) => {
    await page.getByRole('heading', { level: 1, name: 'All healthy' }).waitFor();
    await page.waitForLoadState('networkidle');
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    });
    const asked = page.waitForRequest((request) => request.url().includes('/api/'), { timeout: 3000 });
    await assert.rejects(asked, 'nothing is asked for while hidden');
    const back = page.waitForRequest((request) => request.url().endsWith('/api/overview'));
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => false });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    });
    await back;
  }));
