// jsdom has no layout and no media queries.
window.matchMedia ??= (media) =>
  ({ matches: false, media, addEventListener: () => undefined }) as unknown as MediaQueryList;
