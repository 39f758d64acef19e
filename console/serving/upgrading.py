"""A start on a database that another version made: a newer one's is refused, an older one's backed up and migrated."""

import logging
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import CommandError
from django.db import connection

from console import VERSION
from console.serving.database import migrate, pending_migrations, reach_database, require_known
from console.serving.folder import require_never_served, require_not_moved
from console.serving.refusals import REFUSALS, sentence_of
from console.transfer.files import back_up_to, backups_folder
from console.transfer.places import installation, is_lived_in

logger = logging.getLogger(__name__)

BACKUPS_KEPT = 5


def require_usable() -> None:
    """Reach the database, and refuse to start on one that this program must not change: see `require_known`."""
    if connection.vendor == "sqlite" and _is_new(Path(connection.settings_dict["NAME"])):
        require_not_moved()
        require_never_served()
        reach_database()
        return
    require_known()


def _is_new(database: Path) -> bool:
    """Whether it is not there, or empty as a first start leaves it that was killed."""
    return not database.exists() or not database.stat().st_size


def bring_up_to_date() -> None:
    """Migrate. Of an installation that is older than this program a backup is made before, or it is left as it is."""
    if pending_migrations():
        try:
            _back_up()
        except REFUSALS as error:
            raise CommandError(
                f"Version {VERSION} has to change the database, and no backup could be made before, so it was left as "
                f"it is. {sentence_of(error)}"
            ) from None
    migrate()


def _back_up() -> None:
    with installation() as database:
        if not is_lived_in(database):
            return
    folder = backups_folder()
    path = folder / f"before-{VERSION}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.kmsbackup"
    logger.info("Backed up before the database is changed: %s: %s", path, back_up_to(path))
    made_so = sorted(folder.glob("before-[0-9]*.kmsbackup"), key=lambda one: one.stat().st_mtime)
    for old in made_so[:-BACKUPS_KEPT]:
        old.unlink()
