import AdminClient
import HTTPModel
import Support
import Synchronization
import TestSupport

/// A desk with a scripted server and a screen that remembers.
struct TestDesk {
    let transport = ScriptedTransport()
    let screen: RecordedScreen
    let desk: Desk

    init(answers: [String] = [], json: Bool = false, force: Bool = false, columns: Int? = nil, token: String? = "tok") {
        let recorded = RecordedScreen(answers: answers)
        screen = recorded
        let ids = Counter()
        let generator = IDGenerator { "00000000-0000-4000-8000-\(String(repeating: "0", count: 10))\(10 + ids.next())" }
        desk = Desk(
            api: APIClient(
                address: APIAddress("http://sym.test/api/v1/")!, token: token.map { Secret($0) }, transport: transport,
                ids: .init { "request-id" }
            ),
            screen: recorded.screen(columns: columns), ids: generator, json: json, force: force
        )
    }

    /// What was asked of the server: `METHOD path body`.
    var calls: [String] {
        transport.sent.map { sent in
            let path = String(sent.request.target.dropFirst("http://sym.test/api/v1/".count))
            let body = sent.request.body.isEmpty ? "" : " " + String(decoding: sent.request.body, as: UTF8.self)
            return "\(sent.request.method) \(path)\(body)"
        }
    }
}

final class RecordedScreen: Sendable {
    private struct State {
        var printed: [String] = []
        var complaints: [String] = []
        var questions: [String] = []
        var answers: [String]
    }

    private let state: Mutex<State>

    init(answers: [String]) { state = Mutex(State(answers: answers)) }

    func screen(columns: Int?) -> Screen {
        Screen(
            print: { text in self.state.withLock { $0.printed.append(text) } },
            complain: { text in self.state.withLock { $0.complaints.append(text) } },
            ask: { question in
                self.state.withLock { state in
                    state.questions.append(question)
                    return state.answers.isEmpty ? nil : state.answers.removeFirst()
                }
            }, columns: columns
        )
    }

    var printed: String { state.withLock { $0.printed.joined(separator: "\n") } }
    var complaints: [String] { state.withLock { $0.complaints } }
    var questions: [String] { state.withLock { $0.questions } }
}

private final class Counter: Sendable {
    private let value = Mutex(0)
    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}

/// Runs what must fail; returns how.
func failure(_ body: () async throws(ClientError) -> Void) async -> ClientError? {
    do {
        try await body()
        return nil
    } catch { return error }
}

/// People and things as the API lists them.
enum Listed {
    static func user(
        _ number: Int, _ email: String, first: String = "", last: String = "", role: String = "member",
        created: String = "2023-01-02T03:04:05", more: [JSONValue] = []
    ) -> JSONValue {
        let profile: JSONValue = ["first_name": .string(first), "last_name": .string(last)]
        return user(number, ["email": .string(email)], profile, type: "normal", role: role, created: created, more)
    }

    static func bot(_ number: Int, _ name: String, more: [JSONValue] = []) -> JSONValue {
        user(number, ["username": .string(name)], [:], type: "bot", role: "admin", created: "2023-01-02T03:04:05", more)
    }

    static func id(_ number: Int) -> String { "0000000\(number)-0000-4000-8000-000000000000" }

    private static func user(
        _ number: Int, _ matcher: JSONValue, _ profile: JSONValue, type: String, role: String, created: String,
        _ more: [JSONValue]
    ) -> JSONValue {
        let sym: JSONValue = [
            "service": ["slug": "sym", "external_id": "cloud"], "matcher": matcher, "profile": profile,
        ]
        return [
            "id": .string(id(number)), "type": .string(type), "role": .string(role), "created_at": .string(created),
            "identities": .array([sym] + more),
        ]
    }

    static func identity(_ type: String, _ externalID: String, _ matcher: JSONValue) -> JSONValue {
        ["service": ["slug": .string(type), "external_id": .string(externalID)], "matcher": matcher, "profile": [:]]
    }

    static func service(_ id: String, _ type: String, _ externalID: String, _ label: String = "") -> JSONValue {
        [
            "id": .string(id), "slug": .string(type), "external_id": .string(externalID), "label": .string(label),
        ]
    }

    static let ada = user(
        1, "ada@acme.test", first: "ada", last: "lovelace", role: "admin",
        more: [identity("slack", "T123", ["user_id": "U1"])]
    )
    static let bob = user(
        2, "bob@acme.test", first: "bob", last: "o'neil", created: "2024-05-06T07:08:09.123456",
        more: [identity("slack", "T123", ["user_id": "U2"]), identity("okta", "x.okta.com", ["user_id": "00u2"])]
    )
    static let zoe = user(3, "zoë@acme.test", first: "Zoë", role: "guest", created: "2023-03-03T05:03:03+02:00")
    static let users: JSONValue = ["users": [ada, bob, zoe]]
    static let services: JSONValue = [
        "services": [
            service("s1", "sym", "cloud", "Sym"), service("s2", "slack", "T123", "Acme"),
            service("s3", "okta", "x.okta.com"), service("s4", "auth0", "a"),
        ]
    ]
}
