import { recall, remember } from '@/look/remembered';

const KEY = 'tally.username';

/** The name to offer on the sign-in page; only ever kept for those who ticked "remember me". */
export const rememberedName = (): string => recall(KEY) ?? '';

export const rememberName = (name: string | null): void => remember(KEY, name);
