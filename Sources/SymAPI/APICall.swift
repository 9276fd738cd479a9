package import ApprovalCore
package import ApprovalEngine
package import HTTPModel
package import Support

/// Who calls, as the token says and the users' records confirm.
package struct APICaller: Hashable, Sendable {
    package var user: User
    package var role: Role
    /// The token's `jti`, which can be revoked.
    package var token: String

    package init(user: User, role: Role, token: String) {
        self.user = user
        self.role = role
        self.token = token
    }

    /// Under what they stand in the audit trail.
    package var actor: String { user.id.text }
}

/// One authenticated call of a route.
package struct APICall: Sendable {
    package var request: HTTPRequest
    /// Absent only on routes that are open to everybody.
    package var caller: APICaller?
    /// What stands in the place of the pattern's `{name}`, decoded.
    package var parameters: [String: String]
    /// The query's fields in their order. The Terraform provider does not encode values (sym-api.md 9).
    package var query: [(name: String, value: String)]

    package init(
        request: HTTPRequest, caller: APICaller?, parameters: [String: String],
        query: [(name: String, value: String)]
    ) {
        self.request = request
        self.caller = caller
        self.parameters = parameters
        self.query = query
    }

    package func parameter(_ name: String) -> String { parameters[name] ?? "" }
    package func query(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The caller of a route that is not open to everybody.
    ///
    /// - Throws: `.notAuthorized`.
    package func authorized() throws(APIError) -> APICaller {
        guard let caller else { throw .notAuthorized }
        return caller
    }

    /// The body as an object. An empty body and `null` are the empty object: the CLI sends the one where it has no data,
    /// the provider the other (sym-api.md 1).
    ///
    /// - Throws: `.invalid` that says where the JSON ends to be JSON.
    package func object() throws(APIError) -> JSONObject {
        guard !request.body.isEmpty else { return [:] }
        let value: JSONValue
        do { value = try JSONValue(parsing: request.body) } catch {
            throw APIError(
                status: 400, code: "Request:INVALID_JSON",
                message: "The body is not valid JSON: \(error). Send one JSON object in UTF-8."
            )
        }
        if value.isNull { return [:] }
        guard let object = value.object else {
            throw APIError(
                status: 400, code: "Request:INVALID_JSON",
                message: "The body is \(value.kind), expected a JSON object."
            )
        }
        return object
    }
}

/// Answers of routes.
package enum APIResponse {
    static let json = "application/json"

    package static func json(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Content-Type": json], body: value.bytes)
    }
}
