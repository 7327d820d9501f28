import json
import secrets

from app import create_app
from kernel.settings import load
from tests.forms import inbound_form


def test_what_could_not_be_taken_waits_until_an_operator_has_seen_it(
    database_url, cast, post, client, tmp_path, heed
) -> None:
    keys = {"HEED_KEYS_FILE": str(tmp_path / "keys.json")}
    settings = load({"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), **keys})
    app = create_app(settings)
    run = app.test_cli_runner().invoke
    fields = {**inbound_form(cast.maple), "To": "+12065559999"}
    fields["AccountSid"] = "AC" + "0" * 32
    post({**fields, "MessageSid": "SM" + secrets.token_hex(16)} | {"SmsSid": ""}, "x")
    fields["SmsSid"] = fields["MessageSid"]
    assert post(fields, "parent-token").status_code == 200

    (line,) = run(args=["quarantine", "list", "--json"]).output.splitlines()
    row = json.loads(line)
    assert row["reason"] == "this number is not ours"
    assert (
        "1 not looked at"
        in client.get("/readyz").json["checks"]["quarantine"]["detail"]
    )
    by = ["--by", "operator@heed.example"]
    assert run(args=["quarantine", "seen", str(row["id"]), *by]).exit_code == 0
    assert run(args=["quarantine", "seen", str(row["id"]), *by]).exit_code == 1
    assert run(args=["quarantine", "list"]).output == "Nothing waits.\n"
    app.extensions["heed"].database.close()
