const here = import.meta.url;

/**
 * The path below which the application is served, without a slash behind; empty at the top of the host.
 *
 * Every script lies in `<root>/assets/`, so a script's own address says it: the build need not know.
 */
export const root: string = import.meta.env.DEV
  ? ''
  : new URL('..', here).pathname.replace(/\/$/, '');
