// What holds for every page: it is accessible in both themes, fits a telephone, and names itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { NARROW, panel } from './browser.mjs';
import { PROMOTION } from './fixtures.mjs';

const PAGES = {
  'the overview': ['/', 'All healthy'],
  'the services': ['/services', 'Services'],
  'a service': ['/services/storefront', 'storefront'],
  'what ships': ['/services/storefront?tab=ships', 'storefront'],
  'the history': ['/services/storefront?tab=history', 'storefront'],
  'the runs': ['/services/storefront?tab=runs', 'storefront'],
  'the logs': ['/services/storefront?tab=logs', 'storefront'],
  'the manifest': ['/services/storefront?tab=settings', 'storefront'],
  'a promotion that bakes': [`/promotions/${PROMOTION.baking}`, 'Promotion of 9f3c61d2 in production'],
  'a promotion that waits': [`/promotions/${PROMOTION.waiting}`, 'Promotion of 5e02b7aa in production'],
  'a promotion that was rolled back': [`/promotions/${PROMOTION.failed}`, 'Promotion of 9f3c61d2 in production'],
  'a promotion that did not start': [`/promotions/${PROMOTION.crashed}`, 'Promotion of 9f3c61d2 in production'],
  'the audit log': ['/audit', 'Audit'],
  'the connections': ['/settings', 'Settings'],
  'the tokens': ['/settings?tab=tokens', 'Settings'],
  'the people': ['/settings?tab=people', 'Settings'],
  'the dead letters': ['/settings?tab=dead-letters', 'Settings'],
  'signing in': ['/sign-in', 'Sign in'],
  'the components': ['/components', 'Components'],
  'a page that is not there': ['/nowhere', 'Nothing is here'],
};

const site = panel();

const settled = async (page, heading) => {
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await page.waitForLoadState('networkidle');
};

const violations = async (page) => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
};

for (const [name, [path, heading]] of Object.entries(PAGES)) {
  for (const theme of ['light', 'dark']) {
    test(`${name} is accessible in the ${theme} theme`, () =>
      site.open(path, { theme }, async (page) => {
        await settled(page, heading);
        assert.equal(await page.locator('html').getAttribute('data-theme'), theme);
        assert.match(await page.title(), / · Keelson$/);
        assert.deepEqual(await violations(page), []);
      }));
  }

  test(`${name} fits a telephone`, () =>
    site.open(path, { viewport: NARROW }, async (page) => {
      await settled(page, heading);
      const surplus = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(surplus, 0, 'nothing sticks out to the right');
      assert.deepEqual(await violations(page), []);
    }));
}

test('an open dialog and an open palette are accessible', () =>
  site.open('/', async (page) => {
    await page.getByRole('button', { name: 'Roll back storefront in production' }).click();
    await page.getByRole('dialog').getByText('un-ship').waitFor();
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: /^storefront/ }).waitFor();
    assert.deepEqual(await violations(page), []);
  }));
