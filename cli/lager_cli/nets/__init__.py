"""The commands of `lager nets`: listing, adding, changing and describing the nets of a bench."""
