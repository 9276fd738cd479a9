"""Asks for an incident only in an emergency, and offers shorter durations then."""

from sym.sdk.forms import FieldOption


def on_change_urgency(username, form):
    is_emergency = form.fields["urgency"].value == "Emergency"
    incident = form.fields["incident-id"]
    incident.visible = is_emergency
    incident.required = is_emergency
    if is_emergency:
        form.fields["duration"].current_allowed_values = [FieldOption(value=900, label="15 minutes")]
        form.fields["duration"].value = 900
        form.additional_header_text = "Security reads along, {}.".format(username)
    else:
        form.fields["duration"].current_allowed_values = form.fields["duration"].original_allowed_values
    return form
