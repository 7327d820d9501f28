"""What a forked process has before its first line: only the process that forks them
imports this."""

import twilio.rest.api.v2010.account.message
import twilio.rest.lookups.v2

import simulator.__main__
import tests.torture.work
from tests.pages import made

LOADED = (twilio.rest.api, twilio.rest.lookups, simulator.__main__, tests.torture.work)
made()
