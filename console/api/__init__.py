"""The API's door: what every call of the wire shares, and the calls that belong to no service.

`door` stands beside Django's pages, without sessions, cookies, forms, messages and translation; services
add their calls with `routes.register`. The operations behind it are those of the console.
"""
