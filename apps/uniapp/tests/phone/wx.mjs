// `wx`, as far as the app uses it, with WeChat's own narrowness: methods it does not know, texts that
// are too long for its dialogs, headers in any case.
import { runInContext } from 'node:vm';

const METHODS = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT'];
/** Where the built app believes the service to be. */
const BELIEVED = 'http://127.0.0.1:5000';

const lowerCase = (header) =>
  Object.fromEntries(Object.entries(header).map(([name, value]) => [name.toLowerCase(), value]));

const finish = (options, result, failed = false) => {
  Promise.resolve().then(() => {
    (failed ? options.fail : options.success)?.(result);
    options.complete?.(result);
  });
};

export function createWx({
  service,
  person = 'ada',
  codes,
  appId,
  model = 'Mate 60',
  language = 'zh_CN',
  random = true,
  network: spoil = () => undefined,
  ...place
}) {
  const { storage, sandbox, pages, navigate } = place;
  const requests = [];
  const dialogs = [];
  const logins = [];
  const tabs = [];
  const listeners = new Map();
  const network = { down: false, service, delay: 0, hang: false, answer: null, edit: null };
  spoil(network);
  const title = { value: '' };
  const bufferOf = runInContext('(bytes) => Uint8Array.from(bytes).buffer', sandbox);
  const device = { brand: 'HUAWEI', model, platform: 'android', system: 'Android 14' };
  const base = { language, version: '8.0.50', SDKVersion: '3.5.0', theme: 'light', host: {} };

  const on = (name) => (listener) =>
    listeners.set(name, [...(listeners.get(name) ?? []), listener]);
  const off = (name) => (listener) =>
    listeners.set(
      name,
      (listeners.get(name) ?? []).filter((each) => each !== listener),
    );
  const navigation = (how) => (options) => {
    try {
      navigate(how, options.url);
      finish(options, { errMsg: `${how}:ok` });
    } catch (error) {
      place.errors.push(error);
      finish(options, { errMsg: `${how}:fail ${error.message}` }, true);
    }
  };

  function request(options) {
    const aborter = new AbortController();
    const { url, method = 'GET', header = {}, data, responseType = 'text' } = options;
    const entry = {
      method,
      path: url.replace(BELIEVED, '').replace(/\?.*/, ''),
      header,
      status: 0,
    };
    requests.push(entry);
    const fail = (errMsg) => finish(options, { errMsg: `request:fail ${errMsg}` }, true);
    const go = async () => {
      if (!METHODS.includes(method)) return fail(`invalid method ${method}`);
      if (network.down) return fail('timeout');
      if (network.delay) await new Promise((resolve) => setTimeout(resolve, network.delay));
      if (network.hang) return undefined;
      const answer =
        network.answer?.(entry) ??
        (await fetch(url.replace(BELIEVED, network.service), {
          ...{ method, signal: aborter.signal },
          headers: { 'content-type': 'application/json', ...lowerCase(header) },
          ...(data !== undefined && { body: data }),
          redirect: options.redirect ?? 'follow',
        }));
      entry.status = answer.status;
      const bytes = Buffer.from(await answer.arrayBuffer());
      const text = network.edit?.(bytes.toString('utf8')) ?? bytes.toString('utf8');
      const read =
        responseType === 'arraybuffer'
          ? bufferOf(bytes)
          : options.dataType === 'json' || options.dataType === undefined
            ? JSON.parse(text)
            : text;
      // As Android writes them.
      const names = [...answer.headers].map(([name, value]) => [
        name.replace(/(^|-)\w/g, (letter) => letter.toUpperCase()),
        value,
      ]);
      entry.body = text;
      return finish(options, {
        ...{ statusCode: answer.status, data: read, header: Object.fromEntries(names) },
        errMsg: 'request:ok',
      });
    };
    go().catch((error) => fail(error.message));
    return { abort: () => aborter.abort() };
  }

  const api = {
    canIUse: () => true,
    getDeviceInfo: () => device,
    getWindowInfo: () => ({
      pixelRatio: 3,
      windowWidth: 390,
      windowHeight: 844,
      statusBarHeight: 44,
    }),
    getAppBaseInfo: () => base,
    getSystemInfoSync: () => ({ ...device, ...base, windowWidth: 390, windowHeight: 844 }),
    getAccountInfoSync: () => ({ miniProgram: { appId, envVersion: 'develop' } }),
    getStorageSync: (key) => storage.get(key) ?? '',
    setStorageSync: (key, value) => void storage.set(key, value),
    setStorage: ({ key, data }) => void storage.set(key, data),
    removeStorageSync: (key) => void storage.delete(key),
    ...(random && {
      getRandomValues: (options) =>
        finish(options, {
          randomValues: bufferOf(crypto.getRandomValues(new Uint8Array(options.length))),
        }),
    }),
    login(options) {
      const entry = { code: '' };
      logins.push(entry);
      codes(person).then(
        (code) => {
          entry.code = code;
          finish(options, { code, errMsg: 'login:ok' });
        },
        () => finish(options, { errMsg: 'login:fail' }, true),
      );
    },
    request,
    onAppShow: on('appShow'),
    offAppShow: off('appShow'),
    onAppHide: on('appHide'),
    offAppHide: off('appHide'),
    onNetworkStatusChange: on('network'),
    offNetworkStatusChange: off('network'),
    navigateTo: navigation('navigateTo'),
    redirectTo: navigation('redirectTo'),
    reLaunch: navigation('reLaunch'),
    switchTab: navigation('switchTab'),
    navigateBack: navigation('navigateBack'),
    setNavigationBarTitle: (options) => {
      title.value = options.title;
      finish(options, { errMsg: 'setNavigationBarTitle:ok' });
    },
    setTabBarItem(options) {
      tabs[options.index] = options.text;
      finish(options, { errMsg: 'setTabBarItem:ok' });
    },
    showToast: (options) => finish(options, {}),
    showModal(options) {
      const { title: asked, content, confirmText = '确定', cancelText = '取消' } = options;
      if (confirmText.length > 4 || cancelText.length > 4)
        return finish(options, { errMsg: 'showModal:fail text should not larger than 4' }, true);
      dialogs.push({
        ...{ title: asked, content, confirmText },
        answer: (confirm) => finish(options, { confirm, cancel: !confirm, errMsg: 'showModal:ok' }),
      });
      return undefined;
    },
  };
  return {
    ...{ api, requests, dialogs, logins, network, tabs, title },
    emit: (name, event) => (listeners.get(name) ?? []).forEach((listener) => listener(event)),
    describe: () =>
      requests.map(({ method, path, status }) => `${method} ${path} ${status}`).join('\n') +
      `\npages: ${pages.map(({ instance }) => instance.route).join(', ')}`,
  };
}
