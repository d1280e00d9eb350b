"""Many files in one ZIP, streamed as it is made, with a manifest that says what each is."""
