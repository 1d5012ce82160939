"""The docs page's own words, in both languages. All other words come from the contract."""

from collections.abc import Mapping
from types import MappingProxyType

from tigertally.contract.texts import Text

WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "title": Text("HTTP contract", "HTTP 接口契约"),
        "skip": Text("Skip to the contents", "跳到正文"),
        "contents": Text("Contents", "目录"),
        "overview": Text("Overview", "概览"),
        "languages": Text("Language", "语言"),
        "for_programs": Text("OpenAPI 3.1 as JSON", "OpenAPI 3.1（JSON）"),
        "ways": Text("Carrying the tokens", "令牌的携带方式"),
        "data_types": Text("Data types", "数据类型"),
        "data_types_about": Text(
            "Objects that several answers carry. An answer has exactly the members listed.",
            "多个响应共用的对象。响应只包含所列的字段。",
        ),
        "errors": Text("Error codes", "错误码"),
        "errors_about": Text(
            "A code never changes its name or meaning. What the person reads comes first, what it "
            "means for a program below.",
            "错误码的名称和含义永不改变。先列出用户看到的文案，再说明程序应如何处理。",
        ),
        "carries": Text("Carries", "附带"),
        "reasons": Text("Why a session ends", "会话结束的原因"),
        "reasons_about": Text(
            "`session_ended` carries one of these as `reason`, and its message says so in words.",
            "`session_ended` 的 `reason` 为下列之一，`message` 为对应的文案。",
        ),
        "events": Text("Events", "事件"),
        "events_about": Text(
            "What is written down, as `source:subject:action`. No event holds a password, a token, "
            "a hash or a code.",
            "服务记录的事件，形如 `来源:对象:动作`。事件中不含密码、令牌、哈希或验证码。",
        ),
        "path": Text("Path", "路径参数"),
        "query": Text("Query", "查询参数"),
        "header": Text("Headers", "请求头"),
        "body": Text("Request body", "请求体"),
        "body_optional": Text("Request body, optional", "请求体（可选）"),
        "form": Text("Form (multipart/form-data)", "表单（multipart/form-data）"),
        "result": Text("Answer", "响应"),
        "answers": Text("Statuses and codes", "状态码与错误码"),
        "request_example": Text("Request", "请求示例"),
        "answer_example": Text("Answer", "响应示例"),
        "example": Text("Example", "示例"),
        "required": Text("required", "必填"),
        "at_times": Text("not always", "不一定有"),
        "default": Text("{value} if left out", "默认 {value}"),
        "only": Text("only", "仅"),
        "one_of": Text("one of", "可选值"),
        "failure": Text("failure", "失败"),
        "open": Text("Anyone", "无需登录"),
        "half": Text("With a token", "凭令牌"),
        "service": Text("With a service's key", "凭服务密钥"),
        "access": Text("Signed in", "需登录"),
        "fresh": Text("Password just entered", "需刚验证过密码"),
        "string": Text("text", "字符串"),
        "integer": Text("whole number", "整数"),
        "number": Text("number", "数值"),
        "boolean": Text("true or false", "布尔值"),
        "object": Text("object", "对象"),
        "date-time": Text("time, RFC 3339 UTC", "时间（RFC 3339 UTC）"),
        "binary": Text("file", "文件"),
        "email": Text("email address", "邮箱地址"),
        "list": Text("list of {items}", "{items} 列表"),
        "map": Text("{items} by name", "按名称给出的 {items}"),
        "and": Text(", ", "，"),
        "or": Text(" or ", "或"),
        "null": Text("{kind} or null", "{kind} 或 null"),
        "between": Text("{low} to {high}", "{low} 至 {high}"),
        "at_least": Text("at least {low}", "不小于 {low}"),
        "characters": Text("{low} to {high} characters", "{low} 至 {high} 个字符"),
        "up_to": Text("up to {high} characters", "最多 {high} 个字符"),
        "mebibytes": Text("up to {high} MiB", "最大 {high} MiB"),
    }
)
