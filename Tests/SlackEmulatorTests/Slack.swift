import HTTPModel
import SlackEmulator
import Support
import Synchronization
import Testing

/// An emulated Slack with the sample organisation, an app to deliver to, and a clock that the test moves.
struct Slack: Sendable {
    static let secret = "8f742231b10e8888abcd99yyyzzz85a5"
    static let token = "xoxb-emulator-acme"

    let app: FakeApp
    let emulator: Emulator
    let clock: HandClock

    init(
        workspace: String = WorkspaceFile.sampleText, movableClock: Bool = true,
        answer: @escaping FakeApp.Answer = { _ in HTTPResponse(status: 200) }
    ) throws {
        let app = FakeApp(answer: answer)
        let clock = HandClock()
        var settings = EmulatorSettings(
            signingSecret: Secret(Self.secret), baseURL: "http://slack.test", requestURL: "http://app.test/slack/events"
        )
        settings.retryDelayFactor = 0
        self.app = app
        self.clock = clock
        let advance: @Sendable (Duration) -> Void = { clock.advance($0) }
        let file = try WorkspaceFile(parsing: workspace)
        emulator = Emulator(
            settings: settings, workspace: file, transport: app, clock: clock.wall,
            advanceClock: movableClock ? advance : nil)
    }

    // MARK: The app's side

    /// Calls the Web API with a JSON body.
    func call(_ method: String, _ arguments: JSONObject = [:], token: String? = Slack.token) async -> JSONValue {
        (await response(method, arguments, token: token)).json
    }

    func response(_ method: String, _ arguments: JSONObject, token: String? = Slack.token) async -> HTTPResponse {
        await send(
            "POST", "/api/\(method)", type: "application/json; charset=utf-8", JSONValue.object(arguments).bytes,
            token: token)
    }

    /// Calls the Web API with a form.
    func form(_ method: String, _ fields: KeyValuePairs<String, String>, token: String? = Slack.token) async
        -> JSONValue
    {
        let body = FormURLEncoded.encode(fields.map { ($0.key, $0.value) })
        return await send(
            "POST", "/api/\(method)", type: "application/x-www-form-urlencoded", Array(body.utf8), token: token
        ).json
    }

    func send(
        _ method: String, _ target: String, type: String? = nil, _ body: [UInt8] = [], token: String? = nil
    ) async -> HTTPResponse {
        var headers = HTTPHeaders()
        headers["Content-Type"] = type
        if let token { headers["Authorization"] = "Bearer \(token)" }
        return await emulator.respond(to: HTTPRequest(method: method, target: target, headers: headers, body: body))
    }

    /// Posts to a response URL as the app received it.
    func respond(_ url: JSONValue?, _ body: JSONObject) async -> HTTPResponse {
        let path = String((url?.text ?? "").dropFirst("http://slack.test".count))
        return await send("POST", path, type: "application/json", JSONValue.object(body).bytes)
    }

    // MARK: The people's side

    func act(_ path: String, _ body: JSONObject) async -> JSONValue {
        await send("POST", "/emulator/\(path)", type: "application/json", JSONValue.object(body).bytes).json
    }

    func look(_ path: String) async -> JSONValue { await send("GET", "/emulator/\(path)").json }

    func wait(_ until: JSONObject, milliseconds: Int64 = 2000) async -> JSONValue {
        await act("wait", ["until": .object(until), "timeout_ms": .int(milliseconds)])
    }

    /// Opens `view` for somebody by a command of theirs.
    @discardableResult
    func open(_ view: JSONObject, for user: String = "ada", in channel: String = "C0DB") async -> JSONValue {
        _ = await act("command", ["user": .string(user), "channel": .string(channel), "text": "/sym"])
        let trigger = await app.last["trigger_id"] ?? nil
        return await call("views.open", ["trigger_id": trigger, "view": .object(view)])
    }
}

extension HTTPResponse {
    var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? nil }
}

/// A clock that stands still until it is moved.
final class HandClock: Sendable {
    private let moment = Mutex(Timestamp(seconds: 1_790_000_000))

    var wall: WallClock { WallClock { self.moment.withLock { $0 } } }
    var now: Timestamp { moment.withLock { $0 } }

    func advance(_ duration: Duration) { moment.withLock { $0 = $0 + duration } }
}

enum Sample {
    static func plain(_ text: String) -> JSONValue { ["type": "plain_text", "text": .string(text)] }

    static func modal(_ blocks: JSONValue..., callback: String = "prompt", extra: JSONObject = [:]) -> JSONObject {
        var view: JSONObject = [
            "type": "modal", "title": plain("Request"), "submit": plain("Submit"), "blocks": .array(blocks),
            "callback_id": .string(callback),
        ]
        for (name, value) in extra { view[name] = value }
        return view
    }

    static func input(
        _ block: String, _ element: JSONValue, label: String? = nil, optional: Bool = false, dispatch: Bool = false
    ) -> JSONValue {
        [
            "type": "input", "block_id": .string(block), "label": plain(label ?? block), "element": element,
            "optional": .bool(optional), "dispatch_action": .bool(dispatch),
        ]
    }

    static func text(_ action: String = "text") -> JSONValue {
        ["type": "plain_text_input", "action_id": .string(action)]
    }

    static func select(_ action: String, _ values: String...) -> JSONValue {
        ["type": "static_select", "action_id": .string(action), "options": .array(values.map(option))]
    }

    static func option(_ value: String) -> JSONValue { ["text": plain("Label \(value)"), "value": .string(value)] }

    static func section(_ text: String) -> JSONValue {
        ["type": "section", "text": ["type": "mrkdwn", "text": .string(text)]]
    }

    static func buttons(_ names: String...) -> JSONValue {
        [
            "type": "actions", "block_id": "decide",
            "elements": .array(
                names.map { name in
                    [
                        "type": "button", "action_id": .string(name), "text": plain(name.uppercased()),
                        "value": .string("run-\(name)"),
                    ]
                }),
        ]
    }
}
