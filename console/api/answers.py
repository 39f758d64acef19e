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


class TemporaryKey(TypedDict):
    access: str
    secret: str
    securitytoken: str
    expires_at: str


class TemporaryKeyCreated(TypedDict):
    credential: TemporaryKey


class TraceUser(TypedDict):
    id: str
    name: str
    user_name: str
    domain: Named


class TraceShown(TypedDict):
    trace_id: str
    trace_name: str
    trace_rating: str
    trace_type: str
    service_type: str
    resource_type: str
    resource_id: str
    resource_name: str
    source_ip: str
    user: TraceUser
    time: int
    record_time: int
    request_id: str
    code: str
    message: str
    request: str
    response: str
    api_version: str


class TracePage(TypedDict):
    count: int
    marker: str | None


class TracesListed(TypedDict):
    traces: list[TraceShown]
    meta_data: TracePage
