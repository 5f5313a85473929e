"""Roles in words, for the pages."""

ROLES = {
    "patient": "患者本人",
    "counter": "药店",
    "pharmacist": "药师",
    "hospital": "医院",
    "dispatch": "配送调度",
    "courier": "配送员",
    "bureau": "医保经办",
    "admin": "管理员",
    "auditor": "审计员",
    "health": "卫健经办",
}
