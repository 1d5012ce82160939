/** The words of the whole application: those of the first load, the rest, and the console's. */
import consoleEn from '../src/words/console/en';
import consoleZh from '../src/words/console/zh-CN';
import firstEn from '../src/words/en';
import moreEn from '../src/words/more/en';
import moreZh from '../src/words/more/zh-CN';
import firstZh from '../src/words/zh-CN';

export const en = { ...firstEn, ...moreEn, ...consoleEn };
export const zhCN = { ...firstZh, ...moreZh, ...consoleZh };

/** Groups of words that lie in several parts, of which one would hide another. */
export const twice = [...Object.keys(firstEn), ...Object.keys(moreEn)].filter(
  (group, at, all) => group in consoleEn || all.indexOf(group) !== at,
);
