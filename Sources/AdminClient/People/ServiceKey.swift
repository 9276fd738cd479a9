import Support

/// A service that identities belong to: its type and what tells two of a type apart (sym-api.md 6).
package struct ServiceKey: Hashable, Sendable, CustomStringConvertible {
    package var type: String
    package var externalID: String

    package init(type: String, externalID: String) {
        self.type = type
        self.externalID = externalID
    }

    /// Where everybody has their first identity.
    package static let sym = ServiceKey(type: "sym", externalID: "cloud")

    /// `type:external_id`, as the headings of the CSV say it.
    package var description: String { type + ":" + externalID }

    var isKnown: Bool { ServiceType.matcherKeys[type] != nil }
    /// Internal, not for people to see (sym-api.md 4).
    var isHidden: Bool { type == "auth0" }
}

/// What the type of a service says about its identities.
enum ServiceType {
    /// The key of the matcher, by type (sym-api.md 4). Identities of other types are JSON objects.
    static let matcherKeys: [String: String] = [
        "sym": "email", "slack": "user_id", "aws_sso": "principal_uuid", "pagerduty": "user_id", "aws_iam": "user_arn",
        "aptible": "user_id", "boundary": "user_id", "google": "email", "auth0": "idp_id", "okta": "user_id",
        "onelogin": "user_id", "github": "user_id", "custom": "user_id", "tailscale": "email",
    ]

    /// The matcher that `value` stands for.
    ///
    /// - Throws: for an unknown type, where the value is not a JSON object.
    static func matcher(for type: String, value: String) throws(ClientError) -> JSONObject {
        if let key = matcherKeys[type] { return [key: .string(value)] }
        guard let object = (try? JSONValue(parsing: Array(value.utf8)))?.object, !object.isEmpty else {
            throw ClientError(
                .missingIdentityValue, "An identity of type \"\(type)\" is a JSON object.",
                hint: #"Give it as such, for example {"user_id": "…"}."#
            )
        }
        return object
    }

    /// What a person sees of a matcher: its value, or the whole object as JSON.
    static func value(of matcher: JSONObject, type: String) -> String {
        if let key = matcherKeys[type], matcher.count == 1 || type == "sym", let text = matcher[key]?.text {
            return text
        }
        return JSONValue.object(matcher).compact
    }
}

/// A service of the organisation, as `GET services` lists it.
struct ClientService: Sendable {
    let id: String
    let key: ServiceKey
    let label: String
    let document: JSONValue

    init?(_ document: JSONValue) {
        guard let id = document["id"]?.text, let type = document["slug"]?.text,
            let externalID = document["external_id"]?.text
        else { return nil }
        self.id = id
        key = ServiceKey(type: type, externalID: externalID)
        label = document["label"]?.text ?? ""
        self.document = document
    }
}

extension APIClient {
    /// - Throws: `.malformedAnswer` where the answer is no list under `name`.
    func list(_ name: String, _ path: String, _ query: [(String, String)] = []) async throws(ClientError) -> [JSONValue]
    {
        guard let rows = try await get(path, query)[name]?.elements else { throw .malformed("a list \"\(name)\"") }
        return rows
    }

    func services() async throws(ClientError) -> [ClientService] {
        try await list("services", "services").compactMap(ClientService.init)
    }
}

extension ClientError {
    static func malformed(_ missing: String) -> ClientError {
        ClientError(
            .malformedAnswer, "The server's answer lacks \(missing).",
            hint: "Is there another version of the server behind SYM_API_URL?"
        )
    }
}
