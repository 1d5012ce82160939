import type { Fault } from '@tigertally/client/words';
import { computed, ref } from 'vue';
import { noticeOf, problemOf } from '@/session/problem';
import type { Problem } from '@/session/problem';
import { words } from '@/words';

/** A form on its way to the server: one at a time, with one clear error in place. */
export function useSubmission() {
  const busy = ref(false);
  const problem = ref<Problem | null>(null);
  const faults = ref<Readonly<Record<string, Fault>>>({});

  /** Checks, sends, and keeps what went wrong. True if nothing did. */
  async function submit(checks: Record<string, Fault>, send: () => Promise<unknown>) {
    if (busy.value) return false;
    problem.value = null;
    faults.value = checks;
    if (Object.values(checks).some(Boolean)) return false;
    busy.value = true;
    try {
      await send();
      return true;
    } catch (error) {
      problem.value = problemOf(error);
      return false;
    } finally {
      busy.value = false;
    }
  }

  /** What to say below the field `name`. */
  const faultOf = (name: string): string => {
    const fault = faults.value[name];
    if (!fault) return problem.value?.fields[name] ?? '';
    return words.value.rule[fault.key].replace('{limit}', String(fault.limit));
  };
  const notice = computed(() => {
    if (!problem.value || Object.keys(problem.value.fields).length) return '';
    return noticeOf(problem.value, words.value);
  });
  return { busy, problem, notice, faultOf, submit };
}
