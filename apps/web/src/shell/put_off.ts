import { ref } from 'vue';

/** The address whose verification was put off; until the page is loaded anew. */
export const putOff = ref<string | null>(null);
