"""What dispatchers and couriers did with a plan, in words."""

ACTS = {
    "act_locked": "锁定",
    "act_unlocked": "解锁",
    "act_replanned": "重新计划",
    "act_courier_absent": "配送员不能再送",
    "act_edited": "手工调整",
    "act_undone": "撤销调整",
    "act_relaxed": "放宽限制",
    "act_moved_pick_up": "改派后仍取走包裹",
    "act_moved_hand_over": "改派后仍交付给患者",
    "act_moved_fail": "改派后登记未送成",
    "act_paid_twice": "上门多收了已付清的款，需退还",
    "act_not_paid": "交付时没有收款，仍欠款",
    "act_disputed_hand_over": "退回或取消后登记交付，需核实",
}
