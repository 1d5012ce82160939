import { ref } from 'vue';

/** The address whose verification was put off; until the page is loaded again. */
export const putOff = ref<string | null>(null);
