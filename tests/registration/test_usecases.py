import csv
from pathlib import Path

import pytest

from consent.models import Topic
from registration.usecases import covers, use_cases

SHARED = Path(__file__).parents[2].parent / "shared"


@pytest.mark.parametrize(
    ("use_case", "subs", "covered"),
    [
        ("ACCOUNT_NOTIFICATION", [], "care"),
        ("CUSTOMER_CARE", [], "care"),
        ("SOLE_PROPRIETOR", [], "care"),
        ("MARKETING", [], "reviews marketing"),
        ("MIXED", ["ACCOUNT_NOTIFICATION", "MARKETING"], "care reviews marketing"),
        ("MIXED", ["CUSTOMER_CARE", "2FA"], "care"),
        ("LOW_VOLUME", ["CUSTOMER_CARE"], "care"),
        ("LOW_VOLUME", ["MARKETING"], "reviews marketing"),
        ("LOW_VOLUME", [], ""),
        ("MIXED", ["MIXED", "LOW_VOLUME"], ""),
        ("MIXED", ["SOLE_PROPRIETOR", "NEW_SINCE_THEN"], ""),
        ("MIXED", ["account_notification"], ""),
        ("2FA", ["ACCOUNT_NOTIFICATION"], ""),
        ("UCAAS_LOW", [], ""),
        ("CHARITY", [], ""),
        ("POLLING_VOTING", [], ""),
        ("account_notification", [], ""),
        ("NEW_SINCE_THEN", ["CUSTOMER_CARE"], ""),
        ("", [], ""),
    ],
)
def test_a_use_case_covers_what_the_table_names_and_nothing_else(
    use_case, subs, covered
):
    found = {topic for topic in Topic if covers(use_case, subs, topic)}

    assert found == set(covered.split())


def test_reminders_are_never_sent_under_marketing_alone():
    assert not covers("MARKETING", ["ACCOUNT_NOTIFICATION"], Topic.care)


def test_every_use_case_of_the_domain_table_has_a_row_with_a_source():
    table = SHARED / "domain" / "tables" / "use_cases.csv"
    if not table.exists():
        pytest.skip("the domain tables are not beside the project")
    with table.open(newline="") as file:
        rows = {
            row["code"]: row["is_valid_sub_usecase"] for row in csv.DictReader(file)
        }

    assert {
        code: "yes" if use_case.listed_as_sub else "no"
        for code, use_case in use_cases().items()
    } == rows
    assert all(use_case.source for use_case in use_cases().values())
