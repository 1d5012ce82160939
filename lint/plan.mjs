// Who may import whom in TypeScript. A room is a folder below `root`, or a file that lies in it; what
// is not listed here may not be imported, and a room that is not listed may import nothing.

const CLIENT = ['@tigertally/client', '@tigertally/client/words'];
const VUE = ['vue', '@tigertally/vue', ...CLIENT];
const WEB = [...VUE, 'vue-i18n', 'vue-router'];

/**
 * What lies in no browser. `core` decides and does nothing else; the others do what it says, and are
 * given their clock, storage, network and tabs.
 */
const CORE = {
  account: ['contract', 'core', 'errors', 'types'],
  authorise: [
    ...['cancel', 'core', 'errors', 'refresher', 'session', 'start', 'tab', 'types', 'vault'],
  ],
  bus: ['contract', 'core', 'errors', 'types'],
  cancel: ['edges', 'errors', 'types'],
  client: [
    ...['authorise', 'bus', 'core', 'errors', 'farewell', 'options', 'plan', 'refresher'],
    ...['request', 'session', 'signing', 'start', 'tab', 'types'],
  ],
  contract: ['contract.generated'],
  'contract.generated': [],
  core: ['contract', 'edges', 'errors', 'hmac', 'types'],
  edges: ['contract'],
  errors: ['contract'],
  farewell: ['bus', 'cancel', 'core', 'edges', 'nonces', 'session', 'tab', 'vault', 'wire'],
  hmac: [],
  lock: ['cancel', 'edges', 'tab', 'types'],
  nonces: ['core', 'edges', 'tab', 'vault'],
  options: ['errors', 'places', 'types'],
  permissions: ['contract', 'types'],
  places: [],
  plan: ['bus', 'core', 'tab'],
  refresher: [
    ...['bus', 'cancel', 'contract', 'core', 'edges', 'errors', 'farewell', 'lock', 'nonces'],
    ...['plan', 'session', 'tab', 'types', 'vault', 'wire'],
  ],
  request: ['authorise', 'core', 'tab', 'types', 'wire'],
  session: ['bus', 'contract', 'core', 'edges', 'nonces', 'plan', 'tab', 'types', 'vault'],
  signing: [
    ...['bus', 'cancel', 'contract', 'core', 'edges', 'errors', 'farewell', 'hmac', 'lock'],
    ...['session', 'start', 'tab', 'types', 'vault', 'wire'],
  ],
  start: ['bus', 'core', 'errors', 'farewell', 'refresher', 'session', 'tab', 'vault'],
  storages: ['edges'],
  tab: ['bus', 'cancel', 'core', 'places', 'storages', 'types', 'vault'],
  types: ['contract', 'edges', 'errors'],
  vault: ['bus', 'core', 'edges', 'hmac', 'storages'],
  wire: ['cancel', 'core', 'edges', 'errors', 'tab', 'types'],
  words: ['contract', 'errors', 'types'],
};

/** Where the core meets a browser. */
const EDGES = {
  axios: ['core', 'errors', 'fetch', 'types'],
  browser: ['coordinators', 'edges', 'fetch', 'storages'],
  coordinators: ['edges'],
  fetch: ['edges'],
};

const INDEX = [
  ...['account', 'browser', 'client', 'contract', 'coordinators', 'edges', 'errors', 'fetch'],
  ...['permissions', 'places', 'storages', 'types'],
];

/** `state` decides; `verifier` carries out; frameworks stand at the edge, and know no wire. */
const VERIFIER = {
  claims: ['questions'],
  clocks: [],
  demands: ['claims', 'errors', 'state'],
  errors: ['words.generated'],
  express: ['demands', 'http', 'requests', 'verifier'],
  fastify: ['demands', 'refusals', 'requests', 'verifier'],
  hono: ['demands', 'refusals', 'requests', 'verifier'],
  http: ['claims', 'demands', 'refusals', 'requests', 'verifier'],
  index: ['claims', 'demands', 'errors', 'telling', 'terms', 'verifier'],
  keys: ['permissions'],
  languages: [],
  permissions: [],
  questions: ['keys', 'service_key'],
  refusals: ['errors', 'languages', 'telling', 'words.generated'],
  requests: ['claims'],
  revocations: ['questions'],
  service_key: [],
  state: [
    ...['claims', 'errors', 'keys', 'permissions', 'questions', 'revocations', 'terms'],
    'verified',
  ],
  telling: ['terms'],
  terms: ['errors', 'service_key'],
  verified: ['claims'],
  verifier: [
    ...['claims', 'clocks', 'demands', 'errors', 'keys', 'questions', 'state', 'telling', 'terms'],
    ...['verified', 'wire'],
  ],
  wire: ['questions', 'terms'],
  'words.generated': [],
};

