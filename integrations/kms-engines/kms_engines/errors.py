"""Why a command ends without having done its work. Each message is one sentence or two and says what to do."""


class EngineError(Exception):
    """`exit_status` is the command's own; documented in README.md."""

    exit_status = 1


class SettingsWrong(EngineError):
    exit_status = 3


class KmsUnreachable(EngineError):
    """It may answer later."""

    exit_status = 4


class KmsRefused(EngineError):
    """What the KMS said: `http_status`, `code` ("KMS.0209") and its own sentence, in the message too."""

    exit_status = 5

    def __init__(self, http_status: int, code: str, text: str, request_id: str) -> None:
        self.http_status, self.code, self.text, self.request_id = http_status, code, text, request_id
        super().__init__(f"The KMS refused: {code} {text} (request {request_id})")


class DataUnfit(EngineError):
    """A file that is missing, in the way or damaged, or a data key that is not its own."""

    exit_status = 6


class InUse(EngineError):
    exit_status = 7


class ProgramFailed(EngineError):
    """cryptsetup or qemu is missing, or failed."""

    exit_status = 8
