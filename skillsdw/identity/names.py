"""Names of persons in Chinese: what may be one (for what is shown), and what is one (for what is refused)."""

import re
from functools import cache

from skillsdw.seeds import read_seed

# The commonest surnames (about 95 % of the population).
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "农蒙蓝岑甘蔺凌容阮玉班银零农磨满庞禤劳麦植宁文施洪季包康伍温芦倪樊兰柳殷牛章葛左岳齐辛管祝聂梅盛童"
    "颜符申柯成邢耿欧屈项单鲍游司关焦苗车卓翁景党裴路阎柴瞿房裘闭冼谷商牙吉古骆喻易常鲁俞安乔赖涂"
)
_DOUBLE_SURNAMES = frozenset(("欧阳", "上官", "司徒", "司马", "诸葛", "皇甫", "尉迟", "夏侯", "慕容", "令狐", "东方"))

# Characters of given names. A word of a bureau (班, 级, 工, 员, 市, 训 …) has one that is none.
_GIVEN = frozenset(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红玲芬燕梅兰珍凤洁琳琴云莉荣爱青雪素真环莲秋婷玥瑜瑶"
    "瑾璇璐琪琦珊珠珂琼瑛瑞莹菲蓉蕾薇蔓芝芸茜苑菊萱蓓馨香婕妮媛嫣娅娇婉妍妙姗姿娥婵淑惠慧贤贞端庄雅文韵诗书画"
    "晓晨旭晶晖晴曦昕昊晟晗曼暄辉昌昭星月阳光亮朗宇宙天地山川江河海洋波浪涵润泽浩瀚源清淳渊湘潇沛沁泓洪源溪"
    "雨露霖霏雯雲霄鹏飞翔鸿燕雁鹰鹤龙虎骏骥麟豹彪建国家邦安定康宁泰和顺利兴隆盛旺发达富贵荣华福禄寿喜庆吉祥如意"
    "志诚信义仁礼智忠孝廉德善良俊豪雄毅坚刚强健壮勇武威胜凯捷锋锐剑斌彬彦哲睿思博学才俊杰英豪栋梁柱松柏杨柳林森"
    "树木枫桐梓楠桦榕棋桃李杏梨春夏秋冬东南西北中正大小少伯仲叔季元亨利贞一二三四五六七八九十百千万世永长久远恒"
    "宏伟广博厚重深广启开展帆航舟渡鑫金银铜铁锡铭钰钧钢铠镇锦钟宝玺璋玮珏琨瑗琰瑄瑾壁珩尧舜禹汤轩辕冠群超越卓"
    "立成功业勤奋进取向前辰时年岁朝夕晚朋友善邻和谐爱民新生根苗芽叶花果丹彤朱红紫绿蓝白黑玄墨素心念恩惠感怀忆怡"
    "悦欣欢乐笑愉快畅然若如似其之乃亦以为可能会自在子孟孔颜曾荀景仰传承继绍祖宗先贤圣神灵运权政治法理道经纬纶绪"
    "纪纲维练绮绣缘线琴瑟笙箫歌舞乐曲声音响鸣呈现显耀炎焱炜烨煜灿烂焕然熙照炳辉煌映影霆雷电风云焰炫炯烽蔚芷若"
    "莎苇荷莲菡萏葵蓝茗茵芊芃苗萌蕴蕙薰翠翡珺钦仪依伊伶佳佩侠倩俐俏偲儒仪佑佐保全会余冰凌净凡凤凯刘勋励劲勉升"
    "卉卫原厚召可史同君吟呈咏品唯嘉器园圆城基培堂塬增士声夏多夜奇奎威娴婧嫦宛宜实宪容宽密寅尚居屏岚岩岭峰峻崇嵘"
    "巍川州巧帅希干幸庭廷延弘张弛彩征律微徽忻恺悠情慕懿戈战扬抒拓振捷挺敬斯方旋昱显景智朔望未末本术权来杭柔标格"
    "梦楚榆槐横樱欧歆殊毓民水汉汝池沅沐泉泳洲流浦淇淼湖溢滔滢漫潮澄澜激灏炀热烈牧特狄献王环理琅瑚璟甜用甫男留畅"
    "登白皓盈盼益盛相眉真睦知石矛砚碧祯禄禧秉科秦穆空章童竹笛策筠简箐米粤精纯练绍维羽翌翼耀聪肖胜育胤能腾舒航良"
    "色艺节芙芯苒英茂草莘菁萧落蒙蓬蔼藏虹蝶衡裕西观言誉让论语课谦谨谷豫贝贤贵资赐赛起超跃路轶轻迅迎近迪逊逸逢道"
    "遥遵邈郁部采里野钊锴镜长门闻阔陆雄雅霁静非鞠韬音韶项颂频颖风飘香驰骁高魁鲁鲜鸥鹂麒黎默齐"
)
_NO_NAME = frozenset("部术法理课用资观州市县区镇乡村本末标格特科节空论言让起来为会可以")  # in too many words
_TRANSLITERATED = frozenset(
    "阿艾买提力尔古丽热木江克孜依布拉麦合吐逊帕孜亚玛木沙塔巴哈达里卡伊萨努比娅迪汗衣米吾甫扎西卓嘎次仁旺堆顿珠"
    "洛桑丹增央金德吉尼玛多杰才让加措格日勒图苏和"
)
_HAN = r"\u3400-\u9fff\U00020000-\U0003ffff"
_NAME_SHAPE = re.compile(rf"[{_HAN}]{{2,4}}|[{_HAN}]{{1,8}}[·•‧・][{_HAN}]{{1,10}}")
_BETWEEN = re.compile(r"[\s()（）\[\]【】,，、:：;；/_-]+")
_PARTS = re.compile(rf"[{_HAN}·•‧・]+")
_LABEL = re.compile(
    rf"(?:姓\s*名|学员|参训人员|负责人|联系人|经办人|法人代表|法定代表人|领款人|代收人|户名|持证人|本人)"
    rf"[\s:：=()（）“”\"'-]*([{_HAN}]{{2,4}})(?![{_HAN}])"
)
_ADDRESSED = re.compile(rf"([{_HAN}]{{2,4}})(?:同志|先生|女士|小姐|老师|师傅)$")

