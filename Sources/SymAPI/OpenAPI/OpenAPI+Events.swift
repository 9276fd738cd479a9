extension OpenAPI {
    static let events = #"""
        {
        "GET openapi.json": {
            "summary": "This document", "tags": ["API"], "addition": true, "answer": {"type": "object"}},
        "POST events/request": {
            "summary": "Make a request", "tags": ["Events"],
            "description": "Accepted and durable; GET /events/{id} and GET /runs/{id} say what becomes of it.",
            "parameters": [{"name": "Idempotency-Key", "in": "header", "required": false,
                "schema": {"$ref": "#/components/schemas/IdempotencyKey"},
                "description": "An addition: the same key with the same call gets the same answer, for 24 hours."}],
            "body": {"$ref": "#/components/schemas/RequestBody"},
            "answer": {"$ref": "#/components/schemas/Accepted"}},
        "POST events/deescalate": {
            "summary": "End access early", "tags": ["Events"],
            "parameters": [{"name": "Idempotency-Key", "in": "header", "required": false,
                "schema": {"$ref": "#/components/schemas/IdempotencyKey"}}],
            "body": {"type": "object", "required": ["run_id"],
                "properties": {"run_id": {"type": "string", "format": "uuid"}}},
            "answer": {"type": "object", "required": ["event_id", "request_body"],
                "properties": {"event_id": {"type": "string"}, "request_body": {"type": "object"}}}},
        "GET events/{}": {
            "summary": "What became of an event", "tags": ["Events"],
            "path": {"id": {"type": "string", "format": "uuid"}},
            "answer": {"$ref": "#/components/schemas/Event"}},
        "GET event/{}": {
            "summary": "What became of an event, under its older address", "tags": ["Events"],
            "path": {"id": {"type": "string", "format": "uuid"}},
            "answer": {"$ref": "#/components/schemas/Event"}},
        "GET runs": {
            "summary": "List runs, the newest first", "tags": ["Runs"], "addition": true,
            "description": "Administrators see all runs, others theirs and those that they may decide on. A page may be shorter than the limit; while next_cursor is not null there is more.",
            "parameters": [
                {"name": "status", "in": "query", "schema": {"$ref": "#/components/schemas/RunStatus"}},
                {"name": "flow", "in": "query", "schema": {"type": "string"}, "description": "Name or SRN."},
                {"name": "requester", "in": "query", "schema": {"type": "string"},
                    "description": "User id or e-mail address."},
                {"name": "since", "in": "query", "schema": {"type": "string", "format": "date-time"}},
                {"name": "until", "in": "query", "schema": {"type": "string", "format": "date-time"}},
                {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
                {"name": "cursor", "in": "query",
                    "schema": {"type": "string", "pattern": "^(0|[1-9][0-9]{0,14})-(0|[1-9][0-9]{0,14})$"}}],
            "answer": {"type": "object", "required": ["runs", "next_cursor"], "properties": {
                "runs": {"type": "array", "maxItems": 100, "items": {"$ref": "#/components/schemas/Run"}},
                "next_cursor": {"type": ["string", "null"]}}}},
        "GET runs/{}": {
            "summary": "How a run stands", "tags": ["Runs"],
            "description": "Whom the run does not concern sees its status only. wait and version are additions: the answer comes when the run's version is no longer the given one (without one, the one at the time of the call), or after wait seconds.",
            "path": {"id": {"type": "string", "format": "uuid"}},
            "parameters": [
                {"name": "wait", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 60}},
                {"name": "version", "in": "query", "schema": {"type": "string"}}],
            "answer": {"$ref": "#/components/schemas/Run"}},
        "GET runs/{}/events": {
            "summary": "The story of a run", "tags": ["Runs"], "addition": true,
            "path": {"id": {"type": "string", "format": "uuid"}},
            "answer": {"type": "object", "required": ["run_id", "events"], "properties": {
                "run_id": {"type": "string"},
                "events": {"type": "array", "items": {"$ref": "#/components/schemas/EventDocument"}}}}},
        "POST runs/{}/approve": {
            "summary": "Approve", "tags": ["Runs"], "addition": true,
            "description": "For humans who may decide; the same rules as in Slack.",
            "path": {"id": {"type": "string", "format": "uuid"}},
            "parameters": [{"name": "Idempotency-Key", "in": "header", "required": false,
                "schema": {"$ref": "#/components/schemas/IdempotencyKey"}}],
            "body": {"$ref": "#/components/schemas/DecisionBody"}, "body_required": false,
            "answer": {"$ref": "#/components/schemas/Decided"}},
        "POST runs/{}/deny": {
            "summary": "Deny", "tags": ["Runs"], "addition": true,
            "path": {"id": {"type": "string", "format": "uuid"}},
            "parameters": [{"name": "Idempotency-Key", "in": "header", "required": false,
                "schema": {"$ref": "#/components/schemas/IdempotencyKey"}}],
            "body": {"$ref": "#/components/schemas/DecisionBody"}, "body_required": false,
            "answer": {"$ref": "#/components/schemas/Decided"}},
        "POST runs/{}/execution": {
            "summary": "Say that the approved command begins, or how it ended", "tags": ["Runs"], "addition": true,
            "description": "It begins once, within an hour of its approval, and only as it was asked for.",
            "path": {"id": {"type": "string", "format": "uuid"}},
            "body": {"oneOf": [
                {"type": "object", "required": ["state", "attempt", "command"], "properties": {
                    "state": {"const": "started"}, "attempt": {"type": "string", "minLength": 1, "maxLength": 16},
                    "command": {"$ref": "#/components/schemas/Command"}}},
                {"type": "object", "required": ["state", "exit_code"], "properties": {
                    "state": {"const": "ended"},
                    "exit_code": {"type": "integer", "minimum": 0, "maximum": 255}}},
                {"type": "object", "required": ["state", "signal"], "properties": {
                    "state": {"const": "ended"}, "signal": {"type": "integer", "minimum": 1, "maximum": 64}}},
                {"type": "object", "required": ["state", "not_run"], "properties": {
                    "state": {"const": "ended"}, "not_run": {"type": "string", "pattern": "[A-Za-z]"}}}]},
            "answer": {"type": "object", "required": ["run_id", "execution"], "properties": {
                "run_id": {"type": "string"}, "execution": {"type": ["object", "null"]}}}}
        }
        """#

    static let eventSchemas = #"""
        {
        "Error": {
            "type": "object", "required": ["error", "message", "errors", "code", "status_code", "is_retryable"],
            "properties": {
                "error": {"const": true}, "message": {"type": "string", "minLength": 1},
                "errors": {"type": "array", "minItems": 1, "items": {
                    "type": "object", "required": ["field", "message"],
                    "properties": {"field": {"type": "string"}, "message": {"type": "string"}}}},
                "code": {"type": "string", "pattern": "^[A-Za-z]+:[A-Z_]+$"},
                "status_code": {"type": "integer"}, "is_retryable": {"type": "boolean"}}},
        "IdempotencyKey": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        "RunStatus": {"type": "string", "enum":
            ["requested", "approved", "escalated", "errored", "deescalated", "denied", "expired"]},
        "Command": {
            "type": "object", "required": ["argv", "directory"], "additionalProperties": false, "properties": {
                "argv": {"type": "array", "minItems": 1, "maxItems": 20,
                    "items": {"type": "string", "pattern": "^[ -~]{1,20}$"}},
                "directory": {"type": "string", "pattern": "^/[!-~]{0,200}$"},
                "host": {"type": ["string", "null"], "minLength": 1, "maxLength": 63},
                "commit": {"type": ["string", "null"], "minLength": 1, "maxLength": 63},
                "changes": {"type": ["string", "null"], "minLength": 1, "maxLength": 63}}},
        "RequestBody": {
            "type": "object", "required": ["flow_srn", "flow_inputs"], "properties": {
                "flow_srn": {"type": "string", "description": "ORG:flow:SLUG:VERSION; latest is recommended."},
                "flow_inputs": {"type": "object", "description":
                    "A value for each field; for access flows also target_srn, and duration in seconds."},
                "context": {"type": ["object", "null"], "description": "What the flow's code reads with event.get_context."},
                "user_email": {"type": ["string", "null"], "pattern": "^[!-~]+$"},
                "user_id": {"type": ["string", "null"], "pattern": "^[!-~]+$"},
                "target_srn": {"type": ["string", "null"]},
                "duration": {"type": ["integer", "null"], "minimum": 1},
                "command": {"anyOf": [{"$ref": "#/components/schemas/Command"}, {"type": "null"}],
                    "description": "An addition: what symflow run is going to run."}}},
        "Accepted": {
            "type": "object", "required": ["run_id", "event_id", "request_body"], "properties": {
                "run_id": {"type": "string", "format": "uuid"}, "event_id": {"type": "string", "format": "uuid"},
                "request_body": {"type": "object"}}},
        "DecisionBody": {
            "type": "object", "properties": {
                "comment": {"type": ["string", "null"], "maxLength": 1000},
                "job_hash": {"type": ["string", "null"], "description":
                    "What you looked at: the decision is refused where it has changed since."}}},
        "Decided": {
            "type": "object", "required": ["run_id", "event_id", "request_body", "status", "approval_status"],
            "properties": {
                "run_id": {"type": "string"}, "event_id": {"type": "string"}, "request_body": {"type": "object"},
                "status": {"$ref": "#/components/schemas/RunStatus"}, "approval_status": {"type": "string"}}},
        "Event": {
            "type": "object", "required": ["run_id", "name", "timestamp", "status"], "properties": {
                "id": {"type": "string"}, "run_id": {"type": "string"}, "name": {"type": "string"},
                "timestamp": {"type": "string"},
                "status": {"type": "string", "enum": ["processing", "success", "error"]},
                "error": {"type": "string"}}},
        "Person": {
            "type": "object", "required": ["id", "name", "email"], "properties": {
                "id": {"type": "string"}, "name": {"type": "string"}, "email": {"type": ["string", "null"]},
                "type": {"type": "string", "enum": ["normal", "bot"]}}},
        "Run": {
            "type": "object", "required": ["id", "run_id", "status", "approval_status", "version"], "properties": {
                "id": {"type": "string"}, "run_id": {"type": "string"}, "srn": {"type": "string"},
                "status": {"$ref": "#/components/schemas/RunStatus"},
                "approval_status": {"type": "string", "enum":
                    ["pending", "processing", "approved", "denied", "expired", "approved_execution_failed"]},
                "version": {"type": "string"}, "flow": {"type": "object"},
                "requester": {"$ref": "#/components/schemas/Person"},
                "on_behalf_by": {"anyOf": [{"$ref": "#/components/schemas/Person"}, {"type": "null"}]},
                "source": {"type": "string", "enum": ["slack", "api"]}, "target": {"type": ["object", "null"]},
                "duration": {"type": ["integer", "null"]}, "fields": {"type": "object"},
                "command": {"type": ["object", "null"]}, "context_sha256": {"type": ["string", "null"]},
                "created_at": {"type": "string", "format": "date-time"},
                "answer_by": {"type": ["string", "null"], "format": "date-time"},
                "job_hash": {"type": "string"}, "policy_snapshot": {"type": "string"},
                "round": {"type": "integer"}, "quorum": {"type": ["integer", "null"]},
                "votes": {"type": "array", "items": {"type": "object"}}, "checking": {"type": "integer"},
                "decision": {"type": ["object", "null"]}, "access": {"type": ["object", "null"]},
                "ended": {"type": ["object", "null"]}, "execution": {"type": ["object", "null"]},
                "max_runtime_sec": {"type": ["integer", "null"]},
                "errors": {"type": "array", "items": {"type": "object"}}}},
        "EventDocument": {
            "type": "object", "required": ["id", "type", "meta", "state", "run", "event", "actor", "fields"],
            "properties": {
                "id": {"type": "string", "format": "uuid"}, "type": {"const": "event"}, "meta": {"type": "object"},
                "state": {"type": "object", "required": ["status", "errors"]}, "run": {"type": "object"},
                "event": {"type": "object", "required": ["srn", "type", "template", "timestamp", "channel"]},
                "actor": {"type": "object", "required": ["user", "name", "username", "identity"]},
                "fields": {"type": "object"}}}
        }
        """#
}
