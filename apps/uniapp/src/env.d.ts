/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the service is; `''` (the page's own origin) for H5, `http://127.0.0.1:5000` for mini programs. */
  readonly VITE_TALLY_URL?: string;
}

declare module '*.vue' {
  import type { DefineComponent } from 'vue';
  const component: DefineComponent;
  export default component;
}
