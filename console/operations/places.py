"""Regions and projects."""

from django.db import IntegrityError, transaction
from django.db.models import Count, FilteredRelation, Q

from console.access.caller import Caller
from console.access.trail import traced
from console.models import Account, Project, Region, User
from keys.errors import NameTaken, NotFound

RECENT = 5


def create_region(caller: Caller, *, region_id: str, name: str) -> Region:
    """Open a region, with a main project in it for every account. Raises NameTaken and field errors."""
    region = Region(id=region_id, name=name)
    with traced(caller, "createRegion", region) as trace:
        caller.require("server:regions:create")
        region.full_clean(validate_unique=False)
        try:
            with transaction.atomic(durable=True):
                region.save(force_insert=True)
                accounts = Account.objects.select_for_update(no_key=True)
                Project.objects.bulk_create(Project(account=one, region=region, name=region.id) for one in accounts)
                trace.done()
        except IntegrityError:
            raise NameTaken(name=region_id) from None
    return region


def update_region(caller: Caller, region: Region, *, name: str) -> Region:
    """Give a region another name; its id stays, being part of addresses and of projects' names."""
    with traced(caller, "updateRegion", region) as trace:
        caller.require("server:regions:update")
        trace.detail = {"name": name}
        with transaction.atomic(durable=True):
            region = Region.objects.select_for_update(no_key=True).get(pk=region.pk)
            region.name = name
            region.full_clean(validate_unique=False, validate_constraints=False)
            region.save(update_fields=["name"])
            trace.done()
    return region


def create_project(caller: Caller, *, region: Region, name: str, description: str = "") -> Project:
    """Make a sub-project in the caller's account; its name is `region_name`, given in whole or without the region.

    Raises NotPermitted, NameTaken, NameInvalid."""
    name = f"{region.pk}_{name.removeprefix(f'{region.pk}_')}"
    project = Project(account=caller.account, region=region, name=name, description=description)
    with traced(caller, "createProject", project) as trace:
        caller.require("iam:projects:create")
        project.full_clean(validate_unique=False, validate_constraints=False)
        try:
            with transaction.atomic(durable=True):
                project.save(force_insert=True)
                trace.done()
        except IntegrityError:
            raise NameTaken(name=name) from None
    return project


def describe_project(caller: Caller, project: Project, description: str) -> Project:
    """Say what a project of the caller's account is for. Raises NotPermitted, and field errors."""
    with traced(caller, "updateProject", project) as trace:
        caller.require("iam:projects:update")
        with transaction.atomic(durable=True):
            project = Project.objects.select_for_update(of=("self",), no_key=True).get(pk=project.pk)
            project.description = description
            project.clean_fields(exclude=["account", "region"])
            project.save(update_fields=["description"])
            trace.done()
    return project


def projects_of(caller: Caller) -> list[Project]:
    """All projects of the caller's account, by region, the main ones first."""
    found = Project.objects.filter(account=caller.account).select_related("region")
    return sorted(found, key=lambda one: (one.region.name, one.region_id, not one.is_main, one.name))


def count_keys(caller: Caller) -> dict[str, int]:
    """The number of custom keys in each project of the caller's account, by its id."""
    # Within the join: only so is it known beforehand that the index of keys that exist has all.
    there = FilteredRelation("keys", condition=Q(keys__deleted_at=None, keys__is_default=False))
    counted = Project.objects.filter(account=caller.account).annotate(there=there)
    return dict(counted.annotate(of_keys=Count("there")).order_by().values_list("pk", "of_keys"))


def get_project(caller: Caller, project_id: str) -> Project:
    """A project of the caller's account. Raises NotFound."""
    own = Project.objects.filter(account=caller.account).select_related("region")
    found = own.filter(pk=project_id.replace("\0", "")).first()
    if found is None:
        raise NotFound()
    return found


def home_of(user: User) -> Project:
    """Where the user begins: his last project, else the account's first main project."""
    last = Project.objects.filter(account=user.account_id, pk__in=user.recent_projects[:1]).first()
    all_of_them = Project.objects.filter(account=user.account_id)
    return last or min(all_of_them, key=lambda one: (not one.is_main, one.region_id))


def remember(user: User, project: Project) -> None:
    """Note that the user is in `project` now; writes only when that is another than before."""
    if user.recent_projects[:1] != [project.pk]:
        others = [one for one in user.recent_projects if one != project.pk]
        user.recent_projects = [project.pk, *others][:RECENT]
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(recent_projects=user.recent_projects)
