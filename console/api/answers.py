"""What the identity calls answer, as types: `console.api.openapi` describes the API by them."""

from typing import NotRequired, TypedDict


class Named(TypedDict):
    id: str
    name: str


class InDomain(Named):
    domain: Named


class Endpoint(TypedDict):
    id: str
    interface: str
    region: str
    region_id: str
    url: str


class CatalogEntry(TypedDict):
    id: str
    name: str
    type: str
    endpoints: list[Endpoint]


class TokenInfo(TypedDict):
    methods: list[str]
    issued_at: str
    expires_at: str
    user: InDomain
    roles: list[Named]
    catalog: list[CatalogEntry]
    project: NotRequired[InDomain]
    domain: NotRequired[Named]


class TokenCreated(TypedDict):
    token: TokenInfo


class SelfLink(TypedDict):
    self: str


class ListLinks(SelfLink):
    previous: str | None
    next: str | None


class ProjectShown(TypedDict):
    id: str
    name: str
    domain_id: str
    parent_id: str
    is_domain: bool
    enabled: bool
    description: str
    links: SelfLink


class ProjectsListed(TypedDict):
    projects: list[ProjectShown]
    links: ListLinks


class DomainShown(TypedDict):
    id: str
    name: str
    enabled: bool
    description: str
    links: SelfLink


class DomainsListed(TypedDict):
    domains: list[DomainShown]
    links: ListLinks


class RegionShown(TypedDict):
    id: str
    type: str
    description: str
    parent_region_id: str | None
    locales: dict[str, str]
    links: SelfLink


class RegionsListed(TypedDict):
    regions: list[RegionShown]
    links: ListLinks
