"""Offers the pages of a list that a service hands out piece by piece (SYM-29, prefetch)."""

from sym.sdk.annotations import prefetch, reducer
from sym.sdk.field_option import FieldOption
from sym.sdk.integrations import slack

TICKETS = ["T-{}".format(number) for number in range(1, 251)]
PAGE = 100


def page(cursor):
    found = TICKETS[cursor : cursor + PAGE]
    following = cursor + PAGE
    return found, following if following < len(TICKETS) else None


@prefetch("ticket")
def tickets(event):
    options = []
    cursor = 0
    while cursor is not None:
        found, cursor = page(cursor)
        options += [FieldOption(value=name, label="Ticket {}".format(name)) for name in found]
    return options


@reducer
def get_approvers(event):
    return slack.channel("#approvals")
