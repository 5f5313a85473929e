"""Smart audit in the database: runs, alarms, samples, cases, recoveries and pledges."""

from dispensing.service.recorded_fact import Fact
from dispensing.service.recording import also_record
from dispensing.tables import (
    SmartCaseRow,
    SmartFindingRow,
    SmartPledgeRow,
    SmartSampleRow,
    SmartThresholdRow,
    SmartTurnRow,
)

also_record(Fact("smart_threshold", SmartThresholdRow))
also_record(Fact("smart_case", SmartCaseRow))
also_record(Fact("smart_turn", SmartTurnRow, turn="kind"))
also_record(Fact("smart_sample", SmartSampleRow))
also_record(Fact("smart_finding", SmartFindingRow))
also_record(Fact("smart_pledge", SmartPledgeRow))
