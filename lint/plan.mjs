// Who may import whom in TypeScript. A room is a folder below `root`, or a file that lies in it; what
// is not listed here may not be imported, and a room that is not listed may import nothing.

const CLIENT = ['@tigertally/client', '@tigertally/client/words'];
const VUE = ['vue', '@tigertally/vue', ...CLIENT];
const WEB = [...VUE, 'vue-i18n', 'vue-router'];

/** What lies in no browser: the core is told the time and given its storage, network and tabs. */
const CORE = {
  account: ['answers', 'contract', 'errors', 'types'],
  answers: ['contract', 'edges', 'errors', 'types'],
  authorise: ['answers', 'errors', 'holding', 'refresher', 'types', 'vault', 'wire'],
  bus: ['contract', 'errors', 'types'],
  client: [
    ...['answers', 'authorise', 'bus', 'edges', 'errors', 'holding', 'lock', 'options', 'places'],
    ...['refresher', 'signing', 'types', 'vault', 'wire'],
  ],
  contract: ['contract.generated'],
  'contract.generated': [],
  edges: ['contract'],
  errors: ['contract'],
  hmac: [],
  holding: ['bus', 'contract', 'edges', 'nonces', 'types', 'vault'],
  lock: ['edges', 'types'],
  nonces: ['edges', 'vault'],
  options: ['errors', 'places', 'types'],
  pace: ['edges', 'errors', 'vault'],
  places: [],
  refresher: [
    ...['answers', 'bus', 'contract', 'edges', 'errors', 'holding', 'lock', 'nonces', 'pace'],
    ...['types', 'vault', 'wire'],
  ],
  signing: [
    ...['answers', 'bus', 'contract', 'edges', 'errors', 'hmac', 'holding', 'refresher', 'types'],
    ...['vault', 'wire'],
  ],
  types: ['contract', 'edges', 'errors'],
  vault: ['answers', 'contract', 'edges', 'hmac', 'types'],
  wire: ['answers', 'edges', 'errors', 'types'],
  words: ['contract', 'errors', 'types'],
};

/** Where the core meets a browser. */
const EDGES = {
  axios: ['answers', 'errors', 'fetch', 'types'],
  browser: ['coordinators', 'edges', 'fetch', 'vault'],
  coordinators: ['edges'],
  fetch: ['edges'],
};

const INDEX = [
  ...['account', 'browser', 'client', 'contract', 'coordinators', 'edges', 'errors', 'fetch'],
  ...['places', 'types', 'vault'],
];

/**
 * By root: `rooms`, and what each may import; `apart`: rooms whose folders do not import each other;
 * `packages`: what any room may import from outside; `also`: what single files may.
 */
export const PLAN = [
  {
    root: 'packages/client/src',
    rooms: { ...CORE, ...EDGES, index: INDEX },
    packages: [],
    also: { 'axios.ts': ['axios'] },
  },
  {
    root: 'packages/vue/src',
    rooms: {
      can: ['store'],
      countdown: [],
      guards: ['store'],
      index: ['can', 'countdown', 'guards', 'plugin', 'store', 'unsaved'],
      plugin: ['can', 'guards', 'store'],
      store: [],
      unsaved: ['store'],
    },
    packages: ['@tigertally/client', 'vue'],
    also: {
      'guards.ts': ['vue-router'],
      'plugin.ts': ['vue-router'],
      'store.ts': ['pinia'],
    },
  },
  {
    root: 'packages/uni/src',
    rooms: {
      bond: [],
      client: ['bond', 'edges', 'entrance', 'platform', 'random', 'renewal'],
      edges: ['transport'],
      entrance: ['bond', 'platform'],
      guards: [],
      index: ['client', 'edges', 'guards', 'platform', 'random', 'transport'],
      platform: [],
      random: ['transport'],
      renewal: ['bond'],
      transport: [],
    },
    packages: ['@tigertally/client'],
    also: {},
  },
  {
    root: 'apps/web/src',
    alias: '@/',
    rooms: {
      App: ['pages', 'root', 'session', 'shell'],
      at_hand: ['pages', 'session'],
      first_paint: [],
      main: ['App', 'at_hand', 'router', 'session', 'shell', 'styles', 'words'],
      root: [],
      router: ['pages', 'root'],
      api: ['root', 'session'],
      devices: ['api', 'shell'],
      files: ['api', 'look', 'mark', 'session', 'shell', 'state'],
      forms: ['session', 'shell'],
      history: ['devices', 'look', 'shell'],
      look: [],
      mark: [],
      pages: [
        ...['api', 'devices', 'files', 'forms', 'history', 'mark', 'profile', 'security'],
        ...['session', 'shell', 'state'],
      ],
      profile: ['api', 'forms', 'session', 'shell'],
      security: ['api', 'forms', 'session', 'shell'],
      session: ['devices', 'forms', 'look', 'root', 'shell'],
      shell: ['look', 'mark', 'session', 'styles'],
      state: ['mark', 'session', 'shell'],
      styles: [],
      words: ['look'],
    },
    apart: ['pages'],
    packages: WEB,
    also: {
      'main.ts': ['pinia'],
      'forms/strength.ts': [
        ...['@zxcvbn-ts/core', '@zxcvbn-ts/language-common', '@zxcvbn-ts/language-en'],
      ],
      'session/http.ts': ['@tigertally/client/axios', 'axios'],
      'shell/CalmDialog.vue': ['element-plus'],
      'words/en.ts': ['@tigertally/client/words/en'],
      'words/zh-CN.ts': ['@tigertally/client/words/zh-CN'],
    },
  },
  {
    root: 'apps/uniapp/src',
    alias: '@/',
    rooms: {
      App: ['session'],
      env: [],
      main: ['App', 'session'],
      look: [],
      pages: ['parts', 'session', 'words'],
      parts: ['session', 'words'],
      session: ['words'],
      static: [],
      words: [],
    },
    apart: ['pages'],
    packages: [...VUE, '@dcloudio/uni-app'],
    also: {
      'main.ts': ['pinia'],
      'session/client.ts': ['@tigertally/uni'],
      'session/guards.ts': ['@tigertally/uni'],
      'words/en.ts': ['@tigertally/client/words/en'],
      'words/zh-CN.ts': ['@tigertally/client/words/zh-CN'],
    },
  },
];

/** Files of the core: a browser's globals are none of their business. */
export const CORE_FILES = Object.keys(CORE).map((room) =>
  room === 'words' ? 'packages/client/src/words/**/*.ts' : `packages/client/src/${room}.ts`,
);

export const BROWSER_GLOBALS = [
  ...['window', 'document', 'location', 'navigator', 'history', 'self', 'globalThis', 'crypto'],
  ...['localStorage', 'sessionStorage', 'indexedDB', 'BroadcastChannel', 'XMLHttpRequest', 'fetch'],
  ...['setTimeout', 'setInterval', 'performance', 'uni', 'wx', 'process'],
];
