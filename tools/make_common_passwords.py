"""Writes ``src/tigertally/common_passwords.gz``: passwords that attackers try first.

Two lists of real ones, and Chinese ones by rule: names and words in pinyin with the figures that
people put behind them. Both lists may be used freely, with their notices kept:

- ``zxcvbn`` on PyPI (MIT, © Daniel Wolf; its data © Dropbox, Inc., MIT): ``passwords``
- Django on PyPI (BSD-3-Clause, © Django Software Foundation): ``common-passwords.txt.gz``

Run it from the root: ``uv run --with zxcvbn --with 'django<6' tools/make_common_passwords.py``.
The same lists give the same bytes.
"""

import gzip
import unicodedata
from importlib.resources import files
from itertools import product
from pathlib import Path

TARGET = Path("src/tigertally/common_passwords.gz")
SHORTEST = 4

SURNAMES = (
    "wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang "
    "xie song tang deng han feng cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei "
    "su lu ding ren yao shen zhong cui tan fan wan fang shi"
).split()
GIVEN = (
    "wei fang na min jing li qiang lei jun yang yong yan jie juan tao ming chao xia ping gang hao "
    "bin bo peng xin yu ting long hui fei xiaoming xiaohong xiaoyu"
).split()
WORDS = (
    "woaini woaiwo woaita woaiwojia woaiwoziji woaibaba woaimama woaizhongguo aini ainiyiwannian "
    "nihao zhongguo beijing shanghai guangzhou shenzhen chengdu mima wodemima wode baobao baobei "
    "laopo laogong mama baba jiayou kuaile xingfu pengyou qinaide tianshi gongzhu wangzi xiaoxiao "
    "xiaozhu tudou niuniu caonima woshishui woshini bushini meiyoumima wangjile wangjimima "
    "zuihaode haohaoxuexi woxihuanni xihuanni yongyuan yishengyishi asdasd qweqwe qazwsx taobao "
    "zhifubao weixin qq wangyi baidu sina iloveyou love"
).split()
FIGURES = (
    "1 12 123 1234 12345 123456 1234567 12345678 123456789 1234567890 520 521 1314 5201314 1314520 "
    "5211314 1314521 3344 888 666 999 8888 6666 9999 888888 666666 88888888 66666666 000 000000 111 "
    "111111 11111111 123123 112233 123321 321 654321 110 119 147258 147258369 159357 789456 147852 "
    "2008 2010 2011 2012 2018 2019 2020 2021 2022 2023 2024 2025 2026 abc qwe asd !@# a s qq"
).split()
ALONE = (
    "5201314 52013140 1314520 13145200 5211314 201314 20131400 7758521 77585210 7758258 1314521 "
    "3344520 3344521 520520520 52052052 13141314 147258369 1472583690 147852369 159357456 "
    "789456123 741852963 963852741 321654987 456789123 123654789 110110110 119119119 woaini1314 "
    "a123456789 a12345678 a1234567 a123456 q123456789 z123456789 aa123456 aa12345678 abc123456 "
    "abcd1234 abc12345678 qq123456 qq123456789 qwe123456 asd123456 zxc123456 1q2w3e4r 1q2w3e4r5t "
    "123qwe123 123abc123 p@ssw0rd passw0rd 爱你一万年 我爱你 我的密码 没有密码"
).split()


def by_rule() -> set[str]:
    """Return Chinese passwords that follow from words, names and figures."""
    people = {surname + given for surname, given in product(SURNAMES, GIVEN)}
    stems = {*WORDS, *SURNAMES}
    return {
        *ALONE,
        *people,
        *stems,
        *(stem + figure for stem, figure in product(stems, FIGURES)),
        *(figure + stem for stem, figure in product(WORDS, FIGURES)),
        *(name + figure for name, figure in product(people, ("123", "123456", "520", "1314"))),
    }


def found() -> set[str]:
    """Return those that people were found to have."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - not a requirement of ours

    packed = (files("django") / "contrib/auth/common-passwords.txt.gz").read_bytes()
    listed = FREQUENCY_LISTS["passwords"]
    zxcvbn = listed.split(",") if isinstance(listed, str) else listed
    return {*zxcvbn, *gzip.decompress(packed).decode().split()}


def main() -> None:
    """Write the list, sorted, a password a line, all as the check spells them."""
    spelled = {unicodedata.normalize("NFKC", one).casefold() for one in found() | by_rule()}
    lines = sorted(one for one in spelled if len(one) >= SHORTEST and "\n" not in one)
    with TARGET.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write("\n".join(["", *lines, ""]).encode())


if __name__ == "__main__":
    main()
