"""How each district writes its log: data only.

Headings and words are among those met in real files (`data/header_variants.csv`,
`data/value_synonyms.csv`); a test holds them to it.
"""

from dataclasses import dataclass, field

# Columns that a reader must drop, by what `cells` fills them with.
SERIAL, PARTY, BASIS, PUBLISHED, SANCTION = "*serial", "*party", "*basis", "*published", "*sanction"

_HEADINGS = {
    SERIAL: "序号",
    PARTY: "行政相对人名称 被处罚人 被处罚对象名称 企业名称 被处罚当事人",
    BASIS: "处罚依据 行政处罚依据",
    PUBLISHED: "公示日期",
    SANCTION: "处罚种类 处罚类别 处罚内容 行政处罚种类",
    "case_no": "案号 案件编号 文书号 决定文书号 行政处罚文书号 "
    "行政处罚决定书文号 行政处罚决定文书号",
    "unit": "街道 街镇 街道（乡镇） 执法单位 处罚机关 执法部门名称 执法机构名称 作出处罚的机关 "
    "作出处罚决定的机关名称 处罚决定机关 办理单位",
    "power": "职权编码 事项编码 职权名称 违法行为类型 违法类型 案由 违法行为",
    "action": "执法类型 执法类别 执法行为类型 行为类型",
    "procedure": "程序 适用程序 办案程序 案件类型",
    "party_type": "当事人类型 相对人类别",
    "filed_on": "立案日期 立案时间",
    "decided_on": "决定日期 处罚时间 检查日期 检查时间 处罚决定日期 作出处罚决定的日期",
    "closed_on": "结案日期 结案时间",
    "outcome": "处理结果 案件结果 处理决定 结案方式",
    "fine_cny": "罚款金额 罚款金额（元） 罚款金额(万元) 处罚金额",
    "review_required": "是否法制审核",
    "review_requested_on": "送审日期",
    "review_completed_on": "审核完成日期",
    "review_outcome": "审核结果",
}
FIELD_OF = {
    heading: name for name, headings in _HEADINGS.items() for heading in headings.split(" ")
}
# Words for a coded value, in the order in which a style's number picks them.
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "action": {
        "penalty": ("行政处罚", "处罚"),
        "inspection": ("行政检查", "检查"),
        "coercion": ("行政强制", "强制", "行政强制措施"),
    },
    "procedure": {
        "summary": ("简易程序", "简易", "当场处罚"),
        "ordinary": ("普通程序", "一般程序", "一般", "普通"),
    },
    "party_type": {
        "individual": ("个人", "自然人", "公民"),
        "organisation": ("单位", "法人", "企业", "其他组织", "个体工商户"),
    },
    "outcome": {
        "punished": ("予以处罚", "罚款", "处罚"),
        "not_punished": ("不予处罚", "不予行政处罚", "免予处罚"),
        "withdrawn": ("撤案", "撤销立案", "撤销案件"),
        "transferred": ("移送", "移送其他机关"),
    },
    "review_required": {"yes": ("是", "Y"), "no": ("否", "N")},
    "review_outcome": {"approved": ("通过", "同意"), "returned": ("退回", "退回补正")},
}


@dataclass(frozen=True)
class Style:
    """One district's habits. `headings` and its like are one line of headings parted by |."""

    form: str  # a key of files.FORMS
    headings: str
    dates: str  # a key of cells.DATE_TEXTS
    units: tuple[str, str]  # keys of names.UNIT_TEXTS: the usual way and the other one
    powers: str  # a key of names.POWER_TEXTS
    joiner: str  # between two powers; "" writes two rows
    fines: str  # a key of cells.FINE_TEXTS
    words: int  # which of WORDS
    brackets: tuple[str, str] = ("〔", "〕")
    pieces: str = "year"  # a key of pieces.PIECES
    sheets: str = ""  # "month" or "action": one sheet for each
    title: bool = False
    grouped: bool = False  # a row of merged group headings above the headings
    mapping: dict[str, str] = field(default_factory=dict)
    # A district with one kind of file per action: its other headings, no action column at all.
    inspection_headings: str = ""
    coercion_headings: str = ""


_REVIEW = "是否法制审核|送审日期|审核完成日期|审核结果"

