/** The Chinese words of the site itself. */
import type { DefaultTheme } from 'vitepress';

export const CHINESE: DefaultTheme.Config = {
  outline: { level: [2, 3], label: '本页目录' },
  docFooter: { prev: '上一篇', next: '下一篇' },
  darkModeSwitchLabel: '主题',
  darkModeSwitchTitle: '切换到深色主题',
  lightModeSwitchTitle: '切换到浅色主题',
  sidebarMenuLabel: '目录',
  returnToTopLabel: '回到顶部',
  langMenuLabel: '切换语言',
  skipToContentLabel: '跳到正文',
  notFound: {
    title: '没有这个页面',
    quote: '地址可能写错了，也可能页面已经改名。',
    linkLabel: '回到首页',
    linkText: '回到首页',
  },
};

export const SEARCH_IN_CHINESE = {
  translations: {
    button: { buttonText: '搜索', buttonAriaLabel: '搜索文档' },
    modal: {
      displayDetails: '显示详情',
      resetButtonTitle: '清空',
      backButtonTitle: '返回',
      noResultsText: '没有找到',
      footer: { selectText: '打开', navigateText: '切换', closeText: '关闭' },
    },
  },
};
