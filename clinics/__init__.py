"""Who: clinics, staff, patients, and what a person must do."""
