// A phone with WeChat on it, as far as the app can tell: runs dist/build/mp-weixin in a bare JavaScript
// context with `wx` and timers, and lets a test look at its screen and tap.
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { call, createInstance, textOf, walk } from './instance.mjs';
import { createWx } from './wx.mjs';
import { parse } from './wxml.mjs';

const BUILD = fileURLToPath(new URL('../../dist/build/mp-weixin/', import.meta.url));
const read = (path) => readFileSync(BUILD + path, 'utf8');

/**
 * `service`: what `wx.request` reaches. `codes(person)`: what `wx.login` answers. `storage` outlives
 * the app: pass that of an earlier phone to start the same one again.
 */
export async function startPhone({
  storage = new Map(),
  launch = {},
  clock = { wrongBy: 0 },
  ...options
}) {
  const definitions = new Map();
  const templates = new Map();
  const timers = new Set();
  const pages = [];
  const errors = [];
  let building = '';
  let app;
  let off = false;

  /** Keeps a timer for `stop`; what is still under way then starts no more of them. */
  const started = (start) => {
    if (off) return undefined;
    const timer = start();
    timers.add(timer);
    return timer;
  };

  const sandbox = createContext({
    console: { log() {}, warn() {}, error: (...told) => errors.push(told), info() {} },
    setTimeout: (task, ms) => started(() => setTimeout(task, ms)),
    clearTimeout: (timer) => clearTimeout(timer),
    setInterval: (task, ms) => started(() => setInterval(task, ms)),
    clearInterval: (timer) => clearInterval(timer),
    global: {},
    getApp: () => app,
    getCurrentPages: () => pages.map((page) => page.instance),
    App: (made) => {
      app = made;
    },
    Page: () => undefined,
    Component: (made) => definitions.set(building, { path: building, options: made }),
  });
  // Its own clock, which people set wrong.
  runInContext(
    `(clock) => {
      const right = Date;
      Date = class extends right {
        constructor(...when) {
          if (when.length) super(...when);
          else super(Date.now());
        }
        static now() {
          return right.now() + clock.wrongBy;
        }
      };
    }`,
    sandbox,
  )(clock);
  const wx = createWx({ ...options, storage, sandbox, pages, errors, navigate });
  sandbox.wx = wx.api;

  const modules = new Map();
  function load(path) {
    const known = modules.get(path);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(path, module);
    const require = (from) => load(posix.join(posix.dirname(path), from));
    runInContext(`(function (require, module, exports) {${read(path)}\n})`, sandbox, {
      filename: path,
    })(require, module, module.exports);
    return module.exports;
  }

  const settings = new Map();
  const settingsOf = (path) => {
    if (!settings.has(path)) settings.set(path, JSON.parse(read(`${path}.json`)));
    return settings.get(path);
  };
  const kit = {
    templateOf(path) {
      if (!templates.has(path)) templates.set(path, parse(read(`${path}.wxml`)));
      return templates.get(path);
    },
    definitionOf(tag, from) {
      const used = settingsOf(from).usingComponents?.[tag];
      return used && definition(posix.join(posix.dirname(from), used));
    },
  };
  function definition(path) {
    if (!definitions.has(path)) {
      const before = building;
      building = path;
      load(`${path}.js`);
      building = before;
    }
    return definitions.get(path);
  }

  const manifest = JSON.parse(read('app.json'));
  const isTab = (path) => manifest.tabBar.list.some(({ pagePath }) => pagePath === path);

  function open(url) {
    const [path, query = ''] = url.replace(/^\//, '').split('?');
    if (!manifest.pages.includes(path)) throw new Error(`no page ${path}`);
    const page = createInstance(definition(path), { path, route: path }, kit);
    const options = Object.fromEntries(
      query
        .split('&')
        .filter(Boolean)
        .map((each) => each.split('=')),
    );
    pages.push(page);
    page.instance.onLoad?.(options);
    page.instance.onShow?.();
    page.instance.onReady?.();
  }
  const close = (page) => {
    page.instance.onUnload?.();
    page.destroy();
  };
  /** What `wx.navigateTo` and its like do; throws where WeChat would refuse. */
  function navigate(how, url = '') {
    const [path, query] = url.replace(/^\//, '').split('?');
    if (isTab(path) && (how === 'navigateTo' || how === 'redirectTo' || query))
      throw new Error(`can not ${how} a tabbar page`);
    if (how === 'switchTab' && !isTab(path)) throw new Error('can not switch to no-tabBar page');
    if (how === 'navigateBack') close(pages.pop());
    else if (how === 'navigateTo') pages.at(-1)?.instance.onHide?.();
    else if (how === 'redirectTo') close(pages.pop());
    else for (const page of pages.splice(0)) close(page);
    if (how === 'navigateBack') pages.at(-1)?.instance.onShow?.();
    else open(url);
  }

  building = 'app';
  load('app.js');
  const scene = { path: launch.path ?? manifest.pages[0], query: {}, scene: 1001 };
  app.onLaunch(scene);
  app.onShow(scene);
  open(launch.path ?? `/${manifest.pages[0]}`);

  const elements = () => [...walk(pages.at(-1)?.rendered ?? [])];
  const phone = {
    storage,
    errors,
    requests: wx.requests,
    logins: wx.logins,
    dialogs: wx.dialogs,
    network: wx.network,
    /** `wrongBy`: milliseconds that the phone's clock is fast. */
    clock,
    wx: wx.api,
    load,
    page: () => `/${pages.at(-1)?.instance.route}`,
    tabs: wx.tabs,
    title: wx.title,
    /** Everything on the screen, as text. */
    screen: () => textOf({ tag: 'screen', children: pages.at(-1)?.rendered ?? [] }),
    find: (className) =>
      elements().filter((each) =>
        [each.attrs?.class].flat(2).join(' ').split(/\s+/).includes(className),
      ),
    /** Taps the element of this class (the first, or the one whose text holds `text`). */
    async tap(className, text = '') {
      const found = phone.find(className).find((each) => textOf(each).includes(text));
      if (!found) throw new Error(`nothing to tap: .${className} ${text} on ${phone.screen()}`);
      if (found.attrs.disabled === true) return;
      call(found.owner, found.attrs.bindtap, { type: 'tap' });
      // The screen follows a moment later.
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
    /** Types into the field of this name. */
    type(name, value) {
      const field = elements().find((each) => each.tag === 'input' && each.attrs.name === name);
      if (!field) throw new Error(`no field ${name} on ${phone.screen()}`);
      call(field.owner, field.attrs.bindinput, { type: 'input', detail: { value } });
    },
    /** Waits until `condition()` holds; gives up on what hangs. */
    async until(condition, what = String(condition)) {
      const end = Date.now() + 180_000;
      while (!condition()) {
        if (Date.now() > end)
          throw new Error(
            `never: ${what}\non ${phone.page()}: ${phone.screen()}\n${wx.describe()}`,
          );
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    wake() {
      app.onShow(scene);
      wx.emit('appShow', scene);
      pages.at(-1)?.instance.onShow?.();
    },
    sleep() {
      pages.at(-1)?.instance.onHide?.();
      wx.emit('appHide', {});
    },
    /** The client of the app, for what no page does. */
    client: () => load('session/client.js').client,
    stop() {
      off = true;
      for (const timer of timers) clearTimeout(timer);
      wx.network.down = true;
    },
  };
  return phone;
}
