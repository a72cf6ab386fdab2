"""How each district writes its monthly returns: data only.

Headings are among those of `data/return_headings.csv`, but for the few that a district maps
itself; a test holds them to it.
"""

from dataclasses import dataclass, field

from registry.demo.choice import AGRICULTURE, ECOLOGY, URBAN_MANAGEMENT

SERIAL, NOTE = "*serial", "*note"
ORIGIN = "origin:"  # before the department's code

_HEADINGS: dict[str, dict[str, str]] = {
    "staffing": {
        SERIAL: "序号",
        NOTE: "备注",
        "unit": "街道 街镇 单位 街道（乡镇） 街乡镇",
        "month": "月份 报送月份 统计月份 期间",
        "established": "编制数 核定编制 编制人数",
        "in_post": "在编人数 实有人数 在岗",
        "certified": "持证人数 执法证人数",
        "seconded": "借调人数 外借",
        "front_line": "一线人数 下沉一线 到位人数 下沉到位",
        "handled_case": "办案人数 参与办案人数",
        "auxiliary": "协管员 辅助人员 协管人数",
        "reviewers": "法制审核人员 审核人员数",
        f"{ORIGIN}{URBAN_MANAGEMENT}": "来自城管执法 城管执法划转人数 origin_urban_management",
        f"{ORIGIN}water_affairs": "来自水务 水务划转人数 origin_water_affairs",
        f"{ORIGIN}health": "来自卫生健康 卫生健康划转人数 origin_health",
        f"{ORIGIN}{ECOLOGY}": "来自生态环境 生态环境划转人数 origin_ecology_environment",
        f"{ORIGIN}{AGRICULTURE}": "来自农业农村 农业农村划转人数 origin_agriculture_rural_affairs",
    },
    "complaints": {
        SERIAL: "序号",
        NOTE: "备注",
        "unit": "街道 街镇 单位 街道（乡镇） 街乡镇",
        "month": "月份 报送月份 统计月份 期间",
        "topic": "诉求类别 主题 问题分类",
        "power": "职权 职权编码",
        "complaints": "诉求量 件数 投诉件数 工单数",
    },
    "whistles": {
        SERIAL: "序号",
        NOTE: "备注",
        "unit": "街道 街镇 单位 街道（乡镇） 街乡镇",
        "month": "月份 报送月份 统计月份 期间",
        "department": "被吹哨部门 部门",
        "called": "吹哨次数",
        "on_time": "按时报到次数",
        "solved": "解决件数",
    },
    "training": {
        SERIAL: "序号",
        NOTE: "备注",
        "district": "区 district",
        "month": "月份 报送月份 统计月份 期间",
        "department": "来源部门 培训部门",
        "sessions": "培训场次",
        "officers_trained": "培训人次 参训人数",
        "joint_operations": "联合执法次数",
    },
}
FIELD_OF = {
    kind: {heading: name for name, words in fields.items() for heading in words.split(" ")}
    for kind, fields in _HEADINGS.items()
}
"""Kind → heading → field; an officers' department is ORIGIN and its code."""

# Four ways to head each return, picked by a style's number. One unlike line of a district stands
# in `own`.
HEADINGS: dict[str, tuple[str, ...]] = {
    "staffing": (
        "序号|街道|月份|编制数|在编人数|持证人数|借调人数|一线人数|办案人数|协管员|法制审核人员|"
        "来自城管执法|来自水务|来自卫生健康|来自生态环境|来自农业农村|备注",
        "统计月份|街道（乡镇）|核定编制|实有人数|执法证人数|外借|下沉一线|参与办案人数|辅助人员|"
        "审核人员数|城管执法划转人数|水务划转人数|卫生健康划转人数|生态环境划转人数|农业农村划转人数",
        "序号|报送月份|街镇|编制人数|在岗|持证人数|借调人数|到位人数|办案人数|协管人数|法制审核人员|"
        "来自城管执法|来自水务|来自卫生健康|来自生态环境|来自农业农村",
        "单位|期间|编制数|在编人数|执法证人数|外借|一线人数|办案人数|辅助人员|审核人员数|"
        "origin_urban_management|origin_water_affairs|origin_health|origin_ecology_environment|"
        "origin_agriculture_rural_affairs|备注",
    ),
    "complaints": (
        "序号|月份|街道|诉求类别|诉求量",
        "统计月份|街道（乡镇）|主题|投诉件数",
        "序号|街镇|报送月份|问题分类|件数|备注",
        "期间|单位|诉求类别|工单数",
    ),
    "whistles": (
        "序号|月份|街道|被吹哨部门|吹哨次数|按时报到次数|解决件数",
        "街道（乡镇）|统计月份|部门|吹哨次数|按时报到次数|解决件数",
        "序号|报送月份|街镇|被吹哨部门|吹哨次数|按时报到次数|解决件数|备注",
        "期间|单位|被吹哨部门|吹哨次数|按时报到次数|解决件数",
    ),
    "training": (
        "序号|月份|来源部门|培训场次|培训人次|联合执法次数",
        "统计月份|培训部门|区|培训场次|参训人数|联合执法次数",
        "序号|报送月份|来源部门|培训场次|参训人数|联合执法次数|备注",
        "期间|培训部门|培训场次|培训人次|联合执法次数",
    ),
}


