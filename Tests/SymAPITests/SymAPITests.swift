import ApprovalCore
import ApprovalEngine
import HTTPModel
import Support
import SymAPI
import Testing

@Suite struct `The API` {
    private let api = SymAPI(
        routes: [
            APIRoute("GET", "open/{name}", .everybody) { call in
                APIResponse.json(["name": .string(call.parameter("name")), "q": .string(call.query("q") ?? "-")])
            },
            APIRoute("GET", "things/{id}", .atLeast(.member)) { call in
                APIResponse.json(["id": .string(call.parameter("id")), "by": .string(try call.authorized().actor)])
            },
            APIRoute("GET", "things/special", .atLeast(.guest)) { _ in APIResponse.json(["special": true]) },
            APIRoute("POST", "things", .atLeast(.admin)) { call in APIResponse.json(.object(try call.object())) },
            APIRoute("GET", "broken", .everybody) { _ in throw StoreError.unavailable("no") },
        ], log: .silent
    ) { bearer in
        Role(rawValue: bearer).map { role in
            APICaller(
                user: User(id: "ada", kind: .normal, createdAt: Timestamp(milliseconds: 0)), role: role, token: bearer
            )
        }
    }

    private func call(
        _ method: String, _ path: String, as role: String? = nil, body: String = ""
    ) async -> (status: Int, body: JSONValue?) {
        var request = HTTPRequest(method: method, target: "/api/v1/" + path, body: Array(body.utf8))
        if let role { request.headers["Authorization"] = "Bearer " + role }
        let response = await api.respond(to: request)
        return (response.status, try? JSONValue(parsing: response.bytes))
    }

    @Test func `finds the route that says most`() async {
        #expect(await call("GET", "things/special", as: "member").body == ["special": true])
        #expect(await call("GET", "things/other", as: "member").body == ["id": "other", "by": "ada"])
        #expect(await call("GET", "open/a%20b?q=x+y").body == ["name": "a b", "q": "x y"])
    }

    @Test(arguments: [
        ("GET", "things/1", nil, 401), ("GET", "things/1", "wrong", 401), ("GET", "things/1", "guest", 403),
        ("GET", "things/1", "member", 200), ("POST", "things", "member", 403), ("POST", "things", "admin", 200),
        ("GET", "nowhere", nil, 401), ("GET", "nowhere", "member", 404), ("DELETE", "things/1", "admin", 405),
        ("DELETE", "things/1", nil, 401), ("GET", "broken", nil, 503),
    ])
    func `answers by route, token and role`(
        _ method: String, _ path: String, _ role: String?, _ status: Int
    ) async throws {
        let answer = await call(method, path, as: role)
        #expect(answer.status == status)
        guard status >= 400 else { return }
        let body = try #require(answer.body)
        #expect(body["error"] == true && body["status_code"] == .int(Int64(status)))
        #expect(body["message"]?.text?.isEmpty == false && body["errors"]?[0]?["message"]?.text?.isEmpty == false)
    }

    @Test(
        arguments: [
            ("", 200, "{}"), ("null", 200, "{}"), ("{\"a\":1}", 200, "{\"a\":1}"), ("[]", 400, nil), ("{", 400, nil),
            ("\"x\"", 400, nil), ("{\"a\":1,\"a\":2}", 400, nil),
        ] as [(String, Int, String?)])
    func `reads a body of one object, and none where there is nothing to say`(
        _ body: String, _ status: Int, _ expected: String?
    ) async {
        let answer = await call("POST", "things", as: "admin", body: body)
        #expect(answer.status == status)
        if let expected { #expect(answer.body?.compact == expected) }
    }
}
