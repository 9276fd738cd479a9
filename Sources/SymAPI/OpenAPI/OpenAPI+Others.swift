extension OpenAPI {
    /// Users, tokens, services, organisations and logins (sym-api.md 2 to 8).
    static let people = #"""
        {
        "GET auth/org/{}": {
            "summary": "The organization's client id, for logging in", "tags": ["Login"],
            "answer": {"type": "object", "required": ["slug", "client_id"]}},
        "GET auth/login": {
            "summary": "Who the token belongs to", "tags": ["Login"],
            "parameters": [
                {"name": "email", "in": "query", "schema": {"type": "string"}},
                {"name": "segment_track", "in": "query", "schema": {"type": "string"}}],
            "answer": {"type": "object", "required": ["organization", "username", "role"]}},
        "GET organizations": {
            "summary": "The caller's organization", "tags": ["Organization"],
            "answer": {"type": "array", "minItems": 1, "items": {
                "type": "object", "required": ["id", "slug", "domains"]}}},
        "POST organizations/{}/add-domain": {
            "summary": "Add an e-mail domain", "tags": ["Organization"],
            "body": {"$ref": "#/components/schemas/Domain"}, "answer": {"type": "object"}},
        "POST organizations/{}/remove-domain": {
            "summary": "Remove an e-mail domain", "tags": ["Organization"],
            "body": {"$ref": "#/components/schemas/Domain"}, "answer": {"type": "object"}},
        "POST organizations/configure-mfa": {
            "summary": "Require a second factor at login, or not", "tags": ["Organization"],
            "body": {"type": "object", "required": ["mfa_required"],
                "properties": {"mfa_required": {"type": "boolean"}}},
            "answer": {"type": "object"}},
        "GET users": {
            "summary": "Find users", "tags": ["Users"],
            "parameters": [
                {"name": "email", "in": "query", "schema": {"type": "string"}},
                {"name": "id", "in": "query", "schema": {"type": "string"}},
                {"name": "type", "in": "query", "schema": {"type": "string", "enum": ["bot", "normal"]}}],
            "answer": {"type": "object", "required": ["users"],
                "properties": {"users": {"type": "array", "items": {"$ref": "#/components/schemas/User"}}}}},
        "PATCH users": {
            "summary": "Create and change users", "tags": ["Users"],
            "body": {"type": "object", "required": ["users"], "properties": {
                "users": {"type": "array", "items": {"type": "object", "required": ["id"]}}}},
            "answer": {"$ref": "#/components/schemas/Succeeded"}},
        "POST users/{}/set-role": {
            "summary": "Give a user a role", "tags": ["Users"],
            "body": {"type": "object", "required": ["role"],
                "properties": {"role": {"type": "string", "enum": ["admin", "member", "guest"]}}},
            "answer": {"type": "object"}},
        "POST users/delete": {
            "summary": "Delete users", "tags": ["Users"],
            "body": {"type": "object", "required": ["users"],
                "properties": {"users": {"type": "array", "items": {"type": "object"}}}},
            "answer": {"$ref": "#/components/schemas/Succeeded"}},
        "POST users/identities/delete": {
            "summary": "Delete identities", "tags": ["Users"],
            "body": {"type": "object", "required": ["identities"],
                "properties": {"identities": {"type": "array", "items": {"type": "object"}}}},
            "answer": {"$ref": "#/components/schemas/Succeeded"}},
        "GET tokens": {
            "summary": "The tokens of bots", "tags": ["Tokens"],
            "answer": {"type": "object", "required": ["tokens"],
                "properties": {"tokens": {"type": "array", "items": {"type": "object"}}}}},
        "POST tokens": {
            "summary": "Make a token for a bot", "tags": ["Tokens"],
            "body": {"type": "object", "required": ["username", "expiry"], "properties": {
                "username": {"type": "string"}, "expiry": {"type": "integer"},
                "label": {"type": ["string", "null"]}}},
            "answer": {"type": "object", "required": ["access_token"],
                "properties": {"access_token": {"type": "string"}}}},
        "POST tokens/delete": {
            "summary": "Revoke a token", "tags": ["Tokens"],
            "body": {"type": "object", "required": ["identifier"],
                "properties": {"identifier": {"type": "string"}}},
            "answer": {"type": "object"}},
        "GET services": {
            "summary": "What users have identities in", "tags": ["Services"],
            "parameters": [
                {"name": "service_type", "in": "query", "schema": {"type": "string"}},
                {"name": "external_id", "in": "query", "schema": {"type": "string"}}],
            "answer": {"type": "object", "required": ["services"],
                "properties": {"services": {"type": "array", "items": {"type": "object"}}}}},
        "PATCH services": {
            "summary": "Create a service, or change its label", "tags": ["Services"],
            "body": {"$ref": "#/components/schemas/Service"}, "answer": {"type": "object"}},
        "GET service/{}/references": {
            "summary": "What refers to a service", "tags": ["Services"],
            "answer": {"type": "object", "required": ["references"]}},
        "POST services/delete": {
            "summary": "Delete a service", "tags": ["Services"],
            "body": {"$ref": "#/components/schemas/Service"}, "answer": {"type": "object"}},
        "GET services/slack/link": {
            "summary": "Where Slack is installed from", "tags": ["Services"],
            "parameters": [{"name": "service_id", "in": "query", "schema": {"type": "string"}}],
            "answer": {"type": "object"}},
        "GET services/slack/uninstall": {
            "summary": "Said before a slack service is deleted", "tags": ["Services"],
            "parameters": [{"name": "token", "in": "query", "schema": {"type": "string"}}],
            "answer": {"type": "object"}},
        "GET check": {
            "summary": "What keeps entities from running", "tags": ["Entities"], "addition": true,
            "answer": {"type": "object"}},
        "POST track/symflow": {
            "summary": "Taken and forgotten: what the CLI reports of itself", "tags": ["API"],
            "body": {}, "body_required": false, "answer": {"type": "object"}}
        }
        """#

    /// Terraform's resources (sym-api.md 9).
    static let entities = #"""
        {
        "GET entities/{kind}": {
            "summary": "Find entities of a kind", "tags": ["Entities"],
            "parameters": [
                {"name": "slug", "in": "query", "schema": {"type": "string"}},
                {"name": "type", "in": "query", "schema": {"type": "string"}}],
            "answer": {"type": "array", "items": {"$ref": "#/components/schemas/Entity"}}},
        "POST entities/{kind}": {
            "summary": "Create an entity", "tags": ["Entities"], "body": {"type": "object"},
            "answer": {"$ref": "#/components/schemas/Entity"}},
        "GET entities/{kind}/{}": {
            "summary": "An entity, as it was written", "tags": ["Entities"],
            "answer": {"$ref": "#/components/schemas/Entity"}},
        "PATCH entities/{kind}/{}": {
            "summary": "Replace an entity: what is left out is cleared", "tags": ["Entities"],
            "body": {"type": "object"}, "answer": {"$ref": "#/components/schemas/Entity"}},
        "DELETE entities/{kind}/{}": {
            "summary": "Delete an entity that nothing refers to", "tags": ["Entities"], "answer": {}},
        "GET entities/flows-filter": {
            "summary": "The flows filter", "tags": ["Entities"],
            "answer": {"$ref": "#/components/schemas/Entity"}},
        "POST entities/flows-filter": {
            "summary": "Create the flows filter, of which there is one", "tags": ["Entities"],
            "body": {"type": "object"}, "answer": {"$ref": "#/components/schemas/Entity"}},
        "PATCH entities/flows-filter": {
            "summary": "Replace the flows filter", "tags": ["Entities"], "body": {"type": "object"},
            "answer": {"$ref": "#/components/schemas/Entity"}},
        "DELETE entities/flows-filter": {
            "summary": "Delete the flows filter", "tags": ["Entities"], "answer": {}}
        }
        """#

    static let otherSchemas = #"""
        {
        "Domain": {"type": "object", "required": ["domain"], "properties": {"domain": {"type": "string"}}},
        "Succeeded": {"type": "object", "required": ["succeeded"],
            "properties": {"succeeded": {"type": "integer"}}},
        "Service": {"type": "object", "required": ["service_type", "external_id"], "properties": {
            "service_type": {"type": "string"}, "external_id": {"type": "string"},
            "label": {"type": ["string", "null"]}}},
        "User": {
            "type": "object", "required": ["id", "type", "role", "created_at", "identities"], "properties": {
                "id": {"type": "string"}, "type": {"type": "string", "enum": ["normal", "bot"]},
                "role": {"type": "string", "enum": ["admin", "member", "guest"]},
                "created_at": {"type": "string"}, "identities": {"type": "array", "items": {"type": "object"}}}},
        "Entity": {"type": "object", "required": ["id"], "properties": {
            "id": {"type": "string", "minLength": 1}, "slug": {"type": "string"}, "srn": {"type": "string"}}}
        }
        """#
}
