/** Colours of code, as classes: the service's Content-Security-Policy forbids styles in attributes. */
import { createCssVariablesTheme } from 'shiki';
import type { ShikiTransformer, ThemeRegistration } from 'shiki';

export const codeTheme: ThemeRegistration = {
  ...createCssVariablesTheme({ name: 'tally', variablePrefix: '--code-', fontStyle: false }),
  name: 'tally',
};

const COLOUR = /^color:var\(--code-([\w-]+)\)$/;

export const classesForColours: ShikiTransformer = {
  name: 'tally:classes',
  span(node) {
    const { style } = node.properties;
    if (style === undefined) return;
    const [, colour] = COLOUR.exec(String(style)) ?? [];
    if (colour === undefined) throw new Error(`a style of code without a class: ${String(style)}`);
    delete node.properties['style'];
    node.properties['class'] = `c-${colour}`;
  },
};
