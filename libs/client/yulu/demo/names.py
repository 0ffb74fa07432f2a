"""Made-up names: common surnames by rough frequency, some compound ones, and characters beyond the basic plane."""

from random import Random

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛"
    "叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔"
    "贺赖龚文"
)
_COMPOUND = ("欧阳", "司马", "上官", "诸葛", "夏侯", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐")
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建国文斌宇浩然子轩梓涵思远嘉怡晨曦博雅欣悦"
    "志鹏海燕晓东春梅雪松立新永康世昌振兴中原豫"
)
# Characters that older systems lose: CJK extensions A, B, C, E and G, and a rare one of the basic block.
_RARE = ("㛃", "䶮", "䜣", "𠅤", "𣲗", "𫖯", "𬭎", "𬍛", "𰻝", "喆")
_FIRM = (
    "正义诚信仁和明德天平公达同方金源中原豫商九鼎嵩岳黄河大河洛神龙文华夏宏远百川博浩鼎盛永衡世纪恒信"
    "大沧海言正国银亚太京师盈科炜衡"
)


def person(random: Random) -> str:
    """About one in 150 holds a rare character, one in 200 a middle dot (a minority's name)."""
    lot = random.random()
    if lot < 0.005:
        return f"{random.choice(('阿卜杜', '买买提', '古丽娜', '努尔'))}·{random.choice(('热合曼', '艾力', '吐尔逊'))}"
    surname = random.choice(_COMPOUND) if lot < 0.02 else _SURNAMES[int(len(_SURNAMES) * random.random() ** 2)]
    given = "".join(random.choice(_GIVEN) for _ in range(1 if random.random() < 0.2 else 2))
    if random.random() < 0.007:
        given = given[:-1] + random.choice(_RARE)
    return surname + given


def firm(random: Random, city: str, taken: set[str]) -> str:
    while True:
        words = "".join(random.choice(_FIRM) for _ in range(random.choice((2, 2, 3))))
        place = "河南" if random.random() < 0.6 else f"河南（{city}）"
        name = f"{place}{words}律师事务所"
        if name not in taken:
            taken.add(name)
            return name
