"""LangWatch's own client, as it is installed, with one key."""

from langwatch.client import Client


def rest(url, key, project=None):
    """The client that LangWatch's package makes for its calls when it is set up with this key."""
    Client.reset_for_testing()
    return Client(api_key=key, endpoint_url=url, project_id=project, skip_open_telemetry_setup=True).rest_api_client


def plain(value):
    """A parsed answer as plain data: times and choices stay what the client made of them, what is missing is missing."""
    return {name: _plain(item) for name, item in vars_of(value).items() if not is_unset(item)}


def vars_of(value):
    """The fields of one of the client's classes, besides those that it does not know."""
    fields = {attribute.name: getattr(value, attribute.name) for attribute in type(value).__attrs_attrs__}
    unknown = fields.pop("additional_properties", {})
    return {**fields, **{f"unknown field {name}": item for name, item in unknown.items()}}


def is_unset(value):
    return type(value).__name__ == "Unset"


def _plain(value):
    if hasattr(type(value), "__attrs_attrs__"):
        return plain(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return getattr(value, "value", value)
