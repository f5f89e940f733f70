// Every page in the states that a real Keelson rarely is in: before any answer, with nothing, with very much, and with
// one part that fails. The fifth, the usual one, is what all other tests look at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, NARROW, panel } from './browser.mjs';
import { PAGES, settled } from './pages.mjs';
import { empty, long } from './states.mjs';

const site = panel();

/** Pages that are the same whatever the API says. */
const STILL = ['signing in', 'the components', 'a page that is not there'];
const LIVING = Object.entries(PAGES).filter(([name]) => !STILL.includes(name));

/** What each page says when there is nothing yet, and the command that it gives, if there is something to do. */
const NOTHING = {
  'the overview': ['No service yet', 'keelson service apply'],
  'the services': [/No service/, 'keelson service apply'],
  'a service': ['Nothing has happened yet', null],
  'what ships': ['Nothing to promote yet', 'keelson artifact push'],
  'the history': [/No promotion/, null],
  'the runs': ['No run to measure', 'keelson artifact push'],
  'the delivery of a service': ['no data', null],
  'the rows of a figure': ['No rows in this window', 'keelson dora'],
  'the logs': [/written/, null],
  'the manifest': [/keelson\.toml|Revision/, null],
  'the delivery of all': ['No service yet', 'keelson service apply'],
  'the trains': ['No train yet', 'keelson train create production payments storefront'],
  'the audit log': ['Nothing has happened yet', null],
  'the connections': ['No git host is connected', 'keelson connection add github'],
  'the tokens': ['No token yet', 'keelson token create ci --permission push_artifact'],
  'the people': ['Nobody is here yet', 'keelson user add ada'],
  'the dead letters': [/Every event|Nothing/, null],
};

const surplus = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
/** What sticks out to the right, to be told when something does. */
const wide = (page) =>
  page.evaluate(() => {
    const within = (element) => element.closest('.table-scroll, .log, .tabs, pre');
    const out = [...document.querySelectorAll('main *')].filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !within(element));
    return out.slice(0, 4).map((element) => element.outerHTML.slice(0, 160));
  });
const fits = async (page) => assert.equal(await surplus(page), 0, `nothing sticks out to the right: ${await wide(page)}`);

for (const [name, [path, heading]] of LIVING) {
  test(`${name} keeps its place while it loads`, () => {
    let open;
    const gate = new Promise((opened) => (open = opened));
    return site.open('/components', { viewport: NARROW }, async (page) => {
      await page.route((url) => url.pathname.startsWith('/api/') && url.pathname !== '/api/me', async (route) => {
        await gate;
        await route.continue().catch(() => {});
      });
      await page.goto(site.server.url + path);
      await page.getByRole('status', { name: 'Loading' }).first().waitFor();
      await fits(page);
      open();
      await settled(page, heading);
      assert.equal(await page.getByRole('status', { name: 'Loading' }).count(), 0);
    });
  });

  test(`${name} with nothing in it teaches the next step`, () =>
    site.open(path, { viewport: NARROW, answers: empty(site.server.fixture) }, async (page) => {
      const [says, command] = NOTHING[name] ?? [heading, null];
      await page.locator('main').getByText(says).first().waitFor();
      if (command) await page.locator('main').getByText(command, { exact: true }).first().waitFor();
      await page.waitForLoadState('networkidle');
      await fits(page);
    }));

  test(`${name} with a thousand rows and long names fits a telephone`, () =>
    site.open(path, { viewport: NARROW, answers: long(site.server.fixture) }, async (page) => {
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      await fits(page);
    }));

  test(`${name} keeps its other parts when one fails`, async () => {
    const asked = new Set();
    await site.open(path, async (page) => {
      page.on('request', (request) => asked.add(new URL(request.url()).pathname));
      await page.reload();
      await settled(page, heading);
    });
    for (const part of [...asked].filter((path) => path.startsWith('/api/') && path !== '/api/me')) {
      const answers = { [`GET ${part}`]: () => ({ problem: { status: 500, type: 'internal', title: 'Something went wrong here', detail: 'the store is away; nothing was changed, try again in a minute' } }) };
      await site.open(path, { expectErrors: /the server responded with a status of 500/, answers }, async (page) => {
        const main = page.locator('main');
        const told = main.getByText(/the store is away; nothing was changed, try again in a minute|is not known$/i);
        await told.first().waitFor().catch(() => assert.fail(`${part} failed, and nobody is told`));
        assert.ok(await page.getByRole('heading', { level: 1 }).count(), 'the page still says what it is');
        delete site.server.answers[`GET ${part}`];
        const again = main.getByRole('button', { name: 'Try again' });
        if (await again.count()) {
          await again.first().click();
          await eventually(() => told.count(), 0, `${part} is there again`);
        }
      });
    }
  });
}
