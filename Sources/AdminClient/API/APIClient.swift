package import HTTPModel
package import Support

/// Calls `/api/v1` the way Sym's CLI does (sym-api.md 1): with a bearer token, a request id, and JSON.
package struct APIClient: Sendable {
    package let address: APIAddress
    /// Absent only before somebody has logged in.
    package let token: Secret?
    private let transport: any HTTPTransport
    private let ids: IDGenerator
    /// Gets a line for each exchange, without token and bodies (`--debug`).
    private let trace: @Sendable (String) -> Void

    private static let timeout: Duration = .seconds(30)
    private static let bodyBytesMax = 64 << 20

    package init(
        address: APIAddress, token: Secret?, transport: any HTTPTransport, ids: IDGenerator = .random,
        trace: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.address = address
        self.token = token
        self.transport = transport
        self.ids = ids
        self.trace = trace
    }

    package func with(token: Secret) -> APIClient {
        APIClient(address: address, token: token, transport: transport, ids: ids, trace: trace)
    }

    package func get(_ path: String, _ query: [(String, String)] = []) async throws(ClientError) -> JSONValue {
        let suffix = query.isEmpty ? "" : "?" + FormURLEncoded.encode(query)
        return try await call("GET", path + suffix)
    }

    /// - Returns: the answer; `null` where it has no body, which some writes do not (sym-api.md 3, 4).
    @discardableResult
    package func post(_ path: String, _ body: JSONObject) async throws(ClientError) -> JSONValue {
        try await call("POST", path, body)
    }

    @discardableResult
    package func patch(_ path: String, _ body: JSONObject) async throws(ClientError) -> JSONValue {
        try await call("PATCH", path, body)
    }

    /// - Parameters:
    ///   - timeout: for the whole exchange; long polls take longer than others.
    ///   - headers: beside those that every call has.
    package func call(
        _ method: String, _ path: String, _ body: JSONObject? = nil, within timeout: Duration = Self.timeout,
        headers more: HTTPHeaders = [:]
    ) async throws(ClientError) -> JSONValue {
        guard let token else { throw .notLoggedIn }
        return try await exchange(method, path, body, token, within: timeout, more)
    }

    /// A call that is open to everybody: `auth/org/{slug}`.
    package func openGet(_ path: String) async throws(ClientError) -> JSONValue {
        try await exchange("GET", path, nil, nil, within: Self.timeout, [:])
    }

    private func exchange(
        _ method: String, _ path: String, _ body: JSONObject?, _ token: Secret?, within timeout: Duration,
        _ more: HTTPHeaders
    ) async throws(ClientError) -> JSONValue {
        let id = ids.next()
        var headers: HTTPHeaders = [
            "X-Sym-Request-ID": id, "Content-Type": "application/json", "Accept": "application/json",
            "User-Agent": "symflow",
        ]
        if let token { headers["Authorization"] = token.reveal { "Bearer " + $0 } }
        for field in more.fields { headers[field.name] = field.value }
        let request = HTTPRequest(
            method: method, target: address.url(path), headers: headers,
            body: body.map { JSONValue.object($0).bytes } ?? []
        )
        let response: HTTPResponse
        do { response = try await transport.send(request, within: timeout, bodyBytesMax: Self.bodyBytesMax) } catch {
            trace("\(method) \(address.url(path)): \(error)")
            throw .unreachable(address.base, error)
        }
        trace("\(method) \(address.url(path)): \(response.status), request id \(id)")
        return try Self.answer(response, requestID: response.headers["X-Request-Id"] ?? id)
    }

    /// The body of a good answer, or what a bad one means.
    static func answer(_ response: HTTPResponse, requestID: String) throws(ClientError) -> JSONValue {
        let parsed = try? JSONValue(parsing: response.bytes)
        switch response.status {
        case 200..<300:
            if let parsed { return parsed }
            guard response.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0a || $0 == 0x0d }) else {
                throw ClientError(
                    .malformedAnswer, "The server's answer is not JSON.",
                    hint: "Does SYM_API_URL end in /api/v1, and is there no other page in front of it?",
                    requestID: requestID, status: response.status
                )
            }
            return .null
        case 300..<400:
            throw ClientError(
                .refusedWithoutText,
                "The server sends us on to \(response.headers["Location"] ?? "another address"); "
                    + "a token is not handed on like that.",
                hint: "Set SYM_API_URL to where the API really is.", requestID: requestID, status: response.status
            )
        default:
            let said = parsed.flatMap(Self.message)
            if response.status == 401 {
                throw ClientError(
                    .unauthorized, "The server does not accept the token.",
                    hint: said ?? "Log in again, or set SYM_JWT to a token that is valid.", requestID: requestID,
                    status: 401
                )
            }
            if let said {
                throw ClientError(.refused, said, requestID: requestID, status: response.status)
            }
            throw ClientError(
                .refusedWithoutText, "The server answered with status \(response.status) and did not say why.",
                requestID: requestID, status: response.status
            )
        }
    }

    /// The text of an error envelope: the first that says something of `message`, `errors` and `error`
    /// (sym-api.md 1.1).
    static func message(_ body: JSONValue) -> String? {
        if let text = body["message"]?.text, !text.isEmpty { return text }
        let errors = (body["errors"]?.elements ?? []).compactMap { $0.text ?? $0["message"]?.text }
        if !errors.isEmpty { return errors.joined(separator: " ") }
        return body["error"]?.text.flatMap { $0.isEmpty ? nil : $0 }
    }
}
