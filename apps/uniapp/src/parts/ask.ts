import { words } from '@/words';

/** A question with a yes; WeChat allows four characters for each answer. */
export interface Question {
  readonly title: string;
  readonly what: string;
  readonly yes: string;
}

let asking = false;

/** Asks in the platform's own dialog. One question at a time: the second tap of a double tap is a no. */
export function ask({ title, what, yes }: Question): Promise<boolean> {
  if (asking) return Promise.resolve(false);
  asking = true;
  return new Promise((resolve) => {
    const answer = (confirmed: boolean): void => {
      asking = false;
      resolve(confirmed);
    };
    uni.showModal({
      title,
      content: what,
      confirmText: yes,
      cancelText: words.value.signOut.no,
      success: ({ confirm }) => answer(confirm),
      fail: () => answer(false),
    });
  });
}
