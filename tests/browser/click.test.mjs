// Everything that can be pressed is pressed once, on every page: no error in the console, no failed request, no dialog
// that does not close, no link that leads nowhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { panel } from './browser.mjs';
import { PAGES, settled } from './pages.mjs';

const site = panel();
const PRESSABLE = 'button:not([aria-disabled]), summary, input[type=checkbox], [role=option]';
/** Pages that say that something is not there, and so have nothing behind them to look for. */
const NOWHERE = 'a page that is not there';

const settle = (page) => page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));

/** Closes what a press has opened; the page must be usable again afterwards. */
const close = async (page) => {
  for (let depth = 0; depth < 3 && (await page.locator('dialog[open], [popover]:popover-open').count()) > 0; depth += 1) {
    await page.keyboard.press('Escape');
    await settle(page);
  }
  assert.equal(await page.locator('dialog[open]').count(), 0, 'every dialog closes by Escape');
};

for (const [name, [path, heading]] of Object.entries(PAGES)) {
  test(`everything on ${name} can be pressed`, () =>
    site.open(path, async (page) => {
      await settled(page, heading);
      const count = await page.locator(PRESSABLE).count();
      for (let index = 0; index < count; index += 1) {
        const control = page.locator(PRESSABLE).nth(index);
        // What a press has taken away, such as a secret that is shown once, is pressed no more.
        if (!(await control.isVisible())) continue;
        await control.click();
        await settle(page);
        await close(page);
        const here = new URL(page.url());
        if (here.pathname + here.search !== path) {
          await page.goto(site.server.url + path);
          await settled(page, heading);
        }
      }
    }));
}

test('every choice of every menu can be made', () =>
  site.open('/', async (page) => {
    for (const [path, heading] of Object.values(PAGES)) {
      await page.goto(site.server.url + path);
      await settled(page, heading);
      const menus = page.getByRole('combobox').and(page.locator('select'));
      for (let index = 0; index < (await menus.count()); index += 1) {
        for (const value of await menus.nth(index).locator('option').evaluateAll((options) => options.map((option) => option.value))) {
          await menus.nth(index).selectOption(value);
          await settle(page);
        }
      }
    }
  }));

test('every link within the panel leads to a page', () =>
  site.open('/', async (page) => {
    const links = new Set();
    // What the samples on the components page link to is nowhere.
    const pages = Object.entries(PAGES).filter(([name]) => name !== 'the components');
    for (const [, [path, heading]] of pages) {
      await page.goto(site.server.url + path);
      await settled(page, heading);
      for (const href of await page.locator('a[href^="/"]:not([href^="/auth/"])').evaluateAll((all) => all.map((link) => link.getAttribute('href')))) links.add(href);
    }
    assert.ok(links.size > 20, `only ${links.size} links were found`);
    for (const href of [...links].sort()) {
      await page.goto(site.server.url + href);
      const title = page.getByRole('heading', { level: 1 });
      await title.waitFor();
      await page.waitForLoadState('networkidle');
      assert.notEqual(await title.innerText(), PAGES[NOWHERE][1], `${href} leads to a page`);
      assert.equal(await page.getByRole('alert').filter({ hasText: 'There is no such thing' }).count(), 0, href);
    }
  }));
