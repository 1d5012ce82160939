import { words } from '@/words';

/** A question with a yes; WeChat allows four characters for each answer. */
export interface Question {
  readonly title: string;
  readonly what: string;
  readonly yes: string;
}

/** Asks in the platform's own dialog. */
export function ask({ title, what, yes }: Question): Promise<boolean> {
  return new Promise((resolve) => {
    uni.showModal({
      title,
      content: what,
      confirmText: yes,
      cancelText: words.value.signOut.no,
      success: ({ confirm }) => resolve(confirm),
      fail: () => resolve(false),
    });
  });
}
