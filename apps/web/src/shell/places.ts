/** The pages of the navigation bar: their addresses without the slash, and their titles' keys. */
export const PLACES = ['profile', 'devices', 'history', 'files', 'security'] as const;
