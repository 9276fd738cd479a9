import HTTPModel
import Support
import TransportCurl

/// The REST API as a client calls it, with one token.
struct APIClient: Sendable {
    let url: String
    var token: String?

    struct Answer: Sendable, CustomStringConvertible {
        var status: Int
        var headers: HTTPHeaders
        /// `nil` where the body is no JSON.
        var body: JSONValue?

        var description: String { "\(status) \(body?.compact ?? "")" }
    }

    /// - Parameter path: behind `/api/v1/`.
    func call(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> Answer {
        var request = HTTPRequest(
            method: method, target: url + "/api/v1/" + path, headers: ["Content-Type": "application/json"],
            body: body?.bytes ?? []
        )
        if let token { request.headers["Authorization"] = "Bearer " + token }
        let transport = CurlTransport()
        defer { transport.shutdown() }
        let response = try await transport.send(request, within: .seconds(30), bodyBytesMax: 16 << 20)
        return Answer(
            status: response.status, headers: response.headers, body: try? JSONValue(parsing: response.bytes)
        )
    }

    /// What a call answers that succeeds.
    @discardableResult
    func get(_ path: String) async throws -> JSONValue { try await ok("GET", path, nil) }

    @discardableResult
    func post(_ path: String, _ body: JSONValue) async throws -> JSONValue { try await ok("POST", path, body) }

    @discardableResult
    func patch(_ path: String, _ body: JSONValue) async throws -> JSONValue { try await ok("PATCH", path, body) }

    private func ok(_ method: String, _ path: String, _ body: JSONValue?) async throws -> JSONValue {
        let answer = try await call(method, path, body)
        guard answer.status == 200 else { throw HarnessError("\(method) \(path): \(answer)") }
        return answer.body ?? nil
    }

    /// A bot with this role and a token of its own. To be called by an administrator.
    func bot(_ name: String, role: String) async throws -> APIClient {
        let id = IDGenerator.random.next()
        try await patch(
            "users",
            [
                "users": [
                    [
                        "id": .string(id), "type": "bot",
                        "identities": [
                            [
                                "service_type": "sym", "external_id": "cloud", "matcher": ["username": .string(name)],
                                "profile": [:],
                            ]
                        ],
                    ]
                ]
            ]
        )
        try await post("users/\(id)/set-role", ["role": .string(role)])
        let issued = try await post("tokens", ["username": .string(name), "expiry": 3600])
        guard let token = issued["access_token"]?.text else { throw HarnessError("no token: \(issued.compact)") }
        return APIClient(url: url, token: token)
    }
}