# For RE2: what a text with a name matches.
_R_SURNAME = f"[{''.join(sorted(_SURNAMES))}]|{'|'.join(sorted(_DOUBLE_SURNAMES))}"
NAME_PATTERNS = [
    rf"(?:^|[^\p{{Han}}])(?:{_R_SURNAME})(?:[\s\p{{Z}}\p{{Cf}}]*\p{{Han}}){{1,2}}(?:[^\p{{Han}}]|$)",
    r"\p{Han}[·•‧・]\p{Han}",
    r"姓\s*名|学员|参训人员|负责人|联系人|经办人|代表人?|领款人|代收人|户名|持证人|本人|同志|先生|女士|小姐|老师|师傅",
]


def looks_like_name(text: str) -> bool:
    """Two to four Chinese characters that begin with a common surname, or a name with a middle dot: what may be a
    name. One too many is kept from being shown rather than one too few."""
    return bool(_NAME_SHAPE.fullmatch(text)) and (text[0] in _SURNAMES or any(dot in text for dot in "·•‧・"))


def holds_name(text: str) -> bool:
    """Whether a text, or a part of it between spaces, brackets and the like, looks like a name: 李 伟, 李伟(代收)."""
    parts = _BETWEEN.split(text)
    return looks_like_name(re.sub(r"\s", "", text)) or any(looks_like_name(part) for part in parts if part)


def name_places(text: str, short: bool = False) -> list[tuple[int, int]]:
    """The parts of a text that are names: a surname with characters of given names and no word that a bureau uses.
    Names of two characters are found after a label (联系人:韦阳), alone only when `short`: in a brand or a place two
    such characters are an ordinary word."""
    found = []
    for match in _PARTS.finditer(text):
        if _is_name(match[0], short):
            found.append(match.span())
        elif (addressed := _ADDRESSED.search(match[0])) and _is_name(addressed[1], True):
            found.append((match.start() + addressed.start(1), match.start() + addressed.end(1)))
    squeezed = re.sub(r"\s+", "", text)
    if not found and squeezed != text and _is_name(squeezed, short):
        found.append((0, len(text)))
    found += [match.span(1) for match in _LABEL.finditer(text) if looks_like_name(match[1]) and not is_word(match[1])]
    return found


def _is_name(text: str, short: bool) -> bool:
    if any(dot in text for dot in "·•‧・"):
        parts = [part for part in re.split("[·•‧・]", text) if part]
        letters = "".join(parts)
        known = sum(letter in _TRANSLITERATED for letter in letters)
        return len(parts) > 1 and known * 3 >= len(letters) * 2 and not is_word(letters)
    if len(text) == 4:
        return text[:2] in _DOUBLE_SURNAMES and _is_given(text[2:])
    if len(text) == 3 and text[:2] in _DOUBLE_SURNAMES and _is_given(text[2:]):
        return True
    if len(text) not in ((2, 3) if short else (3,)) or text[0] not in _SURNAMES:
        return False
    return _is_given(text[1:]) and not is_word(text)


def _is_given(text: str) -> bool:
    return all(letter in _GIVEN and letter not in _NO_NAME for letter in text)


def is_word(text: str) -> bool:
    """Whether a word of the code lists (a place, an industry, an occupation) begins so, or begins the text."""
    return any(text.startswith(word) or word.startswith(text) for word in _words())


@cache
def _words() -> frozenset[str]:
    words: set[str] = set()
    for seed in ("city", "county", "industry", "occupation", "institution_kind"):
        for row in read_seed(seed):
            for name in (row["name_zh"], *row.get("aliases", "").split("|")):
                words |= {name, re.sub(r"(?:族)?(?:自治)?[市县区]$", "", name)}
    return frozenset(word for word in words if len(word) >= 2)