@dataclass(frozen=True)
class ReturnStyle:
    """One district's habits."""

    form: str  # a key of files.FORMS
    months: str  # a key of return_cells.MONTH_TEXTS
    units: tuple[str, str]  # keys of names.UNIT_TEXTS: the usual way and the other one
    numbers: str  # a key of return_cells.NUMBER_TEXTS
    headings: int  # which of HEADINGS
    departments: str = "zh"  # a key of return_cells.Words.departments
    topics: str = "name"  # a key of return_cells.TOPIC_TEXTS
    export: str = ""  # the form of complaints and whistles, where a platform sends another
    title: bool = False
    yearly: bool = False  # staffing in one file a year instead of one for all
    own: dict[str, str] = field(default_factory=dict)  # kind → its own line of headings
    mapping: dict[str, str] = field(default_factory=dict)


_WITH_POWERS = "序号|月份|街道|诉求类别|职权编码|诉求量"
_MAPPED = (
    "序号|报送月份|街镇|编制人数|在岗|持证人数|借调人数|下沉到位|办案人数|协管人数|法制审核人员|"
    "来自城管执法|来自水务|来自卫生健康|来自生态环境|来自农业农村"
)

RETURN_STYLES = {
    "110101": ReturnStyle(
        "xlsx",
        "chinese",
        ("office", "name"),
        "number",
        0,
        title=True,
        departments="bureau",
        export="html",
    ),
    "110102": ReturnStyle("csv_utf8_bom", "iso", ("name", "team"), "text", 1),
    "110105": ReturnStyle(
        "csv_gb18030",
        "compact",
        ("code", "name"),
        *("text", 0),
        topics="code",
        own={"complaints": _WITH_POWERS},
    ),
    "110106": ReturnStyle("csv_utf8", "chinese", ("name", "office"), "text", 2, title=True),
    "110107": ReturnStyle(
        *("xlsx", "cell", ("name", "bare"), "number", 2),
        title=True,
        yearly=True,
        own={"staffing": _MAPPED},
        mapping={"下沉到位": "front_line"},
    ),
    "110108": ReturnStyle(
        "csv_utf16_tab",
        "slash",
        ("name", "bare"),
        *("text", 3),
        own={"complaints": _WITH_POWERS},
    ),
    "110109": ReturnStyle("spreadsheetml", "cell", ("name", "team"), "number", 0, title=True),
    "110111": ReturnStyle("csv_semicolon", "dot", ("team", "name"), "wide", 1, topics="synonym"),
    "110112": ReturnStyle(
        "csv_gb18030", "iso", ("office", "name"), "text", 2, departments="bureau", yearly=True
    ),
    "110113": ReturnStyle("html", "chinese", ("office", "bare"), "text", 0, title=True),
    "110114": ReturnStyle(
        "xlsx", "iso", ("name", "team"), "number", 3, departments="code", export="csv_utf8_bom"
    ),
    "110115": ReturnStyle(
        "csv_utf8", "slash", ("bare", "name"), "text", 1, departments="en", topics="synonym"
    ),
    "110116": ReturnStyle(
        "ods",
        "cell",
        ("name", "office"),
        *("number", 0),
        own={"complaints": _WITH_POWERS},
    ),
    "110117": ReturnStyle(
        "xlsx", "compact", ("name", "bare"), "number", 2, title=True, export="csv_gb18030"
    ),
    "110118": ReturnStyle(
        "xlsx", "chinese", ("office", "name"), "text", 0, title=True, export="html"
    ),
    "110119": ReturnStyle("spreadsheetml", "iso", ("name", "team"), "number", 1),
}
