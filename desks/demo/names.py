"""Word lists for fictitious people. The names are common ones; any likeness to a real person is chance."""

SURNAMES = [
    *"王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈",
    *"姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤",
    "诸葛",
    "欧阳",
]
# Common names first; the slope is a guess that looks right on a list, not a statistic.
SURNAME_WEIGHTS = [1 / (place + 8) for place in range(len(SURNAMES))]

# Given names by sex and by the last year of birth they fit.
_GIVEN = {
    "female": {
        1945: "秀英 桂英 秀兰 玉兰 凤英 素珍 兰芳 月娥 阿宝 惠珍 玉珍 菊芬 杏英 宝珠 雪琴 金娣 招娣 美珍",
        1965: "建英 国芳 爱华 美华 丽萍 玉芳 凤珍 惠芳 亚萍 琴芳 红英 桂珍 建萍 秋萍 丽华 永芳",
        1985: "敏 燕 静 丽 洁 芳 婷 海燕 丽娜 晓红 晓燕 春燕 佳 蓓 莉莉 颖 文静 雯",
        2000: "婷婷 佳怡 丹丹 倩 雪 梦 瑶 莹 思思 晓雯 嘉琪 晨曦 璐 慧敏 雅婷 诗韵",
        9999: "欣怡 子涵 诗琪 梓萱 雨桐 语嫣 可馨 若曦 思雨 佳怡 一诺 沐宸 依然 心悦",
    },
    "male": {
        1945: "德明 福根 金生 阿根 祥生 宝林 根发 永康 志明 炳生 关根 国祥 鸿根 荣生 耀庭 文彬",
        1965: "建国 建平 国强 卫国 建华 志强 伟民 国平 永明 跃进 援朝 建新 金龙 宝国 志刚 明华",
        1985: "伟 强 磊 军 勇 杰 斌 峰 俊 涛 晓东 海峰 志伟 文杰 晨 凯 浩 骏",
        2000: "鹏 帅 超 翔 宇 阳 博 嘉伟 志豪 俊 辰 天宇 晨阳 家豪 昊 泽",
        9999: "浩然 子轩 宇航 梓豪 俊杰 一鸣 博文 奕辰 睿 天佑 嘉懿 铭泽 承宇 乐天",
    },
}
GIVEN = {sex: {last: words.split() for last, words in bands.items()} for sex, bands in _GIVEN.items()}

# Public figures that the lists above could spell.
AVOIDED = frozenset(
    {"李伟", "王伟", "王军", "王勇", "李强", "李静", "张颖", "张军", "王菲", "李娜", "刘翔", "姚晨", "黄磊", "徐峥"}
    | {"张杰", "李晨", "陈坤", "刘涛", "李宇", "王凯", "王浩", "马龙", "杨洋", "陈洁", "王博", "李斌", "陈冲", "金星"}
)

ROADS = ("示例路", "样例一路", "演示东路", "测试支路", "模拟公路", "范例街")
ESTATES = ("演示新村", "样例花苑", "示范小区", "测试家园", "模拟苑", "例子公寓")

RELATIONS = {"spouse": "配偶", "son": "儿子", "daughter": "女儿", "relative": "其他亲属"}

# Codes of the catalogue's special certificates, and how many nurses in one hold them.
CERTIFICATES = {"pd": 0.3, "picc": 0.4, "wound_ostomy": 0.3, "hospice": 0.25}


def surname_of(name: str) -> str:
    return name[:2] if name[:2] in SURNAMES else name[0]
