"""What is said where a request fails: by its status, or by what is not known."""

from dispensing.errors import Words
from pharmacies.service import NoCarrier, NoSuchMedicine, NoSuchOutlet

SENTENCES = {
    400: Words(
        "请求无法读取。",
        "The request cannot be read.",
        "请返回上一页重试。",
        "Go back and try again.",
    ),
    401: Words(
        "请先登录。", "Sign in first.", "请登录后重试。", "Sign in and try again."
    ),
    403: Words(
        "这个账号没有权限。",
        "This account may not do that.",
        "请换用有权限的账号。",
        "Use an account that may.",
    ),
    404: Words(
        "没有找到。",
        "Not found.",
        "请核对号码或网址。",
        "Check the number or the address.",
    ),
    405: Words(
        "这个地址不支持该方法。",
        "This address does not take that method.",
        "请查阅接口文档。",
        "See the interface description.",
    ),
    409: Words(
        "当前状态不允许这样做。",
        "The present state does not allow that.",
        "请刷新后再看。",
        "Refresh and look again.",
    ),
    413: Words("内容过大。", "The body is too large.", "请缩小后重试。", "Send less."),
    415: Words(
        "只接受 application/json。",
        "Only application/json is taken.",
        "请设置 Content-Type。",
        "Set the Content-Type.",
    ),
    422: Words(
        "内容不符合要求。",
        "The content is not as expected.",
        "请按错误列表更正。",
        "Correct the listed fields.",
    ),
    429: Words(
        "次数过多，暂不受理。",
        "Too many requests or attempts.",
        "请稍候再试，最多等十分钟。",
        "Wait a little and try again, ten minutes at most.",
    ),
    431: Words(
        "请求头过大。",
        "The header fields are too large.",
        "请缩小后重试。",
        "Send less.",
    ),
    500: Words(
        "系统出错了，操作没有完成。",
        "Something went wrong; the act was not completed.",
        "请稍后重试；如仍出错，请把请求编号告诉管理员。",
        "Try again later; if it persists, tell the operator the request number.",
    ),
    501: Words(
        "不支持这种传输编码。",
        "That transfer coding is not supported.",
        "请不经压缩直接发送。",
        "Send it plain.",
    ),
    503: Words(
        "系统繁忙。",
        "The system is busy.",
        "请稍后重试。",
        "Try again in a moment.",
    ),
}
UNKNOWN = {
    NoSuchOutlet: (
        404,
        Words(
            "没有这家机构。",
            "No such outlet.",
            "请核对机构编码。",
            "Check the outlet's code.",
        ),
    ),
    NoSuchMedicine: (
        404,
        Words(
            "目录里没有这种药品。",
            "No such medicine in the catalogue.",
            "请核对药品编码。",
            "Check the medicine's code.",
        ),
    ),
    NoCarrier: (
        409,
        Words(
            "这个地址和时段没有配送单位能送。",
            "No delivery firm serves this address at that time.",
            "请换一个时段，或到药店自取。",
            "Choose another time, or collect at the pharmacy.",
        ),
    ),
}
