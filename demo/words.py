"""What `make run` prints once everything answers: where to look, what to try."""

from datetime import datetime

from demo import cast
from kernel.clock import local_time
from kernel.phone import shown
from kernel.settings import Settings


def next_steps(settings: Settings, now: datetime, signins: str) -> str:
    zone = cast.clinics()[0].time_zone
    pat = next(one for one in cast.patients() if one.says == "")
    waiting = next(
        one
        for one in cast.patients()
        if one.carrier == "att" and one.clinic == pat.clinic
    )
    return f"""
Heed is running.  It is {local_time(now, zone)} at {cast.clinics()[0].display_name}.

  Pages of the staff       http://127.0.0.1:{settings.port}/
  Phones of the patients   http://127.0.0.1:{settings.sim_port}/

{signins}
Within a minute the first reminders arrive on the phones.  Then, in a second shell:

  .venv/bin/flask explain {pat.clinic} "{shown(pat.phone)}"      why she got a text
  .venv/bin/flask explain {waiting.clinic} "{shown(waiting.phone)}"      why he did not
  .venv/bin/flask registration status {pat.clinic}        what each carrier says
  .venv/bin/flask tasks list {pat.clinic}                 what a person must do

On the phones' page let Pat text STOP, or set AT&T to Approved.  Ctrl-C ends it all.
"""
