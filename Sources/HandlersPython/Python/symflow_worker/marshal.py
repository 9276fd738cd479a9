"""The plain JSON of handlers' arguments and values: the contract with the server.

Arguments and values by handler
-------------------------------

Arguments are the members of the ``arguments`` object of ``call``; the value is that of ``result``.

    handler                                   arguments                                       value
    on_S, after_S (S: a step)                 event: EVENT                                    null or TRANSITION
    on_/after_request_forward                 event: EVENT, forward: FORWARD                  null or TRANSITION
    get_permissions                           event: EVENT                                    PERMISSION
    get_request_notifications                 event: EVENT                                    ROUTE
    get_request_destinations                  event: EVENT                                    ROUTE
    get_approvers                             event: EVENT                                    ROUTE
    get_timeout                               event: EVENT                                    null or seconds
    get_identity, get_identity_lookup         event: EVENT or null, service_type, external_id: text,
                                              user: USER                                      null or text
    prefetch                                  event: EVENT, field: name                       [OPTION…]
    on_change                                 username: text, form: FORM, field: name         CHANGES
    get_flows                                 user: USER, flows: [FLOW…],
                                              flows_filter_vars: {text: text}                 [name of a flow…]
    escalate, deescalate (strategy)           event: EVENT, target_id: text, integration: INTEGRATION
                                                                                              null or object
    fetch_remote_identity (strategy)          event: EVENT or null, user: USER, integration: INTEGRATION
                                                                                              null or text

Steps: prompt, request, request_forward, request_expire, approve, deny, escalate, deescalate. A handler that accepts no
``forward`` (one parameter) is called without it. ``event`` of ``get_identity`` and ``fetch_remote_identity`` is not
handed to the function; it is what ``get_step_output`` and the like refer to, and may be null.

What goes in
------------

Absent members are null; null stands for Python's None. SRNs are texts (``sym:flow:prod-db:latest``,
``sym:run:prod-db:latest:<uuid>``); where a resource has a ``srn``, its ``name`` is the SRN's slug. Times are RFC 3339
texts with ``Z``.

    EVENT        {"srn": text, "name": "approve",
                  "payload": {"srn": text, "timestamp": time, "user": USER, "fields": {name: TYPED}},
                  "meta": {"srn": text}, "template": {"srn": text},
                  "flow": FLOW, "run": RUN, "channel": CHANNEL}
                 ``name`` is the step; ``payload.user`` whoever triggered this event.
    TYPED        {"type": "string", "value": …}; types and their values:
                   string: text     int: integer     bool: true or false     duration: integer seconds
                   slack_user: SELECTION     slack_user_list: [SELECTION…]     str_list: [text…]     int_list: [integer…]
                   target: TARGET   (of ``fields["target"]``)
                   json: anything   (``decision_message``, ``deescalate_type``, extras of a transition)
                 ``target`` and ``target_id`` (string), ``duration``, ``decision_message``, ``deescalate_type`` stand
                 among the fields.
    SELECTION    {"user_id": "U…", "username": text or null}
    USER         {"id": uuid, "email": text or null, "username": text, "type": "normal" or "bot", "first_name",
                  "last_name": text or null, "role": "admin" or "member" or "guest",
                  "identities": [{"service": "slack", "service_id": "T…", "user_id": "U…"}…]}
    CHANNEL      {"srn": text, "identifier": text or null, "type": "slack" or "sdk" or "sym"}
    RUN          {"srn": text, "actors": {event name: USER}, "contexts": {event name: object},
                  "source_channel": CHANNEL}
                 One entry in ``actors`` per event so far, the current one included. ``contexts`` has ``request`` when
                 the request came with a context; ``get_context`` answers {} for an event that has an actor and none.
    FLOW         {"srn": text, "label": text or null, "vars": {text: text}, "fields": [FIELD…],
                  "environment": {"srn": text, "integrations": {key: INTEGRATION}}, "strategy": STRATEGY or null}
                 ``vars`` without those that begin with ``sym_``; integration keys without ``_id``.
    FIELD        {"name": text, "type": field type, "value": PLAIN, "label": text or null, "required": bool,
                  "visible": bool, "current_allowed_values": [OPTION…], "original_allowed_values": [OPTION…]}
                 PLAIN is the value of TYPED, without the type. In FLOW, ``value`` is the default.
    OPTION       {"value": text, integer or bool, "label": text}
    INTEGRATION  {"srn": text, "type": text, "external_id": text, "settings": {text: text},
                  "secrets": {setting: SECRET or [SECRET…]}}
                 ``secrets`` appear among Python's ``settings``, for settings that name secrets
                 (``{"api_token_secret": SECRET}``, ``{"secrets": [SECRET…]}``); values never go in.
    SECRET       {"srn": text, "id": uuid, "path": text, "settings": object,
                  "source": {"srn": text, "type": text, "settings": object}}
    STRATEGY     {"srn": text, "id": uuid, "type": text, "label": text or null, "integration": INTEGRATION or null,
                  "targets": [TARGET…], "settings": {text: text}}
    TARGET       {"srn": text, "label": text or null, "type": text, "settings": object}
                 In the event's fields, ``settings`` have the bound fields in place.
    FORM         {"fields": [FIELD…] in order, "flow_vars": {text: text}, "additional_header_text": text or null}
    FORWARD      {"all_request_destinations": [DESTINATION…], "current_destination_index": integer,
                  "next_destination_index": integer or null}

What comes out
--------------

    TRANSITION   {"transition": "approve", "reason": text or null, "message": text or null, "target": SRN or null,
                  "duration": seconds or null, "extra": object}
                 ``transition``: prompt, request, approve, deny, escalate, deescalate, ignore. Which of them may follow
                 is for the server to say; here it is only what was returned. ``extra`` goes into the payload.
    PERMISSION   {"webapp_view": LEVEL, "approve_deny": LEVEL, "allow_self_approval": bool}
    LEVEL        "admin", "member", "all_users", or [uuid of a user…]
    ROUTE        {"stages": [STAGE…], "allow_self": bool}; no stages: the handler names nobody
                 ``allow_self``: whether any destination allows it. It matters for ``get_approvers`` alone (the
                 others have ``get_permissions``).
    STAGE        {"destinations": [DESTINATION…], "timeout": seconds or null, "forward_on_failure": bool,
                  "forward_on_timeout": bool}
                 A backup chain in its order. A stage has failed when all of its destinations failed. At its timeout
                 the next stage is told if ``forward_on_timeout`` and there is one; otherwise the request expires.
    DESTINATION  {"type": "slack_channel_id", "channel_id": "C…", "allow_self": bool, "timeout": seconds or null}
                 {"type": "slack_channel_name", "channel_name": "#general", …}     the "#" may be missing
                 {"type": "slack_user", "user_id": "U…", …}
                 {"type": "slack_user_group", "users": ["U…"…], …}     one conversation of 1 to 7 people
                 {"type": "user", "id": uuid, "username": text, "email": text or null}     a Sym user: by e-mail from
                 get_request_notifications, in Slack from get_approvers
    OPTION       as above
    CHANGES      {"fields": {name: {…}}, "additional_header_text": text or null}: only what differs from the form that
                 went in. A field has any of ``value`` (PLAIN), ``label``, ``required``, ``visible``,
                 ``current_allowed_values`` ([OPTION…]).

Objects that strategies return, and values of options, hold texts, numbers, booleans, null, lists and objects with text
keys; UUIDs, enums, SRNs and times become texts. Anything that is not as above is refused by ``ReturnProblem``, which
names what was returned and what is accepted.
"""
