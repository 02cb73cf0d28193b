"""What several tests of codes 124 share."""

CODES = {
    "exempt_from_work_and_activity": "124-EXEMPT-1",
    "suspended_from_party_activity": "124-EXEMPT-2",
    "newly_admitted": "124-EXEMPT-3",
    "signs_of_violation": "124-CLAR-01",
    "public_concern": "124-CLAR-02",
    "complaint_letters": "124-CLAR-03",
    "disunity": "124-CLAR-04",
    "rule_breach": "124-CLAR-05",
    "negative_practices": "124-CLAR-06",
    "subordinate_sanctioned": "124-CLAR-07",
    "stagnation": "124-CLAR-08",
    "criteria_poor": "124-N-00",
    "sub_unit_violation": "124-N-O1",
    "organization_tasks_failed": "124-N-O2",
    "leadership_or_sub_units_disciplined": "124-N-O3",
    "disunited_or_member_degraded": "124-N-T1",
    "led_tasks_failed": "124-N-T2",
    "collective_or_member_disciplined": "124-N-T3",
    "concluded_degraded_or_in_breach": "124-N-I1",
    "disciplined_in_year": "124-N-I4",
}
"""Rule of the policies -> code of the rule reference. Rules that exist only under other readings are left out."""
