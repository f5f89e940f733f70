// The panel of a stack, in a browser that takes the name of CloudFront for this machine:
// `stack.mjs HOST PORT COOKIE`. Fails if the console tells of an error or nothing is there.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { LAUNCH } from './browser.mjs';

const [host, port, cookie] = process.argv.slice(2);
const [name, value] = cookie.split(/=(.*)/s);
const browser = await chromium.launch({
  ...LAUNCH,
  args: [...LAUNCH.args, `--host-resolver-rules=MAP ${host} 127.0.0.1:${port}`],
});
try {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1440, height: 900 } });
  await context.addCookies([{ name, value, domain: host, path: '/', secure: true, httpOnly: true, sameSite: 'Strict' }]);
  const page = await context.newPage();
  const errors = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(`https://${host}/`);
  await page.getByRole('link', { name: 'shop', exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: /shop/ }).waitFor();
  await page.getByRole('region', { name: /production/ }).first().waitFor();
  // A page of its own address is the panel's too.
  const answer = await page.goto(`https://${host}/services/shop`);
  assert.equal(answer.status(), 200);
  assert.match(answer.headers()['content-security-policy'], /default-src 'none'/);
  // It was rolled back a moment ago, so somebody has to resume.
  await page.getByText('checkout is slow').first().waitFor();
  if (process.env.KEELSON_SCREENSHOT) await page.screenshot({ path: process.env.KEELSON_SCREENSHOT });
  assert.deepEqual(errors, []);
} finally {
  await browser.close();
}
