"""Functions that a test calls from another environment: a line `[function, fields]` each, and a line for an answer."""

import json
import sys
from collections.abc import Callable
from typing import Any


def answer_all(*functions: Callable[..., Any]) -> None:
    """Answer until stdin ends, by the function that is named."""
    known = {one.__name__: one for one in functions}
    # What libraries print is no answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        name, fields = json.loads(line)
        try:
            answer: dict[str, Any] = {"result": known[name](**fields)}
        except Exception as error:  # noqa: BLE001 - told to the test
            answer = {"error": [type(error).__name__, str(error)]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
