// What a screen reader is told of the main pages, word by word. After a wanted change: `npm run snapshots`.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { panel } from './browser.mjs';
import { PAGES, settled } from './pages.mjs';

const site = panel();
const folder = new URL('./snapshots/', import.meta.url);
const MAIN = [
  'the overview',
  'the services',
  'a service',
  'the history',
  'a promotion that bakes',
  'a promotion that waits',
  'a service that is blocked',
  'a promotion that is blocked',
  'a promotion whose gates are overridden',
  'the trains',
  'a train under way',
  'a train of which not all is back',
  'a promotion that was rolled back',
  'the runs',
  'the delivery of a service',
  'the rows of a figure',
  'the delivery of all',
  'the audit log',
  'the connections',
  'signing in',
];

/** The golden text of a page; a wanted change writes it. */
function golden(name, told) {
  const file = new URL(`${name.replaceAll(' ', '-')}.yaml`, folder);
  if (process.env.KEELSON_SNAPSHOTS === 'write') {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, told);
  }
  return readFileSync(file, 'utf8');
}

for (const name of MAIN) {
  const [path, heading] = PAGES[name];
  test(`${name} tells a screen reader what it always did`, () =>
    site.open(path, async (page) => {
      await settled(page, heading);
      const told = `${await page.locator('main').ariaSnapshot()}\n`;
      assert.equal(told, golden(name, told), 'if this change is wanted: npm run snapshots');
    }));
}
