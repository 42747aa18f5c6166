"""How offices call the fields of the standard, and what their contents look like: for the draft of a new source."""

from __future__ import annotations

# By table and field: names as people write them, the surest first; compared without blanks, case and signs.
NAMES: dict[str, dict[str, str]] = {
    "letters": {
        "letter_id": "来信编号 工单编号 工单号 信件编号 留言编号 诉求编号 受理编号 受理单号 流水号 编号 单号 序号 tid id letterid orderno no",
        "title": "来信标题 诉求标题 留言主题 留言标题 信件标题 工单标题 标题 主题 事项标题 诉求主题 subject title query",
        "body": "来信内容 诉求内容 留言详情 留言内容 信件内容 诉求描述 工单内容 反映内容 问题描述 内容 详情 描述 body content text question",
        "written_at": "来信时间 留言时间 受理时间 来电时间 诉求时间 登记时间 提交时间 创建时间 时间 日期 writtenat createtime dateline time date",
        "writer_id": "留言用户 用户编号 用户 网友 来信人代号 userid user nickname",
        "writer_sex": "来信人性别 诉求人性别 性别 sex gender",
        "birth_year": "出生年 出生年份 birthyear",
        "region_code": "行政区划代码 行政区划 所属区县 所属区域 诉求区域 事发地区 事发区域 所属地区 区县 县市区 地区 区域 区划 region area county",
        "topic_1": "一级主题 一级分类 一级标签 诉求分类 问题分类 主题分类 分类 topic category label",
        "topic_2": "二级主题 二级分类 二级标签",
        "topic_3": "三级主题 三级分类 三级标签",
        "motive": "来信目的 诉求类型 工单类型 诉求性质 信件类型 类型 性质 type kind",
        "department": "承办部门 承办单位 办理单位 主办单位 受理单位 责任单位 处理部门 转办单位 受理部门 办理部门 部门 单位 dept department unit",
        "status": "办理状态 工单状态 处理状态 状态 status state",
        "channel": "来信渠道 诉求来源 受理渠道 工单来源 来电渠道 渠道 channel",
        "likes": "点赞数 点赞 赞 likes",
        "dislikes": "反对数 反对 dislikes",
        "reply": "答复意见 答复内容 回复内容 办理结果 处理结果 办理意见 处理意见 回复 答复 reply answer",
        "replied_at": "答复时间 回复时间 办结时间 办理时间 完成时间 repliedat replytime",
        "reply_department": "答复单位 回复单位 答复部门 回复部门 organization",
        "satisfaction": "满意度 评价 满意程度 评分 satisfaction score",
        "writer_name": "来信人姓名 诉求人姓名 诉求人 来电人 联系人 来信人 姓名 投诉人 writer name",
        "phone": "联系电话 来电号码 联系方式 手机号码 手机号 电话 手机 phone tel mobile",
        "email": "电子邮箱 邮箱 邮件 email mail",
        "address": "联系地址 家庭住址 住址 通讯地址 address",
    },
    "records": {
        "record_id": "记录编号 信息编号 文章编号 全局对齐序号 编号 id recordid articleid docid metaurl",
        "site_id": "网站标识码 标识码 站点编号 站点 网站 metasiteidcode siteid site copy",
        "genre": "信息类别 genre",
        "title": "文章标题 信息标题 标题 题名 metaarticletitle title",
        "body": "正文 正文内容 文章内容 内容 全文 中文 maintext originaltext body content text",
        "url": "网址 页面地址 链接 地址 原文链接 metaurl url link sourceurl href",
        "column_name": "栏目名称 栏目 metacolumnname column",
        "content_source": "来源 信息来源 文章来源 metacontentsource source",
        "author": "作者 责任编辑 metaauthor author",
        "keywords": "关键词 关键字 metakeywords keywords tags",
        "document_number": "发文字号 文号 文件编号 docno documentnumber",
        "published_at": "发布时间 发布日期 发文日期 成文日期 公开日期 日期 metapubdate publishedat publishdate pubdate date time",
    },
    "policy_items": {
        "item_id": "事项编号 政策编号 编号 序号 id n no itemid",
        "record_id": "政策文件编号 文件编号",
        "title": "事项名称 政策名称 名称 标题 title name",
        "region_code": "适用地区 适用区域 地区 region",
        "department": "受理部门 主管部门 发文机构 责任部门 受理单位 department",
        "industry": "适用行业 行业 industry",
        "enterprise_size": "适用规模 企业规模",
        "condition": "申报条件 条件要求 享受条件 支持条件 条件 condition",
        "benefit": "支持内容 服务内容 政策内容 扶持标准 奖补标准 支持标准 benefit",
        "amount_yuan": "支持金额上限 支持金额 金额 amount",
        "opens_on": "申报开始日期 开始日期 开始时间 发布日期 生效日期 start",
        "closes_on": "申报截止日期 截止日期 截止时间 结束日期 deadline end",
    },
    "suggestions": {
        "suggestion_id": "建议编号 提案编号",
        "title": "建议标题 提案标题 案由",
        "body": "建议内容 提案内容",
        "member": "委员 提案人 委员姓名 代表姓名",
        "sector": "界别",
        "submitted_at": "提交时间 提案时间 提交日期",
        "reply": "办理答复",
        "replied_at": "答复时间",
        "department": "承办部门 承办单位",
    },
    "enterprises": {
        "enterprise_id": "统一社会信用代码 信用代码 社会信用代码",
        "name": "企业名称 单位名称 公司名称",
        "region_code": "住所地 注册地 所属地区 行政区划",
        "industry": "行业门类 行业代码 所属行业",
        "size": "企业规模",
        "registered_on": "成立日期 注册日期 登记日期",
        "registered_capital_yuan": "注册资本",
        "employees": "从业人数 职工人数 员工人数",
        "revenue_yuan": "营业收入",
        "is_high_tech": "是否高新技术企业 高新技术企业",
    },
}
# What a source must have besides what its files hold; to be put right by a person.
CONSTANTS: dict[str, dict[str, str]] = {
    "letters": {"channel": "hotline"},
    "records": {"genre": "notice", "site_id": "0000000000"},
}
# Fields that are no use without contents of their kind.
TIMES = frozenset(
    {"written_at", "replied_at", "published_at", "submitted_at", "opens_on", "closes_on", "registered_on"}
)
LONG = frozenset({"body", "reply", "condition", "benefit"})
PERSONAL = frozenset({"writer_name", "phone", "email", "address"})
