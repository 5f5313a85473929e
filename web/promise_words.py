"""Who broke a promise (送达承诺) and why, in words."""

PARTIES = {
    "pharmacy": "药店",
    "carrier": "配送公司",
    "road": "路上",
    "patient": "收货人",
    "address": "地址",
    "other": "其他",
}
WHYS = {
    "packed_late": "药店打包晚",
    "left_late": "配送员出发晚",
    "planned_late": "排线排得晚",
    "road": "路上用时超过计划",
    "not_home": "收货人不在",
    "refused": "收货人拒收",
    "wrong_address": "地址有误",
    "broken_seal": "封签破损",
    "too_warm": "冷链温度超标",
    "weather": "天气",
    "traffic": "交通",
    "patient": "收货人要求",
    "pharmacy": "药店原因",
    "other": "其他原因",
}
