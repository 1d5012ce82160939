/**
 * Fetches, while nothing else is to be done, what somebody who is signed in needs exactly when the
 * server may be out of reach: signing out must lead to the sign-in page, and a session that ended must
 * be explained.
 */
export function keepAtHand(): void {
  const fetchAll = (): void => {
    void Promise.allSettled([
      import('@/pages/SignInPage.vue'),
      import('@/session/EndedDialog.vue'),
    ]);
  };
  // Safari has no idle callbacks; a second after the start the page is there.
  if ('requestIdleCallback' in window) requestIdleCallback(fetchAll);
  else setTimeout(fetchAll, 1000);
}
