import re
import stat
from pathlib import Path

from clinics.signin import SignedIn, sign_in
from demo.signins import prepare
from tests.demo_world import MONDAY, demo_world


def test_everybody_of_the_demo_signs_in_with_the_password_that_was_printed(
    tmp_path: Path,
) -> None:
    with demo_world(tmp_path) as world:
        heed = world.works.heed
        said = prepare(heed.database, heed.settings)
        again = prepare(heed.database, heed.settings)

        password = re.search(r"Password of all: (\S+)", said)[1]
        emails = re.findall(r"\S+@\S+\.example", said)
        answers = [
            sign_in(heed.database, email, password, address="", browser="", now=MONDAY)
            for email in emails
        ]

    assert said == again
    assert len(emails) == 7
    assert all(isinstance(answer, SignedIn) for answer in answers)
    assert stat.S_IMODE((tmp_path / "demo.txt").stat().st_mode) == 0o600
