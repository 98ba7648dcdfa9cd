#!/usr/bin/env python
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nursing_platform.settings.dev")
    from django.core.management import execute_from_command_line

    from audit.console import at_the_console

    with at_the_console():
        execute_from_command_line(sys.argv)
