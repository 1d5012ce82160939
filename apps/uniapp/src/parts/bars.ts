/** The native bars, in the language of the interface. */
import { onShow } from '@dcloudio/uni-app';
import { watch } from 'vue';
import { language, words } from '@/words';
import type { Words } from '@/words';

const TABS = ['profile', 'devices', 'history'] as const;

/** Titles the page; on a tab page, the tab bar too. */
export function useBars(page: keyof Words['title']): void {
  let shown = false;
  const put = (): void => {
    uni.setNavigationBarTitle({ title: words.value.title[page] });
    if (!TABS.some((tab) => tab === page)) return;
    TABS.forEach((tab, index) => {
      // Refused where the tab bar is not on screen yet; the next page that is shown does it again.
      uni.setTabBarItem({ index, text: words.value.tab[tab], fail: () => undefined });
    });
  };
  onShow(() => {
    shown = true;
    put();
  });
  watch(language, () => {
    if (shown) put();
  });
}
