"""The chassis every Ragstone service stands on."""
