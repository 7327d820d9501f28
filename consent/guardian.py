"""Who signs or says yes for a patient who cannot: a parent, a legal guardian.

Nothing here reckons ages: no birthdays are kept.  When the patient comes of age, the
desk asks anew, and the patient's own yes takes the place of this one.
"""

from dataclasses import dataclass

LONGEST_NAME = 120
RELATIONS = {
    "parent": "parent",
    "legal_guardian": "legal guardian",
    "other": "somebody else with the right to decide",
}

NO_NAME = "Write the name of the parent or guardian, as they signed or said it."
LONG_NAME = f"Write at most {LONGEST_NAME} letters."
NOT_TICKED = "Tick that they signed or said yes for the patient, or empty the name."
NO_RELATION = "Choose what they are to the patient."


@dataclass(frozen=True, slots=True)
class Guardian:
    ticked: bool  # that this person signed or spoke in the patient's place
    name: str
    relation: str  # a key of RELATIONS

    def problem(self) -> tuple[str, str] | None:
        """The input and why it cannot be kept."""
        if not self.ticked:
            return "for_patient", NOT_TICKED
        if not self.name.strip():
            return "guardian", NO_NAME
        if len(self.name.strip()) > LONGEST_NAME:
            return "guardian", LONG_NAME
        return None if self.relation in RELATIONS else ("relation", NO_RELATION)

    def evidence(self) -> dict[str, str]:
        return {
            "signed_for": "the patient",
            "guardian": self.name.strip(),
            "relation": RELATIONS[self.relation],
        }
