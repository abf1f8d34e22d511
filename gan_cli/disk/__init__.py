"""Every file that is written, and every one that a program wrote before: whole or absent, never through a link."""
