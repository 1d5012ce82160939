import { nextTick, ref, shallowRef } from 'vue';
import type { Ref, ShallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import type { Fault } from '@tigertally/client/words';
import type { Problem } from '@/session/problem';
import { problemOf } from '@/session/problem';

export interface Submission {
  readonly busy: Readonly<Ref<boolean>>;
  /** What to show beside each field. */
  readonly faults: Readonly<ShallowRef<Readonly<Record<string, string>>>>;
  /** What to show above the form: whatever belongs to no field of it. */
  readonly notice: Readonly<ShallowRef<string | null>>;
  /** Checks, sends, and says whether it went well. A second call while busy does nothing. */
  submit(): Promise<boolean>;
  /** Takes back what was said about a field once it is being corrected. */
  forgive(field: string): void;
}

export interface SubmissionOptions {
  /** The form's root, to lead the reader to what is wrong. */
  readonly form: Readonly<Ref<HTMLElement | null>>;
  /** Rules by field; the field's name is the server's. */
  readonly check: () => Readonly<Record<string, Fault>>;
  readonly send: () => Promise<unknown>;
  /** After a refusal, e.g. to clear the password. */
  readonly refused?: (problem: Problem) => void;
}

/** One form's journey: checked here, sent once, and answered beside the field it concerns. */
export function useSubmission(options: SubmissionOptions): Submission {
  const { t } = useI18n();
  const busy = ref(false);
  const faults = shallowRef<Readonly<Record<string, string>>>({});
  const notice = shallowRef<string | null>(null);

  function localFaults(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [field, fault] of Object.entries(options.check()))
      if (fault) found[field] = t(`rule.${fault.key}`, { limit: fault.limit ?? 0 });
    return found;
  }

  function show(problem: Problem): void {
    const known = Object.keys(options.check());
    const beside = Object.entries(problem.fields).filter(([field]) => known.includes(field));
    faults.value = Object.fromEntries(beside);
    if (beside.length > 0) return;
    notice.value = Object.values(problem.fields)[0] ?? problem.message ?? t(`form.${problem.kind}`);
  }

  async function leadToFault(): Promise<void> {
    await nextTick();
    const target = options.form.value?.querySelector<HTMLElement>(
      '[aria-invalid="true"], [role="alert"]',
    );
    target?.focus();
  }

  async function submit(): Promise<boolean> {
    if (busy.value) return false;
    notice.value = null;
    faults.value = localFaults();
    if (Object.keys(faults.value).length > 0) {
      await leadToFault();
      return false;
    }
    busy.value = true;
    try {
      await options.send();
      return true;
    } catch (error) {
      const problem = problemOf(error);
      show(problem);
      options.refused?.(problem);
      busy.value = false;
      await leadToFault();
      return false;
    } finally {
      busy.value = false;
    }
  }

  function forgive(field: string): void {
    if (!(field in faults.value)) return;
    faults.value = Object.fromEntries(
      Object.entries(faults.value).filter(([name]) => name !== field),
    );
  }

  return { busy, faults, notice, submit, forgive };
}
