// What holds for every page: it is accessible in both themes, fits a telephone, and names itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { NARROW, panel } from './browser.mjs';
import { PAGES, settled } from './pages.mjs';

const site = panel();

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
