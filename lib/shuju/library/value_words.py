"""How offices write the values of code lists, and which code each word means: for the draft of a new source, for a person to check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from shuju.standard import code_list

# By list and code: words as they stand in exports, whole; then parts that tell it within a longer value.
_WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "channels": {
        "hotline": ("电话 来电 热线 12345 人工电话 话务", "热线 12345 电话 来电"),
        "wechat": ("微信", "微信 公众号"),
        "app": ("app APP 客户端 移动端 手机 小程序", "客户端 APP app 移动端 小程序 手机"),
        "message_board": ("网站 网络 网页 互联网 留言 门户", "网站 留言 网络 网页 门户 论坛"),
        "visit": ("来访 走访 现场 窗口 上门", "来访 走访 窗口 现场"),
        "leader_mailbox": ("信箱", "市长信箱 书记信箱 县长信箱 省长信箱 领导信箱 区长信箱"),
        "department_mailbox": ("局长信箱", "部门信箱 局长信箱 厅长信箱"),
    },
    "letter_statuses": {
        "received": ("新建 待办 登记 已登记 未受理 未办理 待签收", "待受理 待处理 待派 待分派 待签收 未受理 未处理"),
        "assigned": ("办理中 处理中 在办 承办中 已受理 已签收 转办 交办", "办理中 处理中 在办 转办 交办 派单 派发 承办 已受理 已签收 审核 退回"),
        "answered": ("答复 回复 已反馈", "已答复 已回复 已反馈 回复 答复"),
        "closed": ("办结 完结 结案 完成 归档 关闭", "办结 完结 结案 已完成 归档 已关闭 已回访 已评价"),
    },
    "motives": {
        "complaint": ("投诉 举报 反映", "投诉 举报 曝光"),
        "help": ("求助 诉求 求决 报修 申请", "求助 求决 报修 诉求"),
        "inquiry": ("咨询 询问 查询 提问", "咨询 询问 查询"),
        "advice": ("建议 建言 意见", "建议 建言 意见"),
        "thanks": ("表扬 感谢 点赞 致谢", "表扬 感谢"),
    },
    "sexes": {"male": ("男性 先生 M m male Male", "先生"), "female": ("女性 女士 F f female Female 小姐", "女士")},
    "topics": {
        "城乡建设": ("城管 住建 市政 住房 物业", "城市管理 城管 城建 建设 市政 住房 住建 物业 房产 房地产 供水 供气 公用事业 拆迁 市容"),
        "环境保护": ("环保 污染 生态", "环境 环保 污染 生态 噪声 噪音"),
        "交通运输": ("交通 交警 出行", "交通 道路 公交 出行 停车"),
        "教育文体": ("教育 文化 体育", "教育 学校 文化 体育 文体 文旅体"),
        "劳动和社会保障": ("劳动 社保 人社 就业 工资", "劳动 社保 社会保障 人社 人力资源 就业 工资 欠薪 医保"),
        "商贸旅游": ("商贸 旅游 消费 市场监管 工商", "市场 商务 商贸 旅游 消费 工商"),
        "卫生计生": ("卫生 医疗 卫健 健康", "卫生 医疗 卫健 健康 疾控 疫情 计生"),
        "农村农业": ("农业 农村 三农 水利", "农业 农村 三农 乡村 水利 林业 扶贫"),
        "国土资源": ("国土 土地 规划 自然资源", "国土 土地 自然资源 规划 矿产"),
        "政法": ("公安 司法 治安 法院", "公安 司法 治安 政法 法院 户籍 消防"),
        "民政": ("养老 低保 殡葬 社区", "民政 养老 低保 救助 殡葬 婚姻"),
        "经济管理": ("经济 财政 税务 金融", "经济 财政 税务 金融 财税 审计 物价"),
        "科技与信息产业": ("科技 通信 电信", "科技 信息产业 通信 电信 网络"),
        "党务政务": ("党务 政务 政务服务", "党务 党建 政务 组织人事"),
        "纪检监察": ("纪检 监察 作风", "纪检 监察 作风 廉政 腐败"),
    },
    # The five levels of 好差评, by their marks.
    "satisfaction": {
        "5": ("非常满意 很满意 十分满意 五星", ""),
        "4": ("满意 比较满意 较满意 四星", ""),
        "3": ("基本满意 一般 三星", ""),
        "2": ("不满意 不太满意 二星", ""),
        "1": ("非常不满意 很不满意 一星", ""),
    },
}  # fmt: skip
READ = tuple(_WORDS)


@cache
def _by_word(listed: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    whole, parts = {}, {}
    for code, (words, within) in _WORDS[listed].items():
        whole |= dict.fromkeys(words.split(), code)
        parts |= dict.fromkeys(within.split(), code)
    return whole, dict(sorted(parts.items(), key=lambda one: -len(one[0])))


def code_of(listed: str, value: str) -> str | None:
    """Return the code that a value means: the list's own name or code, a word for it, or a value that holds one; None if unknown."""
    if listed != "satisfaction" and value in code_list(listed).code_of:
        return code_list(listed).code_of[value]
    if listed not in _WORDS:
        return None
    whole, parts = _by_word(listed)
    if value in whole:
        return whole[value]
    return next((code for part, code in parts.items() if part in value), None)


def translations(listed: str, values: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return what the list itself does not read: word → code, and the values that nobody can."""
    found: dict[str, str] = {}
    unknown: list[str] = []
    for value in values if listed else ():
        if listed != "satisfaction" and value in code_list(listed).code_of:
            continue
        if listed == "satisfaction" and value.isdecimal():
            continue
        code = code_of(listed, value)
        if code is None:
            unknown.append(value)
        else:
            found[value] = code
    return found, unknown
