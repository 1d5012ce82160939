// The H5 build in a real Chromium, against the real service.
import { mkdirSync } from 'node:fs';
import { after, afterEach, before } from 'node:test';
import { chromium } from 'playwright-core';
import { startService } from './service.mjs';
import { startSite } from './site.mjs';

const CHROMIUM = process.env.E2E_CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--no-first-run'],
];
export const PASSWORD = '一只 两半的 青铜虎';
export const SCREENS = process.env.TALLY_SCREENS;

let browser;
let contexts = [];
let names = 0;

before(async () => {
  if (SCREENS) mkdirSync(SCREENS, { recursive: true });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});
after(() => browser.close());
afterEach(async () => {
  for (const context of contexts) await context.close();
  contexts = [];
});

/** A service and its site for the tests of one suite. */
export function serve(settings) {
  const place = {};
  before(async () => {
    place.service = await startService(null, settings);
    place.site = await startSite(place.service);
  });
  after(async () => {
    place.site?.stop();
    await place.service?.remove();
  });
  return place;
}

export const nameOf = () => `hufu-${++names}`;
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A phone's browser. What goes to another host, or is complained of, fails the test. */
export async function visit(
  { site },
  { locale = 'zh-CN', colorScheme = 'light', width = 390 } = {},
) {
  const context = await browser.newContext({
    ...{ locale, colorScheme, viewport: { width, height: 844 }, hasTouch: true },
    deviceScaleFactor: 2,
  });
  contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  page.troubles = [];
  page.on('request', (request) => {
    if (!/^(data:|blob:)/.test(request.url()) && !request.url().startsWith(site.url))
      page.troubles.push(`foreign: ${request.url()}`);
  });
  page.on('pageerror', (error) => page.troubles.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) page.troubles.push(message.text());
  });
  await page.goto(`${site.url}/`);
  return page;
}

export const says = (page, text) => page.getByText(text).first().waitFor();
export const field = (page, name) => page.locator(`.field-${name} input`);
export const stored = (page) =>
  page.evaluate(() => JSON.parse(localStorage.getItem('tally.session') ?? 'null'));
export const count = ({ site }, path) => site.calls.filter((call) => call.path === path).length;
export const path = (page) => new URL(page.url()).hash;
export const onLogin = (page) => page.waitForURL(/#\/pages\/auth\/login/);
export const onProfile = (page) => page.locator('.sign-out').waitFor();

export async function register(page, username) {
  await page.locator('.register').click();
  await field(page, 'password').waitFor();
  await field(page, 'username').fill(username);
  await field(page, 'password').fill(PASSWORD);
  await page.locator('.submit').click();
  await onProfile(page);
}

export async function signIn(page, username) {
  await field(page, 'username').fill(username);
  await field(page, 'password').fill(PASSWORD);
  await page.locator('.submit').click();
}

/** Answers the platform's dialog. */
export async function answer(page, yes = true) {
  await page.locator(`.uni-modal__btn_${yes ? 'primary' : 'default'}`).click();
}
