"""Three people: Alice owns an account, Bob is a user of it without roles, Charlie owns another account."""

from dataclasses import dataclass, replace

from django.test import Client

from console.access.caller import Caller
from console.models import Account, Project, User
from console.operations.accounts import create_account
from console.operations.service_users import create_service_user
from console.operations.users import create_user, write_access_key

HOME = "ap-southeast-3"


@dataclass(frozen=True)
class Person:
    """A user with his password, his account and its projects by region."""

    user: User
    password: str
    account: Account
    projects: dict[str, Project]
    ak: str = ""
    sk: str = ""

    @property
    def project(self) -> Project:
        """The main project in ap-southeast-3."""
        return self.projects[HOME]

    @property
    def caller(self) -> Caller:
        return self.caller_in(HOME)

    def caller_in(self, region: str) -> Caller:
        """Who asks, in the main project of a region."""
        return Caller.of_user(self.user, self.projects[region], source_ip="192.0.2.1", request_id="0" * 32)

    def client(self) -> Client:
        """A browser of his, signed in."""
        client = Client()
        client.force_login(self.user)
        return client


def owner(name: str, *, is_enterprise: bool = False) -> Person:
    """The first user of a new account of this name."""
    made = create_account(None, name=name, is_enterprise=is_enterprise)
    projects = {one.region_id: one for one in made.projects}
    return Person(made.user, made.password, made.account, projects, made.access_key.ak, made.secret_key)


def colleague(person: Person, login: str) -> Person:
    """Another user of the person's account, without any role, who has changed the password that he was given."""
    user, password = create_user(person.caller, account=person.account, login=login)
    user.must_change_password = False
    user.save(update_fields=["must_change_password"])
    return replace(person, user=user, password=password, ak="", sk="")


def service_user(person: Person, login: str, service: str = "") -> Person:
    """A program of the person's account, in the project in ap-southeast-3."""
    user = create_service_user(person.caller, project=person.project, login=login, service=service)
    return replace(person, user=user, password="", ak="", sk="")


def with_access_key(person: Person) -> Person:
    """The same person with an access key to sign requests with."""
    access_key, secret = write_access_key(person.user)
    return replace(person, ak=access_key.ak, sk=secret)