STYLES = {
    "110101": Style(
        "csv_gb18030",
        "序号|案号|执法单位|执法类型|职权名称|适用程序|当事人类型|行政相对人名称|立案日期|决定日期|"
        "结案日期|处理结果|罚款金额|处罚依据|" + _REVIEW,
        *("slash", ("office", "name"), "name", "、", "thousands", 0),
        brackets=("[", "]"),
        pieces="half",
    ),
    "110102": Style(
        "csv_utf8_bom",
        "行政处罚决定书文号|作出处罚决定的机关名称|被处罚人|违法行为类型|行政处罚依据|程序|相对人类别|"
        "立案时间|处罚决定日期|结案时间|结案方式|处罚金额|公示日期|" + _REVIEW,
        *("iso", ("office", "team"), "short", ";", "yuan", 1),
        pieces="law_year",
        inspection_headings="文书号|执法部门名称|企业名称|职权名称|检查日期|相对人类别",
        coercion_headings="文书号|执法部门名称|职权名称|决定日期|相对人类别",
    ),
    "110105": Style(
        "csv_gb18030",
        "案件编号|街道|执法类别|职权编码|办案程序|相对人类别|立案日期|决定日期|结案日期|案件结果|"
        "罚款金额（元）|公示日期|" + _REVIEW,
        *("compact", ("code", "name"), "code", ";", "plain", 2),
        pieces="half",
    ),
    "110106": Style(
        "csv_utf8_bom",
        "序号|街镇|文书号|行为类型|违法类型|案件类型|被处罚对象名称|当事人类型|立案时间|处罚时间|结案时间|"
        "处理决定|处罚种类|罚款金额|" + _REVIEW,
        *("chinese", ("name", "office"), "short", "", "yuan", 0),
        brackets=("【", "】"),
        pieces="half",
        title=True,
    ),
    "110107": Style(
        "xlsx",
        "序号|办理单位|案号|执法类型|职权名称|程序|当事人类型|企业名称|立案日期|决定日期|结案日期|处理结果|"
        "罚款金额（元）|" + _REVIEW,
        *("cell", ("name", "bare"), "name", ";", "number", 1),
        title=True,
        mapping={"办理单位": "unit"},
    ),
    "110108": Style(
        "csv_utf16_tab",
        "序号|执法机构名称|案件编号|执法行为类型|事项编码|适用程序|相对人类别|行政相对人名称|立案日期|"
        "决定日期|结案日期|案件结果|罚款金额(万元)|处罚依据|" + _REVIEW,
        *("time", ("name", "bare"), "code", "、", "wan", 0),
        pieces="half",
    ),
    "110109": Style(
        "spreadsheetml",
        "序号|街镇|文书号|执法类别|职权名称|适用程序|立案日期|处罚时间|结案日期|处理结果|罚款金额",
        *("cell", ("name", "team"), "short", "、", "number", 2),
        title=True,
    ),
    "110111": Style(
        "csv_semicolon",
        "案号|街道（乡镇）|行为类型|违法行为类型|程序|当事人类型|被处罚当事人|立案日期|决定日期|结案日期|"
        "处理结果|处罚类别|罚款金额|" + _REVIEW,
        *("dot", ("team", "name"), "name", "、", "yuan", 1),
    ),
    "110112": Style(
        "csv_gb18030",
        "序号|处罚机关|行政处罚文书号|执法类型|案由|案件类型|相对人类别|立案时间|处罚时间|结案时间|"
        "结案方式|处罚金额|处罚依据|" + _REVIEW,
        *("iso", ("office", "name"), "short", "", "wide", 1),
        brackets=("（", "）"),
        title=True,
        mapping={"案由": "power"},
    ),
    "110113": Style(
        "html",
        "序号|执法单位|案号|执法类别|职权名称|办案程序|当事人类型|企业名称|立案日期|决定日期|结案日期|"
        "处理结果|罚款金额(万元)",
        *("iso", ("office", "bare"), "name", ";", "wan_unit", 0),
        title=True,
    ),
    "110114": Style(
        "xlsx",
        "序号|街镇|案号|执法类型|职权编码|程序|当事人类型|立案日期|决定日期|结案日期|案件结果|"
        "罚款金额（元）|" + _REVIEW,
        *("slash", ("name", "team"), "code", "、", "thousands", 1),
        sheets="month",
    ),
    "110115": Style(
        "csv_utf8",
        "案件编号|执法部门名称|执法行为类型|违法行为|适用程序|相对人类别|被处罚人|立案时间|决定日期|"
        "结案时间|案件结果|行政处罚种类|罚款金额|" + _REVIEW,
        *("wide", ("bare", "name"), "short", ";", "plain", 3),
        mapping={"违法行为": "power"},
    ),
    "110116": Style(
        "ods",
        "行政处罚决定文书号|处罚决定机关|违法行为类型|被处罚当事人|程序|当事人类型|立案日期|"
        "作出处罚决定的日期|结案日期|处理结果|处罚内容|罚款金额|" + _REVIEW,
        *("cell", ("name", "office"), "name", ";", "number", 0),
        pieces="law_year",
        inspection_headings="序号|案件编号|街镇|职权名称|检查时间|当事人类型",
        coercion_headings="序号|案件编号|街镇|职权名称|决定日期|当事人类型",
    ),
    "110117": Style(
        "xlsx",
        "序号|街道（乡镇）|案号|执法类型|职权名称|适用程序|相对人类别|立案日期|决定日期|结案日期|"
        "处理结果|罚款金额|" + _REVIEW,
        *("serial", ("name", "bare"), "name", "", "number", 2),
        sheets="action",
        title=True,
    ),
    "110118": Style(
        "xlsx",
        "序号|街镇|文书号|行为类型|违法类型|办案程序|当事人类型|行政相对人名称|立案日期|决定日期|结案日期|"
        "处理结果|罚款金额|" + _REVIEW,
        *("chinese", ("office", "name"), "short", "、", "yuan", 0),
        title=True,
        grouped=True,
    ),
    "110119": Style(
        "spreadsheetml",
        "序号|街道（乡镇）|案件编号|执法类别|职权名称|程序|当事人类型|立案时间|决定日期|结案时间|案件结果|"
        "罚款金额（元）|" + _REVIEW,
        *("iso", ("name", "team"), "name", ";", "wide", 1),
    ),
}
