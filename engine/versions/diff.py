"""What a change of policies means: rules added, removed, renamed, reworded, tightened, loosened, each with its sources
and, if people are treated in another way, with a case that shows it.
"""

from engine.versions.comparison import Difference, VersionComparison
from engine.versions.diff_facts import fact_differences, parameter_differences
from engine.versions.diff_header import header_differences, interpretation_differences
from engine.versions.diff_ladders import ladder_differences
from engine.versions.diff_quotas import link_differences, office_differences, quota_differences
from engine.versions.diff_rules import all_rule_differences
from engine.versions.versions import Version


def differences(old: Version, new: Version) -> tuple[Difference, ...]:
    """Everything in which two versions of a regulation, or two regulations, differ."""
    comparison = VersionComparison(old, new)
    return (
        *header_differences(comparison),
        *interpretation_differences(comparison),
        *all_rule_differences(comparison),
        *ladder_differences(comparison),
        *quota_differences(comparison),
        *link_differences(comparison),
        *office_differences(comparison),
        *parameter_differences(comparison),
        *fact_differences(comparison),
    )
