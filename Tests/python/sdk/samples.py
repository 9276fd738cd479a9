"""JSON as the server sends it (symflow_worker/marshal.py)."""

ADA_ID = "11111111-1111-4111-8111-111111111111"
BOB_ID = "22222222-2222-4222-8222-222222222222"
RUN_ID = "33333333-3333-4333-8333-333333333333"
TARGET_ID = "44444444-4444-4444-8444-444444444444"
SECRET_ID = "55555555-5555-4555-8555-555555555555"
STRATEGY_ID = "66666666-6666-4666-8666-666666666666"


def user(email="ada@acme.test", number=ADA_ID, slack="U0ADA", role="member"):
    return {
        "id": number,
        "email": email,
        "username": email,
        "type": "normal",
        "first_name": "Ada",
        "last_name": None,
        "role": role,
        "identities": [{"service": "slack", "service_id": "T0ACME", "user_id": slack}],
    }


def bob():
    return user("bob@acme.test", BOB_ID, "U0BOB", "admin")


def secret():
    return {
        "srn": "sym:secret:env:token:latest",
        "id": SECRET_ID,
        "path": "PIPELINE_TOKEN",
        "settings": {"json_key": "token"},
        "source": {"srn": "sym:secrets:env:main:latest", "type": "env", "settings": {}},
    }


def integration():
    return {
        "srn": "sym:integration:custom:pipeline:latest",
        "type": "custom",
        "external_id": "pipeline",
        "settings": {"region": "eu"},
        "secrets": {"secrets": [secret()], "api_token_secret": secret()},
    }


def target(**settings):
    return {
        "srn": "sym:access_target:custom:orders-db:latest",
        "label": "Orders database",
        "type": "custom",
        "settings": dict(settings or {"identifier": "orders"}),
    }


def flow(name="prod-db", fields=(), **variables):
    return {
        "srn": "sym:flow:{}:latest".format(name),
        "label": "Production",
        "vars": variables,
        "fields": list(fields),
        "environment": {
            "srn": "sym:environment:main:latest",
            "integrations": {"pipeline": integration()},
        },
        "strategy": {
            "srn": "sym:access_strategy:custom:groups:latest",
            "id": STRATEGY_ID,
            "type": "custom",
            "label": None,
            "integration": integration(),
            "targets": [target()],
            "settings": {},
        },
    }


def field(name, kind="string", value=None, **members):
    data = {
        "name": name,
        "type": kind,
        "value": value,
        "label": name.title(),
        "required": True,
        "visible": True,
        "current_allowed_values": [],
        "original_allowed_values": [],
    }
    data.update(members)
    return data


def channel(kind="slack", identifier="#general"):
    return {"srn": "sym:channel:{}:latest".format(kind), "identifier": identifier, "type": kind}


def event(name="request", fields=None, actors=None, contexts=None, by=None, where=None, of=None):
    srn = "sym:event:{}:latest:{}".format(name, RUN_ID)
    actors = {"prompt": user(), "request": user()} if actors is None else actors
    return {
        "srn": srn,
        "name": name,
        "payload": {
            "srn": srn,
            "timestamp": "2026-03-01T12:00:00.500Z",
            "user": by or user(),
            "fields": fields or {},
        },
        "meta": {"srn": "sym:event_meta:{}:latest".format(name)},
        "template": {"srn": "sym:template:approval:1.0.0"},
        "flow": of or flow(),
        "run": {
            "srn": "sym:run:prod-db:latest:{}".format(RUN_ID),
            "actors": actors,
            "contexts": contexts or {},
            "source_channel": channel(),
        },
        "channel": where or channel(),
    }


def typed(kind, value):
    return {"type": kind, "value": value}
