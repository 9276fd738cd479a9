"""Asks one after the other until somebody answers (SYM-28)."""

from sym.sdk.annotations import hook, reducer
from sym.sdk.integrations import slack, sym
from sym.sdk.notifications import Notification
from sym.sdk.request_permission import RequestPermission
from sym.sdk.user import user_ids


@reducer
def get_permissions(event):
    approvers = sym.get_or_create_users_by_emails(event.flow.vars["approvers"].split(","))
    ids = user_ids(approvers)
    return RequestPermission(webapp_view=ids, approve_deny=ids)


@reducer
def get_request_notifications(event):
    return [
        Notification(destinations=[slack.user(event.flow.vars["first"])], timeout=600),
        Notification(destinations=[slack.channel("#approvals")], timeout=1800),
    ]


@hook
def after_request_forward(event, context):
    places = len(context.all_request_destinations)
    slack.send_thread_message("Place {} of {}".format(context.next_destination_index + 1, places))
