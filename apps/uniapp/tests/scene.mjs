// What a test of the mini program begins with: the stand-in for WeChat, a service for each suite, phones.
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { startPhone } from './phone/phone.mjs';
import { APP_ID, startService, startWechat } from './service.mjs';

export const LOGIN = '/pages/auth/login';
export const PROFILE = '/pages/profile/index';
export const DEVICES = '/pages/devices/index';

const places = [];
/** The stand-in for WeChat. */
export let wechat;
let phones = [];
let people = 0;

before(async () => {
  wechat = await startWechat();
  // At once: starting and stopping is what takes time.
  await Promise.all(
    places.map(async (place) => Object.assign(place, await startService(wechat, place.settings))),
  );
});
after(async () => {
  await Promise.all(places.map((place) => place.remove?.()));
  await wechat.stop();
});
afterEach(() => {
  const used = phones;
  phones = [];
  for (const phone of used) phone.stop();
  for (const phone of used) assert.deepEqual(phone.errors, []);
});

/** A service for the tests of one suite. */
export function serve(settings) {
  const place = { settings };
  places.push(place);
  return place;
}

export const somebody = () => `person-${++people}`;
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function phoneOf(service, options = {}) {
  const phone = await startPhone({
    ...{ service: service.url, codes: wechat.codes, appId: APP_ID, person: somebody() },
    ...options,
  });
  phones.push(phone);
  return phone;
}

/** A phone whose owner tapped once. */
export async function tapped(service, options) {
  const phone = await phoneOf(service, options);
  await phone.until(() => phone.page() === LOGIN);
  await phone.tap('one-tap');
  await phone.until(() => phone.page() === PROFILE && phone.screen().includes('访问令牌'));
  return phone;
}

export const count = (phone, path) => phone.requests.filter((each) => each.path === path).length;
export const stored = (phone) => JSON.parse(phone.storage.get('tally.session') ?? 'null');
/** What of ours is left on the phone. */
export const kept = (phone) => [...phone.storage.keys()].filter((key) => key.startsWith('tally.'));
export const state = (phone) => phone.client().state;
export const ask = (service, path, token) =>
  fetch(service.url + path, { headers: { authorization: `Bearer ${token}` } });

export async function answer(phone, confirm) {
  await phone.until(() => phone.dialogs.length > 0, 'a question');
  const dialog = phone.dialogs.pop();
  dialog.answer(confirm);
  return dialog;
}
