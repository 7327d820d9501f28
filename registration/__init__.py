"""May this clinic text at all: brand, campaign, carriers, numbers, wording."""
