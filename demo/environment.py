"""The demo's own environment: the simulator in the place of Twilio and TCR.

Kept as `demo.env` in the data folder, so that every command that is started there
talks to the simulator, and none to the real Twilio by mistake.
"""

from collections.abc import Mapping
from pathlib import Path

from kernel.settings import DEMO_FILE, Settings

PARENT_SID = "AC" + "0" * 32
PARENT_TOKEN = "demo-token-of-the-operator"
TCR_KEY, TCR_SECRET = "demo-key", "demo-secret"


def sim_base(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.sim_port}"


def environment(settings: Settings) -> dict[str, str]:
    """The variables of every process of the demo, `settings` deciding the ports."""
    base = sim_base(settings)
    return {
        "DATA_DIR": str(settings.data_dir),
        "PORT": str(settings.port),
        "SIM_PORT": str(settings.sim_port),
        "PUBLIC_BASE_URL": settings.public_base_url,
        "TWILIO_API_BASE": base,
        "TWILIO_ACCOUNT_SID": PARENT_SID,
        "TWILIO_AUTH_TOKEN": PARENT_TOKEN,
        "TCR_API_BASE": f"{base}/tcr/v2",
        "TCR_API_KEY": TCR_KEY,
        "TCR_API_SECRET": TCR_SECRET,
        "HEED_EMBEDDED": "1",
    }


def write(data_dir: Path, variables: Mapping[str, str]) -> None:
    """Replaces the file whole; `DATA_DIR` is where it lies and is left out."""
    lines = [f"{name}={value}\n" for name, value in variables.items()]
    data_dir.mkdir(parents=True, exist_ok=True)
    fresh = data_dir / f"{DEMO_FILE}.new"
    fresh.write_text("".join(line for line in lines if not line.startswith("DATA_DIR")))
    fresh.replace(data_dir / DEMO_FILE)
