/** The words of the whole application: those of the first load and the rest. */
import firstEn from '../src/words/en';
import moreEn from '../src/words/more/en';
import moreZh from '../src/words/more/zh-CN';
import firstZh from '../src/words/zh-CN';

export const en = { ...firstEn, ...moreEn };
export const zhCN = { ...firstZh, ...moreZh };

/** Groups of words that lie in both parts, of which one would hide the other. */
export const twice = Object.keys(firstEn).filter((group) => group in moreEn);