/**
 * By root: `rooms`, and what each may import; `apart`: rooms whose folders do not import each other;
 * `packages`: what any room may import from outside; `also`: what single files may.
 */
export const PLAN = [
  {
    root: 'packages/client/src',
    rooms: {
      ...CORE,
      ...EDGES,
      index: INDEX,
      served: ['browser', 'client', 'index', 'types', 'words'],
    },
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
    root: 'packages/verify/src',
    rooms: VERIFIER,
    packages: [],
    also: {
      'clocks.ts': ['node:perf_hooks'],
      'http.ts': ['node:http'],
      'express.ts': ['node:http'],
      'fastify.ts': ['node:http'],
      'keys.ts': ['jose'],
      'permissions.ts': ['node:crypto'],
      'refusals.ts': ['node:crypto'],
      'requests.ts': ['node:http'],
      'service_key.ts': ['node:crypto'],
      'state.ts': ['node:crypto'],
      'verified.ts': ['node:crypto'],
      'verifier.ts': ['node:http'],
      'wire.ts': ['node:http', 'node:https'],
    },
  },
  {
    root: 'apps/web/src',
    alias: '@/',
    rooms: {
      App: ['at_hand', 'pages', 'root', 'session', 'shell', 'words'],
      admin_permissions: [],
      at_hand: ['pages', 'session'],
      first_paint: [],
      main: ['App', 'router', 'session', 'shell', 'styles', 'words'],
      root: [],
      router: ['console', 'pages', 'root', 'session', 'words'],
      api: ['root', 'session'],
      codes: ['forms', 'session'],
      console: [
        ...['admin_permissions', 'api', 'devices', 'forms', 'look', 'security', 'session'],
        ...['shell', 'state', 'words'],
      ],
      devices: ['api', 'shell'],
      files: ['api', 'look', 'mark', 'session', 'shell', 'state'],
      forms: ['session', 'shell'],
      history: ['devices', 'look', 'shell'],
      look: [],
      mark: [],
      pages: [
        ...['api', 'codes', 'devices', 'files', 'forms', 'history', 'mark', 'profile', 'security'],
        ...['session', 'shell', 'state', 'words'],
      ],
      profile: ['api', 'forms', 'session', 'shell'],
      security: ['api', 'codes', 'forms', 'session', 'shell', 'state'],
      session: ['devices', 'forms', 'look', 'root', 'shell'],
      shell: ['admin_permissions', 'look', 'mark', 'session', 'styles'],
      state: ['mark', 'session', 'shell'],
      styles: [],
      words: ['look'],
    },
    apart: ['pages'],
    packages: WEB,
    also: {
      'main.ts': ['pinia'],
      'forms/strength.ts': ['@zxcvbn-ts/core', 'virtual:password-words'],
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
  /^(core|words)$/.test(room)
    ? `packages/client/src/${room}/**/*.ts`
    : `packages/client/src/${room}.ts`,
);

/** Files that decide, and do nothing else. */
export const PURE_FILES = ['packages/client/src/core/**/*.ts'];

/** What a pure decision has no use for: waiting, clocks, chance, memory of its own, and the edges. */
export const IMPURE = [
  ['AwaitExpression', 'A decision waits for nothing.'],
  [':function[async=true]', 'A decision waits for nothing.'],
  ["Identifier[name='Promise']", 'A decision waits for nothing.'],
  ["MemberExpression[object.name='Date'][property.name='now']", 'A decision is told the time.'],
  ["NewExpression[callee.name='Date'][arguments.length=0]", 'A decision is told the time.'],
  [
    "MemberExpression[object.name='Math'][property.name='random']",
    'A decision is told the chance.',
  ],
  [
    ":matches(Program, ExportNamedDeclaration) > VariableDeclaration[kind!='const']",
    'A decision keeps nothing.',
  ],
  [
    'ImportSpecifier[imported.name=/^(Edges|Env|Storage|Transport|Coordinator|Lease)$/]',
    'A decision reaches for nothing.',
  ],
].map(([selector, message]) => ({ selector, message }));

export const BROWSER_GLOBALS = [
  ...['window', 'document', 'location', 'navigator', 'history', 'self', 'globalThis', 'crypto'],
  ...['localStorage', 'sessionStorage', 'indexedDB', 'BroadcastChannel', 'XMLHttpRequest', 'fetch'],
  ...['setTimeout', 'setInterval', 'performance', 'uni', 'wx', 'process'],
];
