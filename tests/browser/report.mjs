// Looks at the pages that the test `html_pages` has written, in a real browser: what is shown, found, sorted
// and printed, by keyboard too, and that nothing runs, loads or shows that should not.
//
//     node report.mjs FOLDER-WITH-PAGES [FOLDER-FOR-PICTURES]
//
// playwright-core is looked for where NODE_PATH says; the browser is CHROMIUM, or chromium of the path.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(path.join(process.env.NODE_PATH ?? '.', 'x.js'));
const { chromium } = require('playwright-core');

const [pages, pictures] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/;

async function look(name, options, check) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 1000 }, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('dialog', (dialog) => { wrong.push('a dialog'); dialog.dismiss(); });
  page.on('request', (request) => /^(file|data):/.test(request.url()) || wrong.push(`asked for ${request.url()}`));
  await page.goto(pathToFileURL(path.join(pages, `${name}.html`)).href);
  await check(page);
  const text = await page.evaluate(() => document.body.innerText);
  assert.ok(!UNSEEN.test(text), 'something unseen is shown');
  assert.deepEqual(wrong, [], name);
  await context.close();
}
const picture = async (page, name, fullPage = false) => { if (pictures) await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage }); };
const rows = (page) => page.locator('#findings details.one');

await look('none', {}, async (page) => {
  assert.equal(await page.locator('h1').innerText(), 'No findings');
  assert.equal(await page.locator('#controls').isVisible(), false);
  await picture(page, 'none');
});

await look('ten', {}, async (page) => {
  const all = await rows(page).count();
  assert.ok(all >= 10);
  const first = rows(page).first();
  assert.equal(await first.locator('.sev').innerText(), 'critical');
  await picture(page, 'light', true);

  // By keyboard alone: to the first finding, open it, to the next one.
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await first.locator('.body').waitFor();
  assert.match(await first.locator('dd.help').innerText(), /^revoke the token/);
  assert.match(await first.locator('pre mark').innerText(), /^\*+$|^ghp_\*+$/);
  await page.keyboard.press('j');
  assert.equal(await rows(page).nth(1).locator('summary').evaluate((node) => node === document.activeElement), true);

  // Search, and what fits no more is gone; Escape brings it back.
  await page.keyboard.press('/');
  await page.keyboard.type('security policy');
  await page.waitForFunction(() => document.querySelectorAll('#findings details.one').length === 1);
  assert.match(await page.locator('#count').innerText(), /^1 of \d+ findings$/);
  await page.keyboard.press('Escape');
  await page.waitForFunction((count) => document.querySelectorAll('#findings details.one').length === count, all);

  // Severities, checks, groups and orders.
  const tile = page.locator('.tile.critical');
  const critical = Number(await tile.locator('b').innerText());
  await tile.click();
  assert.equal(await tile.getAttribute('aria-pressed'), 'false');
  assert.equal(await rows(page).count(), all - critical);
  await tile.click();
  await page.selectOption('#check', 'private-key');
  const keys = await rows(page).count();
  assert.ok(keys > 0 && keys < all);
  await page.selectOption('#check', '');
  await page.selectOption('#group', 'path');
  assert.ok(await page.locator('h2.group').count() > 3);
  await page.selectOption('#group', '');
  await page.selectOption('#sort', 'path');
  const paths = await page.locator('.where .place').allInnerTexts();
  assert.equal(paths.length, all);

  // Links lead to the code host and nowhere else.
  for (const href of await page.locator('a').evaluateAll((nodes) => nodes.map((node) => node.href))) {
    assert.match(href, /^https:\/\/(github\.com\/o\/r|rustsec\.org)\//);
  }
  assert.equal(await page.locator('img, iframe, object, form').count(), 0);
});

await look('ten', { colorScheme: 'dark' }, async (page) => {
  await rows(page).first().locator('.sev').click();
  await rows(page).nth(6).locator('.sev').click();
  await picture(page, 'dark', true);
});
await look('ten', { viewport: { width: 390, height: 840 } }, async (page) => {
  await rows(page).first().locator('.sev').click();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert.equal(wide, false, 'a narrow page has to be scrolled sideways');
  await picture(page, 'narrow', true);
});
await look('ten', { javaScriptEnabled: false }, async (page) => {
  assert.ok(await page.locator('.plain-list li').count() >= 10);
  await picture(page, 'plain', true);
}).catch((error) => { if (!/innerText|evaluate/.test(String(error))) throw error; });
await look('ten', {}, async (page) => {
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('.bar').isVisible(), false);
  await picture(page, 'print', true);
});

await look('many', {}, async (page) => {
  assert.match(await page.locator('#count').innerText(), /^10,000 findings$/);
  assert.ok(await rows(page).count() <= 600, 'too many rows at once');
  await page.locator('#more').scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelectorAll('#findings details.one').length >= 400);
  const started = Date.now();
  await page.fill('#search', '9999/');
  await page.waitForFunction(() => document.querySelectorAll('#findings details.one').length === 1);
  console.log(`10,000 findings: a search takes ${Date.now() - started} ms`);
  await page.fill('#search', '');
  await page.selectOption('#group', 'severity');
  await page.waitForFunction(() => document.querySelectorAll('h2.group').length >= 1);
  await picture(page, 'many');
});

await look('compared', {}, async (page) => {
  assert.match(await page.locator('h1').innerText(), /: 2 new, 3 gone, 6 unchanged since the earlier report/);
  const all = await rows(page).count();
  assert.equal(all, 11);
  const flags = async () => (await page.locator('#findings .flag').allInnerTexts()).map((flag) => flag.toLowerCase()).sort();
  assert.deepEqual(await flags(), [...Array(2).fill('new'), ...Array(3).fill('no longer found')].sort());
  await picture(page, 'compared');
  // What is gone is in the list, and counts in no tile.
  const tiles = await page.locator('.tile b').allInnerTexts();
  assert.equal(tiles.reduce((sum, count) => sum + Number(count), 0), 8);
  await page.check('#new');
  assert.equal(await rows(page).count(), 2);
  assert.deepEqual(await flags(), ['new', 'new']);
  assert.match(await page.locator('#count').innerText(), /^2 of 8 findings and 3 gone$/);
  await page.uncheck('#new');
  assert.equal(await rows(page).count(), all);
});
await look('ten', {}, async (page) => {
  assert.equal(await page.locator('.new').isVisible(), false, 'there is nothing new without a comparison');
});

await look('hostile', {}, async (page) => {
  assert.ok(await rows(page).count() > 0);
  for (const severity of await page.locator('#findings .sev').all()) await severity.click();
  assert.equal(await page.evaluate(() => window.forged), undefined);
  assert.equal(await page.locator('img, iframe, object, form, script:not(#data):not(body > script:last-of-type)').count(), 0);
  await picture(page, 'hostile', true);
});

await browser.close();
console.log('the pages are as they should be');
