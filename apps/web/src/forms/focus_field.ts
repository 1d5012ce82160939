/** Leads to a field of a form that has just appeared, unless its reader is on a tab that shows it. */
export function focusField(form: HTMLElement | null, name: string): void {
  if (document.activeElement?.getAttribute('role') === 'tab') return;
  form?.querySelector<HTMLInputElement>(`[name="${name}"]`)?.focus();
}
