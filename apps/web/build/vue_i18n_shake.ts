import type { Plugin } from 'vite';

const LOOKUP =
  /const key = 'currentInstance';\s+if \(key in Vue\) \{[^}]+\}\s+else \{\s+(return Vue\.getCurrentInstance\(\);)\s+\}/;

/**
 * vue-i18n looks for an export of some later Vue by a computed name (`key in Vue`), which keeps every
 * export of Vue in the bundle: 20 kB gzip of components nobody uses. Vue 3.5 has no such export, so
 * the branch that is always taken is taken here. Fails when vue-i18n changes, instead of growing.
 */
export function shakeVueThroughI18n(): Plugin {
  return {
    name: 'tally:vue-i18n-shake',
    apply: 'build',
    transform: {
      filter: { id: /\/vue-i18n\/dist\/[^/]+\.m?js$/ },
      handler(code) {
        if (!LOOKUP.test(code)) this.error('vue-i18n looks Vue up in another way than before.');
        return { code: code.replace(LOOKUP, '$1'), map: null };
      },
    },
  };
}
