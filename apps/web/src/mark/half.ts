/** Left half of the mark in a 64 × 64 box; the right one is its mirror image. */
export const HALF =
  'M32 12H25.5C23.5 8 18.5 5.5 13.5 6.5 8.5 7.5 7 13 9.5 18.5 6.5 23 5 28 5 33.5L2.5 39.5 7 40.5 6 46.5H11.5C15 53.5 22.5 58 32 58Z' +
  'M12.2 11.2C14.8 10.3 17.6 11 19.4 12.8 16.8 13.8 14.6 15.2 12.9 17 11.4 15 11.2 12.6 12.2 11.2Z' +
  'M13.5 33.5C17 29.6 22.5 29.8 26 35 21.5 37 16.8 36.8 13.5 33.5Z' +
  'M8 26.2 16.5 27.2 8.2 29.2ZM9.5 41.2 17.5 40 11 44.4ZM13.6 47.8 20.4 44.8 16.8 50.4Z' +
  'M32 42.5H27C27.3 45.3 29.2 47.2 32 47.6Z';

/** The inlay: half of 王, the sign on a tiger's forehead. It can be read only when both halves meet. */
export const INLAY = 'M32 17H24V19.6H30.7V23H25.8V25.6H30.7V29H24.6V31.6H32Z';
