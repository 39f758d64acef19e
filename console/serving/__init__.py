"""What `manage.py up` prepares and how it serves; each module is one of its steps.

A step that can't go on raises CommandError with one sentence that says what to do."""
